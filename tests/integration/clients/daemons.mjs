// Starts real daemons for a node test and stops them again. Ports are the kernel's choice, read
// from the daemon's log; nothing waits for a time, everything for a line or a state.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const bin = path.resolve(process.env.PARLEY_BIN ?? path.join(root, 'build/release/bin'));
const deadlineMs = 20_000;

export const nodeMajor = Number(process.versions.node.split('.')[0]);

/** Resolves with condition()'s first true value; rejects, naming `what`, after the deadline. */
export async function eventually(condition, what) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Rejects, naming `what`, if the promise is not settled by the deadline. */
export function withDeadline(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${deadlineMs} ms: ${what}`)), deadlineMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

class Daemon {
  #process;
  #exit;

  constructor(command, args, ready) {
    this.lines = [];
    this.#process = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exit = new Promise((resolve) => {
      this.#process.on('exit', (code, signal) => resolve(code ?? signal));
      this.#process.on('error', resolve);
    });
    const listening = new Promise((resolve) => {
      for (const stream of [this.#process.stdout, this.#process.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.lines.push(line);
          const match = line.match(ready);
          if (match) resolve(Number(match[1]));
        });
      }
    });
    const ended = this.#exit.then((how) => {
      throw new Error(`${command} ended with ${how}:\n${this.lines.join('\n')}`);
    });
    ended.catch(() => {});
    this.ready = withDeadline(Promise.race([listening, ended]), `${command} is ready`);
    const kill = () => this.#process.kill('SIGKILL');
    process.on('exit', kill);
    this.#exit.then(() => process.off('exit', kill));
  }

  /** Ends it at once, wherever it is. */
  async kill() {
    this.#process.kill('SIGKILL');
    await withDeadline(this.#exit, 'the daemon is gone');
  }

  /** Stops it the polite way; it must end with exit code 0. */
  async stop() {
    this.#process.kill('SIGTERM');
    // ThreadSanitizer's runtime may keep a signal to itself until the next one comes.
    const again = setTimeout(() => {
      if (!this.lines.some((line) => line.includes('info stopping: '))) {
        this.#process.kill('SIGTERM');
      }
    }, 3_000);
    if (path.basename(path.dirname(bin)) !== 'tsan') clearTimeout(again);
    const how = await withDeadline(this.#exit, 'the daemon stops');
    clearTimeout(again);
    if (how !== 0) throw new Error(`ended with ${how}:\n${this.lines.join('\n')}`);
  }
}

async function start(program, args, ready) {
  const daemon = new Daemon(path.join(bin, program), args, ready);
  daemon.port = await daemon.ready;
  return daemon;
}

// PARLEY_AGAINST=redis puts a redis-server in the broker's place: to test the tests.
export async function startBroker(port = 0, ...options) {
  if (process.env.PARLEY_AGAINST !== 'redis') {
    return start('parley-broker', ['--bind', '127.0.0.1', '--port', String(port), ...options],
      /listening on 127\.0\.0\.1:(\d+)/);
  }
  const chosen = port || (await freePort());
  const daemon = new Daemon('redis-server', ['--bind', '127.0.0.1', '--port', String(chosen),
    '--save', '', '--appendonly', 'no', '--dir', '/tmp'], /(Ready to accept connections)/);
  await daemon.ready;
  daemon.port = chosen;
  return daemon;
}

export function startChat(bus = 'local', ...options) {
  return startChatAt(0, bus, ...options);
}

/** A chat server at a port of the caller's choice: one that comes back to where it was. */
export function startChatAt(port, bus, ...options) {
  return start('parley-chat',
    ['--http', String(port), '--bus', bus, '--www', path.join(root, 'www'), ...options],
    /listening on http:\/\/127\.0\.0\.1:(\d+)/);
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Collects what arrives and lets a test wait for it. */
export class Inbox {
  items = [];

  push = (...item) => this.items.push(item.length === 1 ? item[0] : item);

  count(n) {
    return eventually(() => this.items.length >= n && this.items, `${n} messages`);
  }
}
