// Tabs share storage, so each has an outbox of its own, named in the tab's session storage and
// guarded by a browser lock. The outbox of a tab that is gone is adopted by the next page.
const PREFIX = 'outbox.';

export async function claimOutbox(session, newId) {
  let key = String(session.read('outbox', ''));
  // A duplicated tab has a copy of the session storage: the lock tells them apart.
  if (!key.startsWith(PREFIX) || !(await hold(key))) {
    key = PREFIX + newId();
    await hold(key);
  }
  session.write('outbox', key);
  return key;
}

export async function adoptOrphans(store, outbox) {
  if (!navigator.locks) return;
  for (const key of store.keys()) {
    if (!key.startsWith(PREFIX) || key === outbox.key || !(await hold(key))) continue;
    outbox.adopt(store.read(key, []));
    store.write(key, null);
  }
}

// Until the page goes away. Without locks (plain http) every tab trusts its session storage.
function hold(key) {
  return !navigator.locks || new Promise((resolve) => {
    navigator.locks.request(`parley.${key}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {});
    }).catch(() => resolve(true));
  });
}
