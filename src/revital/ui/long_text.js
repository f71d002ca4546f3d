// A field for long texts: what is typed is kept in this browser at each key, the connection or not.
// It runs when mounted and when its data changes; what it knows lives on its own element. Nothing
// that comes from the server replaces words being typed: a saved text is another field (`data.id`).

let fields = 0;
// What each field of this page holds now: one that is drawn anew (a change of theme) goes on from it.
const LIVE = (window.__revitalLive ??= {});

function build(host) {
  const S = { box: document.createElement('div'), n: ++fields };
  S.box.className = 'rv-long';
  S.box.innerHTML = '<label></label><textarea></textarea><p class="rv-long-foot"><span></span><span></span></p>';
  [S.label, S.area] = S.box.children;
  [S.note, S.count] = S.box.querySelectorAll('span');
  const id = (part) => `rv-long-${MARK}-${S.n}-${part}`;
  S.area.id = id('text');
  S.label.htmlFor = S.area.id;
  S.note.id = id('note');
  S.count.id = id('count');
  S.area.setAttribute('aria-describedby', `${S.note.id} ${S.count.id}`);
  S.area.addEventListener('input', () => typed(S));
  S.area.addEventListener('change', () => send(S));
  S.area.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send(S);
  });
  // What a form sends is what is on the screen, whatever it was told before.
  document.addEventListener('click', (event) => {
    const form = event.target.closest?.('button') && event.target.closest('[data-testid="stForm"]');
    if (form?.contains(S.area)) S.put('text', S.area.value);
  }, true);
  host.append(S.box);
  return S;
}

// In a form nothing leaves before the form does; elsewhere each message draws the page again.
function typed(S) {
  S.kept = keepText(S.name, S.area.value === S.saved ? '' : S.area.value);
  S.box.querySelector('.rv-draft')?.remove();
  if (S.area.closest('[data-testid="stForm"]')) send(S);
  tell(S);
}

function send(S) {
  LIVE[S.id] = S.area.value;
  if (S.area.value === S.sent) return;
  S.sent = S.area.value;
  S.put('text', S.sent);
}

function tell(S) {
  const text = S.area.value;
  const number = (n) => n.toLocaleString(`${S.lang}-CA`);
  const n = [...text].length;
  S.note.textContent = text === S.saved ? '' : S.kept ? S.words.kept : S.words.notKept;
  S.box.classList.toggle('rv-unkept', text !== S.saved && !S.kept);
  S.count.textContent = S.words.count.replace('{n}', number(n)).replace('{most}', number(S.most));
  // Nothing is cut while one types or pastes: what is too long is said, and refused when saving.
  S.area.setAttribute('aria-invalid', String(n > S.most));
}

// Words taken back replace a saved text, which the plan still has; they follow unsaved ones.
function take(S, draft) {
  const here = S.area.value;
  S.area.value = here && here !== S.saved ? `${here}\n\n${draft.text}` : draft.text;
  S.kept = keepText(S.name, S.area.value);
  if (S.kept) dropOther(S.name, draft);
  send(S);
  tell(S);
}

function offer(S) {
  S.box.querySelector('.rv-draft')?.remove();
  const [draft] = draftsOf(S.name).filter((one) => !S.area.value.includes(one.text));
  if (draft) S.box.append(offerDraft(draft, S.words, S.area, (one) => take(S, one), () => offer(S)));
}

function restore(S) {
  const [draft] = draftsOf(S.name);
  if (draft && !S.area.value) {
    take(S, draft);
    S.note.textContent = S.words.restored;
  }
  offer(S);
}

export default function ({ data, parentElement, setStateValue }) {
  const S = (parentElement.revital ??= build(parentElement));
  Object.assign(S, { put: setStateValue, lang: data.lang, words: data.words, most: data.most });
  S.label.textContent = data.label;
  S.area.style.minHeight = `calc(${data.rows * 1.5}em + 1.3rem)`;
  if (S.id !== data.id) {
    Object.assign(S, { id: data.id, saved: data.saved, sent: data.text, kept: true });
    S.name = draftName(data.owner, data.name);
    const live = LIVE[data.id];
    S.area.value = live ?? data.text;
    if (live === undefined) restore(S);
    else send(S);
  }
  if (S.note.textContent !== S.words.restored) tell(S);
}
