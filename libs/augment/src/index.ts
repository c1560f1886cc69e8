export { pipelineAugmenter } from './augmenters/pipeline.ts';
export { plainAugmenter } from './augmenters/plain.ts';
export { simclrAugmenter } from './augmenters/simclr.ts';
export { swavAugmenter } from './augmenters/swav.ts';
export { augmentPlugin, augmentPlugin as plugin } from './plugin.ts';
export { addBrightness } from './ops/brightness/add-brightness.ts';
export { brightness } from './ops/brightness/floats.ts';
export { channelContrast } from './ops/contrast/channel-contrast.ts';
export { contrast } from './ops/contrast/floats.ts';
export { fillRectangle } from './ops/cutout/floats.ts';
export { gaussianBlur, gaussianKernel, simclrKernelSize, type Border } from './ops/gaussian-blur/gaussian-floats.ts';
export { grayscale } from './ops/grayscale/floats.ts';
export { horizontalFlip } from './ops/horizontal-flip/flip.ts';
export { hsvSaturation } from './ops/saturation/hsv-saturation.ts';
export { hue } from './ops/hue/floats.ts';
export { boxRadius, pilBlur } from './ops/gaussian-blur/pil-floats.ts';
export type { Interpolation } from './resample/resample-weights.ts';
export { resizedCrop, type CropBox, type SourcePixels } from './resample/resized-crop.ts';
export { rotateQuarters } from './ops/rotate/floats.ts';
export { saturation } from './ops/saturation/floats.ts';
export { sobel } from './ops/sobel/floats.ts';
export { solarize } from './ops/solarize/floats.ts';
export { sampleCrop } from './pipeline/crop-plan.ts';
export { defineViewOp, type ViewOpDefinition } from './pipeline/define-view-op.ts';
export { multiCrop, type ViewsOf } from './pipeline/multi-crop.ts';
export { definePipelineAugmenter } from './pipeline/pipeline-augmenter.ts';
export { pixelOp, sometimes, type Draws, type ViewOp } from './pipeline/view-op.ts';
export { applyView, sampleView, type ViewPlan, type ViewRecipe } from './pipeline/view-recipe.ts';
export { blur, type BlurKind } from './ops/gaussian-blur/op.ts';
export { colourJitter, type JitterKind } from './ops/colour-jitter/op.ts';
export type { Pixels } from './ops/pixel-op.ts';
export type { PixelOps } from './ops/pixel-ops.ts';
export { viewOps } from './ops/view-ops.ts';
export {
  jitterRanges,
  sampleJitter,
  type JitterOp,
  type JitterPlan,
  type JitterRanges,
} from './ops/colour-jitter/plan.ts';
export type { Bench, BenchNeeds } from './workbench/bench.ts';
export type { Canvas } from './workbench/canvas.ts';
export { referenceBench } from './workbench/reference-bench.ts';
export { byteOps, floatOps } from './workbench/reference-ops.ts';
export { openBench } from './workbench/workbench.ts';

/** URL of this module: what worker threads import to know these augmenters. */
export const augmentModule = import.meta.url;
