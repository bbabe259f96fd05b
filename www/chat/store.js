// JSON values in the browser's storage or, where that is blocked or full, for this page only.
const PREFIX = 'parley.';

export class Store {
  // open() gives the storage, or throws where it is blocked.
  constructor(open) {
    try {
      this.storage = open();
    } catch {
      this.storage = null;
    }
  }

  read(key, fallback) {
    try {
      return this.#held.get(key) ?? JSON.parse(this.storage.getItem(PREFIX + key)) ?? fallback;
    } catch {
      return fallback;
    }
  }

  write(key, value) {
    this.#held.delete(key);
    try {
      if (value === null) this.storage.removeItem(PREFIX + key);
      else this.storage.setItem(PREFIX + key, JSON.stringify(value));
    } catch {
      this.#held.set(key, value);
    }
  }

  keys() {
    return Object.keys(this.storage ?? {}).filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length));
  }

  #held = new Map();
}
