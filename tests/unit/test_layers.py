"""A layer file that is missing, cut, altered or not what it says is refused in one sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from revital.errors import LayerError, MissingColumnError, UnknownIdError
from revital.i18n import translator
from revital.store.layers import LayerStore, file_sha256, read_manifest


def entry(id_: str, path: Path, rows: int) -> dict:
    both = {"fr": "x", "en": "x"}
    return {
        "id": id_,
        "file": path.name,
        "rows": rows,
        "bytes": path.stat().st_size,
        "sha256": file_sha256(path),
        "publisher": both,
        "licence": "CC BY 4.0",
        "attribution": both,
        "vintage": "2021",
        "processing": both,
        "sources": ["bureau"],
        "inputs": [],
    }


def write_pack(folder: Path, rented: tuple[float | None, ...] = (1.0, None, 0.0)) -> Path:
    """Write a pack of two layers: a table with a missing value and a table with shapes."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [str(i) for i in range(len(rented))]
    table = folder / "houses.parquet"
    pd.DataFrame({"unit_id": ids, "rented": rented}).to_parquet(table)
    shapes = folder / "blocks.parquet"
    boxes = [shapely.box(i, 0, i + 1, 1) for i in range(len(ids))]
    gpd.GeoDataFrame({"unit_id": ids}, geometry=boxes, crs="EPSG:4326").to_parquet(shapes)
    layers = {p.stem: entry(p.stem, p, len(ids)) for p in (table, shapes)}
    (folder / "manifest.json").write_text(json.dumps({"version": "1", "layers": layers}))
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "pack")


def sentence(error: BaseException) -> str:
    english = translator("en").error(error)
    assert english != str(error), "the sentence has no English"
    return str(error)


def test_a_layer_comes_back_as_written_and_missing_stays_missing(pack):
    frame = LayerStore((pack,)).read("houses")
    assert list(frame["rented"].isna()) == [False, True, False]
    assert frame["rented"][2] == 0


def test_shapes_come_only_when_asked_for(pack):
    store = LayerStore((pack,))
    assert isinstance(store.read("blocks"), gpd.GeoDataFrame)
    assert not isinstance(store.read("blocks", ["unit_id"]), gpd.GeoDataFrame)
    assert store.read_shapes("blocks").crs.to_epsg() == 4326
    with pytest.raises(LayerError, match="pas de géométrie"):
        store.read_shapes("houses")


def test_missing_file(pack):
    (pack / "houses.parquet").unlink()
    with pytest.raises(LayerError) as caught:
        LayerStore((pack,)).read("houses")
    said = sentence(caught.value)
    for needle in ("houses.parquet", "« houses »", "pack", "revital build"):
        assert needle in said


@pytest.mark.parametrize("keep", [0, 100, -1])
def test_truncated_file(pack, keep):
    path = pack / "houses.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:keep])
    with pytest.raises(LayerError) as caught:
        LayerStore((pack,)).read("houses")
    said = sentence(caught.value)
    assert f"{len(whole[:keep])} octets, {len(whole)} attendus" in said
    assert "revital build" in said


def test_one_bit_altered_is_seen_even_at_the_same_size(pack):
    path = pack / "houses.parquet"
    LayerStore((pack,)).read("houses")
    blob = bytearray(path.read_bytes())
    blob[len(blob) // 2] ^= 1
    path.write_bytes(bytes(blob))
    with pytest.raises(LayerError, match="a changé ou est tronqué"):
        LayerStore((pack,)).read("houses")


def test_a_file_mended_is_read_again(pack):
    path = pack / "houses.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    store = LayerStore((pack,))
    with pytest.raises(LayerError):
        store.read("houses")
    path.write_bytes(whole)
    os.utime(path, ns=(10**18, 10**18))
    assert len(store.read("houses")) == 3


def test_not_parquet_although_the_manifest_agrees(pack):
    path = pack / "houses.parquet"
    path.write_bytes(b"unit_id,rented\n1,2\n")
    held = json.loads((pack / "manifest.json").read_text())
    held["layers"]["houses"] = entry("houses", path, 1)
    (pack / "manifest.json").write_text(json.dumps(held))
    with pytest.raises(LayerError) as caught:
        LayerStore((pack,)).read("houses")
    assert "n'est pas un Parquet lisible" in sentence(caught.value)


def test_missing_column_names_those_that_are_there(pack):
    with pytest.raises(MissingColumnError) as caught:
        LayerStore((pack,)).read("houses", ["unit_id", "rent"])
    said = sentence(caught.value)
    assert "« rent »" in said
    assert "rented, unit_id" in said


def test_unknown_layer_names_those_that_are_there(pack):
    with pytest.raises(UnknownIdError) as caught:
        LayerStore((pack,)).read("house")
    assert "blocks, houses" in sentence(caught.value)


def test_no_manifest(tmp_path):
    with pytest.raises(LayerError) as caught:
        LayerStore((tmp_path,)).manifests()
    said = sentence(caught.value)
    assert "manifest.json" in said
    assert "revital build" in said


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"version": "1"}', '{"version": "1", "layers": {"a": {}}}', "[]", "\udcff"],
)
def test_broken_manifest(tmp_path, text):
    (tmp_path / "manifest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LayerError) as caught:
        read_manifest(tmp_path)
    assert "illisible ou incomplet" in sentence(caught.value)


def test_a_manifest_with_a_key_too_many_is_refused(pack):
    held = json.loads((pack / "manifest.json").read_text())
    held["layers"]["houses"]["colour"] = "red"
    (pack / "manifest.json").write_text(json.dumps(held))
    with pytest.raises(LayerError):
        LayerStore((pack,)).manifests()


def test_the_workspace_lies_over_the_pack(pack, tmp_path):
    over = write_pack(tmp_path / "home", rented=(9.0, 9.0))
    store = LayerStore((pack, over))
    assert list(store.read("houses")["rented"]) == [9, 9]
    assert store.manifest("houses").rows == 2
    assert LayerStore((pack,)).manifest("houses").rows == 3


def test_a_workspace_without_manifest_is_passed_over(pack, tmp_path):
    (tmp_path / "home").mkdir()
    store = LayerStore((pack, tmp_path / "home", tmp_path / "nowhere"))
    assert set(store.manifests()) == {"houses", "blocks"}


def test_a_manifest_written_anew_is_read_anew(pack):
    store = LayerStore((pack,))
    assert store.has("houses")
    held = json.loads((pack / "manifest.json").read_text())
    del held["layers"]["houses"]
    (pack / "manifest.json").write_text(json.dumps(held))
    os.utime(pack / "manifest.json", ns=(10**18, 10**18))
    assert not store.has("houses")
