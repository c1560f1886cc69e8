import type { ResizedCrop } from '../resample/resized-crop.ts';
import { brightnessForms } from './brightness/forms.ts';
import { contrastForms } from './contrast/forms.ts';
import { gaussianBlurForms, pilBlurForms } from './gaussian-blur/forms.ts';
import { grayscaleForms } from './grayscale/forms.ts';
import { horizontalFlipForms } from './horizontal-flip/forms.ts';
import { hueForms } from './hue/forms.ts';
import type { PixelOp, Pixels } from './pixel-op.ts';
import { saturationForms } from './saturation/forms.ts';
import { solarizeForms } from './solarize/forms.ts';

/** Every op that has forms of its own on bytes and in WebAssembly: what view ops are made of. */
export const pixelOps = {
  horizontalFlip: horizontalFlipForms,
  brightness: brightnessForms,
  contrast: contrastForms,
  saturation: saturationForms,
  hue: hueForms,
  grayscale: grayscaleForms,
  solarize: solarizeForms,
  pilBlur: pilBlurForms,
  gaussianBlur: gaussianBlurForms,
} as const;

type Table = typeof pixelOps;
type Arguments<T> = T extends PixelOp<infer A, never> ? A : never;

/** The ops that a view is made of, on one kind of pixels, in the implementation that is fastest where these lie. */
export type PixelOps<P extends Pixels> = ResizedCrop<P> & {
  readonly [N in keyof Table]: (pixels: P, ...args: Arguments<Table[N]>) => void;
};

type Calls<T> = T extends { readonly wasm?: { readonly floats: (kernels: infer K, memory: never) => unknown } }
  ? (kernels: K) => void
  : never;

/** The WebAssembly kernels that the ops call, all of them. */
export type PixelKernels = Calls<Table[keyof Table]> extends (kernels: infer K) => void ? K : never;
