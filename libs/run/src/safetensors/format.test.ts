import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from './format.ts';

const tensors = {
  odd: { shape: [3], values: Uint8Array.of(1, 0, 1) },
  'encoder/conv1.weight': { shape: [2, 2], values: Float32Array.of(1, -2, 3.5, NaN) },
  count: { shape: [], values: Int32Array.of(-7) },
};

describe('safetensors', () => {
  it('round-trips values, shapes and metadata', () => {
    const decoded = decodeSafetensors(encodeSafetensors({ tensors, metadata: { a: 'ü"' } }), 'x');
    expect(decoded).toEqual({ tensors, metadata: { a: 'ü"' } });
  });

  it('has an aligned header and contiguous offsets from 0', () => {
    const file = encodeSafetensors({ tensors, metadata: {} });
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const offsets = Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([, { data_offsets }]) => data_offsets);
    expect(offsets.map(([begin]) => begin)).toEqual([0, ...offsets.slice(0, -1).map(([, end]) => end)]);
    expect(offsets.at(-1)?.[1]).toBe(file.length - 8 - length);
  });

  it('says what is wrong with a damaged file', () => {
    const file = encodeSafetensors({ tensors, metadata: {} });
    expect(() => decodeSafetensors(file.subarray(0, file.length - 1), 'a.safetensors')).toThrow(
      /'a.safetensors' is cut short/,
    );
    expect(() => decodeSafetensors(file.subarray(0, 5), 'a')).toThrow(/cut short/);
  });
});
