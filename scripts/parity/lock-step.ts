import type { Collective } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/** A rank asks for what the others have not contributed yet. */
class Waiting extends Error {}

/**
 * Ranks in one process. Calls of a collective are answered from a record of what each rank contributed; a rank that asks for more than is
 * recorded adds its part and starts over, until everything is known.
 */
export function inLockStep(
  parts: readonly Tensor2D[],
  run: (part: Tensor2D, collective: Collective) => Tensor2D,
): Tensor2D[] {
  const record: Tensor[][] = [];
  for (;;) {
    const waiting = new Set<number>();
    const results = parts.map((part, rank) => {
      let call = 0;
      const contributed = <T extends Tensor>(x: T): T[] => {
        const all = (record[call++] ??= []);
        if (!(rank in all)) all[rank] = tf.keep(x.clone());
        if (Object.keys(all).length < parts.length) throw new Waiting();
        return all as T[];
      };
      const collective: Collective = {
        rank,
        worldSize: parts.length,
        allGather: (x) => tf.concat(contributed(x)),
        allReduceSum: (x) => tf.addN(contributed(x)),
      };
      try {
        return run(part, collective);
      } catch (error) {
        if (!(error instanceof Waiting)) throw error;
        waiting.add(rank);
        return part;
      }
    });
    if (waiting.size === 0) return results;
  }
}
