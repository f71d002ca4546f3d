// What Streamlit leaves in English or leaves out: language of the document, title, focus, words of
// the built-in widgets, a banner when the connection is lost, drafts that survive it.
// Python puts `const WORDS = {exact, patterns}` and drafts.js before this text. The default function runs when
// the component is mounted and when its data changes, not on each run: state lives on `window`.

const W = (window.__revital ??= {
  lang: null, page: null, log: [], cleared: '', offline: false,
});
const PATTERNS = WORDS.patterns.map(([from, to]) => [new RegExp(from), to]);
const ATTRIBUTES = ['aria-label', 'title', 'placeholder', 'aria-description', 'aria-roledescription', 'alt'];
// Text of the app itself is never touched; the upload button sits inside a markdown box.
const OWN = '[data-testid="stMarkdownContainer"],[data-testid="stHtml"],td,th,pre,code,textarea,.leaflet-container';
const EXCEPT = '[data-testid="stFileUploaderDropzone"],[data-testid="stDialog"] > button';

function translate(text) {
  const bare = text.trim();
  if (!bare || bare.length > 300) return null;
  const whole = WORDS.exact[bare];
  if (whole !== undefined) return text.replace(bare, whole);
  for (const [from, to] of PATTERNS) if (from.test(bare)) return text.replace(bare, dates(bare.replace(from, to)));
  return null;
}

// "January 05, 2026" inside a translated sentence.
function dates(text) {
  return text.replace(/\b([A-Z][a-z]+) (\d{1,2}), (\d{4})\b/g, (whole, month, day, year) => {
    const date = new Date(`${month} ${day}, ${year} 12:00`);
    return Number.isNaN(date.getTime()) ? whole
      : date.toLocaleDateString('fr-CA', { day: 'numeric', month: 'long', year: 'numeric' });
  });
}

function walk(node) {
  if (W.lang !== 'fr') return;
  if (node.nodeType === 3) {
    const parent = node.parentElement;
    if (!parent || (parent.closest(OWN) && !parent.closest(EXCEPT))) return;
    const next = translate(node.data);
    if (next !== null && next !== node.data) { W.log.push([node, null, node.data, next]); node.data = next; }
    return;
  }
  if (node.nodeType !== 1 || /^(STYLE|SCRIPT|IFRAME)$/.test(node.tagName)) return;
  for (const name of ATTRIBUTES) {
    const old = node.getAttribute(name);
    const next = old && translate(old);
    if (next && next !== old) { W.log.push([node, name, old, next]); node.setAttribute(name, next); }
  }
  node.childNodes.forEach(walk);
}

function undo() {
  for (const [node, name, old, next] of W.log.splice(0)) {
    if (name === null) { if (node.data === next) node.data = old; }
    else if (node.getAttribute && node.getAttribute(name) === next) node.setAttribute(name, old);
  }
}

function setLanguage(lang) {
  const changed = W.lang !== lang;
  if (changed && W.lang === 'fr') undo();
  W.lang = lang;
  document.documentElement.lang = lang === 'fr' ? 'fr-CA' : 'en-CA';
  // Calendars and number fields follow the browser's language, not the page's: lead them here.
  const locale = document.documentElement.lang;
  if (navigator.language !== locale) {
    Object.defineProperty(navigator, 'language', { get: () => W.lang === 'fr' ? 'fr-CA' : 'en-CA', configurable: true });
    window.dispatchEvent(new Event('languagechange'));
  }
  if (changed) walk(document.body);
}

function keepTitle() {
  if (W.title && document.title !== W.title) document.title = W.title;
}

// -- menu and landmarks ---------------------------------------------------------------------------

function dress() {
  for (const nav of document.querySelectorAll('.st-key-rv_menu, .st-key-rv_menu_small')) {
    if (nav.getAttribute('role') !== 'navigation') nav.setAttribute('role', 'navigation');
    if (nav.getAttribute('aria-label') !== W.words.menu) nav.setAttribute('aria-label', W.words.menu);
  }
  for (const box of document.querySelectorAll('[class*="st-key-rv_nav_"]')) {
    const here = box.classList.contains('st-key-rv_nav_' + W.page) || box.classList.contains('st-key-rv_nav_small_' + W.page);
    const link = box.querySelector('a');
    if (!link) continue;
    if (here && link.getAttribute('aria-current') !== 'page') link.setAttribute('aria-current', 'page');
    if (!here && link.hasAttribute('aria-current')) link.removeAttribute('aria-current');
  }
  const other = document.querySelector('.st-key-rv_language button');
  const lang = W.lang === 'fr' ? 'en' : 'fr';
  if (other && other.lang !== lang) other.lang = lang;
}

function focusHeading(page) {
  const find = () => document.querySelector('[data-testid="stMain"] h1');
  if (W.page !== null && W.page !== page) {
    let tries = 0;
    const go = () => {
      const h1 = find();
      if (h1 && h1.textContent !== W.heading) {
        h1.tabIndex = -1;
        h1.focus({ preventScroll: true });
        document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
        W.heading = h1.textContent;
      } else if (tries++ < 60) setTimeout(go, 50);
    };
    go();
  } else {
    W.heading = find()?.textContent;
  }
  W.page = page;
}

// -- connection -----------------------------------------------------------------------------------

function banner() {
  let box = document.getElementById('rv-banner');
  if (!box) {
    box = document.createElement('div');
    box.id = 'rv-banner';
    box.setAttribute('role', 'status');
    box.setAttribute('aria-live', 'polite');
    document.body.append(box);
  }
  return box;
}

function connection() {
  const app = document.querySelector('[data-testid="stApp"]');
  const state = app?.getAttribute('data-test-connection-state');
  const lost = !navigator.onLine && !/^(localhost|127\.|\[::1\])/.test(location.hostname)
    || (state && !['CONNECTED', 'INITIAL', 'CONNECTING'].includes(state));
  const box = banner();
  if (lost !== W.offline || (lost && box.textContent !== W.words.offline)) {
    W.offline = lost;
    document.querySelectorAll('textarea, input').forEach(keepTyping);
    clearTimeout(W.later);
    // A short cut is not worth a word.
    W.later = setTimeout(() => {
      box.textContent = W.offline ? W.words.offline : '';
      box.classList.toggle('rv-on', !!W.offline);
    }, lost ? 400 : 0);
  }
}

// Streamlit's own dialog says the same as the banner, in front of the field where one is writing.
const LOST = 'Connection error';
function closeLostDialog() {
  if (!W.offline) return;
  for (const dialog of document.querySelectorAll('[role="dialog"]')) {
    const title = dialog.querySelector('h1, h2, h3, [slot="title"]')?.textContent?.trim() ?? dialog.textContent.trim();
    if (![LOST, WORDS.exact[LOST]].some((known) => known && title.startsWith(known))) continue;
    const writing = W.writing?.isConnected ? W.writing : null;
    dialog.querySelector('button')?.click();
    if (writing) setTimeout(() => writing.focus(), 200);
  }
}

// -- drafts ---------------------------------------------------------------------------------------
// Short fields of Streamlit (`draft_…`): an empty one takes its draft back, one that holds another
// text offers it. Long texts have a field of their own (long_text.js).

const DRAFT = '[class*="st-key-draft_"]';
const FIELD = 'textarea, input[type="text"], input:not([type])';

function nameOf(box) {
  return draftName(W.owner, [...box.classList].find((name) => name.startsWith('st-key-draft_')).slice(7));
}

function keepDraft(event) {
  const box = event.target.closest?.(DRAFT);
  if (event.target.closest?.('.rv-long')) W.writing = event.target;
  if (!box || !W.words || event.target.type === 'checkbox') return;
  W.writing = event.target;
  keepText(nameOf(box), event.target.value);
  box.querySelector('.rv-draft')?.remove();
}

// Streamlit shuts every field when the connection drops; one that keeps a draft stays open.
function keepTyping(field) {
  if (W.offline && field.disabled && field.closest?.(DRAFT)) field.disabled = false;
}

function fill(field, text) {
  const kind = field.tagName === 'TEXTAREA' ? HTMLTextAreaElement : HTMLInputElement;
  Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, text);
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
}

function restoreDrafts() {
  for (const box of document.querySelectorAll(DRAFT)) {
    const name = nameOf(box);
    if (box.dataset.rvDraft === name || !box.querySelector(FIELD)) continue;
    box.dataset.rvDraft = name;
    // A field is drawn empty for an instant before it gets the text it starts from.
    if (draftsOf(name).length) setTimeout(() => restoreDraft(box, name), 300);
  }
}

function restoreDraft(box, name) {
  const field = box.querySelector(FIELD);
  if (!field || nameOf(box) !== name) return;
  const [draft] = draftsOf(name).filter((one) => one.text !== field.value);
  if (!draft) return;
  const take = (one) => { adopt(name, one); fill(field, one.text); };
  if (field.value) {
    if (!box.querySelector('.rv-draft')) box.append(offerDraft(draft, W.words, field, take));
    return;
  }
  take(draft);
  const note = banner();
  note.textContent = W.words.restored;
  note.classList.add('rv-on', 'rv-calm');
  setTimeout(() => { if (!W.offline) note.classList.remove('rv-on', 'rv-calm'); }, 6000);
}

// -- arrows in a hall -----------------------------------------------------------------------------

// Where an arrow has a meaning of its own, it keeps it.
const ARROWED = 'input,textarea,select,iframe,[contenteditable="true"],[role="combobox"],[role="listbox"],[role="slider"],[role="radiogroup"],[role="tablist"],[role="grid"],[role="spinbutton"],[role="menu"],.rv-table,.leaflet-container';

function arrows(event) {
  const name = { ArrowLeft: 'back', ArrowRight: 'on' }[event.key];
  if (!name || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest?.(ARROWED) || document.querySelector('[role="dialog"]')) return;
  // The controls are only there in hall size.
  const control = document.querySelector(`.st-key-rv_step_${name} :is(a,button)`);
  if (!control) return;
  event.preventDefault();
  control.click();
}

// -- one observer for all -------------------------------------------------------------------------

function watch() {
  if (W.watching) return;
  W.watching = true;
  new MutationObserver(keepTitle).observe(document.querySelector('title'),
    { childList: true, characterData: true, subtree: true });
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === 'childList') change.addedNodes.forEach(walk);
      else if (change.type === 'characterData') walk(change.target);
      else if (change.target.dataset?.testid === 'stApp') connection();
      else if (change.attributeName === 'disabled') keepTyping(change.target);
      else if (W.lang === 'fr') {
        const old = change.target.getAttribute(change.attributeName);
        const next = old && ATTRIBUTES.includes(change.attributeName) && translate(old);
        if (next && next !== old) {
          W.log.push([change.target, change.attributeName, old, next]);
          change.target.setAttribute(change.attributeName, next);
        }
      }
    }
    if (W.log.length > 4000) W.log = W.log.filter(([node]) => node.isConnected);
    if (!W.waiting) {
      W.waiting = true;
      requestAnimationFrame(() => { W.waiting = false; dress(); restoreDrafts(); closeLostDialog(); });
    }
  }).observe(document.body, {
    childList: true, characterData: true, subtree: true,
    attributes: true, attributeFilter: [...ATTRIBUTES, 'data-test-connection-state', 'disabled'],
  });
  window.addEventListener('online', connection);
  window.addEventListener('offline', connection);
  document.addEventListener('input', keepDraft, true);
  forgetOldDrafts();
  document.addEventListener('keydown', arrows);
}

export default function ({ data }) {
  W.words = data.words;
  W.title = data.title;
  W.owner = data.owner;
  document.documentElement.style.setProperty('--rv-running', JSON.stringify(data.words.running));
  setLanguage(data.lang);
  keepTitle();
  focusHeading(data.page);
  watch();
  if (data.forget.id && data.forget.id !== W.cleared) { W.cleared = data.forget.id; data.forget.names.forEach((field) => forgetDraft(draftName(W.owner, field))); }
  dress();
  connection();
  restoreDrafts();
}
