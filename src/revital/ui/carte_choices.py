"""What the reader asks the map to show: indicator, level, services, second map, hot spots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from revital.catalogue.models import Level
from revital.ui import cache
from revital.ui.state import View


@dataclass(frozen=True)
class Choice:
    """What the reader asked to see; `names` are the words of each indicator in the list."""

    indicator: str
    level: Level | None
    services: tuple[str, ...]
    tiles: bool
    second: str
    hot: str
    names: Mapping[str, str]


def controls(view: View) -> Choice | None:
    """Draw the choices of the page; None when nothing can be drawn."""
    t = view.t
    own = cache.own_measures(view.territory)
    known = [*cache.drawable(view.territory), *own]
    if not known:
        return None
    themes = {r.id: t.of(r.title) for r in view.catalogue.themes}

    def title(id_: str) -> str:
        if id_ in own:
            return f"{t('Vos données')} · {own[id_].title}"
        record = view.catalogue.indicator(id_)
        return f"{themes.get(record.theme, record.theme)} · {t.of(record.title)}"

    first = "low_income" if "low_income" in known else known[0]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        indicator = view.choice(
            "indicateur",
            known,
            first,
            label=t("Ce que montre la carte"),
            format=title,
            stepped=True,
        )
    offered = cache.levels(indicator, view.territory)
    with right:
        level = _level(view, offered)
    with st.expander(t("Ajouter à la carte : services, comparaison, fond de carte")):
        services = _services(view)
        second = view.choice(
            "avec",
            ["", *known],
            "",
            label=t("Comparer avec une deuxième carte"),
            format=lambda id_: title(id_) if id_ else t("une seule carte"),
        )
        hot = _statistic(view)
        tiles = view.flag(
            "tuiles", label=t("Fond de carte en ligne (OpenStreetMap) : demande Internet")
        )
    names = {id_: title(id_) for id_ in known if id_ not in own}
    return Choice(indicator, level, services, tiles, second, hot, names)


def _statistic(view: View) -> str:
    t = view.t
    names = {
        "non": t("ne pas montrer"),
        "moran": t("Moran local : semblables et différents"),
        "gi": t("Getis-Ord : points chauds et froids"),
    }
    return view.choice(
        "regroupements",
        list(names),
        "non",
        label=t("Montrer où les valeurs semblables se regroupent"),
        format=lambda code: names[code],
    )


def _level(view: View, offered: Sequence[Level]) -> Level | None:
    t = view.t
    names = {"ct": t("Secteurs de recensement"), "da": t("Aires de diffusion")}
    known = [lv for lv in offered if lv in names]
    if len(known) < 2:
        return known[0] if known else None
    asked = view.choice(
        "niveau",
        known,
        known[0],
        label=t("Découpage"),
        format=lambda code: names[code],
        widget=st.segmented_control,
        required=True,
    )
    return next(lv for lv in known if lv == asked)


def _services(view: View) -> tuple[str, ...]:
    t = view.t
    place = view.catalogue.place(view.catalogue.territory(view.territory).place)
    known = [s for s in place.services if cache.data().layers.has(s)]
    if not known:
        return ()
    chosen = view.choices(
        "services",
        known,
        [],
        label=t("Services à montrer"),
        format=lambda id_: t.of(view.catalogue.layer(id_).title),
        widget=st.pills,
        selection_mode="multi",
    )
    return tuple(chosen)
