import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cleanName, hueOf, initials, mixesAlphabets, withoutPiles } from '../../www/chat/names.js';

test('names lose what hides, turns around or piles up', () => {
  assert.equal(cleanName('A\u200bd\u202ea\u0000'), 'Ada');
  assert.equal(cleanName('  Ada \n Lovelace '), 'Ada Lovelace');
  assert.equal(cleanName(`Z${'\u0301'.repeat(40)}`), 'Z\u0301\u0301');
  assert.equal([...cleanName('🦊'.repeat(50))].length, 32);
  assert.equal(cleanName('\u2060\u200d'), '');
});

test('look-alike letters of several alphabets are noticed', () => {
  assert.equal(mixesAlphabets('Аda'), true);
  for (const name of ['Ada', 'Анна', 'ليلى', '山田 Taro', 'Zoë'])
    assert.equal(mixesAlphabets(name), false, name);
});

test('initials are two letters at most, of any alphabet', () => {
  assert.equal(initials('mina okafor'), 'MO');
  assert.equal(initials('Ada'), 'A');
  assert.equal(initials('🦊 fox'), '🦊F');
  assert.equal(initials('...'), '?');
});

test('piled accents in text are cut to a few', () => {
  assert.equal(withoutPiles(`e${'\u0301'.repeat(30)}`, 4), `e${'\u0301'.repeat(4)}`);
});

test('the colour of a name does not depend on its case and uses many hues', () => {
  assert.equal(hueOf('Ada'), hueOf('ada'));
  assert.ok(new Set(Array.from({ length: 200 }, (_, i) => hueOf(`person ${i}`))).size > 10);
});

// The style sheets hold lightness and chroma; this computes what comes out and holds it to AA.
test('every person’s colour passes 4.5:1 on every ground of both themes', () => {
  const css = readFileSync(new URL('../../www/style/messages.css', import.meta.url), 'utf8');
  const pair = (selector) => {
    const rule = css.slice(css.indexOf(`\n${selector} {`));
    return [
      ...rule.slice(0, rule.indexOf('}')).matchAll(/oklch\(([\d.]+) ([\d.]+) var\(--hue\)\)/g),
    ].map((m) => [+m[1], +m[2]]);
  };
  const [nameLight, nameDark] = pair('.name');
  const [groundLight, groundDark, tileLight, tileDark] = pair('.tile');
  const hues = new Set(Array.from({ length: 500 }, (_, i) => hueOf(`n${i}`)));
  for (const hue of hues) {
    for (const paper of ['#fbf8f2', '#f3eee4', '#fffefb']) {
      assert.ok(contrast(oklch(nameLight, hue), hex(paper)) >= 4.5, `light ${hue} on ${paper}`);
    }
    for (const paper of ['#171c1e', '#111617', '#1e2527']) {
      assert.ok(contrast(oklch(nameDark, hue), hex(paper)) >= 4.5, `dark ${hue} on ${paper}`);
    }
    assert.ok(contrast(oklch(tileLight, hue), oklch(groundLight, hue)) >= 4.5, `tile light ${hue}`);
    assert.ok(contrast(oklch(tileDark, hue), oklch(groundDark, hue)) >= 4.5, `tile dark ${hue}`);
  }
});

function oklch([lightness, chroma], hue) {
  const [a, b] = [Math.cos, Math.sin].map((f) => chroma * f((hue * Math.PI) / 180));
  const [l, m, s] = [
    [0.3963377774, 0.2158037573],
    [-0.1055613458, -0.0638541728],
    [-0.0894841775, -1.291485548],
  ].map(([x, y]) => (lightness + x * a + y * b) ** 3);
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((x) => Math.min(1, Math.max(0, x)));
}

function hex(text) {
  return [1, 3, 5]
    .map((i) => parseInt(text.slice(i, i + 2), 16) / 255)
    .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
}

function contrast(one, other) {
  const [light, dark] = [one, other]
    .map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
    .sort((a, b) => b - a);
  return light / dark;
}
