// The panes around the conversation: people on the right, drawers on narrow screens, the banner,
// and F6 to walk from pane to pane.
import { h, refill, setText, ui } from './dom.js';
import { nameNode, tile } from './person.js';
import { statusOf } from '../chat/status.js';

const PEOPLE_LISTED_MAX = 200;
const TYPING_NAMED_MAX = 3;

export class Panes {
  // on: { changed(), retryNow(), announce(text) }
  constructor(on) {
    this.on = on;
    for (const query of [this.#narrow, this.#medium]) query.addEventListener('change', on.changed);
    ui.openSide.addEventListener('click', () => this.#openSide(true));
    ui.closeSide.addEventListener('click', () => this.#openSide(false));
    ui.togglePeople.addEventListener('click', () => this.#openPeople(ui.people.hidden));
    ui.closePeople.addEventListener('click', () => this.#openPeople(false));
    ui.app.addEventListener('click', (event) => event.target === ui.app && this.close());
    document.addEventListener('keydown', (event) => this.#key(event));
  }

  // The drawers, where panes are drawers.
  close() {
    if (this.#narrow.matches && this.#sideOpen) this.#openSide(false);
    if (this.#medium.matches && !ui.people.hidden) this.#openPeople(false);
  }

  update(chat, online, now) {
    const room = chat.active;
    ui.side.inert = this.#narrow.matches && !this.#sideOpen;
    this.#updatePeople(room);
    ui.app.classList.toggle('side-open', this.#sideOpen);
    ui.app.classList.toggle('people-open', !ui.people.hidden);
    this.#updateBanner(statusOf(chat, online, now));
    if (!room) return;
    refill(ui.roomTitle, room.name, () => [h('i', { 'aria-hidden': 'true' }, '#'), h('bdi', null, room.name)]);
    setText(ui.typing, typingWords(room.typingNames(now)));
  }

  #updatePeople(room) {
    const size = room?.size ?? null;
    ui.togglePeople.hidden = size === null;
    ui.togglePeople.setAttribute('aria-label', `${size} ${size === 1 ? 'person' : 'people'} here`);
    setText(ui.peopleCount, String(size));
    ui.people.hidden = !this.#peopleOpen || !room?.people;
    ui.togglePeople.setAttribute('aria-expanded', !ui.people.hidden);
    if (ui.people.hidden) return;
    const names = [...new Set(room.people.values())].sort((a, b) => a.localeCompare(b));
    const more = names.length - PEOPLE_LISTED_MAX;
    refill(ui.peopleList, names, () => [
      ...names.slice(0, PEOPLE_LISTED_MAX).map((name) => h('li', null, tile(name), nameNode(name))),
      more > 0 ? h('li', null, `and ${more} more`) : '']);
  }

  #updateBanner(status) {
    ui.banner.hidden = !status;
    if (status?.kind !== this.#told) this.on.announce(status?.text ?? 'Connected again');
    this.#told = status?.kind;
    if (!status) return;
    ui.banner.dataset.kind = status.kind;
    refill(ui.banner, [status.kind, status.retry], () => [h('span'),
      status.retry ? h('button', { click: this.on.retryNow }, 'Retry now') : '']);
    setText(ui.banner.firstChild, status.text);
  }

  #openSide(open) {
    this.#sideOpen = open;
    this.on.changed();
    // Once it is drawn, and no longer inert.
    requestAnimationFrame(() => (open ? ui.closeSide : ui.openSide).focus());
  }

  #openPeople(open) {
    this.#peopleOpen = open;
    this.on.changed();
    if (!open) ui.togglePeople.focus();
  }

  #key(event) {
    if (event.key === 'Escape' && !event.defaultPrevented) this.close();
    if (event.key !== 'F6') return;
    event.preventDefault();
    const stops = [ui.roomList.querySelector('[aria-current]'), ui.log, ui.draft, ui.closePeople]
      .filter((stop) => stop?.checkVisibility() && !stop.closest('[inert]'));
    const paneOf = (stop) => stop.closest('.side, .log-frame, .talk-foot, .people');
    const at = stops.findIndex((stop) => paneOf(stop).contains(document.activeElement));
    const step = event.shiftKey ? -1 : 1;
    stops.at((Math.max(at, step < 0 ? 0 : -1) + step) % stops.length).focus();
  }

  #narrow = matchMedia('(max-width: 45rem)');
  #medium = matchMedia('(max-width: 64rem)');
  #sideOpen = false;
  #peopleOpen = !this.#medium.matches;
  #told = undefined; // the kind of trouble that was announced
}

function typingWords(names) {
  if (names.length === 0) return '';
  if (names.length > TYPING_NAMED_MAX) return 'Several people are typing …';
  return `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} typing …`;
}
