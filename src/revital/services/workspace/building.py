"""`revital build` in the workspace: raw files become layers laid over the pack's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from revital.catalogue.load import catalogue
from revital.catalogue.models import Layer, Place
from revital.errors import UserError
from revital.services.data import Data
from revital.services.outlines import prepare
from revital.services.packing.schema import require_shapes, typed
from revital.services.packing.write import write_layer
from revital.services.workspace.areas import area_of
from revital.services.workspace.changes import (
    FigureChange,
    LayerChange,
    changed_figures,
    compare_layers,
    figures_of,
    resting_on,
)
from revital.services.workspace.home import (
    Workspace,
    read_report,
    replace_text,
    write_report,
)
from revital.services.workspace.making import MAKERS, Draft, Ground
from revital.services.workspace.rows import split_rows
from revital.services.workspace.templates import measured_by, with_measures
from revital.settings import settings
from revital.sources.base import Note, Reject, Tidy, adapter
from revital.sources.transfer import now, read_sidecar
from revital.store.layers import (
    MANIFEST,
    InputFile,
    LayerManifest,
    LayerStore,
    PackManifest,
    file_sha256,
    read_manifest,
)

VERSION = "workspace"


@dataclass(frozen=True)
class LayerBuilt:
    """
    What became of the rows of one layer.

    Attributes
    ----------
    id, adapter, place : str
    rows_in, rows : int
        Rows of the publisher's table, and rows written.
    dropped : dict of str to int
        Rows left out as a class, by reason.
    rejects : tuple of Reject
        Rows left out one by one.
    change : LayerChange
        Against the layer that stood before.
    """

    id: str
    adapter: str
    place: str
    rows_in: int
    rows: int
    dropped: dict[str, int]
    rejects: tuple[Reject, ...]
    change: LayerChange


@dataclass(frozen=True)
class SourceBuilt:
    """What came of one source: its notes, the rows its reader refused, or why it failed."""

    adapter: str
    place: str
    notes: tuple[Note, ...] = ()
    rejects: tuple[Reject, ...] = ()
    error: UserError | None = None


@dataclass(frozen=True)
class WorkspaceReport:
    """
    What a build of the workspace did.

    Attributes
    ----------
    when : str
        ISO 8601, UTC.
    layers : tuple of LayerBuilt
    sources : tuple of SourceBuilt
    figures : tuple of FigureChange
        Figures of the places' neighbourhoods that are not what they were.
    """

    when: str
    layers: tuple[LayerBuilt, ...]
    sources: tuple[SourceBuilt, ...]
    figures: tuple[FigureChange, ...] = ()

    @property
    def failed(self) -> tuple[SourceBuilt, ...]:
        """Sources that could not be read; their layers stay as they were."""
        return tuple(s for s in self.sources if s.error is not None)


def open_over(pack: Path, home: Workspace) -> Data:
    """Return the records and layers as they stand now, read anew."""
    return Data(catalogue(), LayerStore((pack, home.layers)))


def places_with_files(data: Data, home: Workspace) -> list[str]:
    """Return the places that files were fetched for."""
    report = read_report(home.reports / "fetch.json").values()
    asked = {place for entry in report for place in entry.get("places", [])}
    return [p for p in data.catalogue.places if p in asked or (home.root / "raw" / p).is_dir()]


def build_workspace(pack: Path, home: Workspace, places: Iterable[str] = ()) -> WorkspaceReport:
    """
    Make layers from the raw files of the workspace.

    A source that cannot be read is told and passed over: its layers stay as they were. A layer is
    put in place only once it is checked whole.

    Parameters
    ----------
    pack : Path
        The embedded pack, only read.
    home : Workspace
    places : ids of places; those that have raw files by default

    Raises
    ------
    UserError
        When there is nothing to build from.
    ConflictError
        When another build is writing.
    """
    with home.lock():
        data = open_over(pack, home)
        wanted = list(places) or places_with_files(data, home)
        layers: list[LayerBuilt] = []
        sources: list[SourceBuilt] = []
        before: dict[tuple[str, str], float | None] = {}
        for place in wanted:
            for id_ in MAKERS:
                source = adapter(id_)
                folder = home.raw(id_, place, shared=source.shared)
                if not folder.is_dir() or not any(folder.iterdir()):
                    continue
                built, made = _source(pack, home, place, id_, folder, before)
                sources.append(built)
                layers += made
        if not sources:
            raise UserError(
                "Rien à construire : aucun fichier d'éditeur dans l'espace de travail. Lancez "
                "d'abord « revital fetch --territory TERRITOIRE »."
            )
        standing = open_over(pack, home)
        for place in wanted:
            drawn = standing.catalogue.place(place).outlines.values()
            prepare(standing, drawn, settings().static)
        after = _figures_again(standing, before)
        figures = tuple(changed_figures(before, after))
        report = WorkspaceReport(now(), tuple(layers), tuple(sources), figures)
        write_report(home.reports / "build.json", _plain(report))
        return report


def _figures_again(
    data: Data, before: dict[tuple[str, str], float | None]
) -> dict[tuple[str, str], float | None]:
    """Return the same figures as they are now."""
    after: dict[tuple[str, str], float | None] = {}
    for territory in dict.fromkeys(t for t, _ in before):
        after |= figures_of(data, [territory], [i for t, i in before if t == territory])
    return after


def _remember_figures(
    data: Data, place_id: str, layers: set[str], before: dict[tuple[str, str], float | None]
) -> None:
    """Keep the figures of a place's neighbourhoods that rest on layers about to change."""
    shown = [t.id for t in data.catalogue.neighbourhoods() if t.place == place_id]
    extra = [i for i, need in measured_by(layers | set(data.layers.manifests())).items()
             if need & layers]  # fmt: skip
    ids = [*resting_on(data, layers), *(i for i in extra if i in data.catalogue.indicators)]
    for key, value in figures_of(data, shown, dict.fromkeys(ids)).items():
        before.setdefault(key, value)


def _source(
    pack: Path,
    home: Workspace,
    place_id: str,
    id_: str,
    folder: Path,
    before: dict[tuple[str, str], float | None],
) -> tuple[SourceBuilt, list[LayerBuilt]]:
    """Read one source and write its layers."""
    data = open_over(pack, home)
    tidy = Tidy()
    try:
        place = data.catalogue.place(place_id)
        area = area_of(data, place_id)
        tidy = adapter(id_).read(folder, area)
        drafts = MAKERS[id_](Ground(data, place, area, tidy))
        inputs = _inputs(folder)
        # All are checked before the first is written: a source's layers change together.
        checked = [(draft, *split_rows(draft.record, draft.frame)) for draft in drafts]
        for draft, frame, _ in checked:
            require_shapes(draft.record, frame)
        changes = [_change(data, draft.record, frame) for draft, frame, _ in checked]
        moved = {d.record.id for (d, _, _), c in zip(checked, changes, strict=True) if c.any}
        _remember_figures(data, place_id, moved, before)
        made = [
            LayerBuilt(
                id=draft.record.id,
                adapter=id_,
                place=place_id,
                rows_in=draft.rows_in,
                rows=put_layer(
                    home, data, draft.record, frame, vintage=tidy.vintage, inputs=inputs
                ).rows,
                dropped={why: n for why, n in draft.dropped.items() if n},
                rejects=tuple(rejects),
                change=change,
            )
            for (draft, frame, rejects), change in zip(checked, changes, strict=True)
        ]
    except UserError as error:
        failed = SourceBuilt(id_, place_id, tuple(tidy.notes), tuple(tidy.rejects), error)
        return failed, []
    _register(home, data, place, drafts)
    return SourceBuilt(id_, place_id, tuple(tidy.notes), tuple(tidy.rejects)), made


def _inputs(folder: Path) -> tuple[InputFile, ...]:
    """Return the raw files of a source, as their sidecars tell them."""
    found = []
    for path in sorted(folder.iterdir()):
        side = read_sidecar(path) if path.is_file() else None
        if side is not None:
            found.append(InputFile(name=path.name, sha256=side.sha256, bytes=side.size))
    return tuple(found)


def _change(data: Data, record: Layer, frame: pd.DataFrame) -> LayerChange:
    """Return what a layer will change against the one that stands."""
    standing = data.layers.read(record.id) if data.layers.has(record.id) else None
    return compare_layers(record, standing, frame)


def put_layer(
    home: Workspace,
    data: Data,
    record: Layer,
    frame: pd.DataFrame,
    *,
    vintage: str,
    inputs: tuple[InputFile, ...],
) -> LayerManifest:
    """
    Write a layer of the workspace and name it in the workspace's manifest.

    The file is named by its content, so that the manifest, replaced last, always names a whole one.

    Raises
    ------
    LayerError, MissingColumnError, ValuesError
        When the layer does not fit its record; nothing is changed.
    """
    require_shapes(record, frame)
    table = typed(record, frame)
    home.layers.mkdir(parents=True, exist_ok=True)
    draft = home.layers / f".{record.id}.draft"
    write_layer(draft, record, table, frame)
    digest = file_sha256(draft)
    path = home.layers / f"{record.id}-{digest[:12]}.parquet"
    size = draft.stat().st_size
    draft.replace(path)
    sources = [data.catalogue.source(id_) for id_ in record.sources]
    licences = list(dict.fromkeys(s.licence.both for s in sources))

    def both(name: str, joint: str) -> dict[str, str]:
        texts = [getattr(s, name) for s in sources]
        return {
            lang: joint.join(dict.fromkeys(getattr(x, lang) for x in texts))
            for lang in ("fr", "en")
        }

    manifest = LayerManifest(
        id=record.id,
        file=path.name,
        rows=len(table),
        bytes=size,
        sha256=digest,
        publisher=both("publisher", " ; "),
        licence=" ; ".join(licences),
        licence_url=sources[0].licence.url if len(licences) == 1 else None,
        attribution=both("attribution", " "),
        vintage=vintage or " ; ".join(dict.fromkeys(s.vintage for s in sources)),
        processing=record.processing.model_dump(),
        sources=record.sources,
        inputs=inputs,
        approximate=record.approximate.model_dump() if record.approximate else None,
        incomplete=record.incomplete.model_dump() if record.incomplete else None,
    )
    _name(home, {record.id: manifest}, ())
    return manifest


def drop_layers(home: Workspace, ids: Iterable[str]) -> None:
    """Take layers out of the workspace; those of the pack, if any, stand again."""
    _name(home, {}, tuple(ids))


def _name(home: Workspace, added: dict[str, LayerManifest], gone: tuple[str, ...]) -> None:
    """Replace the manifest, then remove the files that it no longer names."""
    path = home.layers / MANIFEST
    layers = dict(read_manifest(home.layers).layers) if path.is_file() else {}
    layers = {k: v for k, v in layers.items() if k not in gone} | added
    manifest = PackManifest(version=VERSION, layers=dict(sorted(layers.items())))
    text = json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1)
    replace_text(path, text + "\n")
    kept = {m.file for m in layers.values()}
    for file in home.layers.glob("*.parquet"):
        if file.name not in kept:
            file.unlink()


def _register(home: Workspace, data: Data, place: Place, drafts: list[Draft]) -> None:
    """Write the records that new layers need: theirs, the place's, and their indicators'."""
    records = data.catalogue
    changed = place
    for draft in drafts:
        if records.layers.get(draft.record.id) != draft.record:
            home.write_record("layers", draft.record)
        if draft.service and draft.record.id not in changed.services:
            changed = changed.model_copy(update={"services": (*changed.services, draft.record.id)})
        if draft.level is not None and changed.outlines.get(draft.level) != draft.record.id:  # type: ignore[call-overload]
            changed = changed.model_copy(
                update={"outlines": {**changed.outlines, draft.level: draft.record.id}}
            )
    if changed != place:
        home.write_record("places", changed)
    store = data.layers
    there = set(store.manifests()) | {d.record.id for d in drafts}
    new = {d.record.id for d in drafts}
    for id_, need in measured_by(there).items():
        record = records.indicators.get(id_)
        if record is not None and need & new:
            extended = with_measures(record)
            if extended != record:
                home.write_record("indicators", extended)


def _plain(report: WorkspaceReport) -> dict[str, object]:
    """Return a report as JSON keeps it; rejects are all there, one by one."""

    def reject(item: Reject) -> dict[str, object]:
        return {
            "layer": item.layer, "row": item.row, "key": item.key, "message": item.message,
            "params": dict(item.params),
        }  # fmt: skip

    return {
        "when": report.when,
        "layers": [
            {
                "id": b.id,
                "adapter": b.adapter,
                "place": b.place,
                "rows_in": b.rows_in,
                "rows": b.rows,
                "dropped": b.dropped,
                "rejects": [reject(r) for r in b.rejects],
                "change": b.change.plain(),
            }
            for b in report.layers
        ],
        "sources": [
            {
                "adapter": s.adapter,
                "place": s.place,
                "notes": [{"message": n.message, "params": dict(n.params)} for n in s.notes],
                "rejects": [reject(r) for r in s.rejects],
                "error": None
                if s.error is None
                else {"message": s.error.message, "params": s.error.params},
            }
            for s in report.sources
        ],
        "figures": [asdict(f) for f in report.figures],
    }
