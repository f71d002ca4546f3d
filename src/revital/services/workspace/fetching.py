"""`revital fetch`: has publishers' files in the workspace, one source at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace

from revital.errors import UnknownIdError, UserError
from revital.services.data import Data
from revital.services.workspace.areas import area_of
from revital.services.workspace.home import Workspace, read_report, write_report
from revital.sources.base import ADAPTERS, Adapter, Area, adapter
from revital.sources.http import Client
from revital.sources.transfer import RawFile, now

#: A source that can be had in two ways is fetched unasked by the first one.
OTHER_WAYS: dict[str, tuple[str, ...]] = {
    "statcan_profile_bulk": ("statcan_profile_api", "statcan_profile_bulk"),
    "statcan_outlines": ("statcan_outlines", "statcan_outlines_shapefile"),
}
#: What the place's record must hold for a source to be asked at all.
NEEDS = {"transit": "gtfs_url", "ckan_city": "ckan_portal"}


@dataclass(frozen=True)
class Fetched:
    """
    What came of one source.

    Attributes
    ----------
    adapter : str
    status : str
        `new`, `unchanged`, `offline` or `failed`.
    files : int
    bytes : int
    error : UserError or None
    when : str
        ISO 8601, UTC.
    """

    adapter: str
    status: str
    files: int
    bytes: int
    when: str
    error: UserError | None = None


def adapters_for(data: Data, names: Iterable[str], area: Area) -> list[Adapter]:
    """
    Return the adapters to run.

    Parameters
    ----------
    names : ids of sources of the catalogue or of adapters; when there are none, every source that
        can be fetched unasked and that the place's record allows

    Raises
    ------
    UnknownIdError
        When a name is neither.
    """
    chosen: list[str] = []
    for name in names:
        if name in ADAPTERS:
            chosen.append(name)
            continue
        record = data.catalogue.sources.get(name)
        if record is None or record.adapter is None:
            raise UnknownIdError(
                "La source « {id} » est inconnue ou ne se télécharge pas. Sources : {known}.",
                id=name[:80],
                known=", ".join(
                    sorted(
                        {*ADAPTERS} | {s.id for s in data.catalogue.sources.values() if s.adapter}
                    )
                ),
            )
        chosen.append(OTHER_WAYS.get(record.adapter, (record.adapter,))[0])
    if not chosen:
        chosen = [
            id_
            for id_ in ADAPTERS
            if not adapter(id_).manual and (id_ not in NEEDS or area.settings.get(NEEDS[id_]))
        ]
    return [adapter(id_) for id_ in dict.fromkeys(chosen)]


def fetch(
    data: Data,
    home: Workspace,
    place: str,
    names: Iterable[str] = (),
    *,
    client: Client,
    blocks: bool = False,
    on_start: Callable[[str], None] | None = None,
) -> list[Fetched]:
    """
    Have the files of sources for a place; a source that fails never stops the others.

    Parameters
    ----------
    data : Data
    home : Workspace
    place : str
        Id of a place of the catalogue.
    names : sources or adapters; all that can be fetched unasked by default
    client : Client
    blocks : bool
        Whether outlines of dissemination blocks are asked for as well: five times as many as areas.
    on_start : callable, optional
        Called with the id of each adapter before it is asked.

    Raises
    ------
    UnknownIdError, UserError
        Before anything is asked, when a name or the place is not known.
    """
    area = area_of(data, place)
    if blocks:
        area = replace(area, settings={**area.settings, "outlines_db": "1"})
    out: list[Fetched] = []
    for source in adapters_for(data, names, area):
        if on_start is not None:
            on_start(source.id)
        folder = home.raw(source.id, place, shared=source.shared)
        try:
            files = source.fetch(client, area, folder)
            out.append(_summary(source, files))
        except UserError as error:
            out.append(Fetched(source.id, "failed", 0, 0, now(), error))
        _remember(home, place, source, out[-1])
    return out


def _summary(source: Adapter, files: list[RawFile]) -> Fetched:
    ways = {f.how for f in files}
    status = "new" if "new" in ways else "offline" if ways == {"offline"} else "unchanged"
    return Fetched(source.id, status, len(files), sum(f.size for f in files), now())


def _remember(home: Workspace, place: str, source: Adapter, what: Fetched) -> None:
    """Keep what came of each source, so that stale and failed ones can be shown."""
    path = home.reports / "fetch.json"
    report = read_report(path)
    entry = asdict(what)
    entry["error"] = (
        None if what.error is None else {"message": what.error.message, "params": what.error.params}
    )
    key = f"{'shared' if source.shared else place}/{source.id}"
    before = report.get(key, {})
    good = before.get("good") if what.status == "failed" else what.when
    # A file shared by all places is read for those that asked for it.
    places = sorted({*before.get("places", []), place})
    report[key] = entry | {"good": good, "places": places}
    write_report(path, report)
