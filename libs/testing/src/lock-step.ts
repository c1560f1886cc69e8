import type { Collective } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** A rank asks for what the others have not contributed yet. */
class Waiting extends Error {}

/**
 * Ranks in one process, for collectives without gradient. Their calls are answered from a record of what each rank contributed; a rank
 * that asks for more than is recorded adds its part and starts over, until everything is known.
 * @param parts one a rank: its share of the batch
 * @param run what a rank computes; called several times, so it must give the same every time and keep nothing
 * @returns what each rank computed
 */
export function inLockStep<P, R>(parts: readonly P[], run: (part: P, collective: Collective) => R): R[] {
  const record: Tensor[][] = [];
  for (;;) {
    const results = parts.map((part, rank): R | Waiting => {
      let call = 0;
      const everyRanks = (x: Tensor): Tensor[] => {
        const contributed = (record[call++] ??= []);
        if (!(rank in contributed)) contributed[rank] = tf.keep(x.clone());
        if (Object.keys(contributed).length < parts.length) throw new Waiting();
        return contributed;
      };
      const collective: Collective = {
        rank,
        worldSize: parts.length,
        allGather: <T extends Tensor>(x: T) => tf.concat(everyRanks(x)) as T,
        allReduceSum: <T extends Tensor>(x: T) => tf.addN(everyRanks(x)) as T,
      };
      try {
        return run(part, collective);
      } catch (error) {
        if (error instanceof Waiting) return error;
        tf.dispose(record.flat());
        throw error;
      }
    });
    const done = results.filter((result): result is R => !(result instanceof Waiting));
    if (done.length === parts.length) {
      tf.dispose(record.flat());
      return done;
    }
  }
}
