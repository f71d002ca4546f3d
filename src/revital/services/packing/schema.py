"""Row checks of a layer, made from its record in the catalogue."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.errors
import pandera.pandas as pa
from pandera.errors import SchemaErrorReason

from revital.catalogue.models import Column, Layer
from revital.errors import MissingColumnError, ValuesError

_TYPES: dict[str, Any] = {
    "str": "string",
    "int": "Int64",
    "float": "float64",
    "bool": "boolean",
    "date": "string",
}
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
    MissingColumnError
        When a column of the record lacks, or one is not in it.
    ValuesError
        When a value is missing, repeated, of another type or out of range; the sentence names the
        layer, the column and the value.
    """
    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    absent = [name for name in layer.columns if name not in table]
    extra = [name for name in table if name not in layer.columns]
    if absent or extra:
        raise MissingColumnError(
            "La couche « {id} » n'a pas les colonnes de sa fiche ; en moins : {absent} ; en trop : "
            "{extra}. Corrigez la fiche ou la recette.",
            id=layer.id,
            absent=", ".join(absent) or "–",
            extra=", ".join(map(str, extra)) or "–",
        )
    table = table[list(layer.columns)]
    for name, record in layer.columns.items():
        try:
            table[name] = table[name].astype(_TYPES[record.type])
        except (ValueError, TypeError) as error:
            raise ValuesError(
                "La couche « {id} », colonne « {column} » : une valeur n'est pas du type {type}. "
                "Rien n'a été écrit : comparez le fichier source à celui de l'éditeur.",
                id=layer.id,
                column=name,
                type=record.type,
            ) from error
    try:
        return schema_of(layer).validate(table)
    except pandera.errors.SchemaError as error:
        raise _fault(layer, error) from error


def _fault(layer: Layer, error: pandera.errors.SchemaError) -> ValuesError:
    """Return what the first row that fails tells a person."""
    name = str(getattr(error.schema, "name", None) or "?")
    cases = error.failure_cases
    value = str(cases["failure_case"].iloc[0] if isinstance(cases, pd.DataFrame) else cases)[:80]
    if error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS:
        return ValuesError(
            "La couche « {id} », colonne « {column} » : une valeur manque. Rien n'a été écrit : "
            "comparez le fichier source à celui de l'éditeur.",
            id=layer.id,
            column=name,
        )
    if error.reason_code is SchemaErrorReason.SERIES_CONTAINS_DUPLICATES:
        return ValuesError(
            "La couche « {id} », colonne « {column} » : « {value} » se répète. Rien n'a été "
            "écrit : comparez le fichier source à celui de l'éditeur.",
            id=layer.id,
            column=name,
            value=value,
        )
    record = layer.columns.get(name)
    return ValuesError(
        "La couche « {id} », colonne « {column} » : {value} est hors des limites ({low} à "
        "{high}). Rien n'a été écrit : comparez le fichier source à celui de l'éditeur.",
        id=layer.id,
        column=name,
        value=value,
        low="…" if record is None or record.min is None else record.min,
        high="…" if record is None or record.max is None else record.max,
    )


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
