"""
One HTML file for a territory: it opens from a phone's files, without server or network.

Texts are in the page as HTML, in both languages, so that they can be read even where scripts are
off; the map comes from data inside the page. A content security policy forbids every request.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from html import escape
from importlib import resources

from revital.i18n import Translator, translator
from revital.maps import choropleth
from revital.reports.site_map import map_data, page_title
from revital.services import access_words
from revital.services.portrait_sheet import PortraitSheet, SheetRow
from revital.services.site_content import SiteContent, SiteLanguage

#: Classes of services whose answer is said before the table of all of them.
FIRST_SAID = ("grocery", "clsc")
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)


_NAMES = {"fr": "Français", "en": "English"}


def site_html(content: SiteContent, lang: str) -> str:
    """
    Return the page.

    Parameters
    ----------
    content : SiteContent
    lang : {"fr", "en"}
        Language it opens in, among those of the content; another is a button away.
    """
    t = translator(lang)
    data = base64.b64encode(
        gzip.compress(
            json.dumps(map_data(content, lang), ensure_ascii=False, separators=(",", ":")).encode(),
            compresslevel=9,
            mtime=0,
        )
    ).decode()
    bodies = "".join(
        f'<div data-lang="{code}" lang="{code}"{"" if code == lang else " hidden"}>'
        f"{_before_map(content, part, translator(code))}</div>"
        for code, part in content.languages.items()
    )
    after = "".join(
        f'<div data-lang="{code}" lang="{code}"{"" if code == lang else " hidden"}>'
        f"{_after_map(part, translator(code))}</div>"
        for code, part in content.languages.items()
    )
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(page_title(content, t))}</title>"
        f"<style>{_style(content)}</style></head><body>"
        f"{_header(content, lang)}<main id=main>{bodies}{_map_html(t)}{after}</main>"
        f'<script id="rv-data" type="application/octet-stream">{data}</script>'
        f"<script>{_inline(content.leaflet_js)}</script>"
        f"<script>{_inline(choropleth.script())}</script>"
        f"<script>{_inline(_asset('site.js'))}</script></body></html>"
    )


def _asset(name: str) -> str:
    return (resources.files("revital.reports") / "templates" / name).read_text(encoding="utf-8")


def _inline(script: str) -> str:
    """Return a script that cannot close its own tag, without the address of its source map."""
    text = re.sub(r"//# sourceMappingURL=\S+", "", script)
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _style(content: SiteContent) -> str:
    faces = "".join(
        f"@font-face{{font-family:{family};font-weight:{weight};font-display:swap;"
        f"src:url(data:font/woff2;base64,{base64.b64encode(blob).decode()}) format('woff2')}}"
        for (family, weight), blob in content.fonts.items()
    )
    # Leaflet's buttons are drawn with letters here: its pictures are not in the page.
    leaflet = re.sub(r"url\((?!data:)[^)]*\)", "none", content.leaflet_css)
    return f"{faces}{leaflet}{_asset('site.css')}"


def _header(content: SiteContent, lang: str) -> str:
    buttons = "".join(
        f'<button type="button" data-to="{code}" lang="{code}" '
        f'aria-pressed="{"true" if code == lang else "false"}">{_NAMES[code]}</button>'
        for code in content.languages
        if len(content.languages) > 1
    )
    menus = ""
    for code in content.languages:
        t = translator(code)
        links = "".join(
            f'<a href="#{id_}">{escape(words)}</a>'
            for id_, words in (
                (f"portrait-{code}", t("Portrait")),
                ("rv-map-part", t("Carte")),
                (f"services-{code}", t("Services")),
                (f"plan-{code}", t("Plan")),
                (f"sources-{code}", t("Sources")),
            )
        )
        hidden = "" if code == lang else " hidden"
        label = escape(t("Parties de la page"))
        menus += f'<nav data-lang="{code}" lang="{code}" aria-label="{label}"{hidden}>{links}</nav>'
    return (
        '<a class="skip" href="#main">Aller au contenu / Skip to content</a>'
        f'<header><div class="bar"><span class="brand">revital</span>{buttons}</div>{menus}'
        "</header>"
    )


# --- texts -------------------------------------------------------------------------------------


def _before_map(content: SiteContent, part: SiteLanguage, t: Translator) -> str:
    sheet = part.sheet
    declared = f'<p class="note">{escape(sheet.declared)}</p>' if sheet.declared else ""
    return (
        f'<p class="muted">{escape(sheet.kind)}</p>'
        f'<h1 id="portrait-{t.lang}">{escape(sheet.title)}</h1>'
        f'<p class="lead">{escape(sheet.sentence)}</p>{declared}'
        f'<div class="cards">{"".join(_card(r, t) for r in sheet.headlines)}</div>'
        f'<div class="two">{_points(t("Atouts"), sheet.strengths, sheet.more_strengths, t)}'
        f"{_points(t('Défis'), sheet.challenges, sheet.more_challenges, t)}</div>"
        f"{_themes(sheet, t)}"
    )


def _card(row: SheetRow, t: Translator) -> str:
    comparison = f"<p>{escape(row.comparison)}</p>" if row.comparison else ""
    note = f'<p class="small muted">{escape(row.note)}</p>' if row.note else ""
    return (
        f'<div class="card"><p class="muted">{escape(row.title)}</p>'
        f'<p class="value">{escape(row.value)}</p>{comparison}'
        f'<p class="small muted">{escape(row.year)} · {escape(row.source)}</p>{note}</div>'
    )


def _points(title: str, lines: Sequence[str], more: int, t: Translator) -> str:
    if not lines:
        body = f"<p>{escape(t('Rien ne ressort nettement face à la ville.'))}</p>"
    else:
        body = "<ul class=points>" + "".join(f"<li>{escape(x)}</li>" for x in lines) + "</ul>"
    if more:
        body += f'<p class="muted">{escape(t.plural("{n} autre", "{n} autres", more))}</p>'
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _themes(sheet: PortraitSheet, t: Translator) -> str:
    heads = ("indicator", "here", "city", "region", "province", "year")
    out = []
    meanings = dict(sheet.marks)
    for theme_ in sheet.themes:
        if not theme_.rows:
            continue
        rows = [
            (
                r.title,
                r.value,
                r.city,
                r.region,
                r.province,
                r.year,
                ", ".join(meanings[m] for m in r.marks.split() if m in meanings),
            )
            for r in theme_.rows
        ]
        columns = [*(sheet.columns[h] for h in heads), t("Qualité")]
        out.append(
            f"<details><summary>{escape(theme_.title)} "
            f'<span class="muted">{escape(theme_.question)}</span></summary>'
            f"{_table(theme_.title, columns, rows, numbers=(1, 2, 3, 4, 5))}</details>"
        )
    daggers = any("†" in r.province for p in sheet.themes for r in p.rows)
    key = f'<p class="small">{escape(t("† régions métropolitaines du Québec"))}</p>'
    return f"<h2>{escape(t('Les chiffres'))}</h2>{''.join(out)}{key if daggers else ''}"


def _table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: tuple[int, ...] = (),
) -> str:
    head = "".join(
        f'<th scope="col"{" class=n" if i in numbers else ""}>{escape(c)}</th>'
        for i, c in enumerate(columns)
    )
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(_cell(cell, columns[i], i in numbers) for i, cell in enumerate(row[1:], start=1))
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(text: str, head: str, number: bool) -> str:
    kinds = [name for name, on in (("n", number), ("none", not text)) if on]
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    return f'<td{kind} data-head="{escape(head)}">{escape(text) or "—"}</td>'


def _map_html(t: Translator) -> str:
    return (
        '<section id="rv-map-part" aria-labelledby="rv-map-title">'
        f'<h2 id="rv-map-title">{escape(t("Carte"))}</h2>'
        '<div class="tools"><label for="rv-pick"><span id="rv-pick-words">'
        f'{escape(t("Indicateur"))}</span><select id="rv-pick"></select></label>'
        '<label class="check"><input type="checkbox" id="rv-services">'
        f'<span id="rv-services-words">{escape(t("Montrer les services"))}</span></label></div>'
        '<div class="maps"><div><div id="map"></div></div>'
        '<div><div class="area" id="rv-area" role="status"></div>'
        '<div class="legend" id="rv-legend"></div></div></div></section>'
    )


def _after_map(part: SiteLanguage, t: Translator) -> str:
    sheet = part.sheet
    sources = "".join(f"<li>{escape(s)}</li>" for s in sheet.sources)
    made = t(
        "Fait le {date} avec les données de revital, version {version}.",
        date=sheet.stamp.dated,
        version=sheet.stamp.version,
    )
    return (
        f'<h2 id="services-{t.lang}">{escape(t("Services"))}</h2>{_services(part, t)}'
        f'<h2 id="plan-{t.lang}">{escape(t("Plan"))}</h2>{_plan(part, t)}'
        f'<h2 id="sources-{t.lang}">{escape(t("Sources"))}</h2>'
        f'<ul class="points small">{sources}</ul><p class="small muted">{escape(made)}</p>'
    )


def _services(part: SiteLanguage, t: Translator) -> str:
    """Return who is far from food and care, each service by itself, and the places known."""
    known = [x for x in part.services if x.found.summary is not None]
    said = [x for x in known if x.found.service.id in FIRST_SAID]
    out = [f'<p class="lead">{escape(access_words.answer(x.found, t))}</p>' for x in said]
    warnings = dict.fromkeys(
        access_words.list_warning(x.found, t) for x in said if x.found.is_upper_bound
    )
    out += [f'<p class="note">{escape(w)}</p>' for w in warnings]
    columns = [t("Service"), t("Distance moyenne"), t("Au-delà du seuil"), t("Liste")]
    rows = [(x.title, x.mean, x.beyond, x.state) for x in part.services]
    out.append(_table(t("Tous les services, chacun pour soi"), columns, rows, numbers=(1, 2)))
    return "".join(out) + _places(part, t)


def _places(part: SiteLanguage, t: Translator) -> str:
    if not part.places:
        return ""
    inside = sum(p.inside for p in part.places)
    lead = t(
        "{inside} lieux connus dans le territoire, {near} à moins de 2 km.",
        inside=t.number(inside),
        near=t.number(len(part.places) - inside),
    )
    notes = "".join(f'<p class="note">{escape(n)}</p>' for n in part.places_notes)
    rows = [
        (
            p.name,
            p.category,
            p.address,
            t("dans le territoire") if p.inside else t("à moins de 2 km"),
            p.state,
        )
        for p in part.places
    ]
    columns = [t("Lieu"), t("Catégorie"), t("Adresse"), t("Où"), t("État")]
    table = _table(t("Services connus"), columns, rows)
    return f"<details><summary>{escape(lead)}</summary>{notes}{table}</details>"


def _plan(part: SiteLanguage, t: Translator) -> str:
    plan = part.plan
    out = [f'<p class="note">{escape(plan.mark)}</p>'] if plan.mark else []
    if plan.total:
        lead = t.plural("{n} action au plan.", "{n} actions au plan.", plan.total)
        if plan.progress:
            lead += " " + t("Avancement moyen : {share}.", share=plan.progress)
    else:
        lead = t("Aucune action publiée pour l'instant.")
    out.append(f"<p>{escape(lead)}</p>")
    if plan.pauses:
        lines = "".join(f"<li>{escape(line)}</li>" for line in plan.pauses)
        title = escape(t("Pauses et négociations du plan"))
        out.append(f"<h3>{title}</h3><ul class=points>{lines}</ul>")
    if plan.lanes:
        heads = [t("Sous-comité"), t("Actions"), t("Par état"), t("Avancement"),
                 t("Prochaine échéance")]  # fmt: skip
        rows = [(ln.name, t.number(ln.total), ln.states, ln.progress, ln.next_date)
                for ln in plan.lanes]  # fmt: skip
        out.append(_table(t("Par sous-comité"), heads, rows, numbers=(1, 3)))
    if plan.statuses:
        statuses = [(name, t.number(n)) for name, n in plan.statuses]
        out.append(_table(t("Par état"), [t("État"), t("Actions")], statuses, numbers=(1,)))
    if plan.funding:
        amounts = [(name, *texts) for name, texts in plan.funding]
        heads = [t("Provenance"), *plan.stages]
        caption = t("Par provenance, en dollars canadiens")
        out.append(_table(caption, heads, amounts, numbers=(1, 2, 3, 4)))
    return "".join(out)
