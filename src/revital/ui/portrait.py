"""The page Portrait: what the neighbourhood is like, strengths before challenges."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from revital.i18n import Translator
from revital.services.chart_sheet import theme_sheet
from revital.services.facts import Fact
from revital.services.figures import Reading
from revital.services.portrait import (
    Portrait,
    ThemePart,
    sentence,
    stands_out,
    story,
    theme_sentence,
)
from revital.ui import cache, devitalization, downloads, figure, html, panels, pressed, steps
from revital.ui.state import View

#: Lines shown of each list before "voir tout".
FIRST_LINES = 5
#: Dated facts read before the others are opened.
FIRST_FACTS = 3
#: Figures of a theme read before it is opened.
KEY_FIGURES = 2
#: Parameter of the address that holds the themes opened, and its word for all of them.
PARAM, ALL = "themes", "tous"


def page(view: View) -> None:
    """Draw the page."""
    t = view.t
    record = view.catalogue.territory(view.territory)
    found = cache.portrait(view.territory)
    panels.sentence(sentence(found, record, t))
    if record.declared:
        panels.callout(t.of(record.declared), tone="caution")
    downloads.report_button(view, "portrait")
    left, right = st.columns(2, gap="medium")
    with left:
        _list(view, t("Atouts"), found.strengths, t("Mieux que la ville :"), "assets")
    with right:
        _list(view, t("Défis"), found.challenges, t("Plus lourd que dans la ville :"), "need")
    _themes(view, found)
    devitalization.section(view)
    _timeline(view)


def _list(view: View, title: str, readings: tuple[Reading, ...], lead: str, tone: str) -> None:
    t = view.t
    panels.section(title, lead if readings else "")
    if not readings:
        st.html(f'<p class="rv-lead">{escape(t("Rien ne ressort nettement face à la ville."))}</p>')
        return

    def items(some: tuple[Reading, ...]) -> str:
        return "".join(f"<li>{escape(story(r, t))}</li>" for r in some)

    st.html(f'<ul class="rv-points rv-points-{tone}">{items(readings[:FIRST_LINES])}</ul>')
    if len(readings) > FIRST_LINES:
        with st.expander(t.plural("{n} autre", "{n} autres", len(readings) - FIRST_LINES)):
            st.html(f'<ul class="rv-points rv-points-{tone}">{items(readings[FIRST_LINES:])}</ul>')


def _themes(view: View, found: Portrait) -> None:
    """Draw the themes, folded: what stands out is read at once, the rest opens."""
    t = view.t
    parts = [p for p in found.themes if p.known or p.unknown]
    ids: list[str] = [p.theme.id for p in parts]
    asked = [id_ for id_ in view.param(PARAM, "").split(",") if id_]
    opened = ids if ALL in asked else [id_ for id_ in ids if id_ in asked]
    whole = len(opened) == len(ids)
    if pressed.button(
        t("Replier tous les thèmes") if whole else t("Ouvrir tous les thèmes"),
        key="rv_themes_all",
        icon=":material/unfold_less:" if whole else ":material/unfold_more:",
    ):
        view.set_param(PARAM, None if whole else ALL)
        st.rerun()
    names: dict[str, str] = {p.theme.id: t.of(p.theme.title) for p in parts}
    steps.draw(
        view,
        ids,
        opened[0] if len(opened) == 1 else "",
        lambda id_: view.set_param(PARAM, id_),
        lambda id_: names[id_],
    )
    if view.is_hall and len(opened) == 1:
        # The theme one speaks of comes up; nobody scrolls in front of a hall.
        parts.sort(key=lambda p: p.theme.id not in opened)
    for part in parts:
        _theme(view, part, ids, opened)


def _write_opened(ids: list[str]) -> None:
    opened = [id_ for id_ in ids if st.session_state.get(f"rv_theme_{id_}")]
    if opened:
        st.query_params[PARAM] = ALL if len(opened) == len(ids) else ",".join(opened)
    else:
        st.query_params.pop(PARAM, None)


def _theme(view: View, part: ThemePart, ids: list[str], opened: list[str]) -> None:
    t = view.t
    title = t.of(part.theme.title)
    panels.section(
        title, f"{t.of(part.theme.question)} {theme_sentence(part, t)}.", part.theme.icon
    )
    key = f"rv_theme_{part.theme.id}"
    want = part.theme.id in opened
    if st.session_state.get(key, False) != want:
        st.session_state[key] = want
    first = key_figures(part)
    if first:
        items = "".join(f"<li>{escape(story(r, t))}</li>" for r in first)
        st.html(f'<ul class="rv-points">{items}</ul>')
    label = (
        t.plural("Voir le chiffre, sa source et sa qualité",
                 "Voir les {n} chiffres, leurs sources et leur qualité", len(part.known))
        if part.known
        else t("Voir ce qui manque et à qui le demander")
    )  # fmt: skip
    with st.expander(label, key=key, on_change=_write_opened, args=(ids,)):
        _figures(view, part, title)


def key_figures(part: ThemePart) -> list[Reading]:
    """Return the figures of a theme read at once: those that stand out, else the first ones."""
    ranked = sorted(part.known, key=lambda r: stands_out(r) is None)
    return ranked[:KEY_FIGURES]


def _figures(view: View, part: ThemePart, title: str) -> None:
    t = view.t
    if part.known:
        figure.cards(view, list(part.known), part.theme.id)
        downloads.chart_menu(
            view,
            f"theme_{part.theme.id}",
            f"portrait-{part.theme.id}",
            partial(theme_sheet, cache.data(), view.territory, part.theme.id),
        )
        with st.expander(t("Voir ces chiffres en tableau")):
            st.html(figure.comparison_table(view, list(part.known), title))
    if part.unknown:
        with st.expander(
            t.plural(
                "{n} indicateur sans donnée : à qui demander",
                "{n} indicateurs sans donnée : à qui demander",
                len(part.unknown),
            )
        ):
            st.html(_unknown(view, part.unknown))


def _unknown(view: View, readings: tuple[Reading, ...]) -> str:
    t = view.t
    return html.table_twin(
        t("Ce que nous ne savons pas encore"),
        [
            html.TableColumn(t("Indicateur")),
            html.TableColumn(t("Définition")),
            html.TableColumn(t("À qui demander")),
            html.TableColumn(t("Comment l'obtenir")),
        ],
        [
            (
                t.of(r.indicator.title),
                t.of(r.indicator.definition),
                t.of(r.indicator.contact),
                _how(view, r),
            )
            for r in readings
        ],
        empty="—",
    )


def _how(view: View, reading: Reading) -> str:
    ways = [view.t.of(view.catalogue.source(id_).how_to_get) for id_ in reading.indicator.sources]
    return " ".join(dict.fromkeys(w for w in ways if w))


def scope_text(scope: str, t: Translator) -> str:
    """Return what a fact is about, in words."""
    return {
        "neighbourhood": t("le quartier"),
        "city": t("la ville"),
        "cma": t("la région métropolitaine"),
        "region": t("la région"),
        "province": t("le Québec"),
        "comparator": t("un autre territoire"),
    }.get(scope, scope)


def _timeline(view: View) -> None:
    t = view.t
    facts = cache.timeline(view.territory)
    confirmed = [f for f in facts if f.confirmed]
    waiting = [f for f in facts if not f.confirmed]
    if not facts:
        return
    panels.section(
        t("Repères datés"),
        t("Faits publics, du plus ancien au plus récent, avec leur portée et leur source."),
        "calendar",
    )
    # What is about the place itself comes first; the city and the region are context.
    near = [f for f in confirmed if f.scope == "neighbourhood"]
    around = [f for f in confirmed if f.scope != "neighbourhood"]
    first = near or around
    st.html(timeline_html(first[:FIRST_FACTS], t))
    if len(first) > FIRST_FACTS:
        more = t.plural("{n} autre fait", "{n} autres faits", len(first) - FIRST_FACTS)
        with st.expander(more, key="rv_fold_facts"):
            st.html(timeline_html(first[FIRST_FACTS:], t))
    if near and around:
        with st.expander(
            t.plural(
                "{n} fait sur la ville, la région et d'autres territoires",
                "{n} faits sur la ville, la région et d'autres territoires",
                len(around),
            )
        ):
            st.html(timeline_html(around, t))
    if waiting:
        with st.expander(t.plural("{n} fait à vérifier", "{n} faits à vérifier", len(waiting))):
            panels.callout(
                t("Presse ou date déduite : à confirmer avant de les montrer en public."),
                tone="caution",
            )
            st.html(timeline_html(waiting, t))


def timeline_html(facts: list[Fact], t: Translator) -> str:
    """Return dated facts as a list; every text is escaped."""
    items = []
    for fact in facts:
        shown = _value(fact, t)
        value = f" <strong>{escape(shown)}</strong>" if shown else ""
        items.append(
            f'<li><span class="rv-when">{escape(t.of(fact.date_text))}</span>'
            f'<span class="rv-scope">{escape(scope_text(fact.scope, t))}</span>'
            f"<p>{escape(t.of(fact.statement))}{value}</p>"
            f'<p class="rv-fig-note">{_source(fact, t)}</p></li>'
        )
    return f'<ol class="rv-timeline">{"".join(items)}</ol>'


def _source(fact: Fact, t: Translator) -> str:
    name = fact.source or fact.reference or fact.url
    said = escape(t("Source : {name}", name=name))
    if fact.url.startswith("https://") and "…" not in fact.url:
        return f'<a href="{escape(fact.url, quote=True)}" rel="noopener">{said}</a>'
    more = fact.reference if fact.reference and fact.reference != name else ""
    return f"{said} · {escape(more)}" if more else said


def _value(fact: Fact, t: Translator) -> str:
    if fact.value is None:
        return ""
    decimals = 0 if float(fact.value).is_integer() else 1
    return f"{t.number(fact.value, decimals)} {t.of(fact.unit)}".strip()
