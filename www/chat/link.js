// The link to the chat server: one WebSocket at a time, replies matched to requests, the watch over
// the server's pings, coming back after a loss. Clock, random and socket come from outside, so that
// a test can hold them.
//
// States: idle -> connecting -> open -> waiting (until retryAt) -> connecting ...
//         refused: the server said no for good; only the person leaves it.
import { decodeFrame } from './protocol.js';

const ANSWER_MS_MAX = 10000;
const SILENCE_GRACE_MS = 10000;
const STEADY_MS = 5000; // a connection that lived shorter does not reset the back-off
const WAIT_MS_FIRST = 1000;
const WAIT_MS_MAX = 20000;

const LOST = { code: 2, message: 'connection lost', temporary: true, lost: true };
const SILENT = { code: 1, message: 'no answer from the server', temporary: true };

// The browsers of a dead server must not come back all at once.
export function fullJitter(attempt, random) {
  return Math.round(random() * Math.min(WAIT_MS_MAX, WAIT_MS_FIRST * 2 ** attempt));
}

export class Link {
  state = 'idle';
  retryAt = 0;
  refusal = null;

  // on: { state(), open(result), push(event), refused(error) }
  constructor({ openSocket, clock, random, hello, on }) {
    Object.assign(this, { openSocket, clock, random, hello, on, downSince: clock.now() });
  }

  connect() {
    if (this.state === 'waiting' || this.state === 'refused') this.#connect();
  }

  drop() {
    if (this.#socket) this.#lost({ code: 1006 });
  }

  renew() {
    this.#release();
    this.#connect();
  }

  // Resolves to { result } or { error }. `onReply` gets the same, unless it is LOST, before what
  // follows in the frame is looked at.
  request(method, params, onReply) {
    if (this.state !== 'open') return Promise.resolve({ error: LOST });
    return this.#ask(method, params, onReply);
  }

  #connect() {
    this.#cancelRetry();
    const socket = this.openSocket();
    this.#socket = socket;
    this.#cancelWatch = this.clock.after(ANSWER_MS_MAX, () => this.drop());
    const current = (act) => (event) => this.#socket === socket && act(event);
    socket.onopen = current(() => this.#greet());
    socket.onmessage = current(({ data }) => this.#receive(data));
    socket.onclose = current((close) => this.#lost(close));
    this.#enter('connecting');
  }

  #greet() {
    this.#ask('connect', this.hello(), ({ result, error }) => {
      if (error?.temporary) return this.drop();
      if (error) return this.#refuse(error);
      this.#pingMs = result.ping > 0 ? result.ping * 1000 : 0;
      this.#pongWanted = result.pong === true;
      this.#openedAt = this.clock.now();
      this.#heard();
      this.#enter('open');
      this.on.open(result);
    });
  }

  #ask(method, params, onReply) {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const cancel = this.clock.after(ANSWER_MS_MAX, () => this.#settle(id, { error: SILENT }));
      this.#asked.set(id, { resolve, cancel, onReply });
      this.#socket.send(JSON.stringify({ id, [method]: params }));
    });
  }

  #settle(id, outcome) {
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    asked.cancel();
    asked.resolve(outcome);
    if (!outcome.error?.lost) asked.onReply?.(outcome);
  }

  #receive(text) {
    if (this.#openedAt) this.#heard();
    for (const event of decodeFrame(text)) {
      if (event.kind === 'reply') this.#settle(event.id, event);
      else if (event.kind !== 'ping') this.on.push(event);
      else if (this.#pongWanted) this.#socket?.send('{}');
    }
  }

  // Silence past ping and grace means that the server is gone.
  #heard() {
    this.#cancelWatch();
    if (!this.#pingMs) return;
    this.#cancelWatch = this.clock.after(this.#pingMs + SILENCE_GRACE_MS, () => this.drop());
  }

  #lost({ code, reason }) {
    if (this.#openedAt && this.clock.now() - this.#openedAt > STEADY_MS) this.#attempt = 0;
    // The protocol's codes after which a client stays away.
    if ((code >= 3500 && code < 4000) || (code >= 4500 && code < 5000)) {
      return this.#refuse({ code, message: reason || `closed with code ${code}` });
    }
    this.#release();
    const ms = fullJitter(this.#attempt++, this.random);
    this.retryAt = this.clock.now() + ms;
    this.#cancelRetry = this.clock.after(ms, () => this.#connect());
    this.#enter('waiting');
  }

  #refuse(error) {
    this.#release();
    this.refusal = error;
    this.#enter('refused');
    this.on.refused(error);
  }

  #release() {
    const socket = this.#socket;
    this.#socket = null;
    this.#openedAt = this.#pingMs = 0;
    this.#cancelWatch();
    socket?.close();
    for (const id of [...this.#asked.keys()]) this.#settle(id, { error: LOST });
  }

  #enter(state) {
    if (this.state === 'open') this.downSince = this.clock.now();
    this.state = state;
    this.on.state();
  }

  #socket = null;
  #lastId = 0;
  #asked = new Map();
  #attempt = 0;
  #openedAt = 0;
  #pingMs = 0;
  #pongWanted = false;
  #cancelWatch = () => {};
  #cancelRetry = () => {};
}
