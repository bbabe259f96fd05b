import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf } from '../../www/chat/rows.js';
import { Timeline } from '../../www/chat/timeline.js';

const NOON = new Date(2024, 4, 14, 12).getTime();
const MINUTE = 60_000;
const me = { name: 'Ada', client: 'c-ada' };

function timelineOf(...messages) {
  const timeline = new Timeline();
  timeline.begin('e');
  messages.forEach((message, i) =>
    timeline.add({
      id: `m${i}`,
      offset: i + 1,
      text: 'x',
      name: 'Bo',
      client: 'c-bo',
      at: NOON,
      ...message,
    }),
  );
  return timeline;
}

const shape = (timeline, more = {}, items = []) =>
  rowsOf(timeline, items, { from: 0, to: timeline.entries.length, divider: null, me, ...more })
    .map(({ kind, head }) => (head ? `${kind}+` : kind))
    .join(' ');

test('messages of one author within five minutes are one group', () => {
  assert.equal(
    shape(timelineOf({}, { at: NOON + 4 * MINUTE }, { at: NOON + 9 * MINUTE })),
    'day message+ message message+',
  );
});

test('another author, or another connection of the same name, starts a group', () => {
  assert.equal(
    shape(timelineOf({}, { name: 'Cy', client: 'c-cy' }, { name: 'Cy', client: 'c-2' })),
    'day message+ message+ message+',
  );
});

test('a day begins with a separator, also around entries that know no time', () => {
  assert.equal(
    shape(timelineOf({}, { at: null }, {}, { at: NOON + 24 * 60 * MINUTE })),
    'day message+ message message day message+',
  );
});

test('a hole stands between the messages around it', () => {
  assert.equal(shape(timelineOf({}, { offset: 7 })), 'day message+ hole message+');
});

test('the new part starts after the last message that was read', () => {
  const timeline = timelineOf({}, {}, {});
  assert.equal(
    shape(timeline, { divider: { offset: 1, seq: 1 } }),
    'day message+ fresh message+ message',
  );
  assert.equal(shape(timeline, { divider: { offset: 3, seq: 3 } }), 'day message+ message message');
  assert.equal(shape(timeline, { divider: { offset: 1, seq: 1 }, from: 2 }), 'message');
});

test('one’s own messages are never new to oneself', () => {
  assert.equal(
    shape(timelineOf({}, { mine: true }), { divider: { offset: 1, seq: 1 } }),
    'day message+ message+',
  );
});

test('what waits in the outbox stands at the end, in one’s own name', () => {
  const timeline = timelineOf({ mine: true, ...me });
  const item = { id: 'o1', text: 'y', at: NOON, state: 'queued' };
  assert.equal(shape(timeline, {}, [item]), 'day message+ message');
  assert.equal(shape(timeline, { to: 0 }, [item]), '');
});
