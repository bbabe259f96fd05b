import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame, readMessage } from '../../www/chat/protocol.js';

const kinds = (text) => decodeFrame(text).map(({ kind }) => kind);

test('a frame of several lines gives several events in order', () => {
  assert.deepEqual(
    kinds('{"id":1,"connect":{"client":"c"}}\n{}\n{"push":{"channel":"a","pub":{"data":1}}}'),
    ['reply', 'ping', 'publication'],
  );
});

test('a reply has its result, or its error with code and message', () => {
  assert.deepEqual(decodeFrame('{"id":2,"subscribe":{"offset":4}}'), [
    { kind: 'reply', id: 2, result: { offset: 4 } },
  ]);
  assert.deepEqual(decodeFrame('{"id":2,"error":{}}')[0].error, {
    code: 100,
    message: 'unknown error',
    temporary: false,
  });
  assert.deepEqual(
    decodeFrame('{"id":2,"error":{"code":111,"message":"slow down","temporary":true}}')[0].error,
    { code: 111, message: 'slow down', temporary: true },
  );
});

test('junk is left out and never throws', () => {
  for (const text of ['{', 'null', '[]', '7', '"x"', '{"id":1', '\u0000'])
    assert.deepEqual(kinds(text), []);
  assert.deepEqual(decodeFrame(new Uint8Array(2)), []);
  assert.deepEqual(kinds('{"push":{"channel":7,"pub":5}}'), []);
  assert.deepEqual(kinds('{\n{}'), ['ping']);
  assert.deepEqual(kinds('{"push":{"join":{}}}'), ['join']);
});

test('every cut of a frame is nothing or whole, never an exception', () => {
  const frame = JSON.stringify({
    push: { channel: 'a', pub: { data: { id: 'x', text: 'é "q" \\' }, offset: 1 } },
  });
  for (let i = 0; i <= frame.length; i++)
    for (const event of decodeFrame(frame.slice(0, i))) readMessage(event.publication);
});

test('our own messages keep text, id, author and offset', () => {
  const message = readMessage({
    data: { id: 'x1', text: 'hi', at: 5 },
    offset: 9,
    info: { user: '', client: 'c1', conn_info: { name: 'Ada' } },
  });
  assert.deepEqual(message, {
    id: 'x1',
    offset: 9,
    text: 'hi',
    raw: false,
    action: false,
    notice: false,
    at: 5,
    client: 'c1',
    name: 'Ada',
  });
});

test('data of any other shape is shown as compact JSON', () => {
  assert.equal(readMessage({ data: { a: [1, null] } }).text, '{"a":[1,null]}');
  assert.equal(readMessage({ data: 'bare' }).text, 'bare');
  assert.equal(readMessage({ data: null }).text, 'null');
  assert.equal(readMessage({}).text, '');
  assert.equal(readMessage(null).text, '');
  assert.equal(readMessage({ data: { text: 7 } }).raw, true);
});

test('data that is nested out of all reason is left out, not thrown over', () => {
  const data = JSON.parse('['.repeat(30_000) + ']'.repeat(30_000));
  assert.equal(readMessage({ data, offset: 3 }).offset, 3);
});

test('a notice has no author; one who signs is no notice', () => {
  assert.equal(readMessage({ data: { text: 'x', notice: true } }).notice, true);
  assert.equal(
    readMessage({ data: { text: 'x', notice: true }, info: { client: 'c' } }).notice,
    false,
  );
});

test('times and offsets that are none are left out', () => {
  for (const at of ['now', -1, 1e30, NaN])
    assert.equal(readMessage({ data: { text: 'x', at } }).at, null);
  for (const offset of ['7', -1, 1.5, 2 ** 60])
    assert.equal(readMessage({ data: 1, offset }).offset, null);
});
