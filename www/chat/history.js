// Reads older parts of a room. Where the server refuses, the room has none.
const PAGE = 80;
const PAUSE_MS = 2000;

export class History {
  constructor(link, clock, take, onChange) {
    Object.assign(this, { link, clock, take, onChange });
  }

  loadLatest(room) {
    return this.#read(room, { reverse: true });
  }

  loadOlder(room) {
    const { oldest, startReached } = room.timeline;
    if (startReached || oldest === null || oldest <= 1) return null;
    return this.#read(room, { reverse: true, since: { offset: oldest } });
  }

  loadAround(room, offset) {
    return this.#read(room, { since: { offset: Math.max(0, offset - PAGE / 2) } });
  }

  // A hole is closed from the side the reader comes from.
  async fillHole(room, { after, before, missing }, forward) {
    const limit = Math.min(PAGE, missing);
    const since = { offset: forward ? after : before };
    const found = await this.#read(room, { limit, since, reverse: !forward });
    if (!found) return;
    const gained = forward ? found.includes(after + 1) : found.some((offset) => offset > after);
    if (!gained) room.timeline.markLost(after);
    this.onChange();
  }

  async #read(room, { limit = PAGE, reverse = false, since }) {
    if (room.loading || !room.keepsHistory || this.link.state !== 'open') return null;
    room.loading = true;
    this.onChange();
    const { timeline } = room;
    const { epoch } = timeline;
    const query = { channel: room.name, limit, reverse, since: since && { ...since, epoch } };
    const { result, error } = await this.link.request('history', query);
    // The view asks at once for what it misses: not while the server has enough.
    if (error?.temporary) await new Promise((resolve) => this.clock.after(PAUSE_MS, resolve));
    else if (error) room.keepsHistory = false;
    room.loading = false;
    this.onChange();
    const list = result?.publications;
    if (!Array.isArray(list) || epoch !== timeline.epoch) return null;
    // Newest first is cheap: each then goes in front.
    const found = (reverse ? list : [...list].reverse())
      .map((publication) => this.take(room, publication)?.offset).filter(Boolean);
    // Pages may be short; one is empty only where nothing is left.
    const none = since ? !found.length && since.offset === timeline.oldest : !list.length;
    if (reverse && none) timeline.startReached = true;
    return found;
  }
}
