export { pipelineAugmenter } from './augmenters/pipeline.ts';
export { plainAugmenter } from './augmenters/plain.ts';
export { simclrAugmenter } from './augmenters/simclr.ts';
export { swavAugmenter } from './augmenters/swav.ts';
export { augmentPlugin, augmentPlugin as plugin } from './plugin.ts';
export { addBrightness } from './ops/add-brightness.ts';
export { brightness } from './ops/brightness.ts';
export { channelContrast } from './ops/channel-contrast.ts';
export { contrast } from './ops/contrast.ts';
export { fillRectangle } from './ops/fill-rectangle.ts';
export { gaussianBlur, gaussianKernel, simclrKernelSize, type Border } from './ops/gaussian-blur.ts';
export { grayscale } from './ops/grayscale.ts';
export { horizontalFlip } from './ops/horizontal-flip.ts';
export { hsvSaturation } from './ops/hsv-saturation.ts';
export { hue } from './ops/hue.ts';
export { boxRadius, pilBlur } from './ops/pil-blur.ts';
export type { Interpolation } from './ops/resample-weights.ts';
export { resizedCrop, type CropBox, type SourcePixels } from './ops/resized-crop.ts';
export { rotateQuarters } from './ops/rotate-quarters.ts';
export { saturation } from './ops/saturation.ts';
export { sobel } from './ops/sobel.ts';
export { solarize } from './ops/solarize.ts';
export { sampleCrop } from './pipeline/crop-plan.ts';
export { defineViewOp, type ViewOpDefinition } from './pipeline/define-view-op.ts';
export { multiCrop, type ViewsOf } from './pipeline/multi-crop.ts';
export { definePipelineAugmenter } from './pipeline/pipeline-augmenter.ts';
export { pixelOp, sometimes, type Draws, type ViewOp } from './pipeline/view-op.ts';
export { applyView, sampleView, type ViewPlan, type ViewRecipe } from './pipeline/view-recipe.ts';
export { blur, type BlurKind } from './view-ops/blur.ts';
export { colourJitter, type JitterKind } from './view-ops/colour-jitter.ts';
export { viewOps } from './view-ops/index.ts';
export {
  jitterRanges,
  sampleJitter,
  type JitterOp,
  type JitterPlan,
  type JitterRanges,
} from './view-ops/jitter-plan.ts';
export type { Bench, BenchNeeds } from './workbench/bench.ts';
export type { Canvas, PixelOps, Pixels } from './workbench/pixel-ops.ts';
export { referenceBench } from './workbench/reference-bench.ts';
export { byteOps, floatOps } from './workbench/reference-ops.ts';
export { openBench } from './workbench/workbench.ts';

/** URL of this module: what worker threads import to know these augmenters. */
export const augmentModule = import.meta.url;
