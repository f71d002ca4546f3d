"""The part of Données et méthodes where an editor brings a community's own data."""

from __future__ import annotations

from functools import partial

import streamlit as st

from revital.catalogue.models import Text
from revital.catalogue.service_classes import service_classes
from revital.errors import UserError
from revital.services import plan as plans
from revital.services.authorization import Command
from revital.services.imports.counting import questions
from revital.services.imports.events import Journal, confirm, preview, undo
from revital.services.imports.kinds import KINDS, Kind, guess, kind, template
from revital.services.imports.reading import Context, Preview, read_table
from revital.services.imports.replacing import earlier, earlier_text
from revital.services.own_layers import preview_values
from revital.services.workspace.home import workspace
from revital.ui import cache, html, own_layers, panels, pressed, preview_map, session, who
from revital.ui.plan_store import act, say_done
from revital.ui.state import View

#: Rows of a preview that are drawn.
SHOWN = 20


def section(view: View) -> None:
    """Draw the import: kind, template, file, columns, preview, confirmation, journal."""
    t = view.t
    panels.section(
        t("Apporter vos données"),
        t("Rien n'est gardé avant votre accord ; chaque import peut être défait."),
    )
    say_done()
    here = session.open_here(view)
    if not here.actor.may(Command.EDIT_EVIDENCE, view.territory):
        panels.callout(
            t("Apporter des données demande le rôle d'intervenant ou de coordination."),
            tone="note",
        )
        return
    chosen = view.choice(
        "apport",
        list(KINDS),
        "points",
        label=t("Sorte de données"),
        format=lambda id_: t.of(KINDS[id_].title),
        widget=st.radio,
    )
    what = kind(chosen)
    panels.sentence(t.of(what.help))
    st.download_button(
        t("Télécharger le modèle (CSV)"),
        data=template(chosen, view.lang).encode(),
        file_name=f"revital-{chosen}-{view.lang}.csv",
        mime="text/csv",
        key=f"rv_template_{chosen}",
        on_click="ignore",
    )
    given = st.file_uploader(
        t("Votre fichier (CSV ou .xlsx)"), type=["csv", "txt", "xlsx"], key=f"rv_own_{chosen}"
    )
    if given is not None:
        _file(view, what, given.getvalue(), given.name, here)
    elif chosen == "points":
        _one_place(view, here)
    _journal(view, here)


def _file(view: View, what: Kind, content: bytes, name: str, here: plans.Plan) -> None:
    t = view.t
    try:
        table = read_table(content, name)
        mapping = _columns(view, what, list(table.columns), questions(table))
        if mapping is None:
            return
        shown = preview(what.id, table, mapping, Context(cache.data(), view.territory))
    except UserError as error:
        panels.fault(t("Ce fichier ne peut pas être lu tel quel"), t.error(error))
        return
    _show(view, shown)
    if len(shown.frame):
        _confirm(view, shown, here, name)


def _columns(
    view: View, what: Kind, headings: list[str], asked: list[str]
) -> dict[str, str] | None:
    """Draw one choice of column per field, guessed; None while a required one is lacking."""
    t = view.t
    if what.id == "survey":
        chosen = st.multiselect(
            t("Questions à compter"), headings, default=asked, key="rv_own_questions"
        )
        return {f"q{i + 1}": q for i, q in enumerate(chosen)} if chosen else None
    guessed = guess(what, headings)
    panels.section(t("Quelle colonne est quoi"), t("Deviné d'après les en-têtes : corrigez."))
    mapping: dict[str, str] = {}
    columns = st.columns(2)
    for i, item in enumerate(what.fields):
        options = ["", *headings]
        label = t.of(item.title) + (" *" if item.required else "")
        found = columns[i % 2].selectbox(
            label,
            options,
            index=options.index(guessed.get(item.name, "")),
            format_func=lambda heading: heading or "—",
            key=f"rv_map_{what.id}_{item.name}",
        )
        if found:
            mapping[item.name] = found
    return mapping


def _show(view: View, shown: Preview) -> None:
    """Draw what would be kept, on a map where it has places, and why other rows would not."""
    t = view.t
    panels.sentence(
        t(
            "Lignes à garder : {kept} sur {rows} lues ; refusées : {refused}.",
            kept=t.number(len(shown.frame)),
            rows=t.number(shown.rows_in),
            refused=t.number(len(shown.rejects)),
        )
    )
    if shown.rejects:
        panels.table_twin(
            t("Lignes refusées, et pourquoi"),
            [
                html.TableColumn(t("Ligne"), number=True),
                html.TableColumn(t("Quoi")),
                html.TableColumn(t("Pourquoi")),
            ],
            [
                ("" if r.row is None else t.number(r.row), r.key, t(r.message, **r.params))
                for r in shown.rejects
            ],
            empty="—",
        )
    if shown.kind == "points" and len(shown.frame):
        spots = list(zip(shown.frame["lat"], shown.frame["lon"], strict=True))
        preview_map.draw(view, spots)
    if shown.kind == "values" and len(shown.frame):
        _map_values(view, shown)
    rows = shown.frame.head(SHOWN).astype("object").where(shown.frame.head(SHOWN).notna(), "")
    hidden = shown.kind in ("survey", "incidents")
    panels.table_twin(
        t("Aperçu (les {n} premières lignes)", n=t.number(min(SHOWN, len(shown.frame)))),
        [html.TableColumn(_heading(view, shown.kind, str(c))) for c in shown.frame.columns],
        [
            tuple(_cell(c, v, hidden=hidden) for c, v in zip(rows.columns, row, strict=True))
            for row in rows.to_numpy()
        ],
        empty="—",
    )


def _map_values(view: View, shown: Preview) -> None:
    """Draw the first measure of a preview on the areas of the city, small counts hidden."""
    known = preview_values(cache.data(), view.territory, shown.frame)
    if known:
        own_layers.draw_values(view, known[0])


def _heading(view: View, kind_id: str, name: str) -> str:
    field = next((f for f in KINDS[kind_id].fields if f.name == name), None)
    words = field.title if field is not None else _OTHER.get(name)
    return view.t.of(words) if words is not None else name


_OTHER = {
    "territory": Text(fr="Territoire", en="Territory"),
    "question": Text(fr="Question", en="Question"),
    "answer": Text(fr="Réponse", en="Answer"),
    "n": Text(fr="Nombre", en="Number"),
    "base": Text(fr="Répondants", en="Respondents"),
    "period": Text(fr="Période", en="Period"),
    "level": Text(fr="Niveau", en="Level"),
}


def _cell(column: str, value: object, *, hidden: bool) -> str:
    """Return a cell; counts under five are hidden even from the preview."""
    if hidden and column == "n" and isinstance(value, int | float) and value < 5:
        return "< 5"
    return str(value)


def _confirm(view: View, shown: Preview, here: plans.Plan, name: str) -> None:
    t = view.t
    touched = earlier(workspace(), view.territory, shown)
    for found in touched:
        panels.callout(earlier_text(found, shown.kind, t), tone="caution")
    by = st.text_input(t("Qui apporte ces données ?"), key="rv_own_by", max_chars=80)
    if pressed.button(
        t("Remplacer et garder ces lignes")
        if any(found.effect == "replaces" for found in touched)
        else t("Garder ces lignes"),
        type="primary",
        key="rv_own_keep",
        disabled=not by.strip(),
    ):
        signed = who.signature(view, here, by)
        done = act(
            view,
            t("Import gardé. Il peut être défait plus bas."),
            lambda: confirm(cache.data(), workspace(), view.territory, shown, by=signed, file=name),
        )
        if done:
            st.rerun()


def _one_place(view: View, here: plans.Plan) -> None:
    """Draw the four fields that add one place: name, kind, where, who."""
    t = view.t
    with st.form("rv_one_place", clear_on_submit=True):
        panels.section(t("Ou ajouter un seul lieu"))
        name = st.text_input(t("Nom du lieu"), max_chars=120)
        category = st.selectbox(
            t("Catégorie"), list(categories(view)), format_func=lambda c: categories(view)[c]
        )
        left, right = st.columns(2)
        lat = left.text_input(t("Latitude (degrés)"), placeholder="46,3405")
        lon = right.text_input(t("Longitude (degrés)"), placeholder="-72,5460")
        address = st.text_input(t("Adresse"), max_chars=160)
        by = st.text_input(t("Qui l'a vu ?"), max_chars=80)
        sent = pressed.submit(t("Ajouter ce lieu"), key="rv_own_place_save", type="primary")
    if not sent:
        return
    header = "name;category;lat;lon;address"
    cells = [
        part.replace(";", ",").replace("\n", " ") for part in (name, category, lat, lon, address)
    ]
    try:
        table = read_table(f"{header}\n{';'.join(cells)}\n".encode(), t("un lieu"))
        mapping = {k: k for k in header.split(";")}
        shown = preview("points", table, mapping, Context(cache.data(), view.territory))
    except UserError as error:
        panels.fault(t("Ce lieu n'a pas été ajouté"), t.error(error))
        return
    if shown.rejects:
        first = shown.rejects[0]
        panels.fault(t("Ce lieu n'a pas été ajouté"), t(first.message, **first.params))
        return
    signed = who.signature(view, here, by)
    done = act(
        view,
        t("Lieu ajouté."),
        lambda: confirm(cache.data(), workspace(), view.territory, shown, by=signed),
    )
    if done:
        st.rerun()


def categories(view: View) -> dict[str, str]:
    """Return the categories that services know, in words."""
    return {
        category: view.t.of(record.title)
        for service in service_classes().values()
        for category, record in service.categories.items()
    }


def _journal(view: View, here: plans.Plan) -> None:
    """Draw the imports of the territory, each with its button to undo."""
    t = view.t
    journal = Journal(workspace())
    standing = [e for e in journal.standing() if e.territory == view.territory]
    panels.section(t("Ce qui a été apporté"))
    if not standing:
        panels.empty_state(
            t,
            what=t("Aucune donnée locale pour ce territoire."),
            why=t("Un relevé fait sur le terrain complète les listes publiques."),
            who=t("Choisissez une sorte de données plus haut."),
        )
        return
    for event in reversed(standing):
        title = KINDS[event.kind].title if event.kind in KINDS else _CORRECTION
        left, right = st.columns([4, 1], vertical_alignment="center")
        words = t.plural("{n} ligne", "{n} lignes", event.rows)
        parts = [t.of(title), words, event.by, event.when[:10], event.file]
        left.html(html.sentence(" · ".join(p for p in parts if p)))
        with right:
            clicked = pressed.button(
                t("Défaire"), key=f"rv_undo_{event.id}", help=t("Retirer cet import des couches")
            )
        if clicked and act(
            view, t("Import défait."), partial(_undo, event.id, who.signature(view, here, ""))
        ):
            st.rerun()


def _undo(id_: str, by: str) -> None:
    undo(cache.data(), workspace(), id_, by=by)


_CORRECTION = Text(fr="Correction", en="Correction")
