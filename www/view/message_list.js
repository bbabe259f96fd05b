// Keeps a window of rows in step with the timeline, and the reader's eye where it is: it follows
// the end only while the reader is there, other changes leave the row under the eye unmoved (not
// every browser anchors by itself, and none does for rows that are taken away).
import { setText, ui } from './dom.js';
import { buildRow, signatureOf } from './message_rows.js';
import { rowsOf } from '../chat/rows.js';
import { slideDown, slideUp, tailWindow, windowAround } from '../chat/view_window.js';
import { plural } from '../chat/clock_words.js';
import { writeAddress } from '../chat/address.js';

const END_PX = 48;
const NEAR_PX = 600;

export class MessageList {
  following = true;

  // on: { older(room), hole(room, gap, forward), moved(), retry(id), discard(id) }
  constructor(on) {
    this.on = on;
    this.log = ui.log;
    this.log.addEventListener('scroll', () => this.room && this.#scrolled(), { passive: true });
    this.log.addEventListener('keydown', (event) => this.#key(event));
    this.log.addEventListener('focusin', ({ target }) => this.#light(target.closest('.row')));
    ui.jump.addEventListener('click', () => this.toEnd());
    new ResizeObserver(() => this.following && this.#stick()).observe(this.log);
  }

  show(room) {
    this.room = room;
    this.#seekKey = room.unread ? 'fresh' : null;
    this.toEnd();
  }

  toEnd() {
    this.following = true;
    this.#ends = null;
    this.on.moved();
  }

  toOffset(offset) {
    const { entries } = this.room.timeline;
    const entry = this.room.timeline.at(offset);
    if (!entry) return false;
    this.following = false;
    this.#hold(windowAround(entries.indexOf(entry), entries.length));
    this.#seekKey = `entry:${entry.seq}`;
    this.on.moved();
    return true;
  }

  update(items, me) {
    const { room } = this;
    if (!room) return;
    const total = room.timeline.entries.length;
    this.#view = this.#currentView(total);
    this.#endDrawn = this.#view.to === total;
    const rows = rowsOf(room.timeline, items, { ...this.#view, divider: room.divider, me });
    const mark = this.following ? null : this.#anchor();
    this.#reconcile([{ kind: 'head', key: room.name, ...this.#headWords() }, ...rows], me.name);
    if (this.#seek()) this.following = this.#atEnd();
    else if (this.following) this.#stick();
    else if (mark) this.log.scrollTop = this.#drawn.get(mark.key)?.element.offsetTop - mark.above;
    ui.jump.hidden = this.following;
    ui.jump.classList.toggle('has-new', room.unread > 0);
    setText(ui.jumpWords, room.unread ? plural(room.unread, 'new message') : 'Latest');
    this.#reachOut(rows, total);
  }

  // The entries at its ends hold a window, so that what comes in elsewhere does not move it.
  #hold({ from, to }) {
    const { entries } = this.room.timeline;
    this.#view = { from, to };
    this.#ends = [entries[from], entries[to - 1]];
  }

  #currentView(total) {
    if (this.following || !this.#ends) return tailWindow(total);
    const [from, last] = this.#ends.map((entry) => this.room.timeline.entries.indexOf(entry));
    return { from: Math.max(0, from), to: last < 0 ? total : last + 1 };
  }

  #headWords() {
    const { timeline, status, reason, loading, keepsHistory } = this.room;
    const { entries, oldest, startReached } = timeline;
    const older = keepsHistory && !startReached && !(oldest <= 1);
    const more = this.#view.from > 0 || loading || older;
    if (status === 'refused') return { words: `This room cannot be opened: ${reason}` };
    if (more || (status === 'joining' && !entries.length)) return { words: '…' };
    const said = entries.some(({ kind }) => kind === 'message');
    const words = said ? 'This is where it begins.' : 'Nothing has been said here yet.';
    return { begins: true, words: oldest > 1 ? 'Older messages are no longer kept.' : words };
  }

  #reconcile(rows, myName) {
    const { name } = this.room;
    const linkTo = (offset) => writeAddress(name, offset);
    const context = { ...this.on, myName, room: name, linkTo };
    const wanted = new Set(rows.map(({ key }) => key));
    for (const [key, { element }] of this.#drawn) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#drawn.delete(key);
    }
    let cursor = this.log.firstElementChild;
    for (const row of rows) {
      const old = this.#drawn.get(row.key)?.element;
      const element = this.#elementFor(row, context);
      if (cursor === old) cursor = element; // a row that was built anew keeps its place
      if (element === cursor) cursor = cursor.nextElementSibling;
      else this.log.insertBefore(element, cursor);
    }
  }

  #elementFor(row, context) {
    const signature = signatureOf(row, context.myName);
    const drawn = this.#drawn.get(row.key);
    if (drawn?.signature === signature) return drawn.element;
    const element = buildRow(row, context);
    const focused = drawn?.element.contains(document.activeElement);
    drawn?.element.replaceWith(element);
    if (focused) element.focus({ preventScroll: true });
    this.#drawn.set(row.key, { element, signature });
    return element;
  }

  #anchor() {
    const top = this.log.scrollTop;
    for (const { offsetTop, offsetHeight, dataset: { key } } of this.log.children) {
      const reaches = offsetTop + offsetHeight > top && key.startsWith('entry');
      if (reaches) return { key, above: offsetTop - top };
    }
    return null;
  }

  #seek() {
    const key = this.#seekKey;
    const element = this.#drawn.get(key)?.element;
    if (!element) return false;
    this.#seekKey = null;
    this.log.scrollTop = element.offsetTop - this.log.clientHeight * 0.25;
    if (key !== 'fresh') {
      element.classList.add('sought');
      element.focus({ preventScroll: true });
    }
    if (!this.#atEnd()) this.#hold(this.#view);
    return true;
  }

  #stick() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  get #below() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight;
  }

  #atEnd() {
    return this.#below < END_PX && this.#endDrawn;
  }

  #scrolled() {
    this.following = this.#atEnd();
    if (this.following) this.#ends = null;
    else if (!this.#ends) this.#hold(this.#view);
    this.on.moved();
  }

  // What the reader comes near is fetched: rows from the timeline, messages from the server.
  #reachOut(rows, total) {
    const { scrollTop, clientHeight } = this.log;
    const up = scrollTop < NEAR_PX;
    if (up && this.#view.from === 0) this.on.older(this.room);
    else if (!this.following && (up || (this.#below < NEAR_PX && !this.#endDrawn))) {
      this.#hold((up ? slideUp : slideDown)(this.#view, total));
      this.on.moved();
    }
    for (const { kind, key, gap } of rows) {
      if (kind !== 'hole' || gap.lost) continue;
      const top = this.#drawn.get(key).element.offsetTop - scrollTop;
      if (top < -NEAR_PX || top > clientHeight + NEAR_PX) continue;
      return this.on.hole(this.room, gap, top > clientHeight / 2 && !this.following);
    }
  }

  // The list is one tab stop; only the message in focus lets Tab into its links and buttons.
  #light(row) {
    for (const [one, tabIndex] of [[this.#lit, -1], [row, 0]]) {
      for (const stop of one?.querySelectorAll('a, button, pre') ?? []) stop.tabIndex = tabIndex;
    }
    this.#lit = row;
  }

  #key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const rows = [...this.log.querySelectorAll('article, .notice')];
    const at = rows.indexOf(document.activeElement.closest('article, .notice'));
    const next = rows[at < 0 ? rows.length - 1 : at + step];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: 'nearest' });
  }

  #view = { from: 0, to: 0 };
  #endDrawn = true;
  #ends = null; // the first and last entry of a window that does not follow the end
  #drawn = new Map(); // row key -> { element, signature }
  #seekKey = null;
  #lit = null;
}
