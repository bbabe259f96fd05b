// The formatter's tree as nodes.
import { h } from './dom.js';
import { isEmojiOnly, mentions, parseText } from '../chat/formatter.js';
import { withoutPiles } from '../chat/names.js';

export function textNodes(text, myName) {
  const body = withoutPiles(text, 4);
  if (isEmojiOnly(body)) return [h('p', { class: 'emoji-only' }, body.trim())];
  const inline = (parts) => parts.flatMap((part) => inlineNodes(part, myName));
  return parseText(body).map((block) => {
    if (block.kind === 'code_block') return codeBlock(block.text);
    if (block.kind === 'paragraph') return h('p', null, ...inline(block.inline));
    return h('ul', null, ...block.items.map((item) => h('li', null, ...inline(item))));
  });
}

export const codeBlock = (text) => h('pre', { tabindex: -1 }, h('code', null, text));

function inlineNodes({ kind, text, href, host }, myName) {
  switch (kind) {
    case 'break': return h('br');
    case 'code': return h('code', null, text);
    case 'bold': return h('strong', null, text);
    case 'mention':
      return h('span', { class: mentions(text, myName) ? 'mention for-me' : 'mention' }, text);
    case 'link':
      return [h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow', dir: 'ltr',
        tabindex: -1 }, text), host && h('span', { class: 'real-host' }, ` → ${host}`)];
    default: return text;
  }
}
