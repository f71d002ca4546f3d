"""Hot spots in words: what the classes are, and what the map as a whole says."""

from __future__ import annotations

from revital.domain.clusters import Statistic
from revital.i18n import Translator
from revital.services.hotspots import HotSpots


def legend(found: HotSpots, title: str, t: Translator) -> tuple[str, str, str]:
    """Return title, method and correction of the legend; `title` is the indicator's."""
    return (
        t("Regroupements : {title}", title=title),
        t("Moran local, {n} permutations", n=t.number(found.permutations))
        if found.statistic is Statistic.LOCAL_MORAN
        else t("Getis-Ord, {n} permutations", n=t.number(found.permutations)),
        t(
            "Corrigé pour le grand nombre de zones regardées : au plus {share} de fausses alertes.",
            share=t.percent(found.alpha, 0),
        ),
    )


def whole(found: HotSpots, t: Translator) -> str:
    """Say whether like values gather at all."""
    moran = found.moran
    if moran.p < found.alpha and moran.i > 0:
        return t(
            "Dans l'ensemble, les valeurs semblables se regroupent plus que le hasard ne le "
            "ferait (I de Moran : {i}).",
            i=t.number(moran.i, 2),
        )
    return t(
        "Dans l'ensemble, rien ne montre que les valeurs semblables se regroupent (I de "
        "Moran : {i}).",
        i=t.number(moran.i, 2),
    )
