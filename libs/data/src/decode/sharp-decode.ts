import type { RgbImage } from '@tessera/core';
import type { Sharp, SharpOptions } from 'sharp';
import { cmykToRgb } from './cmyk.ts';
import { largest, toBytes, type Deep, type PixelRange } from './deep.ts';
import { PIXEL_LIMIT } from './pixel-limit.ts';

const OPTIONS: SharpOptions = {
  ignoreIcc: true,
  autoOrient: true,
  failOn: 'error',
  limitInputPixels: PIXEL_LIMIT,
  sequentialRead: true,
};

/** A decoded image, and what it held where that was more than 8 bits a channel. */
export interface DecodedImage extends RgbImage {
  readonly deep?: Deep;
}

type Open = (bytes: Uint8Array, options: SharpOptions) => Sharp;

let opened: Promise<Open> | undefined;

/** libvips is loaded by the first image that needs it, and told to leave threads to us and to cache nothing. */
async function openSharp(): Promise<Open> {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

/** What a file holds, by libvips' names: one more look at its header. */
export interface FileKind {
  /** Such as `srgb`, `cmyk`, `rgb16`, `grey16`, `b-w`, `scrgb`. */
  readonly space: string;
  /** Of a value: `uchar`, `ushort`, `short`, `float` and so on. */
  readonly depth: string;
}

export async function kindOf(bytes: Uint8Array): Promise<FileKind> {
  const sharp = await (opened ??= openSharp());
  const { space, depth } = await sharp(bytes, OPTIONS).metadata();
  return { space, depth };
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

/** libvips takes 16 bits of gray for unsigned, whatever they are. */
const SHIFT = 32_768;

/**
 * An image whose values are more than a byte. Of `ushort` the highest is told; other types have no range that is known, and are what
 * libvips makes of them where none is given.
 * @throws Error with libvips' reason
 */
export async function deepDecode(
  bytes: Uint8Array,
  { space, depth: type }: FileKind,
  range: PixelRange | null,
): Promise<DecodedImage> {
  if (type !== 'ushort' && !range) return { ...(await sharpDecode(bytes, { cmyk: false })), deep: { type } };
  const sharp = await (opened ??= openSharp());
  const shift = type === 'short' && space === 'grey16' ? SHIFT : 0;
  const image = sharp(bytes, OPTIONS).removeAlpha();
  const shifted = shift > 0 ? image.linear(1, shift) : image;
  const depth = type === 'ushort' || shift > 0 ? 'ushort' : 'float';
  const { data, info } = await shifted.toColourspace(space).raw({ depth }).toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
  const values = depth === 'ushort' ? new Uint16Array(buffer) : new Float32Array(buffer);
  const pixels = toBytes(values, range && [range[0] + shift, range[1] + shift]);
  return {
    width,
    height,
    data: channels === 3 ? pixels : toThreeChannels(pixels, channels),
    deep: { type, ...(type === 'ushort' && { highest: largest(values) }) },
  };
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
