// The page on servers that meet each other without a broker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messages, online, openPage, say, shows, startPeers } from './harness.mjs';

test('two pages on two peers: lines cross, and what was said outlives a server', async () => {
  const [one, two] = await startPeers(2);
  const ada = await openPage(one.url, { name: 'Ada' });
  const bo = await openPage(two.url, { name: 'Bo' });
  const lines = ['hello from one', 'hello from two', '  two  blanks, <b>x</b> & 🎉'];
  for (const [i, text] of lines.entries()) {
    await say(i % 2 ? bo : ada, text);
    for (const page of [ada, bo]) await shows(page, text.trim());
  }
  const expected = lines.map((text) => text.trim());
  for (const page of [ada, bo]) {
    await online(page);
    assert.deepEqual(await messages(page, lines.length), expected);
    assert.deepEqual(page.complaints, []);
  }
  await one.kill();
  const late = await openPage(two.url, { name: 'Cy' });
  assert.deepEqual(await messages(late, lines.length), expected);
});
