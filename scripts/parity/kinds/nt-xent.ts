/** ntxent*.json: NT-Xent's loss and gradient. */
import { ntXent, type NtXentReduction } from '@tessera/losses';
import { attempt, type Kind, ofTheLargest, relative } from '../measurement.ts';
import { valueAndGradient } from '../value-and-gradient.ts';

interface File {
  readonly cases: readonly {
    readonly pairs: number;
    readonly temperature: number;
    readonly z: number[][];
    readonly loss: number;
    readonly gradZ: number[][];
  }[];
}

/** @param reduction `google` sums the two directions, which is twice the mean over 2N anchors */
export function ntXentFile(reduction: NtXentReduction): Kind {
  return function* (file) {
    for (const { pairs, temperature, z, loss, gradZ } of (file as File).cases) {
      const name = `${pairs} pairs, temperature ${temperature}`;
      yield* attempt(name, function* () {
        const got = valueAndGradient((x) => ntXent(x, { temperature, reduction }), z);
        yield { case: name, quantity: 'loss', error: relative(got.value, loss), tolerance: 1e-5 };
        yield { case: name, quantity: 'gradZ', error: ofTheLargest(got.grad, gradZ), tolerance: 1e-4 };
      });
    }
  };
}
