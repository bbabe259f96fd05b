// The two cards: choosing a name, and help.
import { h, ui } from './dom.js';
import { cleanName } from '../chat/names.js';
import { COMMANDS } from '../chat/slash.js';

const KEYS = [
  ['Enter', 'send'], ['Shift + Enter', 'new line'], ['F6', 'next pane'],
  ['↑ ↓', 'among the messages: from one to the next'],
  [':wave:', 'an emoji by its name'], ['@name', 'mention somebody'],
  ['`code` **bold**', 'formatting; lines that begin with - make a list'],
];

export function showHelp() {
  ui.helpList.replaceChildren(...[...Object.values(COMMANDS), ...KEYS]
    .flatMap(([term, what]) => [h('dt', null, term), h('dd', null, what)]));
  ui.helpCard.showModal();
}

export class NameCard {
  // onName(name): '' means as a guest.
  constructor(onName) {
    ui.nameForm.addEventListener('submit', (event) => {
      event.preventDefault();
      const name = cleanName(ui.nameField.value);
      if (!name) return this.#complain('A name has at least one visible character.');
      ui.nameCard.close();
      onName(name);
    });
    ui.nameSkip.addEventListener('click', () => {
      ui.nameCard.close();
      if (this.first) onName('');
    });
    ui.nameCard.addEventListener('cancel', () => this.first && onName(''));
  }

  // On a first visit one may stay a guest, later one may keep the name.
  show({ name, error = '', room }) {
    this.first = Boolean(room);
    ui.nameTitle.textContent = room ? 'Welcome to Parley' : 'Your name';
    ui.nameLead.textContent = room ? `You are about to enter #${room}. What shall people call you?`
      : 'Everyone sees it beside what you write from now on.';
    ui.nameDone.textContent = room ? 'Come in' : 'Take this name';
    ui.nameSkip.textContent = room ? 'Come in as a guest' : 'Keep the old one';
    ui.nameField.value = name;
    this.#complain(error);
    if (!ui.nameCard.open) ui.nameCard.showModal();
    ui.nameField.select();
  }

  #complain(error) {
    ui.nameError.textContent = error;
    ui.nameField.setAttribute('aria-invalid', error !== '');
  }
}
