// Drafts in this browser: each key typed is kept under the territory, the person and the field until
// the field is saved. It stands before the scripts that use it (shell.js, long_text.js).
// Each page opened writes under its own mark: two tabs on one field never write over each other.

const KEPT_MS = 30 * 24 * 3600 * 1000;
const MARK = (window.__revitalMark ??= `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`);

function store(action) {
  try { return action(window.localStorage); } catch (error) { console.info('revital: no local storage', error.name); return null; }
}

function draftName(owner, field) {
  return `revital:${owner}:${field.replace(/__v\d+$/, '')}`;
}

function parseDraft(kept) {
  try { return JSON.parse(kept); } catch { return null; /* not written by us */ }
}

// What is kept for a field, newest first, whichever tab wrote it.
function draftsOf(name) {
  const found = store((s) => Object.keys(s)
    .filter((key) => key === name || key.startsWith(`${name}|`))
    .map((key) => ({ key, text: '', at: 0, ...parseDraft(s.getItem(key)) }))
    .filter((draft) => typeof draft.text === 'string' && draft.text)) ?? [];
  return found.sort((one, other) => other.at - one.at);
}

// Returns whether the browser took it: its storage may be full or refused.
function keepText(name, text) {
  const key = `${name}|${MARK}`;
  return store((s) => {
    if (text) s.setItem(key, JSON.stringify({ text, at: Date.now() })); else s.removeItem(key);
    return true;
  }) === true;
}

function dropDraft(draft) {
  store((s) => s.removeItem(draft.key));
}

// A draft that is taken back is this page's from now on.
function adopt(name, draft) {
  if (keepText(name, draft.text)) dropOther(name, draft);
}

function dropOther(name, draft) {
  if (draft.key !== `${name}|${MARK}`) dropDraft(draft);
}

// When somebody last asked for something: words typed since cannot be what was saved.
if (window.__revitalAsked === undefined) {
  window.__revitalAsked = 0;
  const ask = (event) => {
    const asks = event.type === 'click' ? event.target.closest?.('button')
      : event.key === 'Enter' && event.target.tagName !== 'TEXTAREA';
    if (asks) window.__revitalAsked = Date.now();
  };
  document.addEventListener('click', ask, true);
  document.addEventListener('keydown', ask, true);
}

// Once a field is saved, its text and its copies go; words typed meanwhile, or in another tab, stay.
function forgetDraft(name) {
  const all = draftsOf(name);
  const mine = all.find((draft) => draft.key === `${name}|${MARK}` && draft.at <= window.__revitalAsked);
  all.filter((draft) => mine && draft.text === mine.text).forEach(dropDraft);
}

// Words that nobody came back for do not stay on a shared computer for ever.
function forgetOldDrafts() {
  store((s) => {
    for (const key of Object.keys(s).filter((k) => k.startsWith('revital:'))) {
      const at = parseDraft(s.getItem(key))?.at;
      if (Number.isFinite(at) && Date.now() - at > KEPT_MS) s.removeItem(key);
    }
  });
}

// A box that shows the kept words, and two buttons; `take` puts them into the field, `then` follows.
function offerDraft(draft, words, field, take, then = () => {}) {
  const bar = document.createElement('div');
  bar.className = 'rv-draft';
  bar.setAttribute('role', 'group');
  bar.setAttribute('aria-label', words.offer);
  const said = document.createElement('p');
  said.textContent = `${words.offer} « ${draft.text.length > 160 ? draft.text.slice(0, 159) + '…' : draft.text} »`;
  bar.append(said);
  for (const [label, act] of [[words.take, () => take(draft)], [words.drop, () => dropDraft(draft)]]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = label;
    button.addEventListener('click', () => { act(); bar.remove(); field.focus(); then(); });
    bar.append(button);
  }
  return bar;
}
