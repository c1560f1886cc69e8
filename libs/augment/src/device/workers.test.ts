import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** What a worker thread does with the package, in a process that has nothing else; then what the main thread does. */
const script = `
import { rootKey } from '@tessera/core';
import { simclrAugmenter } from '@tessera/augment';
const loaded = () => Reflect.has(globalThis, '_tfengine') || Reflect.has(globalThis, '_tfGlobals');
const augmenter = simclrAugmenter.build({ size: 8, blurProbability: 1 }, {});
const image = { width: 9, height: 9, data: new Uint8Array(243).fill(100) };
const plan = augmenter.sample(rootKey(1), rootKey(2), 9, 9);
const { parameters, cut, load } = augmenter.device;
cut(image, plan, [new Float32Array(384)], parameters.map((width) => new Float32Array(2 * width)));
const inWorker = loaded();
await load();
console.log(JSON.stringify([inWorker, loaded()]));
`;

it('cutting crops loads no tensor library; loading the kernels does', async () => {
  const flags = ['--conditions=@tessera/source', '--import', import.meta.resolve('tsx'), '--input-type=module'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', script], {
    cwd: import.meta.dirname,
  });
  expect(JSON.parse(stdout)).toEqual([false, true]);
});
