"""Row checks of a layer, made from its record in the catalogue."""

from __future__ import annotations

import pandas as pd
import pandera.errors
import pandera.pandas as pa

from revital.catalogue.models import Column, Layer
from revital.errors import ValuesError

_TYPES = {"str": "string", "int": "Int64", "float": "float64", "bool": "boolean", "date": "string"}
_SHAPES = {
    "Polygon": {"Polygon", "MultiPolygon"},
    "LineString": {"LineString", "MultiLineString"},
    "Point": {"Point"},
}


def _column(record: Column) -> pa.Column:
    checks = []
    if record.min is not None:
        checks.append(pa.Check.ge(record.min))
    if record.max is not None:
        checks.append(pa.Check.le(record.max))
    return pa.Column(
        _TYPES[record.type],
        checks=checks,
        nullable=not record.required,
        unique=record.unique,
    )


def schema_of(layer: Layer) -> pa.DataFrameSchema:
    """
    Return the pandera schema of a layer: its columns, in order, and no other.

    Parameters
    ----------
    layer : Layer
        The key column never repeats and is never missing.
    """
    columns = {name: _column(record) for name, record in layer.columns.items()}
    columns[layer.key] = _column(
        layer.columns[layer.key].model_copy(update={"required": True, "unique": True})
    )
    return pa.DataFrameSchema(columns, strict=True, ordered=True)


def typed(layer: Layer, frame: pd.DataFrame) -> pd.DataFrame:
    """
    Return the table of a layer with the types of its record, checked row by row.

    Parameters
    ----------
    layer : Layer
    frame : DataFrame or GeoDataFrame

    Returns
    -------
    DataFrame without its shapes

    Raises
    ------
    ValuesError
        When a column lacks or is one too many, or a value is missing, repeated, of another type or
        out of range; the sentence names the layer, the column and the value.
    """
    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    try:
        table = table.astype({n: _TYPES[c.type] for n, c in layer.columns.items() if n in table})
        checked = schema_of(layer).validate(table)
    except pandera.errors.SchemaError as error:
        cases = error.failure_cases
        value = cases["failure_case"].iloc[0] if isinstance(cases, pd.DataFrame) else cases
        raise ValuesError(
            "La couche « {id} », colonne « {column} » : {check} ({value}). Rien n'a été écrit : "
            "comparez le fichier source à celui de l'éditeur.",
            id=layer.id,
            column=str(getattr(error.schema, "name", None) or "?"),
            check=str(getattr(error.check, "error", None) or error.check),
            value=str(value)[:80],
        ) from error
    except (ValueError, TypeError) as error:
        raise ValuesError(
            "La couche « {id} » : {why}. Rien n'a été écrit : comparez le fichier source à celui "
            "de l'éditeur.",
            id=layer.id,
            why=" ".join(str(error).split())[:160],
        ) from error
    return checked


def require_shapes(layer: Layer, frame: pd.DataFrame) -> None:
    """
    Check that a layer has the shapes its record says, valid and none missing.

    Raises
    ------
    ValuesError
    """
    if layer.geometry is None:
        return
    shapes = frame["geometry"].array
    kinds = {str(k) for k in frame["geometry"].geom_type.unique()}
    wrong = kinds - _SHAPES[layer.geometry]
    if wrong or not shapes.is_valid.all() or shapes.is_empty.any():
        raise ValuesError(
            "La couche « {id} » doit avoir des formes valides de type {expected} ; trouvé : "
            "{found}. Rien n'a été écrit.",
            id=layer.id,
            expected=layer.geometry,
            found=", ".join(sorted(kinds)),
        )
