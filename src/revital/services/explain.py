"""Why this number? Value → method → layers and rows → source, licence, vintage, input hash."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from revital.catalogue.models import Indicator, Layer, Measure, Source, Text
from revital.domain.uncertainty import Flag
from revital.i18n import Translator
from revital.services.data import Data
from revital.services.figures import (
    Figure,
    Reading,
    chosen_measure,
    evaluate,
    inputs_frame,
    read_indicator,
)
from revital.services.wording import (
    figure_text,
    flag_text,
    interval_text,
    level_text,
    method_text,
    reading_text,
)
from revital.store.layers import LayerManifest


@dataclass(frozen=True)
class Check:
    """The same figure by another road: a cross-check, never the headline."""

    level: str
    method: str
    value: float
    note: Text | None


@dataclass(frozen=True)
class Explanation:
    """
    Everything behind a figure.

    Attributes
    ----------
    reading : Reading
    rows : DataFrame, indexed by unit id
        The inputs of the territory's units, as published; missing values are NaN.
    columns : dict of argument to `layer.column`
    layers : dict of layer id to LayerManifest
    records : dict of layer id to Layer
    sources : dict of source id to Source
    cross_checks : tuple of Check
    """

    reading: Reading
    rows: pd.DataFrame
    columns: dict[str, str]
    layers: dict[str, LayerManifest]
    sources: dict[str, Source]
    records: dict[str, Layer] = field(default_factory=dict)
    cross_checks: tuple[Check, ...] = ()

    @property
    def indicator(self) -> Indicator:
        """The indicator explained."""
        return self.reading.indicator

    @property
    def figure(self) -> Figure | None:
        """The figure explained, None when there is none."""
        return self.reading.figure


def explain(data: Data, indicator_id: str, territory_id: str) -> Explanation:
    """
    Walk a figure back to its publishers.

    Raises
    ------
    UnknownIdError, LayerError
    """
    reading = read_indicator(data, indicator_id, territory_id)
    indicator, territory = reading.indicator, reading.territory
    sources = {id_: data.catalogue.source(id_) for id_ in indicator.sources}
    chosen = chosen_measure(data, indicator, territory)
    if chosen is None:
        return Explanation(reading, pd.DataFrame(), {}, {}, sources)
    measure, _ = chosen
    units = data.units(territory, measure.level)
    rows = inputs_frame(data, measure).reindex(units)
    layers = {
        id_: data.layers.manifest(id_)
        for id_ in dict.fromkeys(a.partition(".")[0] for a in measure.inputs.values())
    }
    sources |= {id_: data.catalogue.source(id_) for id_ in measure.sources}
    return Explanation(
        reading,
        rows,
        dict(measure.inputs),
        layers,
        sources,
        {id_: data.catalogue.layer(id_) for id_ in layers},
        _checks(data, reading, measure),
    )


def _checks(data: Data, reading: Reading, chosen: Measure) -> tuple[Check, ...]:
    found = []
    for measure in reading.indicator.measures:
        if measure == chosen:
            continue
        other = evaluate(data, measure, reading.territory)
        if other.value is not None:
            found.append(Check(measure.level, measure.method, other.value, measure.approximate))
    return tuple(found)


@dataclass(frozen=True)
class Line:
    """A labelled line of an explanation, ready to show."""

    label: str
    text: str


def lines(explanation: Explanation, t: Translator) -> list[Line]:
    """Return the explanation as labelled lines, the same on screen, in a file and in a terminal."""
    record = explanation.indicator
    figure = explanation.figure
    out = [
        Line(t("Définition"), t.of(record.definition)),
        Line(t("Univers"), t.of(record.universe)),
    ]
    if figure is None:
        out.append(Line(t("Valeur"), t("aucune donnée")))
        if record.contact:
            out.append(Line(t("À qui demander"), t.of(record.contact)))
        out += _how_to_get(explanation, t)
        return out
    out.append(
        Line(
            t("Valeur"),
            f"{reading_text(record, figure, t)} ({t.of(figure.title)}, {figure.year})",
        )
    )
    if figure.interval:
        out.append(Line(t("Marge"), interval_text(record, figure, t)))
    out.append(Line(t("Méthode"), method_text(figure.method, t)))
    for name, address in explanation.columns.items():
        layer_id, _, column = address.partition(".")
        layer = explanation.layers[layer_id]
        label = _column_title(explanation, layer_id, column, t)
        out.append(Line(t("Entrée « {name} »", name=name), f"{label} ({layer.file}, {column})"))
    out.append(
        Line(
            t("Unités"),
            t(
                "{with_data} sur {units} {level} ; {coverage} des résidents",
                with_data=t.number(figure.units_with_data),
                units=t.number(figure.units),
                level=level_text(figure.level, t),
                coverage=t.percent(figure.coverage, 0),
            ),
        )
    )
    for flag in figure.flags:
        if flag is not Flag.OK:
            out.append(Line(t("Qualité"), flag_text(flag, t)))
    for reason in dict.fromkeys(t.of(r) for r in figure.reasons):
        out.append(Line(t("À savoir"), reason))
    if record.caveats:
        out.append(Line(t("À savoir"), t.of(record.caveats)))
    for check in explanation.cross_checks:
        out.append(
            Line(
                t("Contre-vérification"),
                t(
                    "{value} par une autre voie ({method}, {level})",
                    value=figure_text(record, check.value, t),
                    method=method_text(check.method, t),
                    level=level_text(check.level, t),
                ),
            )
        )
    for id_ in dict.fromkeys((*figure.sources, *record.sources)):
        source = explanation.sources[id_]
        used = any(id_ in layer.sources for layer in explanation.layers.values())
        if used or id_ in figure.sources:
            out.append(
                Line(
                    t("Source"),
                    f"{t.of(source.publisher)}, {t.of(source.title)} "
                    f"({t.period(source.vintage)}) — {t.of(source.licence.name)}",
                )
            )
    for layer in explanation.layers.values():
        out.append(Line(t("Traitement"), layer.processing[t.lang]))
        for item in layer.inputs:
            out.append(Line(t("Fichier de départ"), f"{item.name} · sha256 {item.sha256[:16]}…"))
    return out


def _how_to_get(explanation: Explanation, t: Translator) -> list[Line]:
    found = []
    for source in explanation.sources.values():
        text = f"{t.of(source.publisher)}, {t.of(source.title)}"
        if source.how_to_get:
            text += f". {t.of(source.how_to_get)}"
        found.append(Line(t("Comment l'obtenir"), text))
    return found


def _column_title(explanation: Explanation, layer_id: str, column: str, t: Translator) -> str:
    return t.of(explanation.records[layer_id].columns[column].title)
