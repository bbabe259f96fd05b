// The field one writes in: grows with its text, sends with Enter, completes :emoji and @names.
import { h, refill, ui } from './dom.js';
import { candidatesFor, replaceShortcodes, wordAt } from '../chat/completion.js';

const BYTES_MAX = 16 * 1024;
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f]/g;

export class Composer {
  // on: { line(text) -> true if taken, typing(), people() -> names, draft(text) }
  constructor(on) {
    this.on = on;
    this.field = ui.draft;
    this.field.addEventListener('input', () => this.#edited());
    this.field.addEventListener('keydown', (event) => this.#key(event));
    this.field.addEventListener('blur', () => this.#offer([]));
    ui.composer.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  show(room, draft) {
    this.field.value = draft;
    this.field.placeholder = `Message #${room}`;
    this.hint('');
    this.#offer([]);
    this.#grow();
  }

  focus() {
    this.field.focus();
  }

  hint(text) {
    ui.hint.textContent = text;
  }

  #edited() {
    const { value } = this.field;
    this.on.draft(value);
    this.hint('');
    if (value.trim() && !value.startsWith('/')) this.on.typing();
    this.#grow();
    const { selectionStart, selectionEnd } = this.field;
    this.#word = selectionStart === selectionEnd ? wordAt(value, selectionStart) : null;
    this.#offer(this.#word ? candidatesFor(this.#word, this.on.people()) : []);
  }

  // Enter while an input method composes belongs to that; Safari marks the last one by 229 only.
  #key(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (this.#offers.length && this.#keyInList(event)) event.preventDefault();
    else if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.#send();
    }
  }

  #keyInList({ key, shiftKey }) {
    if (key === 'ArrowDown') this.#choose(this.#chosen + 1);
    else if (key === 'ArrowUp') this.#choose(this.#chosen - 1);
    else if ((key === 'Enter' || key === 'Tab') && !shiftKey) this.#accept(this.#chosen);
    else if (key === 'Escape') this.#offer([]);
    else return false;
    return true;
  }

  #send() {
    const text = replaceShortcodes(this.field.value).replace(CONTROLS, '').trim();
    const over = new TextEncoder().encode(text).length - BYTES_MAX;
    if (over > 0) return this.hint(`Too long by ${over} bytes: a message may have 16 KiB.`);
    if (!text || !this.on.line(text)) return;
    this.field.value = '';
    this.on.draft('');
    this.#offer([]);
    this.#grow();
    this.focus();
  }

  #grow() {
    this.field.style.height = 'auto';
    this.field.style.height = `${this.field.scrollHeight}px`;
    ui.send.classList.toggle('ready', this.field.value.trim() !== '');
  }

  #offer(offers) {
    this.#offers = offers;
    ui.completion.hidden = offers.length === 0;
    refill(ui.completion, offers, () => offers.map(({ text, name }, i) =>
      h('li', { id: `offer${i}`, role: 'option', mousedown: (event) => {
        event.preventDefault(); // the field keeps the focus
        this.#accept(i);
      } }, h('bdi', null, text), name)));
    this.#choose(0);
  }

  #choose(index) {
    const count = this.#offers.length;
    this.#chosen = count && (index + count) % count;
    for (const [i, item] of [...ui.completion.children].entries()) {
      item.setAttribute('aria-selected', i === this.#chosen);
    }
    if (count) this.field.setAttribute('aria-activedescendant', `offer${this.#chosen}`);
    else this.field.removeAttribute('aria-activedescendant');
  }

  #accept(index) {
    const { from, to } = this.#word;
    this.field.setRangeText(`${this.#offers[index].text} `, from, to, 'end');
    this.#edited();
  }

  #offers = [];
  #chosen = 0;
  #word = null;
}
