// Reaching somebody who is not looking: the spoken line for screen readers, the count in the
// title, and notifications for mentions.
import { setText, ui } from './dom.js';
import { plural } from '../chat/clock_words.js';

const SPEAK_EVERY_MS = 1200;
const SPOKEN_SINGLY_MAX = 3;

// One polite region for the whole page; a busy room is summed up instead of read out.
export class Announcer {
  say(text) {
    this.#waiting.push(text);
    this.#timer ??= setTimeout(() => this.#speak(), SPEAK_EVERY_MS);
  }

  #speak() {
    const waiting = this.#waiting.splice(0);
    this.#timer = null;
    ui.announcer.textContent = waiting.length > SPOKEN_SINGLY_MAX
      ? plural(waiting.length, 'new message') : waiting.join('. ');
  }

  #waiting = [];
  #timer = null;
}

export function showTitle({ unread, active }) {
  const count = unread ? `(${unread > 99 ? '99+' : unread}) ` : '';
  setText(document.querySelector('title'), `${count}${active ? `#${active.name} · ` : ''}Parley`);
}

export class Notifier {
  constructor(store) {
    this.store = store;
  }

  // 'on', 'off', or null where the browser has none for this page.
  get state() {
    if (typeof Notification !== 'function' || !isSecureContext) return null;
    return this.store.read('notify', false) && Notification.permission === 'granted' ? 'on' : 'off';
  }

  // Only ever asked for from a click.
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
