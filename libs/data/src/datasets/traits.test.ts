/** What data sets say of themselves is what their options are. */
import type { DatasetExtension } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { dataPlugin } from '../plugin.ts';

const datasets = dataPlugin.extensions.filter(
  (extension): extension is DatasetExtension => extension.kind === 'dataset',
);

const accepts = ({ schema }: DatasetExtension, options: object): boolean => schema.safeParse(options).success;

describe.each(datasets.map((dataset) => [dataset.name, dataset] as const))('%s', (_name, dataset) => {
  it('has the splits that it declares, and no others', () => {
    expect(dataset.splits.filter((split) => !accepts(dataset, { split }))).toEqual([]);
    for (const split of ['train', 'test', 'val', 'unlabeled'].filter((each) => !dataset.splits.includes(each)))
      expect(accepts(dataset, { split }), split).toBe(false);
  });

  it('takes class names where it says so', () => {
    expect(accepts(dataset, { classes: ['a', 'b'] })).toBe(dataset.takesClasses);
  });
});

it('all but the drawn one read a folder', () => {
  expect(datasets.filter(({ readsFolder }) => !readsFolder).map(({ name }) => name)).toEqual(['shapes']);
});
