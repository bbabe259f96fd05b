// The panes around the conversation: people, drawers on narrow screens, the banner, and F6.
import { announce } from './attention.js';
import { h, hashed, refill, setText, ui } from './dom.js';
import { nameNode, tile } from './person.js';
import { statusOf } from '../chat/status.js';

const PEOPLE_LISTED_MAX = 200;

export class Panes {
  // on: { changed(), retryNow() }
  constructor(on) {
    this.on = on;
    for (const query of [this.#narrow, this.#medium]) query.addEventListener('change', on.changed);
    const clicks = {
      openSide: () => this.#openSide(true),
      closeSide: () => this.#openSide(false),
      togglePeople: () => this.#openPeople(ui.people.hidden),
      closePeople: () => this.#openPeople(false),
      app: ({ target }) => target === ui.app && this.close(),
    };
    for (const [id, act] of Object.entries(clicks)) ui[id].addEventListener('click', act);
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented) this.close();
      if (event.key === 'F6') this.#walk(event);
    });
  }

  close() {
    if (this.#sideOpen) this.#openSide(false);
    if (this.#medium.matches && !ui.people.hidden) this.#openPeople(false);
  }

  update(chat, online, now) {
    const room = chat.active;
    ui.side.inert = this.#narrow.matches && !this.#sideOpen;
    this.#updatePeople(room ?? {});
    ui.app.classList.toggle('side-open', this.#sideOpen);
    ui.app.classList.toggle('people-open', !ui.people.hidden);
    this.#updateBanner(statusOf(chat, online, now));
    if (!room) return;
    refill(ui.roomTitle, room.name, () => hashed(room.name));
    setText(ui.typing, typingWords(room.typingNames(now)));
  }

  #updatePeople({ size = null, people }) {
    ui.togglePeople.hidden = size === null;
    ui.togglePeople.setAttribute('aria-label', `${size} ${size === 1 ? 'person' : 'people'} here`);
    setText(ui.peopleCount, String(size));
    ui.people.hidden = !this.#peopleOpen || !people;
    ui.togglePeople.setAttribute('aria-expanded', !ui.people.hidden);
    if (ui.people.hidden) return;
    const names = [...new Set(people.values())].sort((a, b) => a.localeCompare(b));
    refill(ui.peopleList, names, () => names.slice(0, PEOPLE_LISTED_MAX)
      .map((name) => h('li', null, tile(name), nameNode(name))));
  }

  #updateBanner(status) {
    ui.banner.hidden = !status;
    if (status?.kind !== this.#told) announce(status?.text ?? 'Connected again');
    this.#told = status?.kind;
    if (!status) return;
    ui.banner.dataset.kind = status.kind;
    refill(ui.banner, status.retry ?? 0, () => [h('span'),
      status.retry ? h('button', { click: this.on.retryNow }, 'Retry now') : '']);
    setText(ui.banner.firstChild, status.text);
  }

  #openSide(open) {
    this.#sideOpen = open;
    this.on.changed();
    requestAnimationFrame(() => (open ? ui.closeSide : ui.openSide).focus());
  }

  #openPeople(open) {
    this.#peopleOpen = open;
    this.on.changed();
    if (!open) ui.togglePeople.focus();
  }

  #walk(event) {
    event.preventDefault();
    const stops = [ui.roomList.querySelector('[aria-current]'), ui.log, ui.draft, ui.closePeople]
      .filter((stop) => stop?.checkVisibility() && !stop.closest('[inert]'));
    const at = stops.findIndex((stop) =>
      stop.closest('#side, #log, .talk-foot, #people').contains(document.activeElement));
    const next = event.shiftKey ? Math.max(at, 0) - 1 : (at + 1) % stops.length;
    stops.at(next).focus();
  }

  #narrow = matchMedia('(max-width: 45rem)');
  #medium = matchMedia('(max-width: 64rem)');
  #sideOpen = false;
  #peopleOpen = !this.#medium.matches;
  #told = undefined; // the kind of trouble that was announced
}

function typingWords(names) {
  if (!names.length) return '';
  return `${names.slice(0, 4).join(', ')} ${names.length === 1 ? 'is' : 'are'} typing …`;
}
