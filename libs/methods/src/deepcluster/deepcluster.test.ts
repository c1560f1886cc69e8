import { rootKey, singleProcess, stream, type DataPass, type Objective } from '@tessera/core';
import { openEngine, trainingForward, UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { clusterLoss } from './cluster-loss.ts';
import { deepClusterObjective } from './deepcluster-objective.ts';
import { sphericalKMeans } from './spherical-k-means.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

const N = 60;
/** Three bundles of directions; row i belongs to bundle i % 3. */
const values = (() => {
  const random = stream(rootKey(2));
  return Array.from({ length: N }, (_, i) =>
    Array.from({ length: 4 }, (_, d) => (d === i % 3 ? 1 : 0) + 0.1 * random.normal()),
  );
})();
const unit = (rows: readonly (readonly number[])[]): number[][] =>
  rows.map((row) => row.map((value) => value / Math.hypot(...row)));

/** The same algorithm in plain numbers. */
function slowKMeans(rows: readonly number[][], first: readonly number[], iterations: number): number[] {
  const nearest = (row: readonly number[], centroids: readonly (readonly number[])[]): number => {
    const scores = centroids.map((centroid) => centroid.reduce((sum, value, d) => sum + value * (row[d] ?? 0), 0));
    return scores.indexOf(Math.max(...scores));
  };
  let centroids = first.map((index) => rows[index] ?? []);
  for (let i = 0; i < iterations; i++) {
    const assigned = rows.map((row) => nearest(row, centroids));
    centroids = centroids.map((centroid, k) => {
      const members = rows.filter((_, row) => assigned[row] === k);
      return members.length === 0
        ? centroid
        : (unit([centroid.map((_, d) => members.reduce((sum, row) => sum + (row[d] ?? 0), 0))])[0] ?? []);
    });
  }
  return rows.map((row) => nearest(row, centroids));
}

describe('spherical k-means', () => {
  test.each([1, 2, 10])(
    'equals the plain algorithm after %i rounds, also with more clusters than bundles',
    (iterations) => {
      const before = tf.memory().numTensors;
      const z_ND = tf.tensor2d(unit(values));
      const rows = unit(values);
      for (const clusters of [3, 7]) {
        const first = Array.from(stream(rootKey(9)).permutation(N).subarray(0, clusters));
        const { centroids_KD, assignments_N } = sphericalKMeans(z_ND, clusters, iterations, stream(rootKey(9)));
        expect([...assignments_N.dataSync()]).toEqual(slowKMeans(rows, first, iterations));
        const lengths = tf.tidy(() => tf.norm(centroids_KD, 2, 1).dataSync());
        for (const length of lengths) expect(length).toBeCloseTo(1, 5);
        tf.dispose([centroids_KD, assignments_N]);
      }
      z_ND.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test('more clusters than samples is an error, and so are no clusters and no rounds', () => {
    const z_ND = tf.tensor2d(unit(values));
    expect(() => sphericalKMeans(z_ND, N + 1, 1, stream(rootKey(0)))).toThrow(/61 clusters were asked of 60 images/);
    const invalid = expect.objectContaining({ code: 'E_OPTION_INVALID' }) as Error;
    for (const count of [0, -1, 1.5, NaN]) {
      expect(() => sphericalKMeans(z_ND, count, 1, stream(rootKey(0)))).toThrow(invalid);
      expect(() => sphericalKMeans(z_ND, 3, count, stream(rootKey(0)))).toThrow(invalid);
    }
    z_ND.dispose();
  });
});

test('the loss is the mean over crops and images of -log softmax(z c / tau)[target]', () => {
  tf.tidy(() => {
    const views = [0.1, 0.7].map((phase) =>
      tf.tensor2d(
        Array.from({ length: 12 }, (_, i) => Math.sin(1.7 * i + phase)),
        [3, 4],
      ),
    );
    const centroids = unit(values.slice(0, 5));
    const targets = [4, 0, 2];
    const terms = views.flatMap((view) =>
      unit(view.arraySync()).map((row, i) => {
        const logits = centroids.map((c) => c.reduce((sum, value, d) => sum + value * (row[d] ?? 0), 0) / 0.1);
        const top = Math.max(...logits);
        const logSum = top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
        return logSum - (logits[targets[i] ?? 0] ?? NaN);
      }),
    );
    const expected = terms.reduce((sum, term) => sum + term, 0) / terms.length;
    const loss = clusterLoss(views, tf.tensor2d(centroids), tf.tensor1d(targets, 'int32'), 0.1);
    expect(Math.abs((loss.dataSync()[0] ?? NaN) / expected - 1)).toBeLessThan(1e-5);
  });
});

describe('the objective', () => {
  const build = (clusters: readonly number[] = [3, 5]): Objective =>
    deepClusterObjective.build(
      { clusters: [...clusters] },
      {
        key: rootKey(1),
        inDim: 4,
        batchSize: 6,
        views: [{ count: 2, size: 8, channels: 3 }],
        data: { size: N },
        collective: singleProcess,
        scope: 'objective',
        warn: () => undefined,
      },
    );
  /** Ids count down and skip, as those of a subset do. */
  const ids = Int32Array.from({ length: N }, (_, i) => 2 * (N - i));
  const pass: DataPass = (visit) => {
    for (let from = 0; from < N; from += 25) {
      const rows = values.slice(from, from + 25);
      const z = tf.tensor2d(rows);
      visit(z, ids.slice(from, from + 25));
      z.dispose();
    }
    return Promise.resolve();
  };
  const progress = { step: 0, epoch: 0, stepsPerEpoch: 10, totalSteps: 10 };
  const lossOf = (objective: Objective, sampleIds: Int32Array): number =>
    tf.tidy(() => {
      const rows = Array.from(sampleIds, (id) => values[N - id / 2] ?? []);
      const z = tf.tensor2d(rows);
      const forward = trainingForward(new UpdateCollector(), { progress, sampleIds });
      return objective.loss({ online: [z, z] }, {}, forward).loss.dataSync()[0] ?? NaN;
    });

  test('finds its targets by sample id, in any order, and is small where clusters are clear', async () => {
    const before = tf.memory().numTensors;
    const objective = build([3]);
    const batch = Int32Array.from([ids[7], ids[30], ids[2], ids[59]] as number[]);
    expect(() => lossOf(objective, batch)).toThrow(/no clustering was made yet/);
    await objective.beforeEpoch?.(progress, pass);
    const loss = lossOf(objective, batch);
    expect(loss).toBeLessThan(0.1);
    expect(lossOf(objective, batch.toReversed())).toBeCloseTo(loss, 6);
    expect(() => lossOf(objective, Int32Array.of(3))).toThrow(/image 3 has no cluster/);
    expect(objective.epochMetrics?.()['clusterUsageEntropy']).toBeCloseTo(1, 2);
    objective.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('an epoch clusters anew, the same seed the same', async () => {
    const [a, b] = [build([7]), build([7])];
    const assignments = (objective: Objective): number[] => [
      ...(objective.state().tensors['objective/assignments.0']?.dataSync() ?? []),
    ];
    await a.beforeEpoch?.(progress, pass);
    await b.beforeEpoch?.(progress, pass);
    expect(assignments(a)).toEqual(assignments(b));
    await b.beforeEpoch?.({ ...progress, epoch: 1 }, pass);
    expect(assignments(a)).not.toEqual(assignments(b));
    a.dispose();
    b.dispose();
  });

  test('its state brings back the targets in the middle of an epoch', async () => {
    const [a, b] = [build(), build()];
    const built = tf.memory().numTensors;
    await a.beforeEpoch?.(progress, pass);
    b.restore(a.state());
    expect(tf.memory().numTensors).toBe(built);
    expect(lossOf(b, ids.slice(0, 6))).toBe(lossOf(a, ids.slice(0, 6)));
    const other = build([3, 6]);
    expect(() => {
      other.restore(a.state());
    }).toThrow(/no clustering 1 of shape/);
    const [one, two] = [build([3]), build([3, 5])];
    await two.beforeEpoch?.(progress, pass);
    expect(() => {
      one.restore(two.state());
    }).toThrow(/'objective\/centroids.1', which 1 clustering/);
    for (const objective of [a, b, other, one, two]) objective.dispose();
  });
});
