import { totalmem } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { torchAddonStatus } from './addon.ts';
import type { TorchBackend } from './backend.ts';
import { TorchBackendError } from './errors.ts';
import * as k from './kernel-specs.ts';
import { registerTorchBackend, torchKernels } from './register.ts';
import { expectClose, runKernel, status, suffix, uniform, useTorch } from './testing/compare.ts';

describe('without an addon', () => {
  it('the status says why, without throwing', () => {
    const missing = torchAddonStatus('/nowhere/tessera_torch.node');
    expect(missing).toMatchObject({ available: false, code: 'TORCH_ADDON_MISSING' });
    const broken = torchAddonStatus(import.meta.filename);
    expect(broken).toMatchObject({ available: false, code: 'TORCH_ADDON_BROKEN' });
  });

  it('registration throws', () => {
    expect(() => {
      registerTorchBackend({ addon: '/nowhere/tessera_torch.node' });
    }).toThrow(TorchBackendError);
  });

  it('every framework kernel is registered once', () => {
    const names = torchKernels.map((kernel) => kernel.kernelName);
    expect(new Set(names).size).toBe(names.length);
    for (const name of k.TESSERA_KERNELS) expect(names).toContain(name);
  });
});

describe.skipIf(!status.available)(`the torch backend${suffix}`, () => {
  let backend: TorchBackend;
  beforeAll(async () => {
    backend = await useTorch();
  });
  const physical = (t: tf.Tensor): string => backend.native.dtype(backend.handle(t));

  it('keeps at most a quarter of the memory that the process may use', () => {
    const available = Math.min(totalmem(), process.constrainedMemory() || Infinity); // 0: no control group says anything
    expect(backend.native.cacheLimit()).toBeGreaterThan(0);
    expect(backend.native.cacheLimit()).toBeLessThanOrEqual(available / 4);
    expect(backend.native.cacheBytes()).toBeLessThanOrEqual(backend.native.cacheLimit());
  });

  it('writes and reads every dtype', async () => {
    const tensors = [
      tf.tensor([1.5, -2]),
      tf.tensor([1, -2], [2], 'int32'),
      tf.tensor([true, false]),
      tf.tensor([]),
      tf.tensor(['a', 'b']),
    ];
    for (const t of tensors) expect(Array.from(await t.data())).toEqual(Array.from(t.dataSync()));
    expect(Array.from((tensors[2] as tf.Tensor).dataSync())).toEqual([1, 0]);
    expect(Array.from((tensors[4] as tf.Tensor).dataSync<'string'>())).toEqual(['a', 'b']);
    tf.dispose(tensors);
  });

  it('moves tensors from another backend', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor([1, 2, 3]);
    await tf.setBackend('torch');
    expect(Array.from(tf.tidy(() => tf.add(x, 1).dataSync()))).toEqual([2, 3, 4]);
    x.dispose();
  });

  it('clones share data; releasing one keeps the other', () => {
    const x = tf.tensor([1, 2]);
    const y = x.clone();
    expect(backend.refCount(x.dataId)).toBe(2);
    x.dispose();
    expect(Array.from(y.dataSync())).toEqual([1, 2]);
    y.dispose();
    expect(backend.refCount(y.dataId)).toBe(0);
  });

  it('leaks no native tensor', () => {
    const step = (): void => {
      tf.tidy(() => {
        const x = uniform([8, 6, 6, 4], 1) as tf.Tensor4D;
        tf.mean(tf.relu(tf.conv2d(x, uniform([3, 3, 4, 8], 2) as tf.Tensor4D, 1, 'same'))).dataSync();
        tf.split(tf.concat([x, x], 3), 2, 3);
      });
      backend.flush();
    };
    step();
    const [tensors, native, ids] = [tf.memory().numTensors, backend.native.live(), backend.numDataIds()];
    for (let i = 0; i < 60; i++) step();
    expect([tf.memory().numTensors, backend.native.live(), backend.numDataIds()]).toEqual([tensors, native, ids]);
  });

  it('a released or invented handle is an error, not a crash', () => {
    const { native } = backend;
    const handle = native.full([2], 1, 0, -1);
    native.release([handle]);
    const code = expect.objectContaining({ code: 'TORCH_BAD_HANDLE' }) as unknown;
    expect(() => native.relu(handle)).toThrow(code);
    native.full([2], 1, 0, -1);
    expect(() => native.relu(handle)).toThrow(code); // the slot is taken again, by another tensor
    for (const bad of [-1, 0.5, NaN, Infinity, 1e300, 2 ** 52]) expect(() => native.relu(bad)).toThrow(code);
    expect(() => native.relu('x' as unknown as number)).toThrow(
      expect.objectContaining({ code: 'TORCH_BAD_ARGUMENT' }),
    );
    expect(() => (native.relu as () => number)()).toThrow(expect.objectContaining({ code: 'TORCH_BAD_ARGUMENT' }));
  });

  it('an error of libtorch is one line with a code and the name of the kernel', () => {
    tf.tidy(() => {
      const run = (): unknown => runKernel(tf.Tile, { x: uniform([4, 4]) }, { reps: [2] });
      expect(run).toThrow(TorchBackendError);
      try {
        run();
      } catch (error) {
        expect((error as Error).message).not.toContain('\n');
        expect(error).toMatchObject({
          code: 'TORCH_OP_FAILED',
          message: expect.stringContaining('kernel Tile') as string,
        });
      }
    });
  });

  it('an impossible allocation is an out-of-memory error', () => {
    expect(() => tf.fill([1 << 30, 1 << 18], 0)).toThrow(expect.objectContaining({ code: 'TORCH_OUT_OF_MEMORY' }));
  });

  it('bf16: convolutions and products keep bfloat16, statistics and losses are float32', () => {
    tf.tidy(() => {
      const x = uniform([4, 6, 6, 3], 1) as tf.Tensor4D;
      const filter = uniform([3, 3, 3, 8], 2) as tf.Tensor4D;
      const full = tf.conv2d(x, filter, 1, 1);
      backend.precision = 'bf16';
      const y = tf.conv2d(x, filter, 1, 1);
      backend.precision = 'f32';
      expect([y.dtype, physical(y), physical(full)]).toEqual(['float32', 'BFloat16', 'Float']);
      const [a, b] = [full.dataSync(), y.dataSync()];
      a.forEach((v, i) => {
        expectClose(b[i] as number, v, 0.03);
      });
      const [n, mean] = runKernel(
        k.TESSERA_BATCH_NORM_TRAIN,
        { x: y, gamma: tf.ones([8]), beta: tf.zeros([8]) },
        { epsilon: 1e-5, relu: true },
      );
      expect([physical(n as tf.Tensor), physical(mean as tf.Tensor)]).toEqual(['BFloat16', 'Float']);
      expect(physical(tf.relu(y))).toBe('BFloat16');
      expect(physical(tf.maxPool(y, 2, 2, 0))).toBe('BFloat16');
      expect(physical(tf.add(y, y))).toBe('BFloat16');
      expect(physical(tf.add(y, full))).toBe('Float');
      expect(physical(tf.mul(y, 0.5))).toBe('Float');
      expect(physical(tf.cast(y, 'float32'))).toBe('BFloat16');
      expect(physical(runKernel(k.TESSERA_TO_FLOAT32, { x: y })[0] as tf.Tensor)).toBe('Float');
      for (const f of [tf.sum, tf.mean, tf.max, tf.exp, tf.softmax, tf.sigmoid])
        expect(physical((f as (t: tf.Tensor) => tf.Tensor)(y))).toBe('Float');
      const attrs = { strides: [1, 1], pad: 1, dataFormat: 'NHWC' };
      const [dx] = runKernel(tf.Conv2DBackpropInput, { dy: y, filter }, { ...attrs, inputShape: x.shape });
      const [dw] = runKernel(tf.Conv2DBackpropFilter, { x, dy: y }, { ...attrs, filterShape: filter.shape });
      expect([physical(dx as tf.Tensor), physical(dw as tf.Tensor)]).toEqual(['BFloat16', 'Float']);
    });
  });

  it('bf16 batch norm gradients are near the float32 ones', () => {
    tf.tidy(() => {
      const make = (seed: number): tf.Tensor4D => uniform([8, 5, 5, 16], seed) as tf.Tensor4D;
      const identity = tf.reshape<tf.Rank.R4>(tf.eye(16), [1, 1, 16, 16]);
      const [gamma, beta] = [uniform([16], 4, 0.5, 2), uniform([16], 5)];
      const run = (half: boolean): number[][] => {
        backend.precision = half ? 'bf16' : 'f32';
        const [x, residual, dy] = [1, 2, 3].map((seed) => tf.conv2d(make(seed), identity, 1, 0)) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        backend.precision = 'f32';
        const [y, mean, variance] = runKernel(
          k.TESSERA_BATCH_NORM_TRAIN,
          { x, gamma, beta, residual },
          { epsilon: 1e-5, relu: true },
        ) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const out = runKernel(
          k.TESSERA_BATCH_NORM_TRAIN_GRAD,
          { dy, x, gamma, mean, variance, y },
          { epsilon: 1e-5, relu: true, residual: true },
        );
        return [y, ...out].map((t) => Array.from(t.dataSync()));
      };
      const [full, half] = [run(false), run(true)];
      full.forEach((values, output) => {
        const error = values.map((v, i) => Math.abs(v - (half[output]?.[i] as number))).sort((p, q) => p - q);
        // a relu at the edge may fall either way: judge by the 98th percentile
        expect(error[Math.floor(error.length * 0.98)]).toBeLessThan(output === 2 || output === 3 ? 0.5 : 0.06);
      });
    });
  });

  it('l2 normalisation and its gradient', () => {
    tf.tidy(() => {
      const [x, dy] = [uniform([5, 7], 1), uniform([5, 7], 2)];
      const epsilon = 1e-12;
      const y = (t: tf.Tensor): tf.Tensor => runKernel(k.TESSERA_L2_NORMALIZE, { x: t }, { epsilon })[0] as tf.Tensor;
      const norm = tf.norm(x, 2, 1, true);
      const wanted = tf.div(x, norm).dataSync();
      y(x)
        .dataSync()
        .forEach((v, i) => {
          expectClose(v, wanted[i] as number, 1e-6);
        });
      const dx = (runKernel(k.TESSERA_L2_NORMALIZE_GRAD, { dy, x }, { epsilon })[0] as tf.Tensor).dataSync();
      const loss = (t: tf.Tensor): number => tf.sum(tf.mul(y(t), dy)).dataSync()[0] ?? NaN;
      for (const i of [0, 9, 34]) {
        const bump = tf.reshape(tf.oneHot(tf.scalar(i, 'int32'), 35, 1e-2, 0, 'float32'), [5, 7]);
        expectClose((loss(tf.add(x, bump)) - loss(tf.sub(x, bump))) / 2e-2, dx[i] as number, 2e-3);
      }
    });
  });

  it('global average pooling and its gradient', () => {
    tf.tidy(() => {
      const x = uniform([2, 3, 4, 5], 1);
      const wanted = tf.mean(x, [1, 2]).dataSync();
      const [y] = runKernel(k.TESSERA_GLOBAL_AVG_POOL, { x }) as [tf.Tensor];
      expect(y.shape).toEqual([2, 5]);
      y.dataSync().forEach((v, i) => {
        expectClose(v, wanted[i] as number, 1e-6);
      });
      const [dx] = runKernel(k.TESSERA_GLOBAL_AVG_POOL_GRAD, { dy: tf.ones([2, 5]), x }) as [tf.Tensor];
      expect(dx.shape).toEqual(x.shape);
      for (const v of dx.dataSync()) expectClose(v, 1 / 12, 1e-6);
    });
  });

  it('registering again is harmless and sets the threads', () => {
    registerTorchBackend({ threads: 1 });
    expect(backend.native.threads()).toBe(1);
    registerTorchBackend();
    expect(backend.native.threads()).toBe(1);
    registerTorchBackend({ threads: 2 });
    expect(tf.backend()).toBe(backend);
  });
});
