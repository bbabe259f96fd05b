// What can stand where a word with ":" or "@" is being written.
import { EMOJI } from './emoji.js';

const OFFERS_MAX = 7;

// The word before the caret: { mark, query, from, to } or null.
export function wordAt(text, caret) {
  const match = /(?:^|[\s(])([:@])([\p{L}\p{N}_+.-]{0,31})$/u.exec(text.slice(0, caret));
  if (!match) return null;
  const [, mark, query] = match;
  if (mark === ':' && query.length < 2) return null;
  return { mark, query: query.toLowerCase(), from: caret - query.length - 1, to: caret };
}

// { text, sample, label } for each name that begins with the query, then each that contains it.
export function candidatesFor({ mark, query }, people) {
  const names = mark === ':' ? [...EMOJI.keys()] : people;
  return names.map((name) => ({ name, at: name.toLowerCase().indexOf(query) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => Math.sign(a.at) - Math.sign(b.at) || a.name.localeCompare(b.name))
    .slice(0, OFFERS_MAX)
    .map(({ name }) => ({ text: EMOJI.get(mark === ':' && name) ?? `@${name}`,
      sample: EMOJI.get(mark === ':' && name) ?? '@', label: name }));
}

// :wave: typed in full becomes the sign itself; unknown names stay as they are.
export function replaceShortcodes(text) {
  return text.replace(/:([a-z0-9_+-]{2,24}):/g, (whole, name) => EMOJI.get(name) ?? whole);
}
