import type { RgbImage } from '@tessera/core';
import type { Sharp, SharpOptions } from 'sharp';
import { cmykToRgb } from './cmyk.ts';
import { PIXEL_LIMIT } from './pixel-limit.ts';

const OPTIONS: SharpOptions = {
  ignoreIcc: true,
  autoOrient: true,
  failOn: 'error',
  limitInputPixels: PIXEL_LIMIT,
  sequentialRead: true,
};

type Open = (bytes: Uint8Array, options: SharpOptions) => Sharp;

let opened: Promise<Open> | undefined;

/** libvips is loaded by the first image that needs it, and told to leave threads to us and to cache nothing. */
async function openSharp(): Promise<Open> {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

/** Whether a file holds CMYK: one more look at its header. */
export async function isCmyk(bytes: Uint8Array): Promise<boolean> {
  const sharp = await (opened ??= openSharp());
  return (await sharp(bytes, OPTIONS).metadata()).space === 'cmyk';
}

/**
 * Any image that sharp reads; see `decode`.
 * @param cmyk what the file holds
 * @throws Error with libvips' reason
 */
export async function sharpDecode(bytes: Uint8Array, { cmyk }: { readonly cmyk: boolean }): Promise<RgbImage> {
  const sharp = await (opened ??= openSharp());
  const image = sharp(bytes, OPTIONS);
  // libvips would convert CMYK with a profile of its own; PIL does it without.
  const wanted = cmyk
    ? image.pipelineColourspace('cmyk').toColourspace('cmyk')
    : image.removeAlpha().toColourspace('srgb');
  const { data, info } = await wanted.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (cmyk && channels >= 4) return { width, height, data: cmykToRgb(pixels, channels) };
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
