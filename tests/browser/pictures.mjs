// Takes the review pictures of the page's main states into docs/pictures, from real servers. Run by
// hand: node tests/browser/pictures.mjs
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { openPage, say, shows, start, startBroker, startChat, stop, until } from './harness.mjs';

const PICTURES = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
mkdirSync(PICTURES, { recursive: true });
const picture = (page, name) => page.screenshot({ path: path.join(PICTURES, `${name}.png`) });

await start();
try {
  const broker = await startBroker();
  const [one, two] = await Promise.all([startChat(broker), startChat(broker)]);
  const first = await openPage(one.url, { name: null });
  await picture(first, 'welcome');

  const ada = await openPage(one.url, { name: 'Ada', theme: 'light', rooms: ['lobby', 'tea'] });
  const grace = await openPage(two.url, { name: 'Grace', theme: 'dark', size: [390, 800] });
  const linus = await openPage(two.url, { name: 'Linus', theme: 'dark' });
  await say(ada, 'Good morning! Has anybody seen the **new broker** yet?');
  await shows(grace, 'new broker');
  await say(grace, 'Yes: https://example.org/parley, try `PSUBSCRIBE chat.*` in telnet');
  await shows(linus, 'in telnet');
  await say(linus, '@Ada three things:\n- it is fast\n- patterns are free\n- nothing gets lost');
  await shows(ada, 'nothing gets lost');
  await say(grace, 'שלום, from right to left');
  await shows(ada, 'שלום');
  await say(grace, '/me waves');
  await shows(ada, 'waves');
  await linus.locator('#draft').pressSequentially('I think');
  await ada.waitForFunction(() => /Linus is typing/.test(document.body.textContent));
  await picture(ada, 'room-light');
  await picture(linus, 'room-dark');
  await picture(grace, 'phone-dark');
  await grace.emulateMedia({ colorScheme: 'light' });
  await picture(grace, 'phone-light');

  await broker.kill('SIGKILL');
  await ada.waitForSelector('#banner:not([hidden])');
  await say(ada, 'This waits until the bus is back');
  await picture(ada, 'bus-away');
  await one.kill('SIGKILL');
  await until(async () => (await ada.locator('#banner[data-kind="server"]').count()) === 1);
  await picture(ada, 'server-away');
} finally {
  await stop();
}
