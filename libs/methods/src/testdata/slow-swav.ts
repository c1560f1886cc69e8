/** SwAV's step in plain loops and double precision, written from main_swav.py (train, distributed_sinkhorn); world size 1. */
type Matrix = number[][];

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
const normalized = (row: readonly number[]) => row.map((value) => value / Math.hypot(...row));
const scoresOf = (z: Matrix, prototypes: Matrix) => z.map((row) => prototypes.map((prototype) => dot(row, prototype)));

/** distributed_sinkhorn, in exp space as published. [B][K] -> [B][K] */
function slowSinkhorn(scores: Matrix, epsilon: number, iterations: number): Matrix {
  const samples = scores.length;
  const prototypes = scores[0]?.length ?? 0;
  // Q is K x B.
  let q = Array.from({ length: prototypes }, (_, k) => scores.map((row) => Math.exp((row[k] ?? NaN) / epsilon)));
  const total = q.flat().reduce((a, b) => a + b, 0);
  q = q.map((row) => row.map((value) => value / total));
  for (let round = 0; round < iterations; round++) {
    q = q.map((row) => {
      const sum = row.reduce((a, b) => a + b, 0);
      return row.map((value) => value / sum / prototypes);
    });
    const columns = scores.map((_, b) => q.reduce((sum, row) => sum + (row[b] ?? NaN), 0));
    q = q.map((row) => row.map((value, b) => value / (columns[b] ?? NaN) / samples));
  }
  return scores.map((_, b) => q.map((row) => (row[b] ?? NaN) * samples));
}

export interface SlowSetting {
  readonly crops: number;
  readonly cropsForAssign: readonly number[];
  readonly temperature: number;
  readonly epsilon: number;
  readonly iterations: number;
  readonly queueLength: number;
  readonly queueFromEpoch: number;
}

/** Keeps the queue as the reference does: `None` until its epoch, then zeros, used once the last slot of the first queue is not zero. */
export class SlowSwav {
  queue: Matrix[] | undefined;
  readonly #setting: SlowSetting;

  constructor(setting: SlowSetting) {
    this.#setting = setting;
  }

  /** @param views one [B][D] a crop, not normalised @param prototypes [K][D], of unit length @param epoch counted from 0 */
  step(
    views: readonly Matrix[],
    prototypes: Matrix,
    epoch: number,
  ): { loss: number; codes: Matrix[]; usedQueue: boolean } {
    const { crops, cropsForAssign, temperature, epsilon, iterations, queueLength, queueFromEpoch } = this.#setting;
    const batch = views[0]?.length ?? 0;
    const dim = prototypes[0]?.length ?? 0;
    if (queueLength > 0 && epoch >= queueFromEpoch && !this.queue) {
      this.queue = cropsForAssign.map(() =>
        Array.from({ length: queueLength }, () => Array.from({ length: dim }, () => 0)),
      );
    }
    const z = views.map((view) => view.map(normalized));
    const scores = z.map((view) => scoresOf(view, prototypes));
    let usedQueue = false;
    let loss = 0;
    const codes: Matrix[] = [];
    cropsForAssign.forEach((crop, i) => {
      let out = scores[crop] ?? [];
      const queue = this.queue?.[i];
      if (queue) {
        if (usedQueue || queue[queueLength - 1]?.some((value) => value !== 0)) {
          usedQueue = true;
          out = [...scoresOf(queue, prototypes), ...out];
        }
        queue.unshift(...(z[crop] ?? []));
        queue.length = queueLength;
      }
      const q = slowSinkhorn(out, epsilon, iterations).slice(-batch);
      codes.push(q);
      let subloss = 0;
      for (let v = 0; v < crops; v++) {
        if (v === crop) continue;
        const perRow = (scores[v] ?? []).map((row, b) => {
          const logits = row.map((value) => value / temperature);
          const logSum = Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0));
          return logits.reduce((sum, value, k) => sum + (q[b]?.[k] ?? NaN) * (value - logSum), 0);
        });
        subloss -= perRow.reduce((a, b) => a + b, 0) / batch;
      }
      loss += subloss / (crops - 1);
    });
    return { loss: loss / cropsForAssign.length, codes, usedQueue };
  }
}
