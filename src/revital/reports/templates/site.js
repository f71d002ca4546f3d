/* The page of a territory: language switch and map. No address is ever asked for anything. */
(async function () {
  "use strict";
  const held = document.getElementById("rv-data").textContent;
  const raw = Uint8Array.from(atob(held), (c) => c.charCodeAt(0));
  const plain = new Blob([raw]).stream().pipeThrough(new DecompressionStream("gzip"));
  const D = JSON.parse(await new Response(plain).text());
  const $ = (id) => document.getElementById(id);
  let lang = location.hash.slice(1) in D.languages ? location.hash.slice(1) : D.lang;
  let chosen = 0, map = null, level = null, area = null;

  function text(tag, words, className) {
    const el = document.createElement(tag);
    el.textContent = words;
    if (className) el.className = className;
    return el;
  }

  function show() {
    const words = D.languages[lang].words;
    document.documentElement.lang = lang;
    document.title = D.languages[lang].title;
    for (const el of document.querySelectorAll("[data-lang]")) el.hidden = el.dataset.lang !== lang;
    for (const b of document.querySelectorAll("[data-to]")) b.setAttribute("aria-pressed", String(b.dataset.to === lang));
    $("rv-map-title").textContent = words.map;
    $("rv-pick-words").textContent = words.indicator;
    $("rv-services-words").textContent = words.services;
    const list = $("rv-pick");
    list.replaceChildren();
    let group = null;
    D.languages[lang].maps.forEach((m, i) => {
      if (!group || group.label !== m.theme) {
        group = [...list.children].find((g) => g.label === m.theme);
        if (!group) { group = document.createElement("optgroup"); group.label = m.theme; list.append(group); }
      }
      const option = text("option", m.title);
      option.value = String(i);
      group.append(option);
    });
    list.value = String(chosen);
    level = null;
    draw();
  }

  /* A list gives the point that stands for an area; a tap gives any point. */
  function areaAt(at, features) {
    const exact = features.findIndex((f) => f.properties.at[0] === at.lat && f.properties.at[1] === at.lng);
    if (exact >= 0) return exact;
    return features.findIndex(({ geometry: g }) => {
      let odd = false;
      for (const rings of g.type === "Polygon" ? [g.coordinates] : g.coordinates)
        for (const ring of rings)
          for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
            const [xi, yi] = ring[i], [xj, yj] = ring[j];
            if (yi > at.lat !== yj > at.lat && at.lng < ((xj - xi) * (at.lat - yi)) / (yj - yi) + xi) odd = !odd;
          }
      return odd;
    });
  }

  function open(shown) {
    const words = D.languages[lang].words;
    if (map) map.remove();
    const box = $("map");
    box.replaceChildren();
    map = L.map(box, { attributionControl: false, scrollWheelZoom: false, preferCanvas: true, zoomSnap: 0.5 });
    const [w, s, e, n] = D.bounds;
    map.setView([(s + n) / 2, (w + e) / 2], 13);
    window.revitalMap.inside = null;
    window.revitalMap.open(map, {
      outlines: D.outlines[shown.level], streets: D.streets, stamp: shown.stamp, lang,
      words: words.inMap, attribution: words.credit, labels: D.languages[lang].names, tiles: null,
    });
    document.title = D.languages[lang].title;
    map.on("click", (event) => {
      const found = areaAt(event.latlng, D.outlines[shown.level].features);
      if (found >= 0) { area = found; tell(); }
    });
    level = shown.level;
  }

  function draw() {
    const L10 = D.languages[lang], shown = L10.maps[chosen];
    if (!shown) return;
    if (level !== shown.level) { area = level === null ? area : null; open(shown); }
    const [w, s, e, n] = D.bounds, dx = (e - w) * 0.4, dy = (n - s) * 0.4;
    const services = $("rv-services").checked ? L10.places : [];
    window.revitalMap.update({
      stamp: shown.stamp, codes: shown.codes, colours: shown.colours, hatch: D.hatch,
      labels: shown.labels.map((i) => shown.texts[i]), inside: D.inside[shown.level],
      selected: area, fit: { key: shown.level + lang, bounds: [w - dx, s - dy, e + dx, n + dy] },
      points: services, key: lang + shown.id + (area === null ? "" : area) + services.length,
    });
    const legend = $("rv-legend");
    legend.replaceChildren(text("h3", shown.title + " (" + shown.unit + ")"), text("p", shown.direction));
    const list = document.createElement("ul");
    shown.classes.forEach((words, i) => {
      const item = document.createElement("li"), swatch = text("span", "", "swatch");
      swatch.style.background = shown.colours[i];
      item.append(swatch, text("span", words));
      list.append(item);
    });
    if (shown.none) {
      const item = document.createElement("li");
      item.append(text("span", "", "swatch hatch"), text("span", shown.none));
      list.append(item);
    }
    legend.append(list);
    if (shown.note) legend.append(text("p", shown.note, "small"));
    legend.append(text("p", shown.credit, "small muted"));
    tell();
  }

  function tell() {
    const L10 = D.languages[lang], shown = L10.maps[chosen], box = $("rv-area");
    box.replaceChildren();
    if (area === null) { box.append(text("p", L10.words.tap)); return; }
    const feature = D.outlines[shown.level].features[area];
    box.append(text("strong", feature.properties.name), text("div", shown.title + L10.words.colon + shown.texts[shown.labels[area]]));
  }

  for (const b of document.querySelectorAll("[data-to]"))
    b.addEventListener("click", () => { lang = b.dataset.to; history.replaceState(null, "", "#" + lang); show(); });
  $("rv-pick").addEventListener("change", (event) => { chosen = Number(event.target.value); draw(); });
  $("rv-services").addEventListener("change", draw);
  show();
  document.documentElement.dataset.ready = "yes";
})();
