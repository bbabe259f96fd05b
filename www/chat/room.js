// One joined room: its timeline, who is there, what is unread. Pure state; Chat feeds it.
import { Timeline } from './timeline.js';
import { cleanName } from './names.js';

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
  divider = null; // where "new" is drawn

  constructor(name) {
    this.name = name;
  }

  // Everything that is there has been seen.
  markRead() {
    const { entries, offset } = this.timeline;
    this.read = { offset: offset || this.read.offset, seq: entries.at(-1)?.seq ?? 0 };
    this.unread = 0;
    this.mentioned = false;
  }

  // The eye leaves the room, or comes back to it: what comes after this point is new.
  divide() {
    this.divider = { ...this.read };
  }

  setPeople(people) {
    this.people = new Map(people.map(({ client, name }) => [client, cleanName(name) || 'nameless']));
    this.size = this.people.size;
  }

  join({ client, name }, at) {
    if (!this.people || !client || this.people.has(client)) return;
    const shown = cleanName(name) || 'nameless';
    this.people.set(client, shown);
    this.#noteComing('came', 'went', shown, at);
  }

  leave({ client }, at) {
    this.typing.delete(client);
    const name = this.people?.get(client);
    if (!name) return;
    this.people.delete(client);
    this.#noteComing('went', 'came', name, at);
  }

  noteTyping({ client, name }, now) {
    if (this.typing.size >= TYPING_MAX) return;
    this.typing.set(client, { name: cleanName(name), until: now + TYPING_MS });
  }

  typingNames(now) {
    for (const [client, { until }] of this.typing) if (until <= now) this.typing.delete(client);
    return [...new Set([...this.typing.values()].map(({ name }) => name))].filter(Boolean);
  }

  // Comings and goings that follow one another share a line; who went and came again is no news.
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
