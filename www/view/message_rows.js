// One row of the message list as a node. A row whose signature changes is built anew.
import { h, hashed } from './dom.js';
import { nameNode, tile } from './person.js';
import { codeBlock, textNodes } from './text_nodes.js';
import { dayOf, exactOf, hourOf, plural, spanOf } from '../chat/clock_words.js';

export function signatureOf({ kind, entry, head, gap, words }, myName) {
  const { state, reason, rev, offset } = entry ?? {};
  return JSON.stringify([kind, words, gap, head, state, reason, rev, offset, myName]);
}

// context: { myName, room, linkTo(offset), retry(id), discard(id) }
export function buildRow(row, context) {
  const element = builders[row.kind](row, context);
  element.dataset.key = row.key;
  return element;
}

const line = (kind, ...children) =>
  h('div', { class: `row ${kind}` }, h('span', null, ...children));

const builders = {
  day: ({ at }) => line('day', dayOf(at)),

  fresh: () => line('fresh', 'New'),

  hole: ({ gap: { missing, lost } }) => (lost
    ? line('gap', `${plural(missing, 'message')} missing here`)
    : line('gap fetching', `Fetching ${plural(missing, 'message')} …`)),

  gap: ({ entry: { away } }) => line('gap', away
    ? `Cut off for ${spanOf(away)}. What was said meanwhile is missing here.`
    : 'This room’s history began anew. Messages may be missing here.'),

  comings: ({ entry: { came, went } }) => line('aside', ...namesOf(came, ' came in. '),
    ...namesOf(went, ' left.')),

  head: ({ words, begins }, { room }) => h('div', { class: 'row list-head' },
    begins && h('p', { class: 'list-room' }, ...hashed(room)),
    h('p', null, words)),

  notice: ({ entry }, context) => h('div', { class: 'row notice', tabindex: -1 },
    h('b', null, 'Notice'), bodyOf(entry, context), timeOf(entry, context)),

  message({ entry, head }, context) {
    const { text, at, mine, action, state, name } = entry;
    const looks = ['row message', head && 'head', mine && 'mine', action && 'action', state];
    const label = `${name}${at ? `, ${hourOf(at)}` : ''}: ${text.slice(0, 300)}`;
    const signed = head && !action;
    const time = timeOf(entry, context);
    const look = looks.filter(Boolean).join(' ');
    return h('article', { class: look, tabindex: -1, 'aria-label': label },
      head && tile(name), signed && h('div', { class: 'meta' }, nameNode(name), time),
      bodyOf(entry, context), !signed && time, stateOf(entry, context));
  },
};

function namesOf(names, verb) {
  const nodes = names.flatMap((name, i) => [i && ', ', h('bdi', null, name)]);
  return names.length ? [...nodes, verb] : [];
}

function bodyOf({ text, raw, action, name }, { myName }) {
  const content = raw ? [codeBlock(text)] : textNodes(text, myName);
  return h('div', { class: 'body', dir: 'auto' },
    action && nameNode(name), action && ' ', ...content);
}

function timeOf({ at, offset = null }, { linkTo }) {
  if (!at) return null;
  const datetime = new Date(at).toISOString();
  const time = h('time', { datetime, title: exactOf(at) }, hourOf(at));
  if (offset === null) return time;
  return h('a', { class: 'permalink', href: linkTo(offset), tabindex: -1 }, time);
}

function stateOf({ id, state, reason }, { retry, discard }) {
  const button = (words, act) =>
    h('button', { class: 'plain', tabindex: -1, click: () => act(id) }, words);
  const parts = state === 'failed'
    ? [`Not sent: ${reason}.`, button('Retry', retry), button('Delete', discard)] : ['Sending …'];
  return state && h('div', { class: 'state' }, ...parts);
}
