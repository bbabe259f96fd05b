// A subscription without gaps, with ioredis and parley-broker's XPUBLISH (see ../xpublish.md).
//
//     npm install ioredis
//     node gapless_subscriber.mjs history.lobby chat.lobby redis://127.0.0.1:6379
//
// and from anywhere:  redis-cli XPUBLISH history.lobby chat.lobby 'hello'
import { pathToFileURL } from 'node:url';

const PAGE = 1000; // entries read at a time
const RETRY_MS = 200;

/**
 * Hands over every message of a stream once and in order: what was there, what comes, what came
 * while the connection was away. Where something is missing for good, it says so.
 *
 * Give it two connections that nothing else uses: `live` subscribes, `reader` reads. Create `live`
 * with autoResubscribe: false, and both with maxRetriesPerRequest: null.
 *
 *     onMessage(text, { epoch, offset })      the position to keep, if one is to be kept
 *     onGap({ epoch, offset }, { epoch, offset })   what lies between these positions is lost
 *
 * `position` is where to begin: the one kept from an earlier run, or none for all there is.
 */
export class GaplessSubscriber {
  #options;
  #epoch;
  #offset;
  #catchingUp = false;
  #onceMore = false;
  #waiting = []; // live messages that came while it was catching up

  constructor(options) {
    this.#options = options;
    this.#epoch = options.position?.epoch ?? null;
    this.#offset = options.position?.offset ?? 0;
    options.live.on('message', (channel, text) => {
      if (channel === options.channel) this.#arrived(text);
    });
    options.live.on('ready', () => this.#connected());
    if (options.live.status === 'ready') this.#connected();
  }

  get position() {
    return { epoch: this.#epoch, offset: this.#offset };
  }

  // First the subscription, then the range: what is published between the two comes both ways, and
  // the offset tells that it is the same.
  async #connected() {
    try {
      await this.#options.live.subscribe(this.#options.channel);
      await this.#catchUp();
    } catch {
      // The connection went away again; 'ready' will come again.
    }
  }

  #arrived(text) {
    const [, epoch, offset, message] = /^([0-9a-z]+):(\d+) ([\s\S]*)$/.exec(text) ?? [];
    if (!epoch) return; // a plain PUBLISH: it has no place in the stream
    const stamped = { epoch, offset: Number(offset), message };
    if (this.#catchingUp || !this.#take(stamped)) {
      this.#waiting.push(stamped);
      this.#catchUp();
    }
  }

  /** False if messages are missing in front of this one. */
  #take({ epoch, offset, message }) {
    if (epoch !== this.#epoch || offset > this.#offset + 1) return false;
    if (offset === this.#offset + 1) this.#deliver(offset, message);
    return true; // else it is one that we have
  }

  #deliver(offset, message) {
    this.#offset = offset;
    this.#options.onMessage(message, this.position);
  }

  async #catchUp() {
    this.#onceMore = true;
    if (this.#catchingUp) return;
    this.#catchingUp = true;
    while (this.#onceMore) {
      this.#onceMore = false;
      this.#waiting = []; // what came before we read is in what we read
      try {
        while (await this.#readPage());
      } catch {
        if (this.#options.reader.status === 'end') break; // closed for good
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        this.#onceMore = true;
      }
      // What came meanwhile; one that does not fit on means that there is more to read.
      while (this.#waiting.length > 0 && this.#take(this.#waiting[0])) this.#waiting.shift();
      if (this.#waiting.length > 0) this.#onceMore = true;
    }
    this.#catchingUp = false;
  }

  /** Reads what follows our position; true if there may be more. */
  async #readPage() {
    const { reader, key } = this.#options;
    const from = `${this.#offset + 1}-0`;
    // One step, so that the epoch is that of the entries.
    const [[, info], [failed, entries]] = await reader.multi()
      .call('XINFO', 'STREAM', key)
      .xrange(key, from, '+', 'COUNT', PAGE)
      .exec();
    if (failed) throw failed;
    const told = asMap(info); // XINFO fails when there is no stream: it has no epoch then
    if (told.epoch !== this.#epoch) return this.#changeEpoch(told.epoch);
    for (const [id, fields] of entries) {
      const offset = Number(id.split('-')[0]);
      if (offset > this.#offset + 1) this.#missing(offset - 1);
      this.#deliver(offset, fields[1]);
    }
    if (entries.length === PAGE) return true;
    const last = Number(told['last-generated-id']?.split('-')[0] ?? 0);
    if (last > this.#offset) this.#missing(last);
    return false;
  }

  // Another epoch is another stream: the one that we know is gone. What the new one has is new.
  #changeEpoch(epoch) {
    const before = this.position;
    this.#epoch = epoch;
    this.#offset = 0;
    if (before.epoch) this.#options.onGap(before, this.position);
    return epoch !== undefined;
  }

  // Entries were trimmed or removed before we read them.
  #missing(offset) {
    const before = this.position;
    this.#offset = offset;
    this.#options.onGap(before, this.position);
  }
}

/** XINFO's reply: a flat array in RESP2, a map or an object in RESP3. */
function asMap(reply) {
  if (reply instanceof Map) return Object.fromEntries(reply);
  if (!Array.isArray(reply)) return reply instanceof Error ? {} : (reply ?? {});
  return Object.fromEntries(reply.flatMap((name, i) => (i % 2 ? [] : [[name, reply[i + 1]]])));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { Redis } = await import('ioredis');
  const [key = 'history.lobby', channel = 'chat.lobby', url = 'redis://127.0.0.1:6379'] =
    process.argv.slice(2);
  const connect = () => {
    const client = new Redis(url, { autoResubscribe: false, maxRetriesPerRequest: null });
    client.on('error', (error) => console.error(String(error)));
    return client;
  };
  const subscriber = new GaplessSubscriber({
    live: connect(),
    reader: connect(),
    key,
    channel,
    onMessage: (text, { offset }) => console.log(`${offset}: ${text}`),
    onGap: (from, to) => console.log('messages are lost between', from, 'and', to),
  });
  process.on('SIGINT', () => {
    console.log('stopped at', subscriber.position);
    process.exit();
  });
}
