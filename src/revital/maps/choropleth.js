/* A map of areas whose outlines are fetched once and then only recoloured.
 *
 * open(map, config)   draws outlines, streets and labels, once.
 * update(change)      recolours, outlines the territory, marks the selection, moves the view.
 *
 * Every text from data goes through textContent: nothing here writes markup.
 */
(function () {
  "use strict";
  const NO_DATA = 255;
  const R = (window.revitalMap = window.revitalMap || {});

  const HatchCanvas = L.Canvas.extend({
    _fillStroke: function (ctx, layer) {
      const o = layer.options;
      if (!o.hatch) return L.Canvas.prototype._fillStroke.call(this, ctx, layer);
      if (!this._pattern) {
        const c = document.createElement("canvas");
        c.width = c.height = 8;
        const g = c.getContext("2d");
        g.fillStyle = o.hatch[0];
        g.fillRect(0, 0, 8, 8);
        g.strokeStyle = o.hatch[1];
        g.lineWidth = 1.4;
        for (const d of [-8, 0, 8]) {
          g.beginPath();
          g.moveTo(d - 1, 9);
          g.lineTo(d + 9, -1);
          g.stroke();
        }
        this._pattern = ctx.createPattern(c, "repeat");
      }
      ctx.globalAlpha = o.fillOpacity;
      ctx.fillStyle = this._pattern;
      ctx.fill("evenodd");
      const fill = o.fill;
      o.fill = false;
      L.Canvas.prototype._fillStroke.call(this, ctx, layer);
      o.fill = fill;
    },
  });

  /* A file that is already inside the page needs no address: it is given as it is. */
  async function load(url) {
    if (typeof url !== "string") return url;
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(url + " " + answer.status);
    if (!url.endsWith(".gz")) return answer.json();
    const plain = answer.body.pipeThrough(new DecompressionStream("gzip"));
    return new Response(plain).json();
  }

  function style(text) {
    const el = document.createElement("style");
    el.textContent = text;
    document.head.appendChild(el);
  }

  const LOOK = `
    .leaflet-container{background:#DCE9EE;font:400 15px/1.4 Atkinson,"Atkinson Hyperlegible Next",system-ui,sans-serif;outline-offset:-3px}
    .leaflet-container:focus-visible{outline:3px solid #0B5C74}
    .leaflet-touch .leaflet-bar a,.leaflet-bar a{width:44px;height:44px;line-height:44px;font-size:22px;color:#1B2430}
    .rv-tip{background:#fff;color:#1B2430;border:1px solid #8A8F98;border-radius:6px;padding:6px 10px;box-shadow:0 1px 4px #0003;white-space:nowrap}
    .rv-tip b{font-weight:600;display:block}
    .rv-name{color:#1B2430;font-weight:600;white-space:nowrap;text-shadow:0 0 3px #fff,0 0 3px #fff,0 0 5px #fff;pointer-events:none;transform:translate(-50%,-50%);width:max-content!important;height:auto!important}
    .rv-name.rv-water{font-style:italic;font-weight:400;color:#2B5B70;letter-spacing:.06em}
    .rv-name.rv-small{font-size:13px;font-weight:400}
    .rv-pick{position:absolute;left:-9999px;top:10px;z-index:1000}
    .rv-pick:focus-within{left:64px;background:#fff;padding:8px;border-radius:6px;border:1px solid #8A8F98}
    .rv-pick select{min-height:44px;max-width:260px;font:inherit}
    .rv-locate{background:#fff;max-width:220px}
    .rv-locate button{min-height:44px;padding:0 12px;border:0;background:none;font:inherit;color:#1B2430;cursor:pointer}
    .rv-locate span{display:block;padding:0 12px;font-size:14px}
    .rv-locate span:not(:empty){padding-bottom:8px}
    .leaflet-control-attribution{font-size:13px;max-width:80vw;background:#fffd;color:#1B2430}
    .leaflet-control-scale-line{color:#1B2430;font-size:13px}
    @media (prefers-color-scheme:dark){.leaflet-container{background:#1D2F3A}}
    @media (prefers-reduced-motion:reduce){.leaflet-zoom-anim .leaflet-zoom-animated{transition:none!important}}`;

  function tip(name, value) {
    const box = document.createElement("div");
    const strong = document.createElement("b");
    strong.textContent = name;
    box.append(strong, document.createTextNode(value));
    return box;
  }

  /* Outer edges of a set of areas: in a coverage an inner edge is drawn twice, an outer one once. */
  function outerEdges(features) {
    const seen = new Map();
    for (const feature of features) {
      const g = feature.geometry;
      const parts = g.type === "Polygon" ? [g.coordinates] : g.coordinates;
      for (const rings of parts)
        for (const ring of rings)
          for (let i = 0; i + 1 < ring.length; i++) {
            const a = ring[i].join(), b = ring[i + 1].join();
            const key = a < b ? a + " " + b : b + " " + a;
            if (seen.has(key)) seen.set(key, null);
            else seen.set(key, [ring[i], ring[i + 1]]);
          }
    }
    const lines = [];
    for (const edge of seen.values())
      if (edge) lines.push(edge.map((p) => [p[1], p[0]]));
    return lines;
  }

  R.open = function (map, config) {
    R.map = map;
    R.config = config;
    R.state = {};
    R.fitted = null;
    document.documentElement.lang = config.lang;
    document.title = config.words.map;
    style(LOOK);
    const box = map.getContainer();
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", config.words.map);
    const controls = { in: config.words.zoomIn, out: config.words.zoomOut };
    for (const [k, words] of Object.entries(controls)) {
      const a = box.querySelector(".leaflet-control-zoom-" + k);
      if (a) { a.title = words; a.setAttribute("aria-label", words); }
    }
    if (matchMedia("(pointer:coarse)").matches) map.dragging.disable();
    L.control.scale({ imperial: false }).addTo(map);
    const credit = L.control.attribution({ prefix: false, position: "bottomright" }).addTo(map);
    const said = document.createElement("span");
    said.textContent = config.attribution;
    credit.addAttribution(said.innerHTML);
    map.createPane("streets").style.zIndex = 410;
    map.createPane("edges").style.zIndex = 420;
    map.createPane("points").style.zIndex = 430;
    for (const p of ["streets", "edges"]) map.getPane(p).style.pointerEvents = "none";
    if (config.tiles) {
      L.tileLayer(config.tiles.url, { attribution: config.tiles.attribution, maxZoom: 19 }).addTo(map);
    }
    R.points = L.layerGroup().addTo(map);
    R.edges = L.layerGroup().addTo(map);
    R.halo = L.layerGroup().addTo(map);
    R.ready = load(config.outlines).then((geo) => {
      R.layers = [];
      R.features = geo.features;
      R.areas = L.geoJSON(geo, {
        renderer: new HatchCanvas({ padding: 0.3 }),
        style: { color: "#FFFFFF", weight: 0.5, fillColor: "#FFFFFF", fillOpacity: 0.85 },
        onEachFeature: (feature, layer) => {
          layer.index = R.layers.length;
          R.layers.push(layer);
          layer.on("click", (event) => {
            mark(layer.index);
            if (!matchMedia("(hover:hover)").matches)
              L.popup({ className: "rv-pop", closeButton: false, autoPan: false })
                .setLatLng(event.latlng)
                .setContent(tip(feature.properties.name, (R.state.labels || [])[layer.index] || config.words.noData))
                .openOn(map);
          });
        },
      }).addTo(map);
      if (matchMedia("(hover:hover)").matches)
        R.areas.bindTooltip(
          (layer) => tip(layer.feature.properties.name, (R.state.labels || [])[layer.index] || config.words.noData),
          { sticky: true, className: "rv-tip", direction: "top" });
      picker();
      locator();
      return geo;
    });
    R.ready.catch((error) => {
      const p = document.createElement("p");
      p.textContent = config.words.failed;
      p.setAttribute("role", "alert");
      p.style.cssText = "position:absolute;inset:auto 16px 50% 16px;z-index:1000;background:#fff;color:#1B2430;padding:12px;border-radius:6px";
      box.appendChild(p);
      console.error(error);
    });
    if (config.streets)
      load(config.streets).then((geo) =>
        L.geoJSON(geo, { pane: "streets", interactive: false, renderer: L.canvas({ pane: "streets" }),
          style: { color: "#FFFFFF", weight: 1.4, opacity: 0.75 } }).addTo(map));
    for (const label of config.labels) {
      const el = document.createElement("span");
      el.textContent = label.text;
      L.marker([label.lat, label.lon], {
        interactive: false, keyboard: false,
        icon: L.divIcon({ className: "rv-name rv-" + label.kind, html: el, iconSize: null }),
      }).addTo(map);
    }
  };

  function inside(feature, lng, lat) {
    const g = feature.geometry;
    const parts = g.type === "Polygon" ? [g.coordinates] : g.coordinates;
    let odd = false;
    for (const rings of parts)
      for (const ring of rings)
        for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
          const [xi, yi] = ring[i], [xj, yj] = ring[j];
          if (yi > lat !== yj > lat && lng < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) odd = !odd;
        }
    return odd;
  }

  /* The same as a click in the middle of an area: marked here, told to the page by the map. */
  function choose(index) {
    const at = R.features[index].properties.at;
    mark(index);
    R.map.fire("click", { latlng: L.latLng(at[0], at[1]) });
  }

  /* Where am I: asked for by a tap, answered by the browser, resolved here. Only the area leaves
   * this page (as a click on its own centre), never the position. */
  function locator() {
    const words = R.config.words;
    if (!navigator.geolocation || !words.locate) return;
    const box = L.control({ position: "topleft" });
    box.onAdd = () => {
      const bar = L.DomUtil.create("div", "leaflet-bar rv-locate");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = words.locate;
      const said = document.createElement("span");
      said.setAttribute("role", "status");
      bar.append(button, said);
      L.DomEvent.disableClickPropagation(bar);
      const say = (text) => { said.textContent = text; };
      button.addEventListener("click", () => {
        say(words.locating);
        navigator.geolocation.getCurrentPosition((found) => {
          const { latitude, longitude } = found.coords;
          const index = R.features.findIndex((f) => inside(f, longitude, latitude));
          if (index < 0) return say(words.outside);
          say("");
          R.map.setView([latitude, longitude], Math.max(R.map.getZoom(), 15), { animate: false });
          choose(index);
        }, () => say(words.denied), { maximumAge: 60000, timeout: 10000 });
      });
      return bar;
    };
    box.addTo(R.map);
  }

  /* Areas for the keyboard and for screen readers: a list that shows when it has the focus. */
  function picker() {
    const words = R.config.words;
    const label = document.createElement("label");
    label.className = "rv-pick";
    label.textContent = words.pick + " ";
    const list = document.createElement("select");
    const first = document.createElement("option");
    first.textContent = "—";
    first.value = "";
    list.appendChild(first);
    R.layers.forEach((layer, i) => {
      const option = document.createElement("option");
      option.value = String(i);
      option.textContent = layer.feature.properties.name;
      list.appendChild(option);
    });
    list.addEventListener("change", () => {
      if (list.value === "") return;
      choose(Number(list.value));
    });
    label.appendChild(list);
    R.map.getContainer().prepend(label);
    L.DomEvent.disableClickPropagation(label);
    R.list = list;
  }

  function mark(index) {
    R.halo.clearLayers();
    if (index === null || index === undefined || index < 0) return;
    const at = R.layers[index].getLatLngs();
    for (const [color, weight] of [["#FFFFFF", 8], ["#0B5C74", 3]])
      R.halo.addLayer(L.polygon(at, { pane: "edges", fill: false, interactive: false, color, weight }));
  }

  function decode(text) {
    const raw = atob(text);
    const codes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) codes[i] = raw.charCodeAt(i);
    return codes;
  }

  function points(items) {
    R.points.clearLayers();
    for (const p of items) {
      const dot = L.circleMarker([p.lat, p.lon], {
        pane: "points", radius: 7, color: "#FFFFFF", weight: 2, fillColor: p.colour, fillOpacity: 1,
        bubblingMouseEvents: false,
      });
      dot.bindPopup(() => tip(p.name, p.note), { className: "rv-pop" });
      dot.bindTooltip(() => tip(p.name, p.note), { className: "rv-tip", direction: "top" });
      R.points.addLayer(dot);
    }
  }

  /* Words of a change: a list as it stands, or compressed (a page that changes often). */
  async function words(labels) {
    if (Array.isArray(labels)) return labels;
    const raw = new Blob([decode(labels)]).stream();
    return new Response(raw.pipeThrough(new DecompressionStream("deflate"))).json();
  }

  R.update = function (change) {
    R.pending = change;
    Promise.all([words(change.labels), R.ready]).then(([labels]) => {
      if (R.pending !== change) return;
      change.labels = labels;
      R.state = change;
      const codes = decode(change.codes);
      if (codes.length !== R.layers.length || change.stamp !== R.config.stamp) {
        console.error("outlines and values do not match");
        return;
      }
      for (let i = 0; i < codes.length; i++) {
        const none = codes[i] === NO_DATA;
        R.layers[i].setStyle({
          fillColor: none ? change.hatch[0] : change.colours[codes[i]],
          hatch: none ? change.hatch : null,
        });
      }
      const inside = change.inside.join();
      if (R.inside !== inside) {
        R.inside = inside;
        R.edges.clearLayers();
        if (change.inside.length && change.inside.length < codes.length)
          R.edges.addLayer(L.polyline(outerEdges(change.inside.map((i) => R.features[i])),
            { pane: "edges", interactive: false, color: "#1B2430", weight: 2.5 }));
      }
      mark(change.selected);
      points(change.points);
      if (change.fit.key !== R.fitted) {
        R.fitted = change.fit.key;
        const [w, s, e, n] = change.fit.bounds;
        R.map.fitBounds([[s, w], [n, e]], { animate: false, padding: [24, 24] });
      }
      document.documentElement.dataset.drawn = change.key;
    });
  };
})();
