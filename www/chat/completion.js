// What can stand where a word with ":" or "@" is being written.
import { EMOJI } from './emoji.js';

const OFFERS_MAX = 7;

export function wordAt(text, caret) {
  const match = /(?:^|[\s(])([:@])([\p{L}\p{N}_+.-]{0,31})$/u.exec(text.slice(0, caret));
  if (!match) return null;
  const [, mark, query] = match;
  if (mark === ':' && query.length < 2) return null;
  return { mark, query: query.toLowerCase(), from: caret - query.length - 1, to: caret };
}

export function candidatesFor({ mark, query }, people) {
  const names = mark === ':' ? [...EMOJI.keys()] : people;
  return names.map((name) => ({ name, at: name.toLowerCase().indexOf(query) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => Math.sign(a.at) - Math.sign(b.at) || a.name.localeCompare(b.name))
    .slice(0, OFFERS_MAX)
    .map(({ name }) => (mark === ':' ? { text: EMOJI.get(name), name } : { text: `@${name}` }));
}

export function replaceShortcodes(text) {
  return text.replace(/:([a-z0-9_+-]{2,24}):/g, (whole, name) => EMOJI.get(name) ?? whole);
}
