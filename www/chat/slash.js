// Lines with a slash in front are for the page. "//" sends one slash.
const COMMANDS = ['nick', 'join', 'leave', 'me', 'help'];

export const HELP = `/nick name · /join room · /leave · /me waves
:wave: emoji · @name mention · \`code\` · **bold** · - list
Shift+Enter: new line · F6: next pane · ↑ ↓: among messages`;

export function parseLine(text) {
  if (!text.startsWith('/')) return { say: text };
  if (text.startsWith('//')) return { say: text.slice(1) };
  const [, word, rest] = /^\/(\S*)\s*([^]*)$/.exec(text);
  const command = word.toLowerCase();
  if (COMMANDS.includes(command)) return { command, rest: rest.trim() };
  // /etc/hosts is most likely meant for the room, a lone /word is a slip.
  return word.includes('/') ? { say: text } : { unknown: word };
}
