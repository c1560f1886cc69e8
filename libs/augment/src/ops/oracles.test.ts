/** No number of a reference lies unused: every op of the oracles' files is compared in some test. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const source = new URL('../', import.meta.url);
const tests = readdirSync(source, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(new URL(name, source), 'utf8'));

it.each([
  ['augment_ops', 'likeTorchvision'],
  ['google_ops', 'likeTensorFlow'],
  ['pil_ops', 'likePil'],
])('%s: %s', (file, like) => {
  const { cases } = JSON.parse(readFileSync(new URL(`testdata/${file}.json`, source), 'utf8')) as {
    readonly cases: readonly { readonly op: string }[];
  };
  const compared = new Set(
    tests.flatMap((text) => [...text.matchAll(new RegExp(`${like}\\(\\s*'(\\w+)'`, 'g'))].map(([, op]) => op)),
  );
  expect(cases.length).toBeGreaterThan(20);
  expect([...new Set(cases.map(({ op }) => op))].sort()).toEqual([...compared].sort());
});
