import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findTfjsNode } from './locate.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'find-tfjs-node-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function makePackage(folder: string): string {
  mkdirSync(join(folder, 'lib/napi-v8'), { recursive: true });
  writeFileSync(join(folder, 'lib/napi-v8/tfjs_binding.node'), '');
  return folder;
}

it('puts the package built here before the installed ones', () => {
  const built = makePackage(join(root, 'node_modules/@tensorflow/tfjs-node'));
  expect(findTfjsNode({}, root).found[0]).toEqual({
    name: '@tensorflow/tfjs-node',
    entry: join(built, 'dist/index.js'),
  });
});

it('leaves out what has no addon and says so', () => {
  mkdirSync(join(root, 'node_modules/@tensorflow/tfjs-node'), { recursive: true });
  const { found, missing } = findTfjsNode({}, root);
  expect(found.length + missing.length).toBe(2);
  expect(found.every(({ entry }) => !entry.startsWith(root))).toBe(true);
});

it('takes TESSERA_TFJS_NODE and then nothing else', () => {
  makePackage(join(root, 'node_modules/@tensorflow/tfjs-node'));
  const chosen = makePackage(join(root, 'mine'));
  const entry = join(chosen, 'dist/index.js');
  expect(findTfjsNode({ TESSERA_TFJS_NODE: chosen }, root)).toEqual({ found: [{ name: chosen, entry }], missing: [] });
  const wrong = findTfjsNode({ TESSERA_TFJS_NODE: root }, root);
  expect(wrong.found).toEqual([]);
  expect(wrong.missing).toEqual([`TESSERA_TFJS_NODE is ${root}, which holds no lib/napi-v*/tfjs_binding.node`]);
});
