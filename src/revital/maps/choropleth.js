/* A map of areas whose outlines are fetched once and then only recoloured.
 *
 * open(map, config)   draws outlines, streets and labels, once.
 * update(change)      recolours, outlines the territory, marks the selection, moves the view.
 *
 * Every text from data goes through textContent: nothing here writes markup.
 */
(function () {
  "use strict";
  const A = window.revitalAreas;
  const LARGE = 1000; // areas above which the list of the keyboard is searched, not scrolled
  const MOST_FOUND = 50;

  function style(text) {
    if (document.getElementById("rv-map-look")) return;
    const el = document.createElement("style");
    el.id = "rv-map-look";
    el.textContent = text;
    document.head.appendChild(el);
  }

  const LOOK = `
    .leaflet-container{background:#DCE9EE;font:400 .9375rem/1.4 Atkinson,"Atkinson Hyperlegible Next",system-ui,sans-serif;outline-offset:-3px}
    .leaflet-container:focus-visible{outline:3px solid #0B5C74}
    .leaflet-touch .leaflet-bar a,.leaflet-bar a{width:2.75rem;height:2.75rem;line-height:2.75rem;font-size:1.375rem;color:#1B2430}
    .rv-tip{background:#fff;color:#1B2430;border:1px solid #8A8F98;border-radius:.375rem;padding:.375rem .625rem;box-shadow:0 1px 4px #0003;white-space:nowrap}
    .rv-tip b{font-weight:600;display:block}
    .rv-name{color:#1B2430;font-weight:600;white-space:nowrap;text-shadow:1px 0 #fff,-1px 0 #fff,0 1px #fff,0 -1px #fff,0 0 4px #fff;pointer-events:none;transform:translate(-50%,-50%);width:max-content!important;height:auto!important}
    .rv-name.rv-water{font-style:italic;font-weight:400;color:#2B5B70;letter-spacing:.06em}
    .rv-far .rv-name{display:none}
    .rv-name.rv-small{font-size:.8125rem;font-weight:400}
    .rv-pick{position:absolute;left:-9999px;top:.625rem;z-index:1000}
    .rv-pick:focus-within{left:4rem;background:#fff;padding:.5rem;border-radius:.375rem;border:1px solid #8A8F98}
    .rv-pick select{min-height:2.75rem;max-width:16.25rem;font:inherit}
    .rv-locate{background:#fff;max-width:13.75rem}
    .rv-locate button{min-height:2.75rem;padding:0 .75rem;border:0;background:none;font:inherit;color:#1B2430;cursor:pointer}
    .rv-locate span{display:block;padding:0 .75rem;font-size:.875rem}
    .rv-locate span:not(:empty){padding-bottom:.5rem}
    .leaflet-control-attribution{font-size:.8125rem;max-width:80vw;background:#fffd;color:#1B2430}
    .leaflet-control-scale-line{color:#1B2430;font-size:.8125rem}
    @media (prefers-color-scheme:dark){
      .leaflet-container{background:#1D2F3A}
      .rv-name.rv-water{color:#B7DCE9;text-shadow:1px 0 #12181F,-1px 0 #12181F,0 1px #12181F,0 -1px #12181F,0 0 4px #12181F}
    }
    @media (prefers-reduced-motion:reduce){.leaflet-zoom-anim .leaflet-zoom-animated{transition:none!important}}`;

  function tip(name, value) {
    const box = document.createElement("div");
    const strong = document.createElement("b");
    strong.textContent = name;
    box.append(strong, document.createTextNode(value));
    return box;
  }

  /* One map: its state and what is done with it. */
  function make() {
  const R = { patience: 15000 }; // for the answer of the page, in ms

  R.open = function (map, config, early) {
    R.map = map;
    R.config = config;
    R.state = {};
    R.fitted = null;
    R.inside = null;
    R.areas = null;
    const box = map.getContainer();
    if (!config.inPage) {
      document.documentElement.lang = config.lang;
      document.title = config.words.map;
    }
    style(LOOK);
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
    map.on("zoomend", names);
    R.points = L.layerGroup().addTo(map);
    R.barriers = L.layerGroup().addTo(map);
    R.edges = L.layerGroup().addTo(map);
    R.halo = L.layerGroup().addTo(map);
    R.ready = A.open(config.outlines, early).then((areas) => {
      if (R.map !== map) return null;
      R.areas = areas;
      areas.on("detail", () => { edges(); mark(R.marked); });
      map.on("click", (event) => {
        const index = event.index ?? areas.find(event.latlng.lat, event.latlng.lng);
        if (index >= 0) mark(index);
        if (index >= 0 && event.index === undefined && !matchMedia("(hover:hover)").matches)
          L.popup({ className: "rv-pop", closeButton: false, autoPan: false })
            .setLatLng(event.latlng).setContent(said_of(index)).openOn(map);
        if (R.clicked) R.clicked(event.latlng, index);
      });
      hover(map);
      picker();
      locator();
      return areas;
    });
    R.ready.catch((error) => {
      const p = document.createElement("p");
      p.textContent = config.words.failed;
      p.setAttribute("role", "alert");
      p.style.cssText = "position:absolute;inset:auto 16px 50% 16px;z-index:1000;background:#fff;color:#1B2430;padding:12px;border-radius:6px";
      box.appendChild(p);
      console.error(error);
    });
    for (const label of config.labels) {
      const el = document.createElement("span");
      el.textContent = label.text;
      L.marker([label.lat, label.lon], {
        interactive: false, keyboard: false,
        icon: L.divIcon({ className: "rv-name rv-" + label.kind, html: el, iconSize: null }),
      }).addTo(map);
    }
  };

  /* Names of places are for a city; from afar they would only cover one another. */
  function names() {
    R.map.getContainer().classList.toggle("rv-far", R.map.getZoom() < 10);
  }

  /* Streets come after the first colours: they must not hold them back. */
  function streets() {
    if (!R.config.streets || R.streets) return;
    R.streets = true;
    const map = R.map;
    A.loadJson(R.config.streets).then((geo) => {
      if (R.map === map)
        L.geoJSON(geo, { pane: "streets", interactive: false, renderer: L.canvas({ pane: "streets" }),
          style: { color: "#FFFFFF", weight: 1.4, opacity: 0.75 } }).addTo(map);
    }, (error) => console.error(error));
  }

  function said_of(index) {
    return tip(R.areas.names[index], (R.state.labels || [])[index] || R.config.words.noData);
  }

  /* The name and value of the area under the pointer. */
  function hover(map) {
    if (!matchMedia("(hover:hover)").matches) return;
    const box = L.tooltip({ className: "rv-tip", direction: "top", offset: [0, -6] });
    let shown = -1, last = null, waiting = false;
    const hide = () => { shown = -1; box.remove(); };
    const show = () => {
      waiting = false;
      if (!last || last.originalEvent.target.closest(".leaflet-control,.rv-pick")) return hide();
      const index = R.areas.find(last.latlng.lat, last.latlng.lng);
      if (index < 0) return hide();
      if (index !== shown || R.said !== R.state) box.setContent(said_of(index));
      shown = index;
      R.said = R.state;
      box.setLatLng(last.latlng);
      if (!map.hasLayer(box)) map.openTooltip(box);
    };
    map.on("mousemove", (event) => {
      last = event;
      if (!waiting) { waiting = true; requestAnimationFrame(show); }
    });
    map.on("mouseout movestart", () => { last = null; hide(); });
  }

  /* The same as a click in the middle of an area: marked here, told to the page by the map. */
  function choose(index) {
    const at = R.areas.at[index];
    R.map.fire("click", { latlng: L.latLng(at[0], at[1]), index });
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
        navigator.geolocation.getCurrentPosition(async (found) => {
          const { latitude, longitude } = found.coords;
          const index = R.areas.find(latitude, longitude, await R.areas.finest());
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

  /* Areas for the keyboard and for screen readers: a list that shows when it has the focus.
   * A long list is searched by name: thousands of entries help nobody. */
  function picker() {
    const { words } = R.config, { names } = R.areas, box = document.createElement("div");
    box.className = "rv-pick";
    const label = document.createElement("label");
    label.textContent = words.pick + " ";
    const list = document.createElement("select");
    label.appendChild(list);
    const fill = (indices) => {
      const options = [["", "—"], ...indices.map((i) => [String(i), names[i]])];
      list.replaceChildren(...options.map(([value, text]) => {
        const option = document.createElement("option");
        option.value = value;
        option.textContent = text;
        return option;
      }));
    };
    const all = [...names.keys()];
    if (names.length <= LARGE) fill(all);
    else {
      const search = document.createElement("label"), field = document.createElement("input");
      search.textContent = (words.search || words.pick) + " ";
      field.type = "search";
      search.appendChild(field);
      box.append(search);
      const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
      const find = () => {
        const wanted = bare(field.value.trim());
        const found = [];
        for (let i = 0; i < names.length && found.length < MOST_FOUND; i++)
          if (bare(names[i]).includes(wanted)) found.push(i);
        fill(found);
      };
      field.addEventListener("input", find);
      find();
    }
    list.addEventListener("change", () => {
      if (list.value !== "") choose(Number(list.value));
    });
    box.append(label);
    R.map.getContainer().prepend(box);
    L.DomEvent.disableClickPropagation(box);
    // Letters typed here are not shortcuts of the map.
    L.DomEvent.on(box, "keydown", L.DomEvent.stopPropagation);
  }

  function mark(index) {
    R.halo.clearLayers();
    R.marked = index;
    if (index === null || index === undefined || index < 0) return;
    const at = R.areas.outline(index);
    for (const [color, weight] of [["#FFFFFF", 8], ["#0B5C74", 3]])
      R.halo.addLayer(L.polygon(at, { pane: "edges", fill: false, interactive: false, color, weight }));
  }

  function edges() {
    const { inside } = R.state;
    R.edges.clearLayers();
    if (inside && inside.length && inside.length < R.areas.count)
      R.edges.addLayer(L.polyline(R.areas.outerEdges(inside),
        { pane: "edges", interactive: false, color: "#1B2430", weight: 2.5 }));
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

  /* What cannot be crossed on foot: an interrupted line over a light one, read without colours. */
  function barriers(lines) {
    R.barriers.clearLayers();
    for (const line of lines || [])
      for (const style of [{ color: "#FFFFFF", weight: 7 }, { color: "#1B2430", weight: 4, dashArray: "9 6", lineCap: "butt" }])
        R.barriers.addLayer(L.polyline(line, { pane: "edges", interactive: false, ...style }));
  }

  /* Words of a change: a list as it stands, or compressed (a page that changes often). */
  async function words(labels) {
    if (Array.isArray(labels)) return labels;
    const raw = new Blob([decode(labels)]).stream();
    return new Response(raw.pipeThrough(new DecompressionStream("deflate"))).json();
  }

  /* Colours that are known before their words: the change that follows has the last say. When none
   * does, what was shown before comes back. */
  R.foresee = function (codes, colours, hatch) {
    const before = R.pending, box = R.map.getContainer();
    if (!before || !R.areas || codes.length !== R.areas.count) return;
    clearTimeout(R.unanswered);
    R.unanswered = setTimeout(() => R.update(before), R.patience);
    R.state = { ...R.state, labels: R.areas.names.map(() => "…") };
    R.areas.recolour(codes, colours, hatch);
    R.foreseen = (R.foreseen || 0) + 1;
    box.dataset.drawn = `foreseen-${R.foreseen}`;
    box.dataset.awaited = "";
  };

  R.update = function (change) {
    clearTimeout(R.unanswered);
    R.pending = change;
    return Promise.all([words(change.labels), R.ready]).then(([labels, areas]) => {
      if (R.pending !== change || !areas) return;
      const codes = decode(change.codes);
      if (codes.length !== areas.count || change.stamp !== R.config.stamp) {
        console.error("outlines and values do not match");
        return;
      }
      R.state = { ...change, labels };
      areas.recolour(codes, change.colours, change.hatch);
      if (change.fit.key !== R.fitted) {
        R.fitted = change.fit.key;
        const [w, s, e, n] = change.fit.bounds;
        R.map.fitBounds([[s, w], [n, e]], { animate: false, padding: [24, 24] });
      }
      // The first colours are painted once, where the view has come to rest.
      if (!R.map.hasLayer(areas)) areas.addTo(R.map);
      names();
      const inside = change.inside.join();
      if (R.inside !== inside) { R.inside = inside; edges(); }
      mark(change.selected);
      barriers(change.barriers);
      points(change.points);
      R.map.getContainer().dataset.drawn = change.key;
      delete R.map.getContainer().dataset.awaited;
      if (!R.config.inPage) document.documentElement.dataset.drawn = change.key;
      streets();
    });
  };

  return R;
  }

  window.revitalMap = make();
  window.revitalMap.make = make;
})();
