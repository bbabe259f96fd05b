// Names as they may be shown. A name is anybody's text: it may turn the line around, pile up
// accents, hide characters, or borrow look-alike letters of another alphabet.
const NAME_LENGTH_MAX = 32;
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
const LOOK_ALIKES = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

export function cleanName(name) {
  const clean = withoutPiles(name.slice(0, 256).replace(HIDDEN, ''), 2);
  return [...clean.replace(/\s+/g, ' ').trim()].slice(0, NAME_LENGTH_MAX).join('');
}

export const shownName = (name) => cleanName(name) || 'nameless';

// A few accents on a letter are language, dozens reach into the neighbours.
export function withoutPiles(text, most) {
  return text.replace(new RegExp(`(\\p{M}{${most}})\\p{M}+`, 'gu'), '$1');
}

// "Аda" with a Cyrillic first letter looks like "Ada".
export function mixesAlphabets(name) {
  return LOOK_ALIKES.filter((script) => script.test(name)).length > 1;
}

export function initials(name) {
  const firsts = name.match(/(?<![\p{L}\p{N}])[^\s._-]/gu) ?? ['?'];
  return firsts.slice(0, 2).join('').toUpperCase();
}

// Lightness and chroma are the theme's, so that every hue is readable.
const HUES = [12, 35, 58, 128, 150, 172, 195, 222, 248, 272, 298, 322, 345];

export function hueOf(name) {
  let hash = 2166136261;
  for (const character of name.toLowerCase()) {
    hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  }
  return HUES[((hash ^ (hash >>> 15)) >>> 0) % HUES.length];
}
