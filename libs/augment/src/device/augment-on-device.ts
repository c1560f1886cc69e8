import type { AugmentOnDevice } from '@tessera/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { DeviceKernel } from '../pipeline/device-form.ts';
import type { DeviceGroup } from '../pipeline/device-layout.ts';
import { byGroup, takeRows } from './rows.ts';

interface LoadedOp {
  readonly at: number;
  readonly width: number;
  readonly kernel: DeviceKernel;
}

interface LoadedSection {
  readonly views: number;
  readonly ops: readonly LoadedOp[];
}

/** Loads the kernels of every group's ops. */
export async function loadGroups(layout: readonly DeviceGroup[]): Promise<AugmentOnDevice> {
  const groups = await Promise.all(
    layout.map(async ({ width, sections }) => ({ width, sections: await Promise.all(sections.map(loadSection)) })),
  );
  return (group, crops_BHWC, parameters_BP) => {
    const { width, sections } = groups[group] ?? { width: 0, sections: [] };
    return augmentSections(sections, width, crops_BHWC, parameters_BP);
  };
}

async function loadSection({ views, ops }: DeviceGroup['sections'][number]): Promise<LoadedSection> {
  const loaded = ops.map(async ({ at, form }) => ({ at, width: form.width, kernel: await form.load() }));
  return { views, ops: await Promise.all(loaded) };
}

/** Crops are crop-major, so a section, some neighbouring views, is a slice of the batch. */
function augmentSections(
  sections: readonly LoadedSection[],
  width: number,
  crops_BHWC: Tensor4D,
  parameters_BP: Float32Array,
): Tensor4D {
  const [rows, size] = crops_BHWC.shape;
  const images = rows / sections.reduce((sum, { views }) => sum + views, 0);
  return tf.tidy(() => {
    let from = 0;
    const parts = sections.map(({ views, ops }) => {
      const count = views * images;
      const part =
        count === rows ? crops_BHWC : tf.slice4d(crops_BHWC, [from, 0, 0, 0], [count, size, size, crops_BHWC.shape[3]]);
      const numbers = parameters_BP.subarray(from * width, (from + count) * width);
      from += count;
      return augmentRows(part, numbers, width, ops);
    });
    const [first] = parts;
    // The caller disposes both: where no op was applied, the result is another tensor of the same pixels.
    return first && parts.length === 1 ? (first === crops_BHWC ? tf.clone(first) : first) : tf.concat(parts);
  });
}

/** Op after op, each on the rows that drew it. What an op leaves behind is freed before the next one starts. */
function augmentRows(
  crops_BHWC: Tensor4D,
  parameters_BP: Float32Array,
  width: number,
  ops: readonly LoadedOp[],
): Tensor4D {
  let pixels_BHWC = crops_BHWC;
  for (const op of ops) {
    const before = pixels_BHWC;
    pixels_BHWC = tf.tidy(() => applyOp(before, parameters_BP, width, op));
    if (pixels_BHWC !== before && before !== crops_BHWC) before.dispose();
  }
  return pixels_BHWC;
}

function applyOp(pixels_BHWC: Tensor4D, parameters_BP: Float32Array, width: number, op: LoadedOp): Tensor4D {
  const applied: number[] = [];
  const left: number[] = [];
  for (let row = 0; row < pixels_BHWC.shape[0]; row++)
    (parameters_BP[row * width + op.at] === 1 ? applied : left).push(row);
  const drawn = takeRows(parameters_BP, width, applied, op.at + 1, op.width);
  return byGroup(pixels_BHWC, [{ rows: left }, { rows: applied, kernel: (part_GHWC) => op.kernel(part_GHWC, drawn) }]);
}
