// What was said in one room, in the order everyone sees. Pure: knows no socket and no screen.
//
// Entries with an offset stand in offset order; those without (notices, a bus that keeps no
// history) stand where they arrived. A message is taken once, by its id and by its offset. A hole
// is not stored but seen: two neighbours whose offsets do not follow one another.
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
    // Our own message was acknowledged first; now its publication tells where it belongs.
    this.entries.splice(this.entries.lastIndexOf(known), 1);
    known.offset = message.offset;
    return this.#insert(known);
  }

  // A line of the page's own (people came and went, messages missing), at the end.
  note(kind, fields) {
    return this.#insert({ kind, id: '', offset: null, ...fields });
  }

  has(id) {
    return this.#byId.has(id);
  }

  at(offset) {
    return this.#byOffset.get(offset);
  }

  get oldest() {
    return this.entries.find((entry) => entry.offset !== null)?.offset ?? null;
  }

  // The stream began anew: old offsets mean nothing any more, so old entries lose theirs.
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

  // The hole right before entries[index], or null.
  gapBefore(index) {
    const before = this.entries[index].offset;
    if (before === null) return null;
    let i = index - 1;
    while (i >= 0 && this.entries[i].offset === null) i--;
    const after = i < 0 ? null : this.entries[i].offset;
    if (after === null || before === after + 1) return null;
    return { after, before, missing: before - after - 1, lost: this.#lost.has(after) };
  }

  markLost(after) {
    this.#lost.add(after);
  }

  // Bounds memory; the caller says when the oldest entries are far from the eye.
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

  // Before the first entry with a larger offset. Pages of history come at the front, so look there
  // first, then from the end.
  #placeFor(offset) {
    const first = this.entries.findIndex((entry) => entry.offset !== null);
    if (first >= 0 && offset < this.entries[first].offset) return first;
    let place = this.entries.length;
    for (let i = place - 1; i >= 0; i--) {
      const other = this.entries[i].offset;
      if (other === null) continue;
      if (other < offset) break;
      place = i;
    }
    return place;
  }

  #byId = new Map();
  #byOffset = new Map();
  #lost = new Set(); // offsets after which a hole cannot be closed
  #lastSeq = 0;
}
