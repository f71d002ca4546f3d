"""A community's own values by area, drawn as an indicator is, and marked as local."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from revital.catalogue.models import Indicator, Level, Measure, Text
from revital.errors import UnknownIdError, UserError
from revital.i18n import Translator, translator
from revital.services.data import Data
from revital.services.mapping import MapView, drawn, map_view
from revital.services.outlines import outlines
from revital.services.own_layers import Origin, OwnValues, own_values
from revital.services.workspace.home import Workspace, workspace

#: How ids of own measures begin; a test holds that no indicator of the catalogue begins so.
PREFIX = "own-"
SOURCE, LAYER = "own_data", "own_values"
MOST_DECIMALS = 4


@dataclass(frozen=True, eq=False)
class OwnMeasure:
    """
    A measure that a community brought, at one date.

    Attributes
    ----------
    id : str
        The same wherever the same measure, unit and date are brought.
    name, unit, date : str
        As they were written; unit and date may be empty.
    levels : dict of Level to OwnValues
    """

    id: str
    name: str
    unit: str
    date: str
    levels: Mapping[Level, OwnValues]

    @property
    def title(self) -> str:
        """The measure, with its date where one was given."""
        return f"{self.name} ({self.date})" if self.date else self.name


def origin_text(origins: Sequence[Origin], t: Translator) -> str:
    """Return the mark of local data: who brought it, and when."""
    said = [f"{o.by}, {o.on}" if o.on else o.by for o in origins]
    return t("Donnée locale, apportée par : {who}.", who=" ; ".join(said))


def hidden_text(t: Translator) -> str:
    """Return why a value is hidden."""
    return t("Sous 5 personnes, un effectif est caché, avec ceux qui le trahiraient.")


def shared_text(units: Sequence[str], t: Translator) -> str:
    """Return which values no area of the map can carry."""
    return t(
        "Sans place sur la carte, car leur contour est celui de deux aires : {units}.",
        units=", ".join(units),
    )


def own_measures(data: Data, home: Workspace, territory_id: str) -> dict[str, OwnMeasure]:
    """
    Return the own measures that can be drawn round a territory, by id.

    Raises
    ------
    UnknownIdError, LayerError
    """
    found: dict[str, dict[Level, OwnValues]] = {}
    for values in own_values(data, home, territory_id):
        key = f"{values.measure}|{values.unit}|{values.date}"
        id_ = PREFIX + hashlib.sha256(key.encode()).hexdigest()[:10]
        found.setdefault(id_, {})[values.level] = values
    measures = {}
    for id_, levels in found.items():
        some = next(iter(levels.values()))
        measures[id_] = OwnMeasure(id_, some.measure, some.unit, some.date, levels)
    return measures


def own_measure(data: Data, home: Workspace, territory_id: str, asked: str) -> OwnMeasure:
    """
    Return an own measure by its id or by its name, alone or with its date.

    Raises
    ------
    UnknownIdError
        When none goes by it; those there are are named.
    UserError
        When several dates or units do.
    """
    known = own_measures(data, home, territory_id)
    if asked in known:
        return known[asked]
    want = asked.strip().casefold()
    found = [m for m in known.values() if want in (m.name.casefold(), m.title.casefold())]
    names = ", ".join(f"{m.title} [{m.id}]" for m in (found or known.values()))
    if not found:
        raise UnknownIdError(
            "Aucune valeur locale « {id} » autour de « {territory} ». Valeurs locales : {known}. "
            "Pour en apporter : « revital import file values FICHIER ».",
            id=asked[:60],
            territory=territory_id,
            known=names or "—",
        )
    if len(found) > 1:
        raise UserError(
            "Plusieurs valeurs locales se nomment « {id} » : donnez l'une de {known}.",
            id=asked[:60],
            known=names,
        )
    return found[0]


def any_map(
    data: Data, id_: str, territory_id: str, level: Level | None, static: Path
) -> MapView | None:
    """Return the map of an indicator, or of an own measure by its id: see `mapping.map_view`."""
    if not id_.startswith(PREFIX):
        return map_view(data, id_, territory_id, level, static)
    return own_map(data, own_measure(data, workspace(), territory_id, id_), territory_id, level,
                   static)  # fmt: skip


def own_map(
    data: Data, own: OwnMeasure, territory_id: str, level: Level | None, static: Path
) -> MapView:
    """
    Prepare the map of an own measure.

    Small counts of people stay hidden, with those that would give them away. An area drawn for
    several units has no value: whether theirs add up is not known.

    Parameters
    ----------
    own : OwnMeasure
    level : Level or None
        The finest that has values when None or not to be had.
    static : Path
        Folder that the app serves.
    """
    chosen = level if level is not None and level in own.levels else next(iter(own.levels))
    brought = own.levels[chosen]
    territory = data.catalogue.territory(territory_id)
    place = data.catalogue.place(territory.place)
    shapes = outlines(data, place.outlines[chosen], static)
    alone = [units[0] if len(units := shapes.members[id_]) == 1 else "" for id_ in shapes.ids]
    values = brought.values.reindex(alone).to_numpy(dtype=float)
    hidden = tuple(i for i, unit in enumerate(alone) if unit in brought.hidden)
    shared = [unit for unit in brought.values.index if unit not in set(alone)]
    record, measure = _records(own, brought, chosen)
    return drawn(
        data,
        record,
        measure,
        territory,
        shapes,
        values,
        layers=[LAYER],
        notes=(
            _both(lambda t: origin_text(brought.origins, t)),
            *([_both(lambda t: shared_text(shared, t))] if shared else []),
            *([_both(hidden_text)] if brought.hidden else []),
        ),
        date=_both(lambda t: own.date or t("date non donnée")),
        hidden=hidden,
    )


def _records(own: OwnMeasure, brought: OwnValues, level: Level) -> tuple[Indicator, Measure]:
    """Return an own measure as the maps know indicators: no judgement, no comparison."""
    known = brought.values.dropna()
    decimals = next(
        (d for d in range(MOST_DECIMALS) if np.allclose(known, known.round(d), atol=1e-9)),
        MOST_DECIMALS,
    )
    on = max((o.on for o in brought.origins if o.on), default="")
    # No date given, no year: that of the import is not that of the values.
    year = own.date[:4]
    measure = Measure(
        level=level,
        year=int(year) if year.isdigit() else 0,
        method="count",
        inputs={},
        sources=(SOURCE,),
        comparators=False,
    )
    unit = _both(lambda t: own.unit or t("valeur"))
    mark = _both(lambda t: origin_text(brought.origins, t))
    record = Indicator.model_validate(
        {
            "id": own.id,
            "theme": "participation",
            "title": Text(fr=own.name, en=own.name),
            "definition": mark,
            "universe": unit,
            "kind": "index",
            "unit": unit,
            "decimals": decimals,
            "direction": "neutral",
            "measures": (measure,),
            "sources": (SOURCE,),
            "reviewed": on or date.today(),
        }
    )
    return record, measure


def _both(say: Callable[[Translator], str]) -> Text:
    """Return a sentence in both languages."""
    return Text(fr=say(translator("fr")), en=say(translator("en")))
