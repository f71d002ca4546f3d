"""The assumptions of the page Services: walking speed, detour, what counts, barriers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from io import BytesIO

import streamlit as st

from revital.catalogue.service_classes import ServiceClass
from revital.domain.access import OLDER_WALK_KMH, WALK_KMH
from revital.errors import UserError
from revital.services import barriers
from revital.services.access_ground import AccessQuery, street_names
from revital.ui import cache, limits_map, panels, pressed
from revital.ui.state import View

#: Quintiles that count as deprived, as the address writes them.
_QUINTILES = ("5", "4,5")
#: What is being traced on the map of barriers.
_TRACED = "rv_services_barrier_points"


def query(view: View, record: ServiceClass, threshold_m: float) -> AccessQuery:
    """Draw the assumptions; return the question that they and the threshold make."""
    t = view.t
    with st.expander(t("Hypothèses : marche, détour, lieux comptés, barrières")):
        speed = _speed(view)
        detour = view.number(
            "detour",
            1.0,
            label=t("Facteur de détour (1 : ligne droite ; les rues ajoutent de 20 à 40 %)"),
            least=1.0,
            most=2.0,
            step=0.05,
        )
        also = _also(view, record)
        quintiles = _quintiles(view, record)
        st.html(f'<p class="rv-lead">{escape(t.of(record.reference))}</p>')
        code = _barriers(view)
        streets = _streets(view)
        asked = AccessQuery(
            view.territory,
            record.id,
            threshold_m,
            float(detour),
            also,
            quintiles,
            speed,
            code,
            streets,
        )
        if asked.is_modified and pressed.button(
            t("Revenir aux hypothèses habituelles"), key="rv_services_usual"
        ):
            for name in ("vitesse", "detour", "compter", "quintiles", "barrieres", "rues"):
                view.set_param(name, None)
            st.rerun()
    return asked


def address(asked: AccessQuery) -> dict[str, str | None]:
    """Return the parameters of the address that restore a question, assumptions included."""
    usual = AccessQuery(asked.territory, asked.service)

    def unless_usual(value: object, other: object, text: str) -> str | None:
        return None if value == other else text

    quintiles = ",".join(map(str, asked.deprived_quintiles))
    return {
        "service": asked.service,
        "seuil": None if asked.threshold_m is None else str(asked.threshold_m),
        "vitesse": unless_usual(asked.speed_kmh, usual.speed_kmh, str(asked.speed_kmh)),
        "detour": unless_usual(asked.detour_factor, 1.0, str(asked.detour_factor)),
        "compter": ",".join(asked.also) or None,
        "quintiles": unless_usual(asked.deprived_quintiles, (5,), quintiles),
        "barrieres": asked.barriers or None,
        "rues": ",".join(asked.barrier_streets) or None,
    }


def _speed(view: View) -> float:
    t = view.t
    speeds = {
        str(WALK_KMH): t("4,8 km/h, adultes"),
        str(OLDER_WALK_KMH): t("3,6 km/h, personnes aînées"),
    }
    chosen = view.choice(
        "vitesse",
        list(speeds),
        str(WALK_KMH),
        label=t("Vitesse de marche (compte des lieux à 15 minutes)"),
        format=lambda code: speeds[code],
        widget=st.radio,
        horizontal=True,
    )
    return float(chosen)


def _also(view: View, record: ServiceClass) -> tuple[str, ...]:
    t = view.t
    extra = {id_: t.of(c.title) for id_, c in record.categories.items() if not c.counts}
    if record.rule is not None:
        extra["seasonal"] = t("lieux saisonniers, en saison")
    if not extra:
        return ()
    chosen = view.choices(
        "compter",
        list(extra),
        [],
        label=t("Compter aussi"),
        format=lambda id_: extra[id_],
        widget=st.pills,
        selection_mode="multi",
    )
    return tuple(chosen)


def _quintiles(view: View, record: ServiceClass) -> tuple[int, ...]:
    if record.rule is None:
        return (5,)
    t = view.t
    words = {"5": t("quintile 5 seulement"), "4,5": t("quintiles 4 et 5")}
    chosen = view.choice(
        "quintiles",
        _QUINTILES,
        "5",
        label=t("Aires défavorisées, dans la règle de l'INSPQ"),
        format=lambda code: words[code],
        widget=st.radio,
        horizontal=True,
    )
    return tuple(int(q) for q in chosen.split(","))


def _barriers(view: View) -> str:
    """Draw the barriers there are, and the ways to add one; return their code."""
    t = view.t
    code = view.param("barrieres", "")
    lines: tuple[barriers.Line, ...] = ()
    try:
        lines = barriers.from_code(code)
    except UserError as error:
        view.notice(t.error(error))
        view.set_param("barrieres", None)
        code = ""
    panels.section(
        t("Barrières"),
        t("Ce qu'on ne traverse pas à pied : voie ferrée, autoroute, rivière, cour clôturée."),
    )
    for i, line in enumerate(lines):
        (lat, lon), (last_lat, last_lon) = line[0], line[-1]
        label = t(
            "Retirer la barrière {n} ({points} points, de {a} à {b})",
            n=str(i + 1),
            points=str(len(line)),
            a=f"{lat:.4f}, {lon:.4f}",
            b=f"{last_lat:.4f}, {last_lon:.4f}",
        )
        if pressed.button(label, key=f"rv_services_barrier_{i}", type="tertiary"):
            _write(view, lines[:i] + lines[i + 1 :])
    _trace(view, lines)
    typed = st.text_area(
        t("Une barrière par ligne : latitude et longitude, points séparés par un point-virgule"),
        key="rv_services_barrier_text",
        placeholder="46.3400 -72.5500 ; 46.3450 -72.5400",
        height=100,
    )
    if pressed.button(t("Ajouter ces barrières"), key="rv_services_barrier_add") and typed.strip():
        _add(view, lines, lambda: barriers.parse_lines(typed))
    given = st.file_uploader(
        t("Ou un fichier de lignes ou de polygones (GeoJSON)"),
        type=["geojson", "json", "gpkg"],
        key="rv_services_barrier_file",
    )
    if given is not None and pressed.button(
        t("Ajouter ce fichier"), key="rv_services_barrier_from_file"
    ):
        content, name = BytesIO(given.getvalue()), given.name
        _add(view, lines, lambda: barriers.read_lines(content, name))
    return code


def _trace(view: View, lines: tuple[barriers.Line, ...]) -> None:
    """Let one trace a barrier on a map: a tap for each point, or the keyboard."""
    t = view.t
    place = view.catalogue.place(view.catalogue.territory(view.territory).place)
    if "da" not in place.outlines or not st.toggle(
        t("Tracer une barrière sur la carte"), key="rv_services_barrier_trace"
    ):
        return
    panels.sentence(
        t(
            "Touchez la carte à chaque point de la barrière, dans l'ordre. Au clavier : déplacez "
            "la carte avec les flèches et posez le point au centre."
        )
    )
    key = f"rv_services_barrier_map_{place.id}"
    held = st.session_state.setdefault(_TRACED, {"points": [], "seq": 0, "form": 0})
    limits_map.draw(
        view,
        key=key,
        mode="line",
        place=place,
        value=held["points"],
        seq=held["seq"],
        form=held["form"],
        changed=partial(_traced, key),
        traced=lines,
    )
    if len(held["points"]) >= 2 and pressed.button(
        t("Ajouter cette barrière"), key="rv_services_barrier_traced", type="primary"
    ):
        drawn = tuple((float(lat), float(lon)) for lat, lon in held["points"])
        held |= {"points": [], "form": held["form"] + 1}
        _add(view, lines, lambda: (drawn,))


def _traced(key: str) -> None:
    sent = st.session_state[key]["value"]
    st.session_state[_TRACED] |= {"points": list(sent["value"]), "seq": int(sent["seq"])}


def _add(
    view: View,
    lines: tuple[barriers.Line, ...],
    read: Callable[[], tuple[barriers.Line, ...]],
) -> None:
    try:
        _write(view, lines + tuple(line for line in read() if line not in lines))
    except UserError as error:
        panels.fault(view.t("Cette barrière ne peut pas être lue"), view.t.error(error))


def _write(view: View, lines: tuple[barriers.Line, ...]) -> None:
    view.set_param("barrieres", barriers.to_code(lines) or None)
    st.rerun()


def _streets(view: View) -> tuple[str, ...]:
    t = view.t
    names = street_names(cache.data(), view.catalogue.territory(view.territory))
    if not names:
        if "rues" in st.query_params:
            view.notice(
                t("Aucune couche de rues pour ce lieu : les rues de l'adresse sont sans effet.")
            )
            view.set_param("rues", None)
        return ()
    chosen = view.choices(
        "rues",
        [n for n in names if "," not in n],
        [],
        label=t("Rues qu'on ne traverse pas à pied"),
        format=str,
        placeholder=t("choisir…"),
        max_selections=5,
    )
    return tuple(chosen)
