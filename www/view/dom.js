// Building nodes. Text goes in as text nodes only; nothing here parses markup.
const SVG = 'http://www.w3.org/2000/svg';

// The elements of index.html by their ids: ui.draft, ui.roomList.
export const ui = new Proxy({}, { get: (_, id) => document.getElementById(id) });

export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const use = document.createElementNS(SVG, 'use');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

// A room's name as it is shown.
export const hashed = (room) => [h('i', { 'aria-hidden': 'true' }, '#'), h('bdi', null, room)];

export function iconButton(name, label, click, more) {
  const attributes = { class: 'quiet', 'aria-label': label, title: label, click, ...more };
  return h('button', attributes, icon(name));
}

const shown = new WeakMap();
export function refill(parent, what, build) {
  const signature = JSON.stringify(what);
  if (shown.get(parent) === signature) return;
  shown.set(parent, signature);
  const stops = () => [...parent.querySelectorAll('a, button')];
  const focused = stops().indexOf(document.activeElement);
  parent.replaceChildren(...build());
  stops()[focused]?.focus();
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
