// A map on which one says the limits of a neighbourhood (corners placed one by one, areas picked by
// a click, or the centre of a circle) or traces a line that cannot be crossed. It runs when mounted
// and when its data changes; what it knows lives on its own element. `seq` counts the changes made
// here: an answer that is older than the last of them changes nothing.

function colours() {
  const look = getComputedStyle(document.documentElement);
  const of = (name) => look.getPropertyValue(name).trim();
  return { limit: of('--brick') || '#A63D2F', line: of('--context') || '#8A8F98', pick: of('--river') || '#0B5C74' };
}

function say(S) {
  const n = S.value.length;
  const words = S.words;
  const text = S.mode === 'pick' ? words.picked : S.mode === 'centre' ? words.centre : words.corners;
  S.said.textContent = n === 0 ? words.none : text.replace('{n}', n.toLocaleString(`${S.lang}-CA`));
  S.undo.disabled = S.clear.disabled = n === 0;
}

// The map tells the page what changed once the hand has rested.
function changed(S) {
  S.seq += 1;
  paint(S);
  clearTimeout(S.timer);
  S.timer = setTimeout(() => S.send('value', { seq: S.seq, value: S.value }), S.mode === 'centre' ? 0 : 500);
}

function addCorner(S, at) {
  const corner = [round(at.lat), round(at.lng)];
  S.value = S.mode === 'centre' ? [corner] : [...S.value, corner];
  changed(S);
}

function toggle(S, id) {
  S.value = S.value.includes(id) ? S.value.filter((x) => x !== id) : [...S.value, id].sort();
  changed(S);
}

function handle(S, i) {
  const [lat, lng] = S.value[i];
  const icon = L.divIcon({ className: 'rv-corner', iconSize: [30, 30] });
  const name = S.words.corner.replace('{n}', i + 1);
  const marker = L.marker([lat, lng], { icon, draggable: true, keyboard: true, title: name });
  marker.on('drag', () => {
    const at = marker.getLatLng();
    S.shape.setLatLngs(S.value.map((c, j) => (j === i ? [at.lat, at.lng] : c)));
  });
  marker.on('dragend', () => {
    const at = marker.getLatLng();
    S.value = S.value.map((c, j) => (j === i ? [round(at.lat), round(at.lng)] : c));
    changed(S);
  });
  marker.on('keydown', (event) => {
    if (!['Delete', 'Backspace'].includes(event.originalEvent.key)) return;
    event.originalEvent.preventDefault();
    S.value = S.value.filter((_, j) => j !== i);
    changed(S);
    S.map.getContainer().focus();
  });
  marker.addTo(S.map);
  marker.getElement().setAttribute('aria-label', name);
  return marker;
}

function paint(S) {
  const colour = colours();
  if (S.mode === 'pick') {
    const picked = new Set(S.value);
    for (const [id, layer] of S.areas)
      layer.setStyle(picked.has(id)
        ? { color: colour.pick, weight: 2, fillColor: colour.pick, fillOpacity: 0.55 }
        : { color: colour.line, weight: 1, fillColor: '#FFFFFF', fillOpacity: 0.35 });
    for (const id of picked) S.areas.get(id)?.bringToFront();
  } else {
    for (const marker of S.corners.splice(0)) marker.remove();
    S.shape?.remove();
    S.shape = S.mode === 'centre'
      ? L.circle(S.value[0] ?? [0, 0], { radius: S.value.length ? S.radius : 0 })
      : S.mode === 'line' ? L.polyline(S.value) : L.polygon(S.value);
    S.shape.setStyle({ color: colour.limit, weight: 3, fillColor: colour.limit, fillOpacity: 0.12, interactive: false });
    S.shape.options.interactive = false;
    if (S.value.length) S.shape.addTo(S.map);
    S.corners = S.value.map((_, i) => handle(S, i));
  }
  say(S);
  S.box.dataset.mode = S.mode;
  S.box.dataset.value = JSON.stringify(S.value);
}

// Lines traced before: they are seen, and not moved here.
function kept(S, lines) {
  S.kept?.remove();
  const style = { interactive: false, color: colours().limit, weight: 4, dashArray: '8 6' };
  S.kept = L.layerGroup(lines.map((line) => L.polyline(line, style))).addTo(S.map);
}

function open(S, data) {
  const map = openMap(S, data);
  if (S.mode !== 'pick') map.on('click', (event) => addCorner(S, event.latlng));
  S.centre = S.mode === 'pick' ? null : button(S.bar, () => addCorner(S, map.getCenter()));
  S.undo = button(S.bar, () => { S.value = S.value.slice(0, -1); changed(S); });
  S.clear = button(S.bar, () => { S.value = []; changed(S); });
  if (S.mode === 'pick' || S.mode === 'centre') S.undo.hidden = true;
  S.cross.hidden = S.mode === 'pick';
}

async function ground(S, data) {
  const colour = colours();
  const outlines = await load(data.outlines);
  const isPick = S.mode === 'pick';
  S.ground?.remove();
  S.areas.clear();
  S.ground = L.geoJSON(outlines, {
    interactive: isPick,
    style: { color: colour.line, weight: 1, opacity: isPick ? 1 : 0.7, fillColor: '#FFFFFF', fillOpacity: 0.35 },
    onEachFeature(feature, layer) {
      const id = String(feature.properties.id);
      S.areas.set(id, layer);
      if (!isPick) return;
      const tip = document.createElement('span');
      tip.textContent = data.titles?.[id] ?? id;
      layer.bindTooltip(tip, { sticky: true });
      layer.on('click', () => toggle(S, id));
    },
  }).addTo(S.map);
  await background(S, data, { color: colour.line, weight: 1.6, opacity: 0.8 });
}

export default function ({ data, parentElement, setStateValue }) {
  // The page may hand the element of one map to the next: another map starts anew.
  const before = parentElement.__limits;
  if (before && before.key !== data.key) {
    clearTimeout(before.timer);
    before.map?.remove();
    before.box.remove();
    parentElement.__limits = undefined;
  }
  const S = (parentElement.__limits ??= Object.assign(
    build(parentElement, 'rv-limits'), { value: [], corners: [], areas: new Map() }));
  S.key = data.key;
  Object.assign(S, { mode: data.mode, words: data.words, lang: data.lang, radius: data.radius, send: setStateValue });
  if (data.seq >= S.seq || data.round !== S.round) {
    clearTimeout(S.timer);
    Object.assign(S, { seq: data.seq, value: data.value, round: data.round });
  }
  const name = (element, text) => { if (element) element.textContent = text; };
  const ready = () => {
    name(S.centre, data.words.atCentre);
    name(S.undo, data.words.undo);
    name(S.clear, data.words.clear);
    kept(S, data.lines);
    paint(S);
  };
  start(S, data, { open, ready, ground });
}
