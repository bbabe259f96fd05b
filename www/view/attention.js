// Reaching somebody who is not looking: by screen reader, title and notification.
import { setText, ui } from './dom.js';
import { plural } from '../chat/clock_words.js';

const SPEAK_EVERY_MS = 1200;
const SPOKEN_SINGLY_MAX = 3;

const unspoken = [];

// Into the page's one polite region; a busy room is summed up instead of read out.
export function announce(text) {
  if (unspoken.push(text) > 1) return;
  setTimeout(() => {
    const texts = unspoken.splice(0);
    ui.announcer.textContent = texts.length > SPOKEN_SINGLY_MAX
      ? plural(texts.length, 'new message') : texts.join('. ');
  }, SPEAK_EVERY_MS);
}

export function showTitle({ rooms, active }) {
  const unread = [...rooms.values()].reduce((sum, room) => sum + room.unread, 0);
  const count = unread ? `(${unread}) ` : '';
  setText(document.querySelector('title'), `${count}${active ? `#${active.name} · ` : ''}Parley`);
}

export class Notifier {
  constructor(store) {
    this.store = store;
  }

  get state() {
    if (typeof Notification !== 'function' || !isSecureContext) return null;
    return this.store.read('notify', false) && Notification.permission === 'granted' ? 'on' : 'off';
  }

  async toggle() {
    const on = this.state === 'off' && (await Notification.requestPermission()) === 'granted';
    this.store.write('notify', on);
  }

  notify(room, { name, text }, onClick) {
    if (this.state !== 'on' || !document.hidden) return;
    const notification = new Notification(`${name} in #${room}`,
      { body: text.slice(0, 200), tag: `parley-${room}`, icon: 'favicon.svg' });
    notification.onclick = () => {
      window.focus();
      notification.close();
      onClick();
    };
  }
}
