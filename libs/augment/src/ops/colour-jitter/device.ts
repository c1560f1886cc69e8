import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { DeviceKernel } from '../../pipeline/device-form.ts';
import { JITTER_OPS, JITTER_WIDTH, type JitterOp } from './plan.ts';
import type { ColourKernel } from '../../device/colour-kernel.ts';
import { byGroup, column, takeRows } from '../../device/rows.ts';
import { addBrightness, brightness } from '../brightness/device.ts';
import { channelContrast, contrast } from '../contrast/device.ts';
import { hue } from '../hue/device.ts';
import { hsvSaturation, saturation } from '../saturation/device.ts';

/** Of each `JitterKind`. */
const KERNELS = {
  torchvision: { brightness, contrast, saturation, hue },
  'google-v1': { brightness: addBrightness, contrast: channelContrast, saturation: hsvSaturation, hue },
  'google-v2': { brightness, contrast: channelContrast, saturation: hsvSaturation, hue },
} satisfies Record<string, Record<JitterOp, ColourKernel>>;

type Kind = keyof typeof KERNELS;

/** Places in an image's order of ops. */
const PLACES = JITTER_OPS.length;

/**
 * `colourJitter`: at each of the four places of the order, the images that have the same op there go through its kernel together.
 * A row is what `writeJitter` wrote.
 */
export function jitterKernel(kind: Kind): DeviceKernel {
  return (pixels_BHWC, drawn_BP) => {
    let pixels = pixels_BHWC;
    for (let place = 0; place < PLACES; place++) {
      const before = pixels;
      pixels = tf.tidy(() => applyPlace(kind, before, drawn_BP, place));
      if (pixels !== before && before !== pixels_BHWC) before.dispose();
    }
    return pixels;
  };
}

function applyPlace(kind: Kind, pixels_BHWC: Tensor4D, drawn_BP: Float32Array, place: number): Tensor4D {
  const rows: number[][] = Array.from({ length: PLACES + 1 }, () => []);
  for (let row = 0; row < pixels_BHWC.shape[0]; row++) rows[drawn_BP[row * JITTER_WIDTH + 2 * place] ?? 0]?.push(row);
  const factors = (of: readonly number[]): Tensor4D => column(takeRows(drawn_BP, JITTER_WIDTH, of, 2 * place + 1, 1));
  return byGroup(pixels_BHWC, [
    { rows: rows[0] ?? [] },
    ...JITTER_OPS.map((op, index) => ({
      rows: rows[index + 1] ?? [],
      kernel: (part_GHWC: Tensor4D, of: readonly number[]) => KERNELS[kind][op](part_GHWC, factors(of)),
    })),
  ]);
}
