// Colours a map at the click on its list, before the page has answered (see foresight.py).

const told = (window.__revitalForesight ??= {});

async function unpack(packed) {
  const raw = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream('deflate'));
  const found = await new Response(stream).json();
  return Object.fromEntries(found.map(([id, codes, colours]) =>
    [id, { codes: Uint8Array.from(atob(codes), (c) => c.charCodeAt(0)), colours }]));
}

function foresee(field, words) {
  const { data, classes } = told[field], map = window.__revitalMaps?.[data.slot];
  const next = classes?.[data.names[words]];
  if (next && map?.stamp === data.stamp) map.own?.foresee(next.codes, next.colours, data.hatch);
}

// The entry about to be taken, by pointer or by keyboard, and the list it belongs to.
function taken(event) {
  for (const field of Object.keys(told)) {
    const input = document.querySelector(`.st-key-${field} [role=combobox]`);
    if (!input) continue;
    const option = event.type === 'click' ? event.target.closest?.('[role=option]')
      : event.key === 'Enter' && event.target === input
        ? document.getElementById(input.getAttribute('aria-activedescendant')) : null;
    if (option?.closest('[role=listbox]')?.id === input.getAttribute('aria-controls'))
      foresee(field, option.textContent);
  }
}

if (!window.__revitalForesees) {
  window.__revitalForesees = true;
  document.addEventListener('click', taken, true);
  document.addEventListener('keydown', taken, true);
}

export default function ({ data }) {
  const before = told[data.field];
  const held = (told[data.field] = { data });
  if (before?.data.packed === data.packed) held.classes = before.classes;
  else unpack(data.packed).then((found) => { held.classes = found; });
  return () => { if (told[data.field] === held) delete told[data.field]; };
}
