// Behind an HTTPS proxy, as a site would run it: the page then speaks wss.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer } from 'node:tls';
import { test } from 'node:test';
import { openPage, say, shows, stub } from './harness.mjs';

function certificate() {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-'));
  const [key, cert] = ['key', 'cert'].map((name) => path.join(folder, name));
  const how = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost'];
  execFileSync('openssl', [...how, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}

test('through an HTTPS proxy everything works, over wss', async (t) => {
  const server = await stub();
  const proxy = createServer(certificate(), (outer) => {
    const inner = connect(server.port, '127.0.0.1');
    outer.pipe(inner).pipe(outer);
    outer.on('error', () => inner.destroy());
    inner.on('error', () => outer.destroy());
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  const page = await openPage(`https://127.0.0.1:${proxy.address().port}`);
  await say(page, 'over a wire that nobody reads');
  await shows(page, 'over a wire that nobody reads');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
