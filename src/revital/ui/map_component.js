// Puts a map of areas in the page itself: no frame, one small message per change.
// The function runs when the component is mounted and each time its data changes.

const files = (window.__revitalFiles ??= {});
const maps = (window.__revitalMaps ??= {});

function base() {
  // Streamlit may live under a path of its own, and pages one step further.
  const own = [...document.scripts].find((s) => s.src.includes('/static/js/'));
  return own ? own.src.split('/static/js/')[0] : document.baseURI.replace(/\/[^/]*$/, '');
}

function tag(url, name, attributes) {
  return (files[url] ??= new Promise((done, failed) => {
    const el = document.createElement(name);
    Object.assign(el, attributes, { onload: done, onerror: () => { delete files[url]; failed(new Error(url)); } });
    document.head.append(el);
  }));
}

async function open(box, data, held) {
  const root = `${base()}/app/static`;
  const address = (name) => (name ? `${root}/${name}` : null);
  const config = { ...data.config, outlines: address(data.config.outlines), streets: address(data.config.streets) };
  // Outlines come while the scripts do.
  const early = fetch(config.outlines);
  early.catch(() => {});
  await Promise.all([
    tag(address(data.look), 'link', { rel: 'stylesheet', href: address(data.look) }),
    ...data.scripts.map((name) => tag(address(name), 'script', { src: address(name), async: false })),
  ]);
  if (!box.isConnected) return;
  const map = L.map(box, {
    attributionControl: false, scrollWheelZoom: false, preferCanvas: true, zoomSnap: 0.5,
  });
  if (held.view) map.setView(held.view[0], held.view[1]);
  else map.fitBounds(((b) => [[b[1], b[0]], [b[3], b[2]]])(data.change.fit.bounds));
  held.map = map;
  held.own = window.revitalMap.make();
  held.own.open(map, { ...config, inPage: true }, early);
  if (held.view) held.own.fitted = held.fitted;
  held.own.clicked = (at, index) => held.tell({ lat: at.lat, lng: at.lng, index, stamp: config.stamp });
  held.resize = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  held.resize.observe(box);
}

function close(held) {
  held.resize?.disconnect();
  held.map?.remove();
}

export default function ({ data, parentElement, setTriggerValue }) {
  let box = parentElement.querySelector('.rv-map');
  const wanted = JSON.stringify([data.config, data.height]);
  let held = maps[data.slot];
  if (!box || !held || held.box !== box || held.wanted !== wanted) {
    // Another language or background: the same place stays in view.
    const before = held;
    const stays = before?.own?.fitted && before.stamp === data.config.stamp;
    const view = stays ? [before.map.getCenter(), before.map.getZoom()] : null;
    if (before) close(before);
    box?.remove();
    box = document.createElement('div');
    box.className = 'rv-map';
    // In the size of the page's letters: a map grows with them in a hall.
    box.style.height = `${data.height / 16}rem`;
    parentElement.append(box);
    held = maps[data.slot] = { box, wanted, view, fitted: stays, stamp: data.config.stamp };
    held.ready = open(box, data, held);
    held.ready.catch((error) => {
      console.error(error);
      const said = document.createElement('p');
      said.setAttribute('role', 'alert');
      said.textContent = data.config.words.failed;
      box.append(said);
    });
  }
  held.tell = (at) => setTriggerValue('clicked', at);
  held.ready.then(() => held.own?.update(data.change), () => {});
}
