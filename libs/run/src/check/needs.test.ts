import { describe, expect, it } from 'vitest';
import { prepare } from '../testing/prepare.ts';
import { defineMethod, Registry, definePlugin } from '@tessera/core';
import { builtins } from '@tessera/builtins';
import { z } from 'zod';
import { requireNeeds } from './needs.ts';

/** SwAV's and DeepCluster-v2's objectives belong to their methods. */
const methodOf = (name = ''): string => (['swav', 'deepcluster-v2'].includes(name) ? name : 'simclr');
const augmenter = { name: 'simclr', options: { size: 32 } };
const recipe = (content: Readonly<Record<string, unknown>> & { readonly objective?: { readonly name: string } }) =>
  prepare({
    content: { method: { name: methodOf(content.objective?.name) }, augmenter, ...content },
    folder: '/',
  });

const temperature = { temperature: 0.5 };
const contrastive = [
  { name: 'nt-xent', options: temperature },
  { name: 'nt-logistic', options: temperature },
  { name: 'margin-triplet', options: { margin: 0.8 } },
  { name: 'swav', options: { prototypes: 8 } },
];

describe('requireNeeds', () => {
  it.each([...contrastive, { name: 'deepcluster-v2', options: { clusters: [8] } }])(
    'refuses a batch of one image for $name, and takes two',
    async (objective) => {
      const one = await recipe({ objective, trainer: { batchSize: 1 } });
      expect(() => {
        requireNeeds(one);
      }).toThrow(
        expect.objectContaining({
          code: 'E_BATCH_TOO_SMALL',
          message: expect.stringMatching(/1 image,.*at least 2/) as string,
        }),
      );
      requireNeeds(await recipe({ objective, trainer: { batchSize: 2 } }));
    },
  );

  it.each(contrastive)('refuses one view for $name', async (objective) => {
    const one = await recipe({ objective, augmenter: { ...augmenter, options: { size: 32, views: 1 } } });
    expect(() => {
      requireNeeds(one);
    }).toThrow(
      expect.objectContaining({ code: 'E_VIEWS', message: expect.stringMatching(/1 view .*at least 2/) as string }),
    );
  });

  it('counts the views of all resolutions', async () => {
    const crops = [32, 16].map((size) => ({ count: 1, size, scale: [0.2, 1] }));
    requireNeeds(await recipe({ augmenter: { name: 'swav', options: { crops } } }));
  });
});

describe('a method that reads tokens', () => {
  const reader = defineMethod({
    name: 'reader',
    summary: 'reads tokens',
    options: z.strictObject({}),
    parts: { encoder: { kind: 'encoder', tokens: true, default: { name: 'vit', options: { preset: 'tiny' } } } },
    defaults: { augmenter, optimizer: { name: 'sgd' }, schedule: { name: 'constant' } },
    create: () => {
      throw new Error('nothing is built before the needs are known');
    },
  });
  const plugins = [
    ...builtins.map(({ plugin }) => plugin),
    definePlugin({ name: 'mine', contract: 2, extensions: [reader] }),
  ];
  const read = async (encoder: string): Promise<void> => {
    const prepared = await recipe({});
    requireNeeds({
      ...prepared,
      registry: new Registry(plugins),
      recipe: { ...prepared.recipe, method: { name: 'reader', options: {} }, encoder: { name: encoder, options: {} } },
    });
  };

  it('is refused with an encoder that gives none, before an engine starts, and taken with a ViT', async () => {
    await expect(read('resnet')).rejects.toThrow(
      expect.objectContaining({
        code: 'E_ENCODER_TOKENS',
        message: "the method reader reads the tokens of its encoder, and the encoder 'resnet' gives none",
      }),
    );
    await expect(read('vit')).resolves.toBeUndefined();
  });
});
