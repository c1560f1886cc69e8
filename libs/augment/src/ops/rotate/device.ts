import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { DeviceKernel } from '../../pipeline/device-form.ts';
import { byGroup } from '../../device/rows.ts';

/** `rotateQuarters`: quarter turns counter-clockwise, as many as the row says. */
export const rotateKernel: DeviceKernel = (pixels_BHWC, quarters_B) => {
  const rowsOf = (quarters: number): number[] =>
    [...quarters_B.keys()].filter((row) => (((quarters_B[row] ?? 0) % 4) + 4) % 4 === quarters);
  return byGroup(pixels_BHWC, [
    { rows: rowsOf(0) },
    { rows: rowsOf(1), kernel: (part) => tf.reverse(turned(part), 1) },
    { rows: rowsOf(2), kernel: (part) => tf.reverse(part, [1, 2]) },
    { rows: rowsOf(3), kernel: (part) => tf.reverse(turned(part), 2) },
  ]);
};

const turned = (pixels_BHWC: Tensor4D): Tensor4D => tf.transpose(pixels_BHWC, [0, 2, 1, 3]);
