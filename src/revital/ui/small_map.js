// What the small maps of forms share; it stands before their own script in one module.

const ROOT = 'app/static/';
let leaflet;

function loadLeaflet() {
  if (window.L) return Promise.resolve();
  leaflet ??= new Promise((ok, no) => {
    const sheet = document.createElement('link');
    sheet.rel = 'stylesheet';
    sheet.href = `${ROOT}vendor/leaflet/leaflet.css`;
    const script = document.createElement('script');
    script.src = `${ROOT}vendor/leaflet/leaflet.js`;
    script.onload = ok;
    script.onerror = () => { leaflet = undefined; no(new Error(script.src)); };
    document.head.append(sheet, script);
  });
  return leaflet;
}

async function load(name) {
  const answer = await fetch(`${ROOT}geo/${name}`);
  if (!answer.ok) throw new Error(`${name} ${answer.status}`);
  if (!name.endsWith('.gz')) return answer.json();
  return new Response(answer.body.pipeThrough(new DecompressionStream('gzip'))).json();
}

const round = (x) => Math.round(x * 1e5) / 1e5;

function button(bar, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.addEventListener('click', act);
  bar.append(made);
  return made;
}

// The parts of a form's map, each with a class of its kind (`rv-limits-map`) and a shared one.
function build(host, kind) {
  const part = (tag, name) => {
    const made = document.createElement(tag);
    made.className = `rv-small-${name} ${kind}-${name}`;
    return made;
  };
  const box = part('div', 'box');
  const stage = part('div', 'stage');
  const frame = part('div', 'map');
  const cross = part('span', 'cross');
  const bar = part('div', 'bar');
  const said = part('p', 'said');
  box.classList.add(kind);
  cross.setAttribute('aria-hidden', 'true');
  said.setAttribute('role', 'status');
  stage.append(frame, cross);
  box.append(stage, said, bar);
  host.append(box);
  return { box, frame, cross, bar, said, seq: 0 };
}

function openMap(S, data) {
  const map = (S.map = L.map(S.frame, {
    preferCanvas: true, scrollWheelZoom: false, zoomSnap: 0.5, zoomControl: false,
  }));
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: data.words.zoomIn, zoomOutTitle: data.words.zoomOut }).addTo(map);
  for (const link of S.frame.querySelectorAll('.leaflet-control-zoom a')) link.setAttribute('aria-label', link.title);
  S.frame.setAttribute('role', 'group');
  S.frame.setAttribute('aria-label', data.words.map);
  const [west, south, east, north] = data.bounds;
  map.fitBounds([[south, west], [north, east]]);
  // A page drawn in parts gives the map its width late.
  new ResizeObserver(() => map.invalidateSize()).observe(S.frame);
  return map;
}

// The order in which such a map is opened and filled. What cannot be loaded is told to the reader,
// and to the console for who looks after the server.
function start(S, data, { open, ready, ground }) {
  if (S.map) { ready(); return; }
  if (S.opening) return;
  S.opening = true;
  loadLeaflet().then(async () => {
    open(S, data);
    ready();
    await ground(S, data);
    ready();
    S.box.dataset.drawn = '1';
  }).catch((error) => { console.error(error); S.said.textContent = data.words.failed; S.opening = false; });
}

// Streets, names and the credit, which lie under whatever the form draws.
async function background(S, data, street) {
  if (data.streets) {
    L.geoJSON(await load(data.streets), { interactive: false, style: street }).addTo(S.map);
  }
  for (const name of data.labels) {
    const text = document.createElement('span');
    text.textContent = name.text;
    const icon = L.divIcon({ className: `rv-small-name rv-small-${name.kind}`, html: text, iconSize: null });
    L.marker([name.lat, name.lon], { icon, interactive: false, keyboard: false }).addTo(S.map);
  }
  S.map.attributionControl.addAttribution(data.credit);
}
