import { isTesseraError, type Dataset } from '@tessera/core';
import { expect, it } from 'vitest';
import type { ImageSet } from './images.ts';
import { prepared } from '../testing/tiny.ts';
import { requireLabels } from './require-labels.ts';

function images(labels: readonly (number | undefined)[], classes?: readonly string[]): ImageSet {
  const dataset: Dataset = {
    size: labels.length,
    ...(classes && { classes }),
    label: (index) => labels[index],
    locate: (index) => index,
    describe: (index) => `picture ${String(index)}`,
  };
  // The first image is no training image.
  const indices = Int32Array.from({ length: labels.length - 1 }, (_, i) => i + 1);
  return { dataset, indices, reader: { name: 'test', modules: [] }, shown: 'here' };
}

async function refusal(recipe: object, set: ImageSet): Promise<string> {
  const one = await prepared(recipe);
  try {
    requireLabels(one, set);
    return 'none';
  } catch (error) {
    return isTesseraError(error) ? `${error.code} ${error.message}` : String(error);
  }
}

const supervised = {
  method: { name: 'supervised' },
  head: { options: { out: 2 } },
  objective: { name: 'cross-entropy' },
};
const supCon = { method: { name: 'simclr' }, objective: { name: 'sup-con' } };
const two = ['cat', 'dog'];

it.each([
  ['cross-entropy', supervised],
  ['sup-con', supCon],
])('%s without classes is an error that names it', async (objective, recipe) => {
  const text = `E_DATA_UNLABELLED the objective '${objective}' learns from the classes of the images, and`;
  expect(await refusal(recipe, images([undefined, undefined]))).toBe(`${text} those in 'here' have none`);
  expect(await refusal(recipe, images([0, 1], []))).toBe(`${text} those in 'here' have none`);
  expect(await refusal(recipe, images([0, 1, undefined], two))).toBe(`${text} picture 2 has none`);
  expect(await refusal(recipe, images([0, -1, 1], two))).toBe(`${text} picture 1 has none`);
});

it('a training image with a class each is enough, whatever the others have', async () => {
  expect(await refusal(supervised, images([undefined, 1, 0], two))).toBe('none');
});

it('the supervised method needs classes whatever its objective', async () => {
  const own = await prepared(supervised);
  // A stranger's objective that names the method need not name labels.
  const other = { ...own, recipe: { ...own.recipe, objective: { name: 'nt-xent', options: { temperature: 0.5 } } } };
  expect(() => {
    requireLabels(other, images([undefined, undefined]));
  }).toThrow(/^the method 'supervised'/);
});

it('who needs no classes may go without', async () => {
  expect(await refusal({ method: { name: 'simclr' } }, images([undefined, undefined]))).toBe('none');
});
