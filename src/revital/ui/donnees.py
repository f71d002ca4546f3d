"""The page Données et méthodes: can it be trusted?"""

from __future__ import annotations

import streamlit as st

from revital.services import wording
from revital.ui import (
    cache,
    freshness,
    html,
    methods,
    own_data,
    own_layers,
    panels,
    take_away,
    territory_form,
)
from revital.ui.state import View


def page(view: View) -> None:
    """Draw the page."""
    t = view.t
    layers = cache.data().layers.manifests()
    panels.sentence(
        t(
            "Chaque chiffre vient d'un éditeur public nommé : {sources} sources, {layers} couches "
            "de données, {indicators} indicateurs.",
            sources=t.number(len({s for _, m in layers.values() for s in m.sources})),
            layers=t.number(len(layers)),
            indicators=t.number(len(view.catalogue.indicators)),
        )
    )
    parts = {
        "sources": (t("Sources"), _sources),
        "fraicheur": (t("Fraîcheur"), freshness.section),
        "couches": (t("Couches"), _layers),
        "indicateurs": (t("Indicateurs"), _indicators),
        "methodes": (t("Méthodes"), methods.section),
        "territoires": (t("Territoires"), _territories),
        "locales": (t("Vos données"), own_layers.section),
        "apporter": (t("Apporter"), own_data.section),
        "emporter": (t("Emporter"), take_away.section),
    }
    chosen = view.choice(
        "partie",
        list(parts),
        "sources",
        label=t("Partie de la page"),
        format=lambda code: parts[code][0],
        widget=st.segmented_control,
        required=True,
        stepped=True,
    )
    parts[chosen][1](view)


def _sources(view: View) -> None:
    t = view.t
    manifests = cache.data().layers.manifests()
    rows_by_source: dict[str, int] = {}
    for _, manifest in manifests.values():
        for id_ in manifest.sources:
            rows_by_source[id_] = rows_by_source.get(id_, 0) + manifest.rows
    here = [s for s in view.catalogue.sources.values() if s.id in rows_by_source]
    absent = [s for s in view.catalogue.sources.values() if s.id not in rows_by_source]
    panels.section(t("Sources dans les données"))
    st.html(
        html.table_twin(
            t("Éditeur, licence, millésime et mention à reproduire"),
            [
                html.TableColumn(t("Source")),
                html.TableColumn(t("Éditeur")),
                html.TableColumn(t("Licence")),
                html.TableColumn(t("Millésime")),
                html.TableColumn(t("Lignes"), number=True),
                html.TableColumn(t("Mention")),
            ],
            [
                (
                    t.of(s.title),
                    t.of(s.publisher),
                    t.of(s.licence.name),
                    t.period(s.vintage),
                    t.number(rows_by_source[s.id]),
                    t.of(s.attribution),
                )
                for s in here
            ],
            empty="—",
        )
    )
    panels.section(
        t("Sources à aller chercher"),
        t("Leur fiche existe ; leurs données ne sont pas encore ici."),
    )
    st.html(
        html.table_twin(
            t("Ce qu'il reste à obtenir, et de qui"),
            [
                html.TableColumn(t("Source")),
                html.TableColumn(t("Éditeur")),
                html.TableColumn(t("Comment l'obtenir")),
                html.TableColumn(t("À qui demander")),
            ],
            [
                (t.of(s.title), t.of(s.publisher), t.of(s.how_to_get), t.of(s.contact))
                for s in absent
            ],
            empty="—",
        )
    )


def _layers(view: View) -> None:
    t = view.t
    panels.section(t("Couches de données"), t("Ce que contient chaque fichier et d'où il vient."))
    for id_, (_, manifest) in sorted(cache.data().layers.manifests().items()):
        record = view.catalogue.layer(id_)
        with st.expander(t.of(record.title)):
            licences = [t.of(view.catalogue.source(s).licence.name) for s in record.sources]
            lines = [
                (t("Éditeur"), manifest.publisher[t.lang]),
                (t("Licence"), " ; ".join(dict.fromkeys(licences))),
                (t("Millésime"), t.period(manifest.vintage)),
                (t("Lignes"), t.number(manifest.rows)),
                (t("Fichier"), f"{manifest.file} · sha256 {manifest.sha256[:16]}…"),
                (t("Traitement"), manifest.processing[t.lang]),
                (t("Mention"), manifest.attribution[t.lang]),
            ]
            if manifest.approximate:
                lines.append((t("Approximation"), manifest.approximate[t.lang]))
            if manifest.incomplete:
                lines.append((t("Liste incomplète"), manifest.incomplete[t.lang]))
            lines += [
                (t("Fichier de départ"), f"{i.name} · sha256 {i.sha256[:16]}…")
                for i in manifest.inputs
            ]
            rows = "".join(f"<dt>{html.escape(a)}</dt><dd>{html.escape(b)}</dd>" for a, b in lines)
            st.html(f'<dl class="rv-why">{rows}</dl>')


def _indicators(view: View) -> None:
    t = view.t
    panels.section(t("Indicateurs"), t("Définition, univers et sens de lecture de chacun."))
    for theme in view.catalogue.themes:
        own = [r for r in view.catalogue.indicators.values() if r.theme == theme.id]
        with st.expander(t("{theme} ({n})", theme=t.of(theme.title), n=t.number(len(own)))):
            st.html(
                html.table_twin(
                    t.of(theme.title),
                    [
                        html.TableColumn(t("Indicateur")),
                        html.TableColumn(t("Définition")),
                        html.TableColumn(t("Univers")),
                        html.TableColumn(t("Unité")),
                        html.TableColumn(t("Sens")),
                        html.TableColumn(t("Réserve")),
                    ],
                    [
                        (
                            t.of(r.title),
                            t.of(r.definition),
                            t.of(r.universe),
                            wording.unit_text(r, t),
                            wording.direction_text(r, t),
                            t.of(r.caveats),
                        )
                        for r in own
                    ],
                    empty="—",
                )
            )


def _territories(view: View) -> None:
    t = view.t
    panels.section(t("Territoires"), t("De quoi chaque lieu est fait."))
    st.html(
        html.table_twin(
            t("Territoires et leurs unités"),
            [
                html.TableColumn(t("Territoire")),
                html.TableColumn(t("Population"), number=True),
                html.TableColumn(t("Unités")),
                html.TableColumn(t("Limites")),
            ],
            [
                (
                    t.of(item.record.title),
                    "" if item.population is None else t.number(item.population),
                    t.list(
                        [
                            f"{t.number(n)} {wording.level_text(level, t)}"
                            for level, n in item.units.items()
                        ]
                    ),
                    t.of(item.record.declared),
                )
                for item in cache.territories()
            ],
            empty="—",
        )
    )
    territory_form.section(view)
