"""The data of the map in the one-file page: outlines, classes and words, for its script."""

from __future__ import annotations

import base64
from typing import Any

from revital.charts import theme
from revital.i18n import Translator, translator
from revital.reports import pictures
from revital.services.site_content import SiteContent, SiteLanguage, SiteMap


def page_title(content: SiteContent, t: Translator) -> str:
    """Return the title of the page's window."""
    return t("{place} · revital", place=t.of(content.territory))


def map_data(content: SiteContent, lang: str) -> dict[str, Any]:
    """
    Return what the script of the page reads: outlines once, and the words of both languages.

    Parameters
    ----------
    content : SiteContent
    lang : {"fr", "en"}
        Language that the page opens in.
    """
    some = next(iter(content.languages.values()))
    return {
        "lang": lang,
        "bounds": content.bounds,
        "hatch": list(theme.NO_DATA),
        "outlines": content.outlines,
        "streets": content.streets,
        "inside": {m.level: list(m.view.inside) for m in some.maps},
        "languages": {
            code: _language(content, part, translator(code))
            for code, part in content.languages.items()
        },
    }


def _language(content: SiteContent, part: SiteLanguage, t: Translator) -> dict[str, Any]:
    return {
        "title": page_title(content, t),
        "maps": [_map_data(m, t) for m in part.maps],
        "names": [
            {"text": text, "lat": lat, "lon": lon, "kind": kind}
            for text, lat, lon, kind in part.names
        ],
        "places": [
            {
                "lat": p.lat,
                "lon": p.lon,
                "name": p.name,
                "note": ", ".join(x for x in (p.category, p.address, p.state) if x),
                "colour": theme.LIGHT.river if p.inside else theme.LIGHT.context,
            }
            for p in part.places
        ],
        "words": {
            "map": t("Carte"),
            "indicator": t("Indicateur"),
            "services": t("Montrer les services"),
            "tap": t("Touchez une zone de la carte pour lire sa valeur."),
            "colon": t(" : "),
            "credit": part.maps[0].view.manifests[0].publisher[t.lang] if part.maps else "",
            "inMap": {
                "map": t("Carte du territoire et de ses environs"),
                "zoomIn": t("Rapprocher"),
                "zoomOut": t("Éloigner"),
                "noData": t("aucune donnée"),
                "pick": t("Choisir une zone"),
                "failed": t("La carte n'a pas pu être chargée. Rechargez la page."),
            },
        },
    }


def _map_data(found: SiteMap, t: Translator) -> dict[str, Any]:
    texts = list(dict.fromkeys(found.labels))
    at = {text: i for i, text in enumerate(texts)}
    missing = found.view.missing
    return {
        "id": found.id,
        "title": found.title,
        "theme": found.theme,
        "unit": found.unit,
        "direction": found.direction,
        "note": found.note,
        "credit": found.credit,
        "level": found.level,
        "stamp": found.view.outlines.stamp,
        "codes": base64.b64encode(found.view.codes).decode(),
        "colours": list(pictures.class_colours(found.view)),
        "classes": [f"{text} ({t.number(n)})" for text, n in found.classes],
        "none": t("aucune donnée ({n})", n=t.number(missing)) if missing else "",
        "texts": texts,
        "labels": [at[text] for text in found.labels],
    }
