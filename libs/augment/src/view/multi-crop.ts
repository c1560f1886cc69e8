import { fold, stream, type Augmenter, type PixelType, type Plan, type RgbImage, type Views } from '@tessera/core';
import { applyView } from './apply-view.ts';
import { roundToBytes } from './round-to-bytes.ts';
import { sampleView, type ViewOptions, type ViewPlan } from './view-plan.ts';

/** Some views of one size, drawn from one distribution. */
export interface ViewGroupOptions extends ViewOptions {
  readonly count: number;
}

/**
 * The pipeline behind every random augmenter here: a few groups of independent views. Each view has its own stream, keyed by
 * (group, view), so views are independent and adding one changes no other.
 * @param pixelType `uint8` rounds the float result once, at the end; PIL rounds after every op, so single values differ by 1 or 2
 */
export function multiCrop(groups: readonly ViewGroupOptions[], pixelType: PixelType): Augmenter {
  let scratch = new Float32Array(0);
  return {
    views: groups.map(({ count, size }) => ({ count, size, channels: 3 })),
    pixelType,
    sample(key, _batchKey, width, height): Plan {
      return groups.map((options, group) =>
        Array.from({ length: options.count }, (_, view) =>
          sampleView(stream(fold(key, group, view)), options, width, height),
        ),
      );
    },
    apply(image: RgbImage, plan: Plan, out?: Views): Views {
      // `plan` is what `sample` made, perhaps after a trip through JSON.
      const plans = plan as readonly (readonly ViewPlan[])[];
      return groups.map((options, group) => {
        const length = options.size * options.size * 3;
        const target = out?.[group] ?? allocate(pixelType, options.count * length);
        plans[group]?.forEach((view, index) => {
          const place = target.subarray(index * length, (index + 1) * length);
          if (place instanceof Float32Array) {
            applyView(image, view, options, place);
          } else {
            if (scratch.length < length) scratch = new Float32Array(length);
            const pixels = scratch.subarray(0, length);
            applyView(image, view, options, pixels);
            roundToBytes(pixels, place);
          }
        });
        return target;
      });
    },
  };
}

/** Room for views of a pixel type. */
export function allocate(pixelType: PixelType, length: number): Uint8Array | Float32Array {
  return pixelType === 'float32' ? new Float32Array(length) : new Uint8Array(length);
}
