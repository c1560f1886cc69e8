import type { RgbImage } from '@tessera/core';
import type { Sharp, SharpOptions } from 'sharp';

/** Larger images are refused before they are unpacked: 300 MB of RGB, a guard against decompression bombs. */
export const PIXEL_LIMIT = 100_000_000;

const OPTIONS: SharpOptions = {
  ignoreIcc: true,
  autoOrient: true,
  failOn: 'error',
  limitInputPixels: PIXEL_LIMIT,
  sequentialRead: true,
};

let opened: Promise<(bytes: Uint8Array, options: SharpOptions) => Sharp> | undefined;

/** libvips is loaded by the first image that needs it, and told to leave threads to us and to cache nothing. */
async function openSharp(): Promise<(bytes: Uint8Array, options: SharpOptions) => Sharp> {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

/**
 * Decodes a file to 8-bit sRGB: EXIF orientation applied, embedded colour profiles ignored (as PIL does), alpha flattened onto black,
 * gray repeated, first frame of an animation.
 * @throws Error with libvips' reason where the bytes are no whole image
 */
export async function decode(bytes: Uint8Array): Promise<RgbImage> {
  const sharp = await (opened ??= openSharp());
  const { data, info } = await sharp(bytes, OPTIONS)
    .flatten()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { width, height, data: channels === 3 ? pixels : toThreeChannels(pixels, channels) };
}

/** Gray (with or without alpha) is repeated; anything beyond RGB is dropped. */
function toThreeChannels(pixels: Uint8Array, channels: number): Uint8Array {
  const count = pixels.length / channels;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < 3; channel++)
      rgb[i * 3 + channel] = pixels[i * channels + (channels < 3 ? 0 : channel)] ?? 0;
  }
  return rgb;
}
