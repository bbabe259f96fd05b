// What the banner says about the way to the room, or null. The first seconds of trouble are
// silent: most of it passes by itself.
const SILENT_MS = 2000;

export function statusOf({ link, bus }, online, now) {
  if (link.state === 'refused') {
    return { kind: 'refused', text: `The server turned us away: ${link.refusal.message}`, retry: true };
  }
  if (link.state !== 'open') {
    if (link.state === 'idle' || now - link.downSince < SILENT_MS) return null;
    const what = !online ? 'This device seems to be offline'
      : link.everOpen ? 'Connection lost' : 'Cannot reach the server';
    if (link.state === 'connecting') return { kind: 'server', text: `${what}. Connecting …` };
    const seconds = Math.max(0, Math.ceil((link.retryAt - now) / 1000));
    return { kind: 'server', text: `${what}. Trying again in ${seconds} s.`, retry: true };
  }
  if (!bus.down || now - bus.since < SILENT_MS) return null;
  return { kind: 'bus',
    text: 'The server is here, but cut off from the others. Messages wait until it is back.' };
}

// The one word beside the person's own name.
export function connectionWord({ link, bus }) {
  if (link.state === 'open') return bus.down ? 'waiting' : 'online';
  return link.state === 'refused' ? 'offline' : 'connecting';
}
