/** Larger images are refused before they are unpacked: 300 MB of RGB, a guard against decompression bombs. */
export const PIXEL_LIMIT = 100_000_000;
