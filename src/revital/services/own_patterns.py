"""`revital clusters` and `revital deprivation`: patterns in a user's own areas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from revital.domain import clusters as clustering
from revital.domain import deprivation as idms
from revital.errors import MissingColumnError
from revital.services.own_files import numbers, read_layer, read_table, with_ids

#: Other names under which the six inputs of the deprivation index are met.
_ALIASES = {
    "no_diploma": ("no_diploma", "no_certificate", "sans_diplome"),
    "employment": ("employment", "emp_rate", "employment_rate", "employment_ratio", "emploi"),
    "income": ("income", "average_income", "mean_income", "avg_income", "med_income", "revenu"),
    "living_alone": ("living_alone", "alone", "seules", "vivant_seules"),
    "separated_divorced_widowed": (
        "separated_divorced_widowed",
        "sep_div_wid",
        "separated",
        "separees",
    ),
    "single_parent": (
        "single_parent",
        "one_parent",
        "lone_parent",
        "single_parent_families",
        "monoparentales",
    ),
}


def clusters_file(
    layer: Path,
    value: str,
    *,
    id_column: str | None = None,
    statistic: str = "local_moran",
    weights: str = "queen",
    k: int = 8,
    alpha: float = 0.05,
    permutations: int = 9_999,
    seed: int = 1,
    crs: str | None = None,
) -> tuple[clustering.Clusters, gpd.GeoDataFrame]:
    """
    Find where the values of a layer gather.

    Parameters
    ----------
    layer : Path
        Polygons; metres are needed only for `knn` and for areas that touch no other.
    value : str
        Column of numbers.
    id_column, crs
        See `interpolate_files`.
    statistic, weights, k, alpha, permutations, seed
        See `local_clusters`.

    Returns
    -------
    tuple of Clusters and GeoDataFrame
        The result, and the layer with its own columns and those of the result.
    """
    shapes = with_ids(read_layer(layer, crs=crs), id_column, layer.name)
    # The column may be the id itself only by mistake; it has been set aside by then.
    data = numbers(shapes, [value], layer.name)
    ready = gpd.GeoDataFrame(data, geometry=shapes.geometry, crs=shapes.crs)
    found = clustering.local_clusters(
        ready,
        value,
        statistic=statistic,
        neighbours=weights,
        k=k,
        alpha=alpha,
        permutations=permutations,
        seed=seed,
    )
    kept = shapes.drop(columns=[shapes.geometry.name, *found.table.columns], errors="ignore")
    joined = gpd.GeoDataFrame(
        pd.concat([pd.DataFrame(kept), found.table], axis=1),
        geometry=shapes.geometry,
        crs=shapes.crs,
    )
    return found, joined.rename_axis("id")


@dataclass(frozen=True)
class DeprivationFile:
    """
    Result of `deprivation_file`.

    Attributes
    ----------
    components : Components
    table : DataFrame, indexed by unit
        `material`, `social` (scores), `material_quintile`, `social_quintile` (1-5, 5 = most
        deprived), `group` (see `crossed_group`); missing for excluded units.
    quintiles_of : {"population", "units"}
        What the fifths hold.
    columns : dict
        Column of the file behind each of the six inputs.
    """

    components: idms.Components
    table: pd.DataFrame
    quintiles_of: str
    columns: dict[str, str]


def deprivation_file(
    values: Path, *, id_column: str | None = None, population: str | None = None
) -> DeprivationFile:
    """
    Make the material and social components of six inputs, type IDMS.

    Parameters
    ----------
    values : Path
        One row per area: `no_diploma`, `employment`, `living_alone`, `separated_divorced_widowed`,
        `single_parent` (shares, 0..1) and `income` (dollars).
    id_column : str, optional
        Column of the ids; `id`, else the row number.
    population : str, optional
        Column of residents; `population` or `pop` when present, else every area weighs the same.

    Returns
    -------
    DeprivationFile
    """
    table = with_ids(read_table(values), id_column, values.name)
    columns = {}
    for name, words in _ALIASES.items():
        found = [word for word in words if word in table.columns]
        if not found:
            raise MissingColumnError(
                "Le fichier « {file} » n'a pas la colonne « {column} ». Les six colonnes "
                "attendues sont : {needed}. Colonnes trouvées : {found}.",
                file=values.name,
                column=name,
                needed=", ".join(_ALIASES),
                found=", ".join(str(c) for c in table.columns),
            )
        columns[name] = found[0]
    data = numbers(table, list(columns.values()), values.name)
    data.columns = pd.Index(list(columns))
    if population is None:
        population = next((c for c in ("population", "pop") if c in table.columns), None)
    people = (
        pd.Series(1.0, index=data.index)
        if population is None
        else numbers(table, [population], values.name)[population]
    )
    components = idms.deprivation_components(data)
    result = components.scores.reindex(data.index)
    for name in ("material", "social"):
        result[f"{name}_quintile"] = idms.population_quantiles(result[name], people)
    result["group"] = idms.crossed_group(result["material_quintile"], result["social_quintile"])
    return DeprivationFile(
        components, result, "units" if population is None else "population", columns
    )
