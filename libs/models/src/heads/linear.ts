import { defineHead, TesseraError, type DataFacts, type Forward, type Head } from '@tessera/core';
import { toFloat32 } from '@tessera/engine';
import { clone, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { createLinear } from '../layers/linear.ts';
import { ParameterSet } from '../parameters.ts';
import type { HeadContext } from './mlp.ts';

export const linearOptions = z.strictObject({
  out: z
    .union([z.int().positive(), z.literal('classes')])
    .default(128)
    .describe('Width of the embedding; classes: as many as the data set has, for a classifier.'),
  bias: z.boolean().default(true).describe('Learn a shift.'),
});

/** One linear layer: `scope/weight`, `scope/bias`. */
export class LinearHead implements Head {
  readonly outDim: number;
  readonly #parameters: ParameterSet;
  readonly #linear: (x_BD: Tensor2D) => Tensor2D;

  constructor(
    { out, bias }: z.output<typeof linearOptions>,
    { key, inDim, scope, data }: HeadContext & { readonly data?: DataFacts },
  ) {
    this.outDim = out === 'classes' ? classesOf(data) : out;
    this.#parameters = new ParameterSet(scope, key);
    this.#linear = createLinear(this.#parameters, '', { inDim, outDim: this.outDim, bias });
  }

  variables() {
    return this.#parameters.variables;
  }

  buffers() {
    return this.#parameters.buffers;
  }

  apply(h_BD: Tensor2D, _forward: Forward, upToLayer = 1): Tensor2D {
    return tidy(() => clone(toFloat32(upToLayer < 1 ? h_BD : this.#linear(h_BD))));
  }

  dispose(): void {
    this.#parameters.dispose();
  }
}

/** The `linear` head. */
export const linearHead = defineHead({
  name: 'linear',
  summary: 'One linear layer, as in the ablation of SimCLR.',
  options: linearOptions,
  create: (options, context) => new LinearHead(options, context),
});

function classesOf(data: DataFacts | undefined): number {
  if (data?.classes !== undefined) return data.classes;
  throw new TesseraError({
    code: 'E_DATA_UNLABELLED',
    message:
      'the head linear is to have as many outputs as there are classes (out: classes), and the data set has none',
    next: 'Train on a data set with classes (one folder a class), or give head.options.out a number.',
  });
}
