// A map on which one point is chosen: a click, the middle of the map, or where one stands.
// It runs when mounted and when its data changes; what it knows lives on its own element. `seq`
// counts the choices made here: an answer older than the last of them changes nothing.

function say(S) {
  if (S.note) { S.said.textContent = S.note; return; }
  const number = (x) => x.toLocaleString(`${S.lang}-CA`, { minimumFractionDigits: 4, maximumFractionDigits: 4 });
  S.said.textContent = S.value
    ? S.words.chosen.replace('{lat}', number(S.value[0])).replace('{lon}', number(S.value[1]))
    : S.words.none;
}

function paint(S) {
  S.marker?.remove();
  S.marker = null;
  if (S.value && S.map) {
    const icon = L.divIcon({ className: 'rv-picker-pin', iconSize: [26, 26] });
    S.marker = L.marker(S.value, { icon, interactive: false, keyboard: false }).addTo(S.map);
  }
  say(S);
  S.box.dataset.value = S.value ? S.value.join(' ') : '';
}

function choose(S, at) {
  S.value = [round(at.lat), round(at.lng)];
  S.note = '';
  S.seq += 1;
  paint(S);
  S.send('value', { seq: S.seq, lat: S.value[0], lon: S.value[1] });
  // The next thing to say is the name: the hand need not look for it.
  const next = S.focus && document.querySelector(S.focus);
  if (next && !next.value) next.focus();
}

function locate(S) {
  const tell = (words) => { S.note = words; say(S); };
  if (!navigator.geolocation) { tell(S.words.denied); return; }
  tell(S.words.locating);
  navigator.geolocation.getCurrentPosition((found) => {
    const { latitude: lat, longitude: lng } = found.coords;
    const [west, south, east, north] = S.limits;
    if (lat < south || lat > north || lng < west || lng > east) { tell(S.words.outside); return; }
    S.map.setView([lat, lng], Math.max(S.map.getZoom(), 16), { animate: false });
    choose(S, { lat, lng });
  }, () => tell(S.words.denied), { maximumAge: 60000, timeout: 10000, enableHighAccuracy: true });
}

function open(S, data) {
  const map = openMap(S, data);
  if (data.picks) map.on('click', (event) => choose(S, event.latlng));
  else S.frame.parentElement.classList.add('rv-picker-shows');
  if (!data.picks) return;
  S.here = button(S.bar, () => locate(S));
  S.centre = button(S.bar, () => choose(S, map.getCenter()));
}

// What a place shown says: only text, whoever typed it, and the way to its page.
function card(S, p) {
  const box = document.createElement('div');
  const name = document.createElement('strong');
  const note = document.createElement('p');
  const go = document.createElement('button');
  name.textContent = p.name;
  note.textContent = p.note;
  go.type = 'button';
  go.className = 'rv-picker-open';
  go.textContent = S.words.open;
  go.addEventListener('click', () => S.send('opened', { id: p.id, seq: (S.seq += 1) }));
  box.append(name, note, go);
  return box;
}

function dots(S, data) {
  S.dots?.remove();
  S.dots = L.layerGroup().addTo(S.map);
  for (const p of data.points) {
    const tip = document.createElement('span');
    tip.textContent = p.name;
    const dot = L.circleMarker([p.lat, p.lon], {
      radius: data.picks ? 6 : 9, color: '#FFFFFF', weight: 2, fillColor: p.colour || '#0B5C74', fillOpacity: 1,
      bubblingMouseEvents: data.picks,
    });
    dot.bindTooltip(tip);
    if (!data.picks) dot.bindPopup(() => card(S, p));
    S.dots.addLayer(dot);
  }
}

async function ground(S, data) {
  if (data.outlines) {
    const inside = new Set(data.inside);
    const style = (feature) => inside.has(String(feature.properties.id))
      ? { color: '#A63D2F', weight: 1.5, fillColor: '#FFFFFF', fillOpacity: 0.75 }
      : { color: '#8A8F98', weight: 0.6, fillColor: '#FFFFFF', fillOpacity: 0.35 };
    L.geoJSON(await load(data.outlines), { interactive: false, style }).addTo(S.map);
  }
  await background(S, data, { color: '#8A8F98', weight: 1.8, opacity: 0.85 });
}

export default function ({ data, parentElement, setStateValue }) {
  const S = (parentElement.__picker ??= Object.assign(build(parentElement, 'rv-picker'), { value: null }));
  Object.assign(S, { words: data.words, lang: data.lang, limits: data.limits, focus: data.focus, send: setStateValue });
  const ready = () => {
    dots(S, data);
    if (!data.picks) return;
    S.here.textContent = data.words.here;
    S.centre.textContent = data.words.atCentre;
    if (data.seq >= S.seq) {
      const moved = data.value && data.seq > S.seq;
      S.seq = data.seq;
      S.value = data.value;
      if (moved) S.map.setView(data.value, Math.max(S.map.getZoom(), 15), { animate: false });
    }
    paint(S);
  };
  start(S, data, { open, ready, ground });
}
