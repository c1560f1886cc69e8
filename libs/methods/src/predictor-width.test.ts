import { beforeAll, expect, it } from 'vitest';
import { negativeCosineObjective } from '@tessera/losses';
import { openEngine } from '@tessera/engine';
import { byol } from './byol/byol.ts';
import { simsiam } from './simsiam/simsiam.ts';
import { methodContext } from '@tessera/testing';
import { objectiveContext, toyEncoder, toyHead } from './testdata/toy.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

it.each([
  ['byol', byol],
  ['simsiam', simsiam],
])('%s refuses a predictor of another width than the head, and names both', (_name, method) => {
  const views = [{ count: 2, size: 4, channels: 6 }];
  const objective = () => negativeCosineObjective.build({}, objectiveContext(views, 8));
  const parts = { encoder: toyEncoder, head: toyHead, predictor: () => ({ ...toyHead(), outDim: 6 }), objective };
  expect(() => method.build({}, methodContext(parts, { views, batchSize: 8 }))).toThrow(
    expect.objectContaining({
      code: 'E_PREDICTOR_WIDTH',
      next: 'Give both one width: --set parts.predictor.options.out=4, or head.options.out=6.',
    }) as Error,
  );
});
