// Who is in the room, who is typing, where else people are. The page also works without.
import { shownName } from './names.js';
import { readClient } from './protocol.js';

const REFRESH_MS = 60000;
const TYPING_EVERY_MS = 3000;

export class Crowd {
  constructor(link, clock, onChange) {
    Object.assign(this, { link, clock, onChange });
  }

  visit(room) {
    if (this.#room !== room && this.#channel) {
      this.link.request('unsubscribe', { channel: this.#channel });
      this.#channel = null;
    }
    this.#room = room;
    this.said();
    if (this.link.state !== 'open' || room.status !== 'joined') return;
    const channel = `typing:${room.name}`;
    this.link.request('subscribe', { channel }, ({ error }) => {
      if (this.#room === room && (!error || error.code === 105)) this.#channel = channel;
    });
    this.#ask(room);
  }

  async type() {
    const now = this.clock.now();
    if (!this.#channel || now < this.#typeAgainAt) return;
    this.#typeAgainAt = now + TYPING_EVERY_MS;
    const params = { channel: this.#channel, data: { typing: true } };
    const { error } = await this.link.request('publish', params);
    if (error && !error.temporary) this.#typeAgainAt = Infinity;
  }

  said() {
    this.#typeAgainAt = 0;
  }

  async busiestRooms() {
    const { result } = await this.link.request('rpc', { method: 'rooms', data: {} });
    const rooms = [].concat(result?.data?.rooms ?? []);
    return rooms.filter((room) => typeof room?.name === 'string');
  }

  async #ask(room) {
    this.#cancelRefresh();
    const { result, error } = await this.link.request('presence', { channel: room.name });
    if (error?.lost || this.#room !== room) return;
    if (error) {
      const { result: stats } = await this.link.request('presence_stats', { channel: room.name });
      room.people = null;
      room.size = Number.isInteger(stats?.num_clients) ? stats.num_clients : null;
    } else {
      room.people = new Map(Object.entries(result.presence ?? {})
        .map(([client, info]) => [client, shownName(readClient(info).name)]));
      room.size = room.people.size;
    }
    this.onChange();
    this.#cancelRefresh();
    if (room.size === null) return;
    this.#cancelRefresh = this.clock.after(REFRESH_MS, () => this.visit(this.#room));
  }

  #room = null;
  #channel = null;
  #typeAgainAt = 0;
  #cancelRefresh = () => {};
}
