"""The devitalization index on the portrait: what exists, what is missing, how sure it is."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from revital.errors import UserError
from revital.services.comparison_charts import devitalization_sheet
from revital.services.devitalization import DomainReading, IndexReading
from revital.ui import cache, downloads, html, panels, pressed
from revital.ui.state import View

#: Parameter of the address that holds the weights, in the order of the record's domains.
PARAM = "poids"


def section(view: View) -> None:
    """Draw the section."""
    t = view.t
    asked = _weights(view)
    found = cache.devitalization(view.territory, asked)
    panels.section(
        t("Indice de dévitalisation"),
        t(
            "Un indice de revital, qui n'est pas officiel. 0 : le plus favorable ; 100 : le plus "
            "lourd."
        ),
    )
    panels.sentence(sentence(view, found))
    # The whole table is long on a phone: it opens, and is printed whole.
    with st.expander(t("Voir les domaines, et à qui demander ce qui manque"), key="rv_fold_index"):
        st.html(_table(view, found))
        downloads.chart_menu(
            view,
            "devitalisation",
            "devitalisation",
            partial(devitalization_sheet, cache.data(), view.territory, weights=asked),
        )
    if found.robustness is not None:
        _ranks(view, found)
        _move(view, found)
    with st.expander(t("Comment cet indice est fait")):
        st.html(_how(view, found))


def sentence(view: View, found: IndexReading) -> str:
    """Say the index, or why there is none."""
    t = view.t
    record = found.record
    if found.index is None:
        return t.plural(
            "Pas d'indice pour l'instant : {n} domaine sur {total} a un score, il en faut {least}.",
            "Pas d'indice pour l'instant : {n} domaines sur {total} ont un score, il en faut "
            "{least}.",
            found.scored,
            total=t.number(len(found.domains)),
            least=t.number(record.least_domains),
        )
    geometric = "" if found.geometric is None else t.number(100 * found.geometric)
    return t(
        "{index} sur 100 ; {other} si un domaine lourd ne peut être racheté par un autre.",
        index=t.number(100 * found.index),
        other=geometric,
    )


def _weights(view: View) -> dict[str, float] | None:
    record = cache.score_record()
    text = view.param(PARAM, "")
    if not text:
        return None
    parts = text.split(",")
    try:
        numbers = [float(p) for p in parts]
    except ValueError:
        numbers = []
    if (
        len(numbers) != len(record.domains)
        or any(not 0 <= n <= 5 for n in numbers)
        or sum(numbers) == 0
    ):
        view.notice(
            view.t(
                "L'adresse donne des poids illisibles ({text}) ; il faut {n} nombres de 0 à 5, pas "
                "tous nuls. Voici les poids égaux.",
                text=text[:40],
                n=view.t.number(len(record.domains)),
            )
        )
        view.set_param(PARAM, None)
        return None
    return {d.id: n for d, n in zip(record.domains, numbers, strict=True)}


def _table(view: View, found: IndexReading) -> str:
    t = view.t
    return html.table_twin(
        t("Les domaines de l'indice"),
        [
            html.TableColumn(t("Domaine")),
            html.TableColumn(t("Score sur 100"), number=True),
            html.TableColumn(t("Ce qui y entre")),
            html.TableColumn(t("Ce qui manque, et à qui le demander")),
        ],
        [
            (
                t.of(d.domain.title),
                "" if d.score is None else t.number(100 * d.score),
                t.list([t.of(view.catalogue.indicator(i).title) for i in d.present]),
                _missing(view, d),
            )
            for d in found.domains
        ],
        empty="—",
    )


def _missing(view: View, domain: DomainReading) -> str:
    t = view.t
    parts = []
    for id_ in domain.missing:
        record = view.catalogue.indicator(id_)
        who = t.of(record.contact)
        title = t.of(record.title)
        parts.append(t("{title} ({who})", title=title, who=who.rstrip(".")) if who else title)
    return " ; ".join(parts)


def _ranks(view: View, found: IndexReading) -> None:
    t = view.t
    robust = found.robustness
    if robust is None:
        return
    own = [u for u in found.own_units if u in robust.table.index]
    table = robust.table.loc[own].dropna(subset=["rank"])
    if table.empty:
        return
    n = int(robust.table["rank"].notna().sum())
    low, high = int(table["rank_low"].min()), int(table["rank_high"].max())
    panels.callout(
        t(
            "Parmi {n} zones de la ville classées, celles du territoire se placent entre le rang "
            "{low} et le rang {high} selon les poids et la méthode (9 tirages sur 10). Deux zones "
            "dont les intervalles se touchent ne peuvent pas être départagées.",
            n=t.number(n),
            low=t.number(low),
            high=t.number(high),
        ),
        title=t("Ce que l'on peut dire, et ne pas dire"),
    )
    with st.expander(t("Rangs et intervalles des zones du territoire")):
        st.html(
            html.table_twin(
                t("Rang 1 = indice le plus élevé"),
                [
                    html.TableColumn(t("Zone")),
                    html.TableColumn(t("Indice sur 100"), number=True),
                    html.TableColumn(t("Rang"), number=True),
                    html.TableColumn(t("Intervalle de rang"), number=True),
                    html.TableColumn(
                        t("Probabilité d'être du cinquième le plus touché"), number=True
                    ),
                ],
                [
                    (
                        str(unit),
                        t.number(100 * row["score"]),
                        t.number(row["rank"]),
                        t(
                            "{low} à {high}",
                            low=t.number(row["rank_low"]),
                            high=t.number(row["rank_high"]),
                        ),
                        t.percent(row["p_top"], 0),
                    )
                    for unit, row in table.iterrows()
                ],
                empty="—",
            )
        )


def _move(view: View, found: IndexReading) -> None:
    t = view.t
    with st.expander(t("Changer le poids des domaines")):
        panels.callout(t("Vos poids restent dans l'adresse : envoyez-la pour les partager."))
        numbers = [
            st.slider(
                t.of(domain.title),
                0.0,
                5.0,
                float(found.weights[domain.id]),
                0.5,
                key=f"rv_weight_{domain.id}",
            )
            for domain in found.record.domains
        ]
        if pressed.button(t("Appliquer ces poids"), key="rv_weights_apply"):
            if sum(numbers) == 0:
                raise UserError(
                    "Au moins un domaine doit avoir un poids plus grand que 0 ; tous sont à 0."
                )
            default = [d.weight for d in found.record.domains]
            text = ",".join(f"{n:g}" for n in numbers)
            view.set_param(PARAM, None if numbers == default else text)
            st.rerun()


def _how(view: View, found: IndexReading) -> str:
    t = view.t
    record = found.record
    lines = [
        t.of(record.definition),
        t.of(record.goalpost_rule),
        t(
            "Un domaine sans {share} de ses indicateurs n'a pas de score ; avec moins de {n} "
            "domaines, il n'y a pas d'indice.",
            share=t.percent(record.least_indicators, 0),
            n=t.number(record.least_domains),
        ),
        t("Décidé le {day}.", day=t.date(record.decided)),
        *record.references,
    ]
    return "".join(f'<p class="rv-lead">{escape(line)}</p>' for line in lines)
