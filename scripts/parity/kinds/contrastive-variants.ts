/** contrastive_variants.json: NT-Logistic and the margin triplet loss, with and without semi-hard mining. */
import { marginTriplet, ntLogistic, type NegativeSet, type SemiHard } from '@tessera/losses';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';
import { attempt, type Measurement, ofTheLargest, relative } from '../measurement.ts';
import { valueAndGradient } from '../value-and-gradient.ts';

interface Case {
  readonly objective: string;
  readonly temperature: number | null;
  readonly margin: number | null;
  readonly negatives: string;
  readonly semiHard: string;
  readonly z: number[][];
  readonly loss: number;
  readonly gradZ: number[][];
}

const negativeSets: readonly NegativeSet[] = ['all', 'otherView'];
const minings: readonly SemiHard[] = ['none', 'all', 'nearest'];

function known<T extends string>(value: string, values: readonly T[]): T {
  const found = values.find((one) => one === value);
  if (found === undefined) throw new Error(`'${value}' is none of ${values.join(', ')}`);
  return found;
}

function lossOf(one: Case, z: Tensor2D): Scalar {
  const options = { negatives: known(one.negatives, negativeSets), semiHard: known(one.semiHard, minings) };
  return known(one.objective, ['nt-logistic', 'margin-triplet']) === 'nt-logistic'
    ? ntLogistic(z, { temperature: one.temperature ?? NaN, ...options })
    : marginTriplet(z, { margin: one.margin ?? NaN, ...options });
}

export function* contrastiveVariants(file: unknown): Iterable<Measurement> {
  for (const one of (file as { cases: readonly Case[] }).cases) {
    const name = `${one.objective}, negatives ${one.negatives}, semi-hard ${one.semiHard}`;
    yield* attempt(name, function* () {
      const got = valueAndGradient((z) => lossOf(one, z), one.z);
      yield { case: name, quantity: 'loss', error: relative(got.value, one.loss), tolerance: 1e-5 };
      yield { case: name, quantity: 'gradZ', error: ofTheLargest(got.grad, one.gradZ), tolerance: 1e-4 };
    });
  }
}
