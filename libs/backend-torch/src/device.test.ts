import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TorchBackend } from './backend.ts';
import { deviceId, listDevices, resolveDevice } from './device.ts';
import { captureStep } from './graph.ts';
import { registerTorchBackend } from './register.ts';
import { status, suffix, uniform, useTorch } from './testing/compare.ts';

/** An addon that sees so many GPUs. */
const machine = (count: number, cuda: boolean): Parameters<typeof resolveDevice>[0] => ({
  cudaBuild: () => (cuda ? 1 : 0),
  deviceCount: () => count,
  deviceName: (device) => `GPU number ${String(device)}`,
  deviceMemory: () => [0, 0, 0, 2 ** 34],
  version: () => '2.13.0',
});

describe('the choice of a device', () => {
  it.each([
    ['auto', 2, 0],
    ['auto', 0, -1],
    ['cpu', 2, -1],
    ['cuda', 1, 0],
    ['cuda:1', 2, 1],
  ])('%s with %i GPUs is %i', (choice, count, expected) => {
    expect(resolveDevice(machine(count, count > 0), choice)).toBe(expected);
  });

  it('says what is missing', () => {
    const message = (count: number, cuda: boolean, choice: string): string => {
      try {
        resolveDevice(machine(count, cuda), choice);
      } catch (error) {
        expect(error).toMatchObject({ code: 'TORCH_NO_DEVICE' });
        return (error as Error).message;
      }
      throw new Error('no error');
    };
    expect(message(0, false, 'cuda')).toContain('libtorch 2.13.0 for the CPU');
    expect(message(0, true, 'cuda')).toContain('nvidia-smi');
    expect(message(1, true, 'cuda:1')).toContain('cuda:0 only');
    expect(message(2, true, 'cuda:7')).toContain('cuda:0 to cuda:1');
  });

  it.each(['gpu', 'cuda:', 'cuda:-1', 'cpu:0', 'CUDA', ''])('refuses %o', (choice) => {
    expect(() => resolveDevice(machine(1, true), choice)).toThrow(
      expect.objectContaining({ code: 'TORCH_BAD_ARGUMENT' }) as Error,
    );
  });

  it('lists what is there', () => {
    expect(listDevices(machine(2, true))[1]).toEqual({ id: 'cuda:1', name: 'GPU number 1', bytes: 2 ** 34 });
    expect([deviceId(-1), deviceId(3)]).toEqual(['cpu', 'cuda:3']);
  });
});

describe.skipIf(!status.available)(`devices of the addon${suffix}`, () => {
  let backend: TorchBackend;
  beforeAll(async () => {
    backend = await useTorch();
  });

  it('tells what was built and what is there', () => {
    if (!status.available) return;
    expect(backend.native.deviceCount()).toBe(status.devices.length);
    if (status.version.includes('+cpu')) expect(status).toMatchObject({ cuda: false, devices: [] });
    expect(() => backend.native.deviceName(99)).toThrow(expect.objectContaining({ code: 'TORCH_NO_DEVICE' }) as Error);
    expect(() => backend.native.full([2], 1, 0, 200)).toThrow(
      expect.objectContaining({ code: 'TORCH_NO_DEVICE' }) as Error,
    );
  });

  it('stays on its device', () => {
    registerTorchBackend({ device: 'auto' });
    registerTorchBackend({ device: deviceId(backend.device) as 'cpu' });
    expect(() => {
      registerTorchBackend({ device: 'cuda:126' });
    }).toThrow(expect.objectContaining({ code: 'TORCH_NO_DEVICE' }) as Error);
  });

  it('reads give the numbers, also later', async () => {
    const x = uniform([5, 3]);
    const [now, later] = [x.dataSync(), await x.data()];
    expect(later).toEqual(now);
    const [flags, none] = [tf.tensor1d([true, false], 'bool'), tf.zeros([0])];
    expect([...(await flags.data())]).toEqual([1, 0]);
    expect((await none.data()).length).toBe(0);
    tf.dispose([x, flags, none]);
  });

  it('overwrites a tensor where it is', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const shared = tf.reshape(x, [3, 1]);
    backend.overwrite(x, Float32Array.of(4, 5, 6));
    expect([...x.dataSync()]).toEqual([4, 5, 6]);
    expect([...shared.dataSync()]).toEqual([4, 5, 6]);
    expect(() => {
      backend.overwrite(x, Float32Array.of(4));
    }).toThrow(expect.objectContaining({ code: 'TORCH_BAD_ARGUMENT' }) as Error);
    tf.dispose([x, shared]);
  });

  it.skipIf(status.available && status.devices.length > 0)('records no graph on the CPU', () => {
    expect(() => captureStep(backend, () => tf.scalar(1))).toThrow(
      expect.objectContaining({ code: 'TORCH_UNSUPPORTED' }) as Error,
    );
    for (const call of [
      () => {
        backend.native.graphBegin(0);
      },
      () => backend.native.graphEnd(),
    ]) {
      expect(call).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/TORCH_(NO_DEVICE|CAPTURE)/) as string }) as Error,
      );
    }
    backend.native.graphAbort();
  });
});
