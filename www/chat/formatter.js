// A message's text as a tree of plain objects, from which the view builds nodes: text never becomes
// HTML. Every expression here is linear in its input: a message may be 16 KiB of anything.
const FENCE = /^```/;
const BULLET = /^\s{0,3}[-*•]\s+(?=\S)/;
const NAME = '@([\\p{L}\\p{N}_.-]+)';
const INLINE = new RegExp('`([^`\\n]+)`|\\*\\*([^*\\n]+)\\*\\*|(https?://[^\\s<>"\'`]+)|' +
  `(?<![\\p{L}\\p{N}_])${NAME}`, 'gu');
// They turn the text around by force: only good for tricks.
const OVERRIDES = /[\u202a-\u202e]/g;

export function parseText(text) {
  const blocks = [];
  const lines = text.replace(OVERRIDES, '').split(/\r\n?|\n/);
  for (let i = 0; i < lines.length; i++) {
    const end = FENCE.test(lines[i]) && lines.findIndex((line, at) => at > i && FENCE.test(line));
    if (end > 0) {
      blocks.push({ kind: 'code_block', text: lines.slice(i + 1, end).join('\n') });
      i = end;
    } else addLine(blocks, lines[i]);
  }
  return blocks;
}

function addLine(blocks, line) {
  const last = blocks.at(-1);
  const bullet = BULLET.exec(line);
  if (bullet) {
    const item = parseInline(line.slice(bullet[0].length));
    if (last?.kind === 'list') last.items.push(item);
    else blocks.push({ kind: 'list', items: [item] });
  } else if (last?.kind === 'paragraph') {
    last.inline.push({ kind: 'break' }, ...parseInline(line));
  } else blocks.push({ kind: 'paragraph', inline: parseInline(line) });
}

export function parseInline(line) {
  const parts = [];
  let from = 0;
  for (const match of line.matchAll(INLINE)) {
    const [whole, code, bold, url, name] = match;
    const part = url ? linkOf(url) : code ? { kind: 'code', text: code }
      : bold ? { kind: 'bold', text: bold } : { kind: 'mention', text: whole, name };
    if (!part) continue;
    if (match.index > from) parts.push({ kind: 'text', text: line.slice(from, match.index) });
    parts.push(part);
    from = match.index + (url ? part.text.length : whole.length);
  }
  if (from < line.length) parts.push({ kind: 'text', text: line.slice(from) });
  return parts;
}

// Where the host may read differently than it is (other alphabets, a name before an @), the real
// one is shown beside the link.
function linkOf(written) {
  const text = withoutTail(written);
  let url;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  const plain = /^[\x21-\x7e]*$/.test(text) && !url.username;
  return { kind: 'link', text, href: url.href, host: plain ? '' : url.host };
}

// "see https://a.example/x)." ends before ")." unless the bracket was opened inside the link.
function withoutTail(url) {
  const bare = url.replace(/[.,;:!?*_~]{1,9}$/, '');
  const balanced = bare.split(')').length <= bare.split('(').length;
  return bare.endsWith(')') && !balanced ? bare.slice(0, -1) : bare;
}

export function mentions(text, name) {
  const wanted = `@${name.toLowerCase()}`;
  const lower = text.toLowerCase();
  if (!name || !lower.includes(wanted)) return false;
  return wanted.includes(' ') || parseInline(lower).some(({ kind, text: found }) =>
    kind === 'mention' && (found === wanted || found.replace(/[.-]+$/, '') === wanted));
}
