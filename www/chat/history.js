// Reads older parts of a room: the latest page, what came before, the holes between. A server
// without history answers 108, and the room then simply has none.
const PAGE = 80;
const NOT_AVAILABLE = 108;

export class History {
  // take(room, publication) puts what was read into the room's timeline.
  constructor(link, take, onChange) {
    Object.assign(this, { link, take, onChange });
  }

  loadLatest(room) {
    return this.#read(room, { reverse: true });
  }

  loadOlder(room) {
    const { oldest, startReached } = room.timeline;
    if (startReached || oldest === null || oldest <= 1) return null;
    return this.#read(room, { reverse: true, since: { offset: oldest } });
  }

  // Makes sure that the message with this offset and what surrounds it is there.
  loadAround(room, offset) {
    return this.#read(room, { since: { offset: Math.max(0, offset - PAGE / 2) } });
  }

  // A hole is closed from the side the reader comes from.
  async fillHole(room, { after, before, missing }, forward) {
    const limit = Math.min(PAGE, missing);
    const since = { offset: forward ? after : before };
    const found = await this.#read(room, { limit, since, reverse: !forward });
    if (!found) return;
    const first = Math.min(...found.filter((offset) => offset > after));
    if ((forward || found.length < limit) && first !== after + 1) room.timeline.markLost(after);
    this.onChange();
  }

  // Resolves to the offsets that were read, or null.
  async #read(room, { limit = PAGE, reverse = false, since }) {
    if (room.loading || !room.keepsHistory) return null;
    room.loading = true;
    this.onChange();
    const { timeline } = room;
    const { epoch } = timeline;
    const query = { channel: room.name, limit, reverse, since: since && { ...since, epoch } };
    const { result, error } = await this.link.request('history', query);
    room.loading = false;
    this.onChange();
    if (error?.code === NOT_AVAILABLE) room.keepsHistory = false;
    const list = result?.publications;
    if (!Array.isArray(list) || epoch !== timeline.epoch) return null;
    // From the newest to the oldest is the cheap order: each then goes in front.
    for (const publication of reverse ? list : [...list].reverse()) this.take(room, publication);
    if (reverse && list.length < limit && !(since?.offset > timeline.oldest)) {
      timeline.startReached = true;
    }
    return list.map((publication) => publication?.offset);
  }
}
