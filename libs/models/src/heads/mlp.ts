import { defineHead, type Forward, type Head, type RandomKey } from '@tessera/core';
import { toFloat32 } from '@tessera/engine';
import { clone, relu, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { createLinear } from '../layers/linear.ts';
import { normFactory, normOptions } from '../layers/norm.ts';
import { createRowShuffle, type RowShuffle } from '../layers/shuffle-rows.ts';
import { ParameterSet } from '../parameters.ts';

/** How a head is placed. */
export interface HeadContext {
  readonly key: RandomKey;
  /** Width of the encoder's features. */
  readonly inDim: number;
  /** Prefix of the variables' names. */
  readonly scope: string;
}

export const mlpOptions = z
  .strictObject({
    layers: z.int().min(1).max(3).default(2).describe('Linear layers: 2 in SimCLR and SwAV, 3 in SimCLRv2.'),
    hidden: z.int().positive().optional().describe("Width of the hidden layers; the encoder's where not given."),
    out: z.int().positive().default(128).describe('Width of the embedding.'),
    batchNorm: z
      .enum(['none', 'hidden', 'all'])
      .default('none')
      .describe(
        'none; hidden: after each hidden layer (SwAV); all: after the output too, without a shift, and no biases (google-research/simclr).',
      ),
    outputShift: z
      .boolean()
      .default(false)
      .describe(
        "Learn a shift in the output's batch norm (batchNorm: all), as lightly does and google-research/simclr does not.",
      ),
    outputScale: z
      .boolean()
      .default(true)
      .describe("Learn a scale in the output's batch norm (batchNorm: all); facebookresearch/simsiam does not."),
    ...normOptions,
    init: z
      .enum(['torch', 'google'])
      .default('torch')
      .describe("torch: nn.Linear's; google: weights normal with deviation 0.01, biases 0 (google-research/simclr)."),
  })
  .superRefine(({ batchNorm, outputShift, outputScale, norm }, context) => {
    const useless = (key: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [key], message });
    };
    if (outputShift && batchNorm !== 'all')
      useless('outputShift', `the output has no batch norm to shift: batchNorm is ${batchNorm}, expected all`);
    if (!outputScale && batchNorm !== 'all')
      useless('outputScale', `the output has no batch norm to scale: batchNorm is ${batchNorm}, expected all`);
    if (norm !== 'batch' && batchNorm === 'none')
      useless('norm', 'nothing is normalised: batchNorm is none, expected hidden or all');
  });

export type MlpOptions = z.output<typeof mlpOptions>;
type Layer = (x_BD: Tensor2D, forward: Forward) => Tensor2D;

/**
 * Projection head: linear layers with relu between them. Variables are numbered as in `nn.Sequential(Linear, [BatchNorm1d,] ReLU, ...)`:
 * `head/0.weight`, `head/2.weight` without batch norm, `head/0`, `head/1`, `head/3` with it.
 */
export class MlpHead implements Head {
  readonly outDim: number;
  readonly #parameters: ParameterSet;
  readonly #layers: readonly Layer[];
  readonly #shuffle: RowShuffle | undefined;

  constructor(options: MlpOptions, { key, inDim, scope }: HeadContext) {
    const { layers, hidden, out, batchNorm, outputShift, outputScale, init } = options;
    const parameters = new ParameterSet(scope, key);
    const createNorm = normFactory(options);
    this.#parameters = parameters;
    this.#shuffle = batchNorm !== 'none' && options.norm === 'shuffled' ? createRowShuffle(scope) : undefined;
    this.outDim = out;
    let position = 0;
    let width = inDim;
    this.#layers = Array.from({ length: layers }, (_, i) => {
      const last = i === layers - 1;
      const outDim = last ? out : (hidden ?? inDim);
      const linear = createLinear(parameters, String(position++), {
        inDim: width,
        outDim,
        bias: batchNorm !== 'all',
        init,
      });
      const normalized = batchNorm === 'all' || (batchNorm === 'hidden' && !last);
      const norm = normalized
        ? createNorm(parameters, String(position++), {
            channels: outDim,
            shift: !last || outputShift,
            gain: !last || outputScale,
          })
        : undefined;
      position++;
      width = outDim;
      return (x_BD, forward) => {
        const y_BD = linear(x_BD);
        if (norm) return norm(y_BD, forward, { relu: !last });
        return last ? y_BD : relu(y_BD);
      };
    });
  }

  variables() {
    return this.#parameters.variables;
  }

  buffers() {
    return this.#parameters.buffers;
  }

  /** @param upToLayer 0 gives the features themselves; a hidden layer includes its relu @returns [B, D], float32 */
  apply(h_BD: Tensor2D, forward: Forward, upToLayer: number = this.#layers.length): Tensor2D {
    const run = (x_BD: Tensor2D): Tensor2D =>
      this.#layers.slice(0, upToLayer).reduce((y_BD, layer) => layer(y_BD, forward), x_BD);
    return tidy(() => clone(toFloat32(this.#shuffle ? this.#shuffle(h_BD, forward, run) : run(h_BD))));
  }

  dispose(): void {
    this.#parameters.dispose();
  }
}

/** The `mlp` head. */
export const mlpHead = defineHead({
  name: 'mlp',
  summary: 'Projection head of one to three linear layers with relu between them, batch norm where wanted.',
  options: mlpOptions,
  create: (options, context) => new MlpHead(options, context),
});
