/** swav_variants.json: Sinkhorn over ranks; several heads of prototypes, soft and hard codes. */
import { prototypeLoss, sinkhorn } from '@tessera/losses';
import { inLockStep } from '@tessera/testing/lock-step';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { attempt, type Measurement, ofTheLargest, relative } from '../measurement.ts';
import type { SinkhornCase } from './sinkhorn.ts';

interface File {
  readonly ranks: SinkhornCase;
  readonly multiHead: {
    readonly embeddings: number[][];
    /** [heads][K][D] */
    readonly prototypes: number[][][];
    readonly cases: readonly {
      readonly hardCodes: boolean;
      readonly loss: number;
      readonly gradEmbeddings: number[][];
      readonly gradPrototypes: number[][][];
    }[];
  };
}

export function* swavVariants(file: unknown): Iterable<Measurement> {
  const { ranks, multiHead } = file as File;
  for (const world of [1, 2, 3]) {
    const name = `${world} ranks`;
    yield* attempt(name, function* () {
      yield { case: name, quantity: 'codes', error: codesError(ranks, world), tolerance: 1e-4 };
    });
  }
  yield* attempt('several heads', () => severalHeads(multiHead));
}

function codesError({ scores, epsilon, iterations, codes }: SinkhornCase, world: number): number {
  const share = scores.length / world;
  const parts = Array.from({ length: world }, (_, rank) => tf.tensor2d(scores.slice(rank * share, (rank + 1) * share)));
  const results = inLockStep(parts, (part, collective) => sinkhorn(part, { epsilon, iterations, collective }));
  return ofTheLargest(tf.concat(results), codes);
}

/** The settings that the file's `source` names; the loss is the mean of the heads'. */
function* severalHeads({ embeddings, prototypes, cases }: File['multiHead']): Iterable<Measurement> {
  const setting = { crops: 2, cropsForAssign: [0, 1], temperature: 0.1, epsilon: 0.05, iterations: 3 };
  for (const { hardCodes, loss, gradEmbeddings, gradPrototypes } of cases) {
    const codes = hardCodes ? 'hard' : 'soft';
    const { value, grads } = tf.valueAndGrads((...[z, ...heads]: Tensor[]) =>
      tf.div(
        tf.addN(
          heads.map((head) => prototypeLoss(z as Tensor2D, tf.transpose(head as Tensor2D), { ...setting, codes }).loss),
        ),
        heads.length,
      ),
    )([tf.tensor2d(embeddings), ...prototypes.map((head) => tf.tensor2d(head))]);
    const [gotEmbeddings, ...gotPrototypes] = grads;
    const name = `${prototypes.length} heads, ${codes} codes`;
    yield { case: name, quantity: 'loss', error: relative(value, loss), tolerance: 1e-5 };
    yield {
      case: name,
      quantity: 'gradEmbeddings',
      error: ofTheLargest(gotEmbeddings, gradEmbeddings),
      tolerance: 1e-4,
    };
    yield {
      case: name,
      quantity: 'gradPrototypes',
      error: ofTheLargest(tf.concat(gotPrototypes), gradPrototypes.flat()),
      tolerance: 1e-4,
    };
  }
}
