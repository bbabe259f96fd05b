// People's names as they may be shown. A name is anybody's text: it may try to turn the line
// around, pile up accents, hide characters, or borrow look-alike letters of another alphabet.
const NAME_LENGTH_MAX = 32;
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
const LOOK_ALIKES = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee']
  .map((script) => new RegExp(`\\p{Script=${script}}`, 'u'));

export function cleanName(name) {
  const clean = withoutPiles(name.slice(0, 256).replace(HIDDEN, ''), 2);
  return [...clean.replace(/\s+/g, ' ').trim()].slice(0, NAME_LENGTH_MAX).join('');
}

// Accents piled up by the dozen reach into their neighbours; a few are language.
export function withoutPiles(text, most) {
  return text.replace(new RegExp(`(\\p{M}{${most}})\\p{M}+`, 'gu'), '$1');
}

// "Аda" with a Cyrillic first letter looks like "Ada".
export function mixesAlphabets(name) {
  return LOOK_ALIKES.filter((script) => script.test(name)).length > 1;
}

export function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const shown = words.length > 1 ? [words[0], words.at(-1)] : words;
  return shown.map((word) => [...word][0].toUpperCase()).join('') || '?';
}

// The same name has the same colour everywhere. Lightness and chroma come from the theme, so that
// every hue is readable on it.
const HUES = [12, 35, 58, 128, 150, 172, 195, 222, 248, 272, 298, 322, 345];

export function hueOf(name) {
  let hash = 2166136261;
  for (const character of name.toLowerCase()) {
    hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  }
  return HUES[((hash ^ (hash >>> 15)) >>> 0) % HUES.length];
}
