export { plainAugmenter } from './augmenters/plain.ts';
export { simclrAugmenter } from './augmenters/simclr.ts';
export { swavAugmenter } from './augmenters/swav.ts';
export { augmentPlugin, augmentPlugin as plugin } from './plugin.ts';
export { brightness } from './ops/brightness.ts';
export { contrast } from './ops/contrast.ts';
export { gaussianBlur, gaussianKernel, simclrKernelSize } from './ops/gaussian-blur.ts';
export { grayscale } from './ops/grayscale.ts';
export { horizontalFlip } from './ops/horizontal-flip.ts';
export { hue } from './ops/hue.ts';
export { boxRadius, pilBlur } from './ops/pil-blur.ts';
export type { Interpolation } from './ops/resample-weights.ts';
export { resizedCrop, type CropBox, type SourcePixels } from './ops/resized-crop.ts';
export { saturation } from './ops/saturation.ts';
export { solarize } from './ops/solarize.ts';
export { applyView } from './view/apply-view.ts';
export { sampleCrop } from './view/crop-plan.ts';
export { jitterRanges, sampleJitter, type JitterOp, type JitterPlan, type JitterRanges } from './view/jitter-plan.ts';
export { multiCrop, type ViewGroupOptions } from './view/multi-crop.ts';
export { sampleView, type BlurKind, type ViewOptions, type ViewPlan } from './view/view-plan.ts';

/** URL of this module: what worker threads import to know these augmenters. */
export const augmentModule = import.meta.url;
