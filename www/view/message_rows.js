// One row of the message list as a node. A row whose signature changes is built anew.
import { h } from './dom.js';
import { nameNode, tile } from './person.js';
import { codeBlock, textNodes } from './text_nodes.js';
import { dayOf, exactOf, hourOf, plural, spanOf } from '../chat/clock_words.js';

const FOLD_CHARACTERS = 1800;
const FOLD_LINES = 28;
const NAMES_SHOWN_MAX = 3;

export function signatureOf({ kind, entry, head, gap, words }, myName) {
  const { state, reason, rev, offset, mine } = entry ?? {};
  return JSON.stringify([kind, words, gap, head, state, reason, rev, offset, mine, myName]);
}

// context: { myName, room, linkTo(offset), retry(id), discard(id) }
export function buildRow(row, context) {
  const element = builders[row.kind](row, context);
  element.dataset.key = row.key;
  return element;
}

const line = (kind, ...children) => h('div', { class: `row ${kind}` }, h('span', null, ...children));

const builders = {
  day: ({ at }) => line('day', dayOf(at)),

  fresh: () => line('fresh', 'New'),

  hole: ({ gap: { missing, lost } }) => (lost
    ? line('gap', `${plural(missing, 'message')} missing here`)
    : line('gap fetching', `Fetching ${plural(missing, 'message')} …`)),

  gap: ({ entry: { away } }) => line('gap', away
    ? `You were away for ${spanOf(away)}. What was said meanwhile is missing here.`
    : 'This room’s history began anew. Messages may be missing here.'),

  comings: ({ entry: { came, went } }) => line('aside', ...namesOf(came, 'came in'),
    came.length && went.length ? ', ' : '', ...namesOf(went, 'left')),

  // Above the first entry: the room's name where it begins, or what is going on.
  head: ({ words, begins }, { room }) => h('div', { class: 'row list-head' },
    begins && h('p', { class: 'list-room', 'aria-hidden': 'true' }, h('i', null, '#'), room),
    h('p', null, words)),

  notice: ({ entry }, context) => h('div', { class: 'row notice', tabindex: -1 },
    h('b', null, 'Notice'), body(entry, context), timeOf(entry, context)),

  message({ entry, head }, context) {
    const { text, at, mine, action, state, name } = entry;
    const who = name || 'nameless';
    const classes = ['row message', head && 'head', mine && 'mine', action && 'action', state];
    const time = timeOf(entry, context);
    return h('article', { class: classes.filter(Boolean).join(' '), tabindex: -1,
      'aria-label': `${who}${at ? `, ${hourOf(at)}` : ''}: ${text.slice(0, 300)}` },
    head && tile(who),
    head && !action && h('div', { class: 'meta' }, nameNode(who), time),
    action ? h('div', { class: 'body' }, nameNode(who), ' ', ...textNodes(text, context.myName))
      : body(entry, context),
    (!head || action) && time,
    stateOf(entry, context));
  },
};

function namesOf(names, verb) {
  if (!names.length) return [];
  const shown = names.slice(0, NAMES_SHOWN_MAX).flatMap((name, i) => [i ? ', ' : '', h('bdi', null, name)]);
  const rest = names.length - NAMES_SHOWN_MAX;
  return [...shown, rest > 0 ? ` and ${plural(rest, 'other')}` : '', ` ${verb}`];
}

function body({ text, raw }, { myName }) {
  const content = raw ? [codeBlock(text)] : textNodes(text, myName);
  const node = h('div', { class: 'body', dir: 'auto' }, ...content);
  if (text.length < FOLD_CHARACTERS && text.split('\n').length < FOLD_LINES) return node;
  node.classList.add('folded');
  const unfold = h('button', { class: 'plain unfold', tabindex: -1, click() {
    node.classList.remove('folded');
    unfold.remove();
  } }, 'Show all');
  return h('div', null, node, unfold);
}

// The time of a message that has a place in history is also the link to it.
function timeOf({ at, offset = null }, { linkTo }) {
  if (!at) return null;
  const datetime = new Date(at).toISOString();
  const time = h('time', { datetime, title: exactOf(at) }, hourOf(at));
  return offset === null ? time : h('a', { class: 'permalink', href: linkTo(offset), tabindex: -1 }, time);
}

function stateOf({ id, state, reason }, { retry, discard }) {
  if (!state) return null;
  if (state !== 'failed') return h('div', { class: 'state' }, 'Sending …');
  return h('div', { class: 'state' }, `Not sent: ${reason}.`,
    h('button', { class: 'plain', tabindex: -1, click: () => retry(id) }, 'Retry'),
    h('button', { class: 'plain', tabindex: -1, click: () => discard(id) }, 'Delete'));
}
