"""« À qui je réfère ? »: known services, nearest first, with what to say and what to ask."""

from __future__ import annotations

import re
from html import escape

import streamlit as st

from revital.catalogue.service_classes import service_classes
from revital.services import access_words as words
from revital.services.inventory import (
    Inventory,
    Referral,
    correction_text,
    inventory,
    unknown_text,
)
from revital.ui import (
    cache,
    html,
    panels,
    point_picker,
    pressed,
    report_box,
    services_add,
    services_correct,
    session,
)
from revital.ui.plan_store import say_done
from revital.ui.state import View

#: Places drawn at first, and more at each tap.
STEP = 10


def is_asked(view: View) -> bool:
    """Draw the choice between the two questions of the page; return whether it is this one."""
    t = view.t
    names = {"acces": t("Qui est loin ?"), "referer": t("À qui je réfère ?")}
    chosen = view.choice(
        "vue",
        list(names),
        "acces",
        label=t("Cette page répond à"),
        format=lambda code: names[code],
        widget=st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    return chosen == "referer"


def page(view: View) -> None:
    """Draw the inventory."""
    t = view.t
    say_done()
    known = service_classes()
    chosen = view.choice(
        "sorte",
        ["", *known],
        "",
        label=t("Quelle aide ?"),
        format=lambda id_: t.of(known[id_].title) if id_ else t("tout"),
        widget=st.pills,
    )
    at = point_picker.position(view)
    found = inventory(cache.data(), view.territory, [chosen] if chosen else [], at)
    panels.sentence(_sentence(view, found))
    if found.is_position:
        st.caption(
            t(
                "Trié depuis votre position, arrondie à 100 m ; elle n'est ni gardée ni mise dans "
                "l'adresse."
            )
        )
        if pressed.button(t("Trier depuis le centre du quartier"), key="rv_position_clear"):
            st.session_state.pop("rv_position", None)
            st.rerun()
    service = known[chosen] if chosen else next(iter(known.values()))
    places = tuple(r.place for r in found.referrals)
    services_add.section(view, service, "inventory", places)
    _cards(view, found)
    services_add.unlocated(view, found.unlocated, places)
    services_correct.journal(view)
    layers = dict.fromkeys(r.place.layer for r in found.referrals)
    manifests = [cache.data().layers.manifest(layer) for layer in layers]
    panels.source_line(t, [f"{m.attribution[t.lang]} ({t.period(m.vintage)})" for m in manifests])


def _sentence(view: View, found: Inventory) -> str:
    t = view.t
    place = t.of(view.catalogue.territory(view.territory).title)
    if not found.referrals:
        return t("{place} : aucun lieu connu. Ajoutez ceux que vous connaissez.", place=place)
    first = found.referrals[0]
    text = t(
        "{place} : {n}. Le plus proche : {name}, {distance}.",
        place=place,
        n=t.plural("{n} lieu connu", "{n} lieux connus", len(found.referrals)),
        name=first.place.name,
        distance=words.metres(first.distance_m, t),
    )
    if found.closed_n:
        text += " " + t.plural(
            "{n} lieu fermé n'est pas montré.", "{n} lieux fermés ne sont pas montrés.",
            found.closed_n,
        )  # fmt: skip
    return text


def _cards(view: View, found: Inventory) -> None:
    t = view.t
    here = session.open_here(view)
    allowed = services_add.may_edit(here)
    shown = int(st.session_state.get("rv_cards", STEP))
    for number, item in enumerate(found.referrals[:shown], start=1):
        place = item.place
        with st.container(key=f"rv_refer_{re.sub(r'[^a-zA-Z0-9]', '_', place.id)}"):
            st.html(card(view, item))
            with st.container(horizontal=True, gap="small"):
                if allowed and services_correct.opened() != place.id:
                    st.button(
                        t("Compléter") if item.unknown else t("Corriger"),
                        key=f"rv_fix_{place.id}",
                        on_click=services_correct.start,
                        args=(place.id, "details" if item.unknown else "closed"),
                    )
                    if item.unknown:
                        st.button(
                            t("Corriger"),
                            key=f"rv_wrong_{place.id}",
                            on_click=services_correct.start,
                            args=(place.id, "closed"),
                        )
                # The number keeps two places of one name apart.
                report_box.draw(view, f"{number}. {place.name}, {place.address}".strip(", "))
            if allowed and services_correct.opened() == place.id:
                with st.container(border=True):
                    services_correct.form(view, here, item)
                    services_correct.take_back(view, here, item)
    if shown < len(found.referrals) and pressed.button(
        t("En montrer plus ({n})", n=t.number(len(found.referrals) - shown)), key="rv_cards_more"
    ):
        st.session_state["rv_cards"] = shown + STEP
        st.rerun()


def card(view: View, item: Referral) -> str:
    """Return a place as HTML: name, kind, distance, phone to tap, what is and is not known."""
    t = view.t
    place = item.place
    head = [t.of(item.kind), words.metres(item.distance_m, t), place.address]
    lines = [
        f'<p class="rv-refer-kind">{escape(" · ".join(x for x in head if x))}</p>',
        phone_link(place.phone),
    ]
    told = (
        (t("Heures"), place.hours),
        (t("Qui y a droit"), place.eligibility),
        (t("Coût"), place.cost),
    )
    rows = "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in told if b)
    if rows:
        lines.append(f'<dl class="rv-refer-facts">{rows}</dl>')
    ask = unknown_text(item, t)
    if ask:
        lines.append(f'<p class="rv-refer-ask">{html.icon("info-circle")}{escape(ask)}</p>')
    lines += [
        f'<p class="rv-refer-mark">{html.icon("alert-triangle")}'
        f"{escape(correction_text(noted, t))}</p>"
        for noted in place.corrections
    ]
    seen = [words.status_text(place, t), place.as_of, place.source]
    own = t("donnée locale") if place.is_own else ""
    lines.append(f'<p class="rv-source">{escape(" · ".join(x for x in (own, *seen) if x))}</p>')
    return (
        f'<section class="rv-refer"><h3 class="rv-refer-name">{escape(place.name)}</h3>'
        f"{''.join(lines)}</section>"
    )


def phone_link(phone: str) -> str:
    """Return a telephone number that a phone dials at a tap; empty where none is known."""
    if not phone:
        return ""
    number, extension = (*re.split(r"(?i)\s*(?:poste|ext\.?|#|x)\s*", phone, maxsplit=1), "")[:2]
    digits = re.sub(r"\D", "", number)
    if len(digits) < 3:
        return f'<p class="rv-refer-phone">{escape(phone)}</p>'
    if len(digits) == 10:
        digits = f"+1{digits}"
    elif len(digits) == 11 and digits.startswith("1"):
        digits = f"+{digits}"
    tail = re.sub(r"\D", "", extension)
    address = f"tel:{digits}" + (f",{tail}" if tail else "")
    return f'<p class="rv-refer-phone"><a href="{address}">{escape(phone)}</a></p>'
