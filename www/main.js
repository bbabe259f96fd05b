// Wires the chat to the document: the one place that knows both.
import { Chat } from './chat/chat.js';
import { Store } from './chat/store.js';
import { readAddress, roomName, writeAddress } from './chat/address.js';
import { cleanName } from './chat/names.js';
import { HELP, parseLine } from './chat/slash.js';
import { adoptOrphans, claimOutbox } from './outbox_key.js';
import { ui } from './view/dom.js';
import { Notifier, announce, showTitle } from './view/attention.js';
import { Composer } from './view/composer.js';
import { MessageList } from './view/message_list.js';
import { NameCard } from './view/name_card.js';
import { Panes } from './view/panes.js';
import { Sidebar } from './view/sidebar.js';

const ROOM_FIRST = 'lobby';
const THEMES = ['system', 'light', 'dark'];
const BUSIEST_EVERY_MS = 30000;

const store = new Store(() => localStorage);
const session = new Store(() => sessionStorage);
const clock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

let busiest = [];
let sought = null; // the offset of a message to go to, once it can be had
let drawing = false;

const notifier = new Notifier(store);
const chat = new Chat({
  openSocket, clock, store, newId, random: Math.random,
  outboxKey: await claimOutbox(session, newId),
  on: { change: redraw, opened: findBusiest, arrival, refused },
});
const list = new MessageList({
  moved,
  older: (room) => chat.history.loadOlder(room),
  hole: (room, gap, forward) => chat.history.fillHole(room, gap, forward),
  retry: (id) => chat.outbox.retry(id),
  discard: (id) => chat.outbox.remove(id),
});
const composer = new Composer({
  line: takeLine, draft: saveDraft,
  typing: () => chat.crowd.type(),
  people: () => chat.names(),
});
const panes = new Panes({ changed: redraw, retryNow: () => chat.link.connect() });
const sidebar = new Sidebar({
  leave, open: go, theme: nextTheme,
  rename: () => nameCard.show(chat.me.name),
  notify: () => notifier.toggle().then(redraw),
});
const nameCard = new NameCard(begin);

function openSocket() {
  const url = new URL('connection/websocket', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// Many changes, one drawing.
function redraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
  setTimeout(draw, 250); // a hidden page has no frames
}

function draw() {
  if (!drawing) return;
  drawing = false;
  sidebar.update(chat, { theme: theme(), notify: notifier.state, busiest });
  panes.update(chat, navigator.onLine, Date.now());
  list.update(chat.active ? chat.outbox.forRoom(chat.active.name) : [], chat.me);
  watch();
  showTitle(chat);
  seek();
}

function moved() {
  watch();
  redraw();
}

function watch() {
  const watching = !document.hidden && document.hasFocus() && list.following && !ui.nameCard.open;
  if (watching === chat.watching && !(watching && chat.active?.unread)) return;
  chat.setWatching(watching);
  redraw();
}

function arrival(room, entry, { mention, seen }) {
  if (room === chat.active) announce(`${entry.name}: ${entry.text.slice(0, 300)}`);
  if (mention && !seen) notifier.notify(room.name, entry, () => go(room.name));
}

function refused(error) {
  redraw();
  // Below 3000 it answers our hello, and that is about the name.
  if (error.code < 3000) nameCard.show(chat.me.name, error.message);
}

function go(name) {
  const address = writeAddress(name);
  if (location.hash === address) follow();
  else location.hash = address;
}

// The address is the truth about which room is on the screen.
function follow() {
  const { room: name, offset } = readAddress(location.hash);
  if (!name) return location.replace(writeAddress(chat.active?.name ?? ROOM_FIRST));
  const room = chat.open(name);
  if (!room) return composer.hint('You are in too many rooms. Leave one first.');
  if (room !== list.room) {
    list.show(room);
    composer.show(name, store.read('drafts', {})[name] ?? '');
    panes.close();
    if (matchMedia('(hover: hover)').matches && !ui.nameCard.open) composer.focus();
  }
  sought = offset;
  moved();
}

// To the message that the address names, once the room can be asked for it.
async function seek() {
  const room = chat.active;
  if (sought === null || room?.status !== 'joined' || room.loading) return;
  const offset = sought;
  sought = null;
  if (!list.toOffset(offset) && await chat.history.loadAround(room, offset)) list.toOffset(offset);
}

function leave(name) {
  chat.leave(name);
  if (!chat.active) go([...chat.rooms.keys()][0] ?? ROOM_FIRST);
}

function takeLine(text) {
  const { say, command, rest, unknown } = parseLine(text);
  const room = roomName(rest ?? '');
  if (unknown !== undefined) return void composer.hint(`No command /${unknown}. Try /help.`);
  if (command === 'help') composer.hint(HELP);
  else if (command === 'leave') leave(chat.active.name);
  else if (command === 'join' && room) go(room);
  else if (command === 'nick' && cleanName(rest)) begin(cleanName(rest));
  else if (!say && (command !== 'me' || !rest)) return void composer.hint('What then? Try /help.');
  else if (chat.say(say ?? rest, !say)) list.toEnd();
  else return void composer.hint('Too many messages are waiting to be sent.');
  return true;
}

function saveDraft(text) {
  const { [chat.active.name]: _, ...others } = store.read('drafts', {});
  store.write('drafts', text ? { ...others, [chat.active.name]: text } : others);
}

function theme() {
  const chosen = store.read('theme', '');
  return THEMES.includes(chosen) ? chosen : THEMES[0];
}

function nextTheme() {
  store.write('theme', THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
  document.documentElement.dataset.theme = theme();
  redraw();
}

async function findBusiest() {
  if (document.hidden) return;
  busiest = await chat.crowd.busiestRooms();
  redraw();
}

function begin(name) {
  chat.start(name);
  follow();
}

addEventListener('hashchange', follow);
addEventListener('online', () => chat.link.connect());
addEventListener('offline', () => chat.link.drop());
addEventListener('focus', moved);
addEventListener('blur', moved);
addEventListener('pagehide', () => chat.saveRead());
document.addEventListener('visibilitychange', () => {
  if (document.hidden) chat.saveRead();
  else chat.link.connect();
  moved();
});
// What changes with time alone: the countdown, typing signs.
setInterval(() => {
  if (chat.link.state !== 'open' || chat.busDownSince || chat.active?.typing.size) redraw();
}, 250);
setInterval(findBusiest, BUSIEST_EVERY_MS);

await adoptOrphans(store, chat.outbox);
const name = cleanName(String(store.read('name', '')));
if (name) begin(name);
else nameCard.show('');
