"""Checks that the whole holds together: records, layers, provenance, figures, translations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import revital
from revital.domain import indicators as methods
from revital.errors import UserError
from revital.i18n import N_
from revital.i18n.extract import compare, read_sources, read_translations
from revital.services.data import Data
from revital.services.figures import chosen_measure
from revital.settings import PROJECT


@dataclass(frozen=True)
class Finding:
    """
    Something that a check found.

    Attributes
    ----------
    check : str
        `layers`, `provenance`, `figures` or `translations`.
    where : str
    error : UserError
        The sentence, to be translated where it is shown.
    """

    check: str
    where: str
    error: UserError


def check_layers(data: Data) -> list[Finding]:
    """Read every layer of the manifest: file there, whole, with the columns of its record."""
    found = []
    for id_, (_, manifest) in sorted(data.layers.manifests().items()):
        try:
            record = data.catalogue.layer(id_)
            frame = data.layers.read(id_)
            lacking = [c for c in record.columns if c not in frame.columns]
            if lacking:
                raise UserError(
                    "La couche « {id} » n'a pas la colonne « {column} » de sa fiche. "
                    "Relancez « revital build ».",
                    id=id_,
                    column=lacking[0],
                )
            if len(frame) != manifest.rows:
                raise UserError(
                    "La couche « {id} » a {found} lignes ; son inventaire en annonce {expected}. "
                    "Relancez « revital build ».",
                    id=id_,
                    found=len(frame),
                    expected=manifest.rows,
                )
        except UserError as error:
            found.append(Finding("layers", id_, error))
    return found


def check_provenance(data: Data) -> list[Finding]:
    """Every layer names sources that the catalogue knows; those of the pack may be shipped."""
    found = []
    shipped = data.layers.folders[0]
    for id_, (folder, manifest) in sorted(data.layers.manifests().items()):
        for source_id in manifest.sources:
            try:
                source = data.catalogue.source(source_id)
                if folder == shipped and not source.licence.may_ship:
                    raise UserError(
                        "La couche « {id} » vient de « {source} », dont la licence ne permet pas "
                        "la diffusion. Retirez-la des données livrées.",
                        id=id_,
                        source=source_id,
                    )
            except UserError as error:
                found.append(Finding("provenance", id_, error))
    return found


def check_figures(data: Data, indicators: Iterable[str] | None = None) -> list[Finding]:
    """
    Every measure has its method and inputs; every figure is within its valid range.

    Parameters
    ----------
    data : Data
    indicators : iterable of str, optional
        Only these; all by default.
    """
    found = []
    for id_ in data.catalogue.indicators if indicators is None else indicators:
        record = data.catalogue.indicator(id_)
        try:
            for measure in (*record.measures, *record.history):
                methods.method(measure.method)
                for address in measure.inputs.values():
                    data.column(address)
            low, high = record.valid_range
            for territory in data.catalogue.territories.values():
                chosen = chosen_measure(data, record, territory)
                value = None if chosen is None else chosen[1].value
                if value is None:
                    continue
                if (low is not None and value < low) or (high is not None and value > high):
                    raise UserError(
                        "L'indicateur « {id} » vaut {value} pour « {territory} », hors de son "
                        "intervalle permis ({low} à {high}). Vérifiez la fiche ou les données.",
                        id=record.id,
                        value=value,
                        territory=territory.id,
                        low="−∞" if low is None else low,
                        high="+∞" if high is None else high,
                    )
        except UserError as error:
            found.append(Finding("figures", record.id, error))
    return found


def check_words() -> list[Finding]:
    """Every sentence of the program has its English, with the same blanks."""
    package = Path(revital.__file__).parent
    program = [package, PROJECT / "app.py", PROJECT / "pages"]
    found = compare(read_sources(program, PROJECT), read_translations("en"))
    sentences = {
        N_("La phrase « {text} » n'a pas de traduction. Ajoutez-la à i18n/locale/en."): (
            found.missing
        ),
        N_("La traduction de « {text} » ne sert plus. Retirez-la de i18n/locale/en."): found.unused,
        N_("La traduction de « {text} » n'a pas les mêmes blancs entre accolades."): found.blanks,
        N_("La traduction de « {text} » est vide, incertaine ou donnée deux fois."): found.faults,
    }
    return [
        Finding("translations", line.partition(": ")[0], UserError(sentence, text=text))
        for sentence, lines in sentences.items()
        for line in lines
        for text in [line.partition(": ")[2]]
    ]


def check_all(data: Data) -> list[Finding]:
    """Run every check; an empty list means that all is well."""
    layers = check_layers(data)
    if layers:
        # Figures read the same files: their faults would only say the same thing again.
        return [*layers, *check_provenance(data), *check_words()]
    return [*check_provenance(data), *check_figures(data), *check_words()]
