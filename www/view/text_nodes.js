// The formatter's tree as nodes.
import { h } from './dom.js';
import { mentions, parseText } from '../chat/formatter.js';
import { withoutPiles } from '../chat/names.js';

export function textNodes(text, myName) {
  const inline = (parts) => parts.flatMap((part) => inlineNodes(part, myName));
  return parseText(withoutPiles(text, 4)).map((block) => {
    if (block.kind === 'code_block') return codeBlock(block.text);
    if (block.kind === 'paragraph') return h('p', null, ...inline(block.inline));
    return h('ul', null, ...block.items.map((item) => h('li', null, ...inline(item))));
  });
}

export const codeBlock = (text) => h('pre', { tabindex: -1 }, h('code', null, text));

function inlineNodes({ kind, text, href, host }, myName) {
  if (kind === 'text') return text;
  if (kind === 'mention') {
    return h('span', { class: mentions(text, myName) ? 'mention for-me' : 'mention' }, text);
  }
  if (kind !== 'link') return h({ break: 'br', code: 'code', bold: 'strong' }[kind], null, text);
  const safe = { target: '_blank', rel: 'noopener noreferrer nofollow', dir: 'ltr', tabindex: -1 };
  return [h('a', { href, ...safe }, text), host && h('span', { class: 'real-host' }, ` → ${host}`)];
}
