import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mentions, parseInline, parseText } from '../../www/chat/formatter.js';

const inline = (text) => parseInline(text).map(({ kind, text: shown }) => `${kind}:${shown}`);

test('code, bold, links and names are found in a line', () => {
  assert.deepEqual(inline('a `b*` **c d** https://e.example/f?g=1 @hé_1!'), [
    'text:a ',
    'code:b*',
    'text: ',
    'bold:c d',
    'text: ',
    'link:https://e.example/f?g=1',
    'text: ',
    'mention:@hé_1',
    'text:!',
  ]);
});

test('markup is text', () => {
  assert.deepEqual(inline('<img src=x onerror=alert(1)>'), ['text:<img src=x onerror=alert(1)>']);
});

test('only http and https become links', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://a.example',
    'http://',
    'https://[',
  ]) {
    assert.ok(
      parseInline(text).every(({ kind }) => kind !== 'link'),
      text,
    );
  }
});

test('punctuation after a link is not part of it, brackets inside are', () => {
  assert.equal(inline('https://a.example/x_(y).')[0], 'link:https://a.example/x_(y)');
  assert.equal(inline('(https://a.example/x)')[1], 'link:https://a.example/x');
  assert.equal(inline('https://a.example, ok')[0], 'link:https://a.example');
});

test('a link dressed up in another alphabet shows its real host', () => {
  const [link] = parseInline('https://раypal.example/');
  assert.match(link.host, /^xn--/);
  assert.equal(parseInline('https://paypal.example/')[0].host, '');
  assert.equal(parseInline('https://paypal.example@evil.example/')[0].host, 'evil.example');
});

test('lists, code blocks and paragraphs are blocks', () => {
  assert.deepEqual(
    parseText('x\n- a\n* b\n```\n<b>\n```\ny').map(({ kind }) => kind),
    ['paragraph', 'list', 'code_block', 'paragraph'],
  );
  assert.equal(parseText('```\nopen').length, 1);
});

test('direction overrides are taken out', () => {
  assert.deepEqual(parseText('a\u202egpj.exe')[0].inline, [{ kind: 'text', text: 'agpj.exe' }]);
});

test('nothing of the text is lost or added', () => {
  const text = '**a `b** c` https://x.example). @ @. **** `` - **é**';
  assert.equal(
    parseInline(text)
      .map(
        (part) => ({ code: `\`${part.text}\``, bold: `**${part.text}**` })[part.kind] ?? part.text,
      )
      .join(''),
    text,
  );
});

test('hostile input of 16 KiB is parsed in a moment', () => {
  const started = performance.now();
  for (const piece of [
    'https://',
    '`',
    '**',
    '@',
    '(',
    'https://a.example/)',
    '```\n',
    '- ',
    'é',
    'a',
    '\n',
    'a\n',
  ]) {
    parseText(piece.repeat(16384 / piece.length));
    mentions(piece.repeat(16384 / piece.length), 'Ada');
  }
  assert.ok(performance.now() - started < 1000);
});

test('a mention is the whole name, in any case', () => {
  assert.equal(mentions('hey @ada!', 'Ada'), true);
  assert.equal(mentions('@Ada. yes', 'Ada'), true);
  assert.equal(mentions('@adam', 'Ada'), false);
  assert.equal(mentions('ada', 'Ada'), false);
  assert.equal(mentions('@Mina Okafor, look', 'Mina Okafor'), true);
});
