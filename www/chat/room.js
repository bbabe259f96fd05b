// One joined room: its timeline, who is there, what is unread. Chat feeds it.
import { Timeline } from './timeline.js';
import { shownName } from './names.js';

const TYPING_MS = 6000;
const TYPING_MAX = 50;
const COMINGS_SHOWN_MAX = 40; // in larger rooms people come and go all the time

export class Room {
  timeline = new Timeline();
  status = 'joining'; // joined, refused (reason)
  awaySince = 0; // when a joined room lost its connection
  keepsHistory = false;
  loading = false;
  people = null; // client -> name; null while the server does not tell
  size = null; // how many people
  typing = new Map(); // client -> { name, until }
  unread = 0;
  mentioned = false;
  read = { offset: null, seq: 0 }; // the last entry that was seen
  divider = null; // the last entry before the new ones

  constructor(name) {
    this.name = name;
  }

  markRead() {
    const { entries, offset } = this.timeline;
    this.read = { offset: offset || this.read.offset, seq: entries.at(-1)?.seq ?? 0 };
    this.unread = 0;
    this.mentioned = false;
  }

  addUnread(count) {
    this.divider = this.read;
    this.unread += count;
  }

  join({ client, name }, at) {
    if (!this.people || !client || this.people.has(client)) return;
    const shown = shownName(name);
    this.people.set(client, shown);
    this.#noteComing('came', 'went', shown, at);
  }

  leave({ client }, at) {
    this.typing.delete(client);
    const name = this.people?.get(client);
    if (!this.people?.delete(client)) return;
    this.#noteComing('went', 'came', name, at);
  }

  noteTyping({ client, name }, now) {
    if (this.typing.size < TYPING_MAX) {
      this.typing.set(client, { name: shownName(name), until: now + TYPING_MS });
    }
  }

  typingNames(now) {
    for (const [client, { until }] of this.typing) if (until <= now) this.typing.delete(client);
    return [...new Set(Array.from(this.typing.values(), ({ name }) => name))];
  }

  // Comings and goings in a row share a line; who went and came again is no news.
  #noteComing(list, opposite, name, at) {
    this.size = this.people.size;
    if (this.size > COMINGS_SHOWN_MAX) return;
    let line = this.timeline.entries.at(-1);
    if (line?.kind !== 'comings') {
      line = this.timeline.note('comings', { at, came: [], went: [], rev: 0 });
    }
    const back = line[opposite].indexOf(name);
    if (back >= 0) line[opposite].splice(back, 1);
    else if (!line[list].includes(name)) line[list].push(name);
    line.rev++;
  }
}
