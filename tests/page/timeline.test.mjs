import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from '../../www/chat/timeline.js';

const message = (offset, id = `m${offset}`) => ({ id, offset, text: id, at: 1, notice: false });
const order = (timeline) => timeline.entries.map(({ id, kind }) => id || kind);

function timelineOf(...offsets) {
  const timeline = new Timeline();
  timeline.begin('e');
  for (const offset of offsets) timeline.add(message(offset));
  return timeline;
}

test('entries stand in offset order, however they come', () => {
  assert.deepEqual(order(timelineOf(3, 1, 2, 5, 4)), ['m1', 'm2', 'm3', 'm4', 'm5']);
});

test('random arrival with doubles ends in order without doubles', () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % n;
  for (let round = 0; round < 50; round++) {
    const timeline = timelineOf(...Array.from({ length: 60 }, () => 1 + random(30)));
    const offsets = timeline.entries.map(({ offset }) => offset);
    assert.deepEqual(
      offsets,
      [...new Set(offsets)].sort((a, b) => a - b),
    );
  }
});

test('the same offset or the same id is taken once', () => {
  const timeline = timelineOf(1);
  assert.equal(timeline.add(message(1, 'other')), null);
  assert.equal(timeline.add(message(2, 'm1')), null);
  assert.deepEqual(order(timeline), ['m1']);
});

test('messages without id and offset are all kept', () => {
  const timeline = new Timeline();
  timeline.add(message(null, ''));
  timeline.add(message(null, ''));
  assert.equal(timeline.entries.length, 2);
});

test('a message acknowledged before it was heard moves to its place', () => {
  const timeline = timelineOf(1);
  timeline.add(message(null, 'mine'));
  timeline.add(message(2, 'theirs'));
  const seq = timeline.entries[1].seq;
  timeline.add(message(3, 'mine'));
  assert.deepEqual(order(timeline), ['m1', 'theirs', 'mine']);
  assert.equal(timeline.entries[2].seq, seq);
  assert.equal(timeline.add(message(3, 'mine')), null);
});

test('entries without offset stay where they arrived', () => {
  const timeline = timelineOf(4);
  timeline.note('comings', {});
  timeline.add(message(5));
  timeline.add(message(3));
  assert.deepEqual(order(timeline), ['m3', 'm4', 'comings', 'm5']);
});

test('a hole is seen between offsets that do not follow one another', () => {
  const timeline = timelineOf(1, 2, 6);
  assert.equal(timeline.gapBefore(0), null);
  assert.equal(timeline.gapBefore(1), null);
  assert.deepEqual(timeline.gapBefore(2), { after: 2, before: 6, missing: 3, lost: false });
  timeline.add(message(4));
  timeline.markLost(2);
  assert.deepEqual(timeline.gapBefore(2), { after: 2, before: 4, missing: 1, lost: true });
  for (const offset of [3, 5]) timeline.add(message(offset));
  assert.ok(timeline.entries.every((_, i) => timeline.gapBefore(i) === null));
});

test('a new epoch seals what was there and says so', () => {
  const timeline = timelineOf(1, 2);
  timeline.begin('f');
  timeline.add(message(1, 'new'));
  assert.deepEqual(order(timeline), ['m1', 'm2', 'gap', 'new']);
  assert.equal(timeline.oldest, 1);
  assert.equal(timeline.offset, 1);
});

test('the oldest entries go when there are too many', () => {
  const timeline = timelineOf(...Array.from({ length: 20_001 }, (_, i) => i + 1));
  timeline.trim();
  assert.equal(timeline.entries.length, 18_001);
  assert.equal(timeline.oldest, 2001);
  assert.ok(timeline.add(message(2000)));
});
