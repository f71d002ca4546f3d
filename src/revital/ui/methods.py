"""The methods part of the page Données et méthodes: plain words, reference, worked examples."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from revital.catalogue.method_records import MethodRecord
from revital.i18n import Translator
from revital.services import wording
from revital.services.methods import Worked, by_group, group_text
from revital.ui import cache, html, panels
from revital.ui.state import View


def section(view: View) -> None:
    """Draw the methods: the list of those behind the figures, then one method opened."""
    t = view.t
    panels.section(
        t("Méthodes"), t("Chaque figure est publiée, calculée par une méthode nommée, ou absente.")
    )
    groups = by_group()
    known = {record.id: record for records in groups.values() for record in records}
    asked = view.choice(
        "methode",
        list(known),
        "share",
        label=t("Voir une méthode et ses exemples"),
        format=lambda id_: f"{group_text(known[id_].group, t)} · {t.of(known[id_].title)}",
    )
    with st.spinner(t("Calcul des exemples…")):
        worked = cache.worked(asked)
    st.html(_method(t, known[asked], worked))
    panels.section(t("Méthodes derrière les chiffres du portrait"))
    st.html(_used(view))


def _method(t: Translator, record: MethodRecord, worked: list[Worked]) -> str:
    parts = [
        html.section(t.of(record.title)),
        f'<p class="rv-lead">{escape(t.of(record.formula))}</p>',
        f'<p class="rv-fig-note">{escape(record.reference or "")}</p>',
    ]
    for i, item in enumerate(worked, start=1):
        rows = [
            *(
                (t("Entrée « {name} »", name=k), _plain(t, v))
                for k, v in item.example.input.items()
            ),
            *(
                (
                    t("Résultat « {name} »", name=k),
                    t(
                        "{found} (attendu : {expected})",
                        found=_plain(t, item.result.get(k)),
                        expected=_plain(t, v),
                    ),
                )
                for k, v in item.example.output.items()
            ),
            (
                t("Vérification"),
                t("le calcul de l'application donne ce résultat")
                if item.holds
                else t("le calcul de l'application ne donne plus ce résultat"),
            ),
        ]
        lines = "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in rows)
        parts.append(
            f'<h3 class="rv-h3">{escape(t("Exemple {n}", n=str(i)))}</h3>'
            f'<p>{escape(t.of(item.example.why))}</p><dl class="rv-why">{lines}</dl>'
        )
    return "".join(parts)


def _plain(t: Translator, value: Any) -> str:
    if value is None:
        return t("aucune donnée")
    if isinstance(value, bool):
        return t("oui") if value else t("non")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        text = t.number(value, 6).rstrip("0").rstrip(",.")
        return text or "0"
    if isinstance(value, dict):
        return " ; ".join(f"{k} : {_plain(t, v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return "[" + " ; ".join(_plain(t, v) for v in value) + "]"
    return str(value)


def _used(view: View) -> str:
    t = view.t
    used: dict[str, list[str]] = {}
    for record in view.catalogue.indicators.values():
        for measure in record.measures:
            titles = used.setdefault(measure.method, [])
            if t.of(record.title) not in titles:
                titles.append(t.of(record.title))
    return html.table_twin(
        t("Méthodes et indicateurs qui s'en servent"),
        [html.TableColumn(t("Méthode")), html.TableColumn(t("Indicateurs"))],
        [
            (wording.method_text(name, t), " · ".join(titles))
            for name, titles in sorted(used.items())
        ],
        empty="—",
    )
