"""Makes the embedded data pack from a folder of publishers' files."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from revital.catalogue.load import Catalogue, catalogue
from revital.catalogue.models import Layer, Source
from revital.errors import LayerError
from revital.services.packing.curated import described
from revital.services.packing.inputs import InputFolder
from revital.services.packing.plan import make
from revital.services.packing.recipe import Recipe, Task, pack_inputs, recipes
from revital.services.packing.schema import require_shapes, typed
from revital.services.packing.write import write_layer
from revital.store.layers import MANIFEST, LayerManifest, PackManifest, file_sha256

VERSION = "1"


@dataclass(frozen=True)
class LayerReport:
    """
    What became of the rows of one layer.

    Attributes
    ----------
    id : str
    rows_in, rows : int
        Rows of the main input, and rows written.
    dropped : dict of str to int
        Rows left out, by reason (French sentence, key of the translation).
    bytes : int
        Size of the file written.
    """

    id: str
    rows_in: int
    rows: int
    dropped: dict[str, int]
    bytes: int


@dataclass(frozen=True)
class BuildReport:
    """
    What a build wrote.

    Attributes
    ----------
    target : Path
    layers : tuple of LayerReport
    changed : bool
        Whether the pack differs from the one that was there.
    """

    target: Path
    layers: tuple[LayerReport, ...]
    changed: bool

    @property
    def bytes(self) -> int:
        """Size of all layer files."""
        return sum(layer.bytes for layer in self.layers)


def _both(texts: list[tuple[str, str]], separator: str) -> dict[str, str]:
    """Return French and English joined, each said once."""
    return {
        "fr": separator.join(dict.fromkeys(fr for fr, _ in texts)),
        "en": separator.join(dict.fromkeys(en for _, en in texts)),
    }


def _manifest(
    layer: Layer, sources: list[Source], recipe: Recipe, inputs: InputFolder, path: Path, rows: int
) -> LayerManifest:
    licences = list(dict.fromkeys(s.licence.both for s in sources))
    files = [inputs.described(i) for i in recipe.inputs.values()]
    files += [described(r) for r in recipe.records.values()]
    return LayerManifest(
        id=layer.id,
        file=path.name,
        rows=rows,
        bytes=path.stat().st_size,
        sha256=file_sha256(path),
        publisher=_both([(s.publisher.fr, s.publisher.en) for s in sources], " ; "),
        licence=" ; ".join(licences),
        licence_url=sources[0].licence.url if len(licences) == 1 else None,
        attribution=_both([(s.attribution.fr, s.attribution.en) for s in sources], " "),
        vintage=" ; ".join(dict.fromkeys(s.vintage for s in sources)),
        processing=layer.processing.model_dump(),
        sources=layer.sources,
        inputs=tuple(files),
        approximate=layer.approximate.model_dump() if layer.approximate else None,
        incomplete=layer.incomplete.model_dump() if layer.incomplete else None,
    )


def _write(
    records: Catalogue, inputs: InputFolder, folder: Path
) -> tuple[PackManifest, tuple[LayerReport, ...]]:
    made: dict[str, pd.DataFrame] = {}
    manifests: dict[str, LayerManifest] = {}
    reports: list[LayerReport] = []
    for recipe in recipes():
        layer = records.layer(recipe.layer)
        result = make(Task(recipe, inputs, made))
        table = typed(layer, result.frame)
        require_shapes(layer, result.frame)
        path = folder / f"{layer.id}.parquet"
        write_layer(path, layer, table, result.frame)
        made[layer.id] = result.frame
        sources = [records.source(id_) for id_ in layer.sources]
        closed = [s for s in sources if not s.licence.may_ship]
        if closed:
            raise LayerError(
                "La couche « {id} » vient de « {source} », dont la licence ne permet pas de la "
                "publier avec le projet. Retirez-la du paquet.",
                id=layer.id,
                source=closed[0].id,
            )
        manifests[layer.id] = _manifest(layer, sources, recipe, inputs, path, len(table))
        reports.append(
            LayerReport(
                layer.id,
                rows_in=result.rows_in,
                rows=len(table),
                dropped={why: n for why, n in result.dropped.items() if n},
                bytes=path.stat().st_size,
            )
        )
    return PackManifest(version=VERSION, layers=dict(sorted(manifests.items()))), tuple(reports)


def _same(one: Path, other: Path) -> bool:
    """Return whether two folders hold the same files, byte for byte."""
    names = {p.name for p in one.iterdir()}
    if not other.is_dir() or names != {p.name for p in other.iterdir()}:
        return False
    return all((one / n).read_bytes() == (other / n).read_bytes() for n in names)


def _swap(made: Path, target: Path) -> None:
    """Put the new folder in the place of the old one; the old one goes only once it is done."""
    former = target.with_name(f".{target.name}-former")
    shutil.rmtree(former, ignore_errors=True)
    if target.exists():
        target.rename(former)
    try:
        made.rename(target)
    except OSError:
        if former.exists():
            former.rename(target)
        raise
    shutil.rmtree(former, ignore_errors=True)


def build(inputs: Path, target: Path) -> BuildReport:
    """
    Make the data pack and put it in `target`.

    Parameters
    ----------
    inputs : Path
        Folder of publishers' files, each where `catalogue/pack/inputs.yml` says.
    target : Path
        Folder of the pack; replaced as a whole once every layer is written and checked, left
        alone when anything fails or nothing has changed.

    Returns
    -------
    BuildReport

    Raises
    ------
    UserError
        When inputs are missing: all are named.
    SourceError, ValuesError, LayerError, CatalogueError
        When an input was altered, a layer does not pass its checks, or a licence forbids it.
    """
    folder = InputFolder(inputs, pack_inputs())
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pack-", dir=target.parent) as scratch:
        new = Path(scratch) / "pack"
        new.mkdir()
        manifest, reports = _write(catalogue(), folder, new)
        text = json.dumps(
            manifest.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True
        )
        (new / MANIFEST).write_text(text + "\n", encoding="utf-8")
        changed = not _same(new, target)
        if changed:
            _swap(new, target)
    return BuildReport(target=target, layers=reports, changed=changed)
