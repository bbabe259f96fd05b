// A person's tile and name, the same everywhere.
import { h } from './dom.js';
import { hueOf, initials, mixesAlphabets } from '../chat/names.js';

export function tile(name) {
  return tinted(h('span', { class: 'tile', 'aria-hidden': 'true' }, initials(name)), name);
}

export function nameNode(name) {
  const why = 'This name mixes look-alike letters of several alphabets';
  return tinted(h('span', { class: 'name' }, h('bdi', null, name), mixesAlphabets(name) &&
    h('span', { class: 'odd-name', title: why, role: 'img', 'aria-label': why }, '≠')), name);
}

// The security policy allows the style object, unlike a style attribute.
function tinted(element, name) {
  element.style.setProperty('--hue', hueOf(name));
  return element;
}
