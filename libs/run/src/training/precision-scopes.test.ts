/** What is bfloat16 in a bf16 step, and what is not: asked of libtorch, because tfjs calls both float32. */
import type { Method, Optimizer } from '@tessera/core';
import { inspectEngines, openEngine, type Precision } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compose, type Composition } from '../compose.ts';
import { stepInput } from '../testing/step-input.ts';
import { prepared, tinySimclr } from '../testing/tiny.ts';
import { trainStep } from './step.ts';

/** The part of the torch backend that these tests ask. */
interface TorchBackend {
  handle(tensor: Tensor): number;
  readonly native: { dtype(handle: number): string; halfCopies(): number };
}
const torch = (await inspectEngines()).some(({ name, available }) => name === 'torch' && available);
const backend = (): TorchBackend => tf.backend() as unknown as TorchBackend;
const dtypeOf = (tensor: Tensor): string => backend().native.dtype(backend().handle(tensor));

const BATCH = 8;
const ids = Int32Array.from({ length: BATCH }, (_, i) => i);

describe.skipIf(!torch)(torch ? 'on torch' : 'on torch (skipped: it is not built)', () => {
  let composition: Composition;
  let pixels: tf.Tensor4D;
  beforeAll(() => openEngine('torch'));
  beforeEach(async () => {
    composition = compose(await prepared({ ...tinySimclr, trainer: { batchSize: BATCH, engine: 'torch' } }), {
      size: BATCH,
    });
    pixels = tf.randomUniform([2 * BATCH, 8, 8, 3], 0, 1, 'float32', 1);
  });
  afterEach(async () => {
    pixels.dispose();
    await composition.dispose();
  });

  const step = (
    precision: Precision,
    method: Method = composition.method,
    optimizer: Optimizer = composition.optimizer,
  ): number => {
    const parts = { method, optimizer, precision, collective: composition.collective, clipNorm: null };
    return trainStep(parts, stepInput([{ count: 2, pixels }], ids), { learningRate: 0.01 }).loss;
  };

  it('weights, running statistics and optimizer slots stay float32', () => {
    const { method, optimizer } = composition;
    step('bf16');
    step('bf16');
    const all = [...method.variables(), ...method.buffers()].map(({ name, variable }) => [name, dtypeOf(variable)]);
    const { tensors } = optimizer.state();
    const slots = Object.entries(tensors).map(([name, tensor]) => [name, dtypeOf(tensor)]);
    expect(slots).toHaveLength(method.variables().length);
    expect([...all, ...slots].filter(([, dtype]) => dtype !== 'Float')).toEqual([]);
    tf.dispose(tensors);
  });

  it('weights keep what bfloat16 would round away', () => {
    step('bf16');
    const weight = composition.method.variables()[0]?.variable;
    const bits = new Uint32Array(Float32Array.from(weight?.dataSync() ?? []).buffer);
    expect(bits.some((each) => (each & 0xffff) !== 0)).toBe(true); // bfloat16 is the upper half
  });

  it('trap 38: activations are bfloat16 within the scope; embeddings, loss, and every gradient of a weight are float32', () => {
    const { method, optimizer } = composition;
    const seen: Record<string, string> = {};
    const watched: Method = {
      ...method,
      embed: (views, forward) => {
        const probe = composition.method.representation.variables()[0]?.variable as tf.Tensor4D;
        seen['convolution'] = dtypeOf(tf.conv2d(pixels, probe, 1, 'same'));
        return method.embed(views, forward);
      },
      loss: (embeddings, info, forward) => {
        for (const z of embeddings['online'] ?? []) seen['embedding'] = dtypeOf(z);
        seen['similarity'] = dtypeOf(tf.matMul(embeddings['online']?.[0] as tf.Tensor2D, tf.zeros([8, 2])));
        const result = method.loss(embeddings, info, forward);
        seen['loss'] = dtypeOf(result.loss);
        return result;
      },
    };
    const gradients: string[] = [];
    const listening: Optimizer = {
      ...optimizer,
      update: (grads: NamedTensorMap, rate) => {
        gradients.push(...Object.values(grads).map(dtypeOf));
        optimizer.update(grads, rate);
      },
    };
    step('bf16', watched, listening);
    expect(seen).toEqual({ convolution: 'BFloat16', embedding: 'Float', similarity: 'Float', loss: 'Float' });
    expect(gradients).toHaveLength(method.variables().length);
    expect(new Set(gradients)).toEqual(new Set(['Float']));
  });

  it('copies every weight to bfloat16 once an update, for its forward and backward pass together', () => {
    const { method, optimizer } = composition;
    const copies = (run: () => void): number => {
      const before = backend().native.halfCopies();
      run();
      return backend().native.halfCopies() - before;
    };
    step('bf16');
    const weights = method.variables().filter(({ role, variable }) => role === 'weight' && variable.rank > 1).length;
    // Beside the weights: the float32 gradients that the head's two products multiply with their bfloat16 inputs.
    const others = 2;
    const counts = [0, 1, 2].map(() => copies(() => step('bf16')));
    expect(counts).toEqual([weights + others, weights + others, weights + others]);
    expect(copies(() => step('f32'))).toBe(0);
    // Without an update the copies still stand.
    const idle: Optimizer = { ...optimizer, update: () => undefined };
    step('bf16', method, idle);
    expect(copies(() => step('bf16', method, idle))).toBe(others);
  });
});
