import { blend, type ColourKernel } from '../../device/colour-kernel.ts';
import { luma, meanOfImage } from '../../device/luma.ts';

export const contrast: ColourKernel = (pixels, factor) => blend(pixels, factor, meanOfImage(luma(pixels)));

export const channelContrast: ColourKernel = (pixels, factor) => blend(pixels, factor, meanOfImage(pixels));
