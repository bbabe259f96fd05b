// Lines that begin with a slash are for the page, not for the room. "//" sends one slash.
export const COMMANDS = {
  nick: ['/nick name', 'change your name'],
  join: ['/join room', 'open a room'],
  leave: ['/leave', 'leave this room'],
  me: ['/me waves', 'say what you do'],
  help: ['/help', 'show this list'],
};

// { say } for the room, { command, rest } for the page, or { unknown }.
export function parseLine(text) {
  if (!text.startsWith('/')) return { say: text };
  if (text.startsWith('//')) return { say: text.slice(1) };
  const [, word, rest] = /^\/(\S*)\s*([^]*)$/.exec(text);
  const command = word.toLowerCase();
  if (Object.hasOwn(COMMANDS, command)) return { command, rest: rest.trim() };
  // A path such as /etc/hosts is most likely meant for the room, a lone /word is a slip.
  return word.includes('/') ? { say: text } : { unknown: word };
}
