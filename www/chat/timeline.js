// What was said in one room. Entries with an offset stand in offset order, those without (notices,
// a bus that keeps no history) where they arrived. A message is taken once, by id and by offset.
// A hole is not stored but seen: two neighbours whose offsets do not follow one another.
const ENTRIES_MAX = 20000;
const ENTRIES_DROPPED = 2000;

export class Timeline {
  entries = [];
  epoch = null;
  offset = 0; // newest position seen
  startReached = false;

  // Returns the entry if it is new or has moved, else null.
  add(message) {
    if (message.offset !== null && this.#byOffset.has(message.offset)) return null;
    const known = message.id && this.#byId.get(message.id);
    if (!known) return this.#insert({ kind: message.notice ? 'notice' : 'message', ...message });
    if (known.offset !== null || message.offset === null) return null;
    // Our own message, acknowledged first: now its publication tells where it belongs.
    this.entries.splice(this.entries.lastIndexOf(known), 1);
    known.offset = message.offset;
    return this.#insert(known);
  }

  note(kind, fields) {
    return this.#insert({ kind, id: '', offset: null, ...fields });
  }

  at(offset) {
    return this.#byOffset.get(offset);
  }

  get oldest() {
    return this.entries.find(({ offset }) => offset !== null)?.offset ?? null;
  }

  begin(epoch) {
    if (this.epoch !== null && this.epoch !== epoch) {
      for (const entry of this.entries) entry.offset = null;
      this.#byOffset.clear();
      this.#lost.clear();
      this.startReached = false;
      this.offset = 0;
      if (this.entries.length) this.note('gap', {});
    }
    this.epoch = epoch;
  }

  gapBefore(index) {
    const before = this.entries[index].offset;
    if (before === null) return null;
    let i = index - 1;
    while (this.entries[i]?.offset === null) i--;
    const after = this.entries[i]?.offset ?? before - 1;
    const missing = before - after - 1;
    return missing ? { after, before, missing, lost: this.#lost.has(after) } : null;
  }

  markLost(after) {
    this.#lost.add(after);
  }

  // For when the oldest entries are far from the eye.
  trim() {
    if (this.entries.length <= ENTRIES_MAX) return;
    for (const { id, offset } of this.entries.splice(0, ENTRIES_DROPPED)) {
      this.#byId.delete(id);
      this.#byOffset.delete(offset);
    }
    this.startReached = false;
  }

  #insert(entry) {
    const { id, offset } = entry;
    entry.seq ??= ++this.#lastSeq;
    if (id) this.#byId.set(id, entry);
    if (offset !== null) this.#byOffset.set(offset, entry);
    if (offset === null || offset > this.offset) this.entries.push(entry);
    else this.entries.splice(this.#placeFor(offset), 0, entry);
    this.offset = Math.max(this.offset, offset);
    return entry;
  }

  // Before the first entry with a larger offset; pages mostly come at the front.
  #placeFor(offset) {
    const { entries } = this;
    if (offset < this.oldest) return entries.findIndex((entry) => entry.offset !== null);
    let place = entries.length;
    for (let i = place - 1; i >= 0; i--) {
      if (entries[i].offset > offset) place = i;
      else if (entries[i].offset !== null) break;
    }
    return place;
  }

  #byId = new Map();
  #byOffset = new Map();
  #lost = new Set(); // offsets after which a hole cannot be closed
  #lastSeq = 0;
}
