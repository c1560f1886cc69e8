/** Numbers that the C knows interpolation kernels by. */
export const KERNEL_CODES = { bilinear: 0, bicubic: 1, 'bicubic-google': 2 } as const;

/** The largest whole radius of a box that the kernels' 16-bit sums hold. */
export const MAX_BOX = 60;

/** The longest side of an image or a view, pixels. */
export const MAX_SIDE = 2 ** 18;
