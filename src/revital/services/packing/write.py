"""Writes a layer so that the same rows always give the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from revital.catalogue.models import Layer

_ARROW = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(),
          "date": pa.string()}  # fmt: skip


#: EPSG:4326 as PROJJSON. Written out: what PROJ answers depends on what the process did before.
_WGS84 = {
    "$schema": "https://proj.org/schemas/v0.7/projjson.schema.json",
    "type": "GeographicCRS",
    "name": "WGS 84",
    "datum": {
        "type": "GeodeticReferenceFrame",
        "name": "World Geodetic System 1984",
        "ellipsoid": {
            "name": "WGS 84",
            "semi_major_axis": 6378137,
            "inverse_flattening": 298.257223563,
        },
    },
    "coordinate_system": {
        "subtype": "ellipsoidal",
        "axis": [
            {
                "name": "Geodetic latitude",
                "abbreviation": "Lat",
                "direction": "north",
                "unit": "degree",
            },
            {
                "name": "Geodetic longitude",
                "abbreviation": "Lon",
                "direction": "east",
                "unit": "degree",
            },
        ],
    },
    "id": {"authority": "EPSG", "code": 4326},
}


def _geo_metadata(frame: pd.DataFrame) -> bytes:
    """Return the GeoParquet 1.1 header, without the name and version of a writer."""
    shapes = frame["geometry"]
    column = {
        "encoding": "WKB",
        "geometry_types": sorted(str(kind) for kind in shapes.geom_type.unique()),
        "crs": _WGS84,
        "bbox": [float(round(side, 6)) for side in shapes.total_bounds],
    }
    header = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return json.dumps(header, sort_keys=True, ensure_ascii=False).encode()


def write_layer(path: Path, layer: Layer, table: pd.DataFrame, frame: pd.DataFrame) -> None:
    """
    Write a layer as Parquet, or GeoParquet when it has shapes.

    Parameters
    ----------
    path : Path
    layer : Layer
    table : DataFrame
        The checked columns, in the order of the record.
    frame : DataFrame or GeoDataFrame
        The same rows with their `geometry`, in EPSG:4326.

    Notes
    -----
    zstd at a fixed level, one row group, no index, no writer metadata but Parquet's own: two
    builds with the locked dependencies give identical bytes.
    """
    arrays = [
        pa.array(table[name], type=_ARROW[record.type], from_pandas=True)
        for name, record in layer.columns.items()
    ]
    names = list(layer.columns)
    metadata: dict[bytes, bytes] = {}
    if layer.geometry is not None:
        wkb = shapely.to_wkb(frame["geometry"].array, byte_order=1)
        arrays.append(pa.array(list(wkb), type=pa.binary()))
        names.append("geometry")
        metadata[b"geo"] = _geo_metadata(frame)
    content = pa.Table.from_arrays(arrays, names=names).replace_schema_metadata(metadata or None)
    pq.write_table(
        content,
        path,
        compression="zstd",
        compression_level=19,
        row_group_size=max(len(table), 1),
        version="2.6",
        data_page_version="1.0",
    )
