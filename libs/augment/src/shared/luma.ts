/** Weights of red, green and blue in torchvision's `rgb_to_grayscale` (ITU-R 601, as written there). */
export const LUMA_RED = 0.2989;
export const LUMA_GREEN = 0.587;
export const LUMA_BLUE = 0.114;
