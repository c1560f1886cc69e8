import { defineHead, type Head } from '@tessera/core';
import { toFloat32 } from '@tessera/engine';
import { clone, tidy } from '@tensorflow/tfjs-core';
import { z } from 'zod';

/** The `none` head: the objective sees the features. */
export const noHead = defineHead({
  name: 'none',
  summary: 'No projection: the objective is taken on the features themselves.',
  options: z.strictObject({}),
  create: (_options, { inDim }): Head => ({
    outDim: inDim,
    variables: () => [],
    buffers: () => [],
    apply: (h_BD) => tidy(() => clone(toFloat32(h_BD))),
    dispose: () => undefined,
  }),
});
