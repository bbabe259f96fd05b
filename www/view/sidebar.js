// The left pane: joined rooms with what is unread, busy rooms to discover, and oneself.
import { h, hashed, iconButton, refill, ui } from './dom.js';
import { nameNode, tile } from './person.js';
import { connectionWord } from '../chat/status.js';
import { roomName, writeAddress } from '../chat/address.js';

const BUSIEST_SHOWN = 6;

export class Sidebar {
  // on: { open(room), leave(room), rename(), theme(), notify() }
  constructor(on) {
    this.on = on;
    ui.joinForm.addEventListener('submit', (event) => {
      event.preventDefault();
      const name = roomName(ui.joinName.value);
      ui.joinName.value = '';
      if (name) on.open(name);
    });
  }

  update(chat, { theme, notify, busiest }) {
    const rooms = [...chat.rooms.values()].map(({ name, unread, mentioned, status }) => (
      { name, unread, mentioned, status, active: name === chat.active?.name }));
    refill(ui.roomList, rooms, () => rooms.map((room) => this.#joined(room)));
    const others = busiest.filter(({ name }) => !chat.rooms.has(name)).slice(0, BUSIEST_SHOWN);
    ui.busiest.hidden = others.length === 0;
    refill(ui.busiestList, others, () => others.map(({ name, members }) =>
      h('li', null, roomLink(name, null, h('b', { class: 'badge' }, String(members ?? ''))))));
    const { name } = chat.me;
    const word = connectionWord(chat);
    refill(ui.me, [name, word, theme, notify], () =>
      this.#me(name || 'guest', word, theme, notify));
    ui.sideDot.hidden = !rooms.some(({ active, unread }) => !active && unread);
  }

  #joined({ name, unread, mentioned, status, active }) {
    const look = { 'aria-current': active ? 'page' : null,
      class: status === 'refused' ? status : unread ? 'unread' : null };
    const badge = unread > 0 && h('b', { class: mentioned ? 'badge mentioned' : 'badge' },
      mentioned && '@ ', String(unread), h('span', { class: 'unseen' }, ' unread'));
    return h('li', null, roomLink(name, look, badge), iconButton('close', `Leave ${name}`,
      () => this.on.leave(name)));
  }

  #me(name, word, theme, notify) {
    const bell = 'Notify me when I am mentioned';
    return [tile(name),
      h('div', { class: 'me-words' }, nameNode(name), h('span', { class: `way ${word}` }, word)),
      iconButton('pen', 'Change your name', this.on.rename),
      notify && iconButton('bell', bell, this.on.notify, { 'aria-pressed': notify === 'on' }),
      iconButton('theme', `Theme: ${theme}`, this.on.theme)].filter(Boolean);
  }
}

function roomLink(name, attributes, ...more) {
  return h('a', { href: writeAddress(name), ...attributes }, ...hashed(name), ...more);
}
