// What the page promises about its own files.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { test } from 'node:test';

const WWW = fileURLToPath(new URL('../../www/', import.meta.url));
const files = filesIn(WWW);
const html = readFileSync(path.join(WWW, 'index.html'), 'utf8');

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? filesIn(name) : [name];
  });
}

const linesOf = (file) => readFileSync(file, 'utf8').split('\n');

test('the whole page weighs less than 100 KB', () => {
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(bytes < 100_000, `${bytes} bytes`);
});

test('no script makes markup or code from text', () => {
  const ways = /(inner|outer|Adjacent)HTML|document\.write|DOMParser|\beval\(|new Function/;
  for (const file of files) assert.doesNotMatch(readFileSync(file, 'utf8'), ways, file);
});

test('the document has no inline script, style or handler, and nothing from elsewhere', () => {
  assert.doesNotMatch(html, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|["']javascript:/i);
  for (const file of files.filter((name) => /\.(html|css|json)$/.test(name))) {
    assert.doesNotMatch(readFileSync(file, 'utf8'), /(?:https?:)?\/\/[a-z]/i, file);
  }
});

test('files fit the house: 300 lines of 100 columns at most', () => {
  for (const file of files.filter((name) => /\.(js|css)$/.test(name))) {
    const lines = linesOf(file);
    assert.ok(lines.length <= 300, `${file}: ${lines.length} lines`);
    for (const line of lines) assert.ok([...line].length <= 100, `${file}: ${line}`);
  }
});

test('every element that scripts ask for is in the document', () => {
  const ids = new Set([...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id));
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    for (const [, id] of readFileSync(file, 'utf8').matchAll(/\bui\.(\w+)/g)) {
      if (!file.endsWith('dom.js')) assert.ok(ids.has(id), `${path.basename(file)}: ${id}`);
    }
  }
});
