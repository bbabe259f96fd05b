// The card on which one chooses a name.
import { ui } from './dom.js';
import { cleanName } from '../chat/names.js';

export class NameCard {
  // onName(name): '' means as a guest.
  constructor(onName) {
    const done = (name) => {
      ui.nameCard.close();
      if (name !== null) onName(name);
    };
    ui.nameForm.addEventListener('submit', (event) => {
      event.preventDefault();
      const name = cleanName(ui.nameField.value);
      if (name) done(name);
      else this.#complain('A name has at least one visible character.');
    });
    for (const [element, event] of [[ui.nameSkip, 'click'], [ui.nameCard, 'cancel']]) {
      element.addEventListener(event, () => done(this.first ? '' : null));
    }
  }

  show(name, error = '') {
    this.first = !name;
    ui.nameSkip.textContent = name ? 'Keep the old one' : 'Come in as a guest';
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
