// What the banner says, or null. Most trouble passes in its first, silent seconds.
const SILENT_MS = 2000;

export function statusOf({ link, busDownSince }, online, now) {
  if (link.state === 'refused') {
    return { kind: 'refused', text: `The server refused: ${link.refusal.message}`, retry: true };
  }
  if (link.state !== 'open') {
    if (link.state === 'idle' || now - link.downSince < SILENT_MS) return null;
    const what = online ? 'No connection to the server' : 'This device seems to be offline';
    if (link.state === 'connecting') return { kind: 'server', text: `${what}. Connecting …` };
    const seconds = Math.max(0, Math.ceil((link.retryAt - now) / 1000));
    return { kind: 'server', text: `${what}. Trying again in ${seconds} s.`, retry: true };
  }
  if (!busDownSince || now - busDownSince < SILENT_MS) return null;
  return { kind: 'bus',
    text: 'The server is here, but cut off from the others. Messages wait until it is back.' };
}

export function connectionWord({ link, busDownSince }) {
  if (link.state === 'open') return busDownSince ? 'waiting' : 'online';
  return link.state === 'refused' ? 'offline' : 'connecting';
}
