import type { RgbImage } from '@tessera/core';
import type { PixelRange } from './deep.ts';
import { imageFormat } from './image-format.ts';
import { jpegHeader, type JpegHeader } from './jpeg-header.ts';
import { nativeJpeg } from './native-jpeg.ts';
import { orient } from './orient.ts';
import { PIXEL_LIMIT } from './pixel-limit.ts';
import { deepDecode, kindOf, sharpDecode, type DecodedImage, type FileKind } from './sharp-decode.ts';

export { PIXEL_LIMIT };

/**
 * Decodes a file to 8-bit RGB, as PIL's `convert('RGB')` does but for what is marked (*). The bytes decide what it is, not its name.
 *
 * - JPEG (also progressive, any subsampling), PNG, WebP, GIF, TIFF, AVIF. Nothing else: no SVG, no PDF.
 * - EXIF orientation is applied (*), so that an image is what its photographer saw.
 * - Embedded colour profiles are ignored; values are taken for sRGB.
 * - Gray is repeated. CMYK becomes (255 - ink) (255 - black) / 255.
 * - Alpha is dropped, not blended: pixels keep the colour that they have under it (GIF (*): black where transparent).
 * - 16 bits become 8 by their high byte (* for gray, which PIL clips), or by `range`. Palettes and fewer than 8 bits are unpacked.
 * - TIFF's signed, 32-bit and floating-point values are clipped to 0..255 as libvips does it, or taken by `range`.
 * - Of an animation, or of a file with pages, the first.
 * - More than {@link PIXEL_LIMIT} pixels are refused by the header.
 *
 * Ordinary JPEG files take libjpeg-turbo where its addon was built, all others sharp; the pixels are the same.
 * @param range what is black and what is white in images of more than 8 bits a channel; null: 0 and 65535
 * @throws Error with a reason where the bytes are no whole image: truncated, damaged, empty, or of no known format
 */
export async function decode(bytes: Uint8Array, range: PixelRange | null = null): Promise<DecodedImage> {
  const format = imageFormat(bytes);
  const deep = format === 'png' ? deepPng(bytes) : undefined;
  if (deep) return deepDecode(bytes, deep, range);
  if (format === 'tiff') {
    const kind = await kindOf(bytes);
    return kind.depth !== 'uchar' && DEEP_SPACES.includes(kind.space)
      ? deepDecode(bytes, kind, range)
      : sharpDecode(bytes, { cmyk: kind.space === 'cmyk' });
  }
  if (format !== 'jpeg') return sharpDecode(bytes, { cmyk: false });
  const header = jpegHeader(bytes);
  const image = header && decodeNatively(bytes, header);
  return image ?? sharpDecode(bytes, { cmyk: header?.components === 4 });
}

/** Spaces that are gray or RGB as they are; in others (L*a*b*, CMYK) a value is no brightness. */
const DEEP_SPACES = ['grey16', 'rgb16', 'b-w', 'srgb', 'rgb', 'scrgb'];

/** By the header: the bits of a channel, then the kind of colour, of which 2 and 6 are RGB. */
function deepPng(bytes: Uint8Array): FileKind | undefined {
  if (bytes[24] !== 16) return undefined;
  return { space: [2, 6].includes(bytes[25] ?? 0) ? 'rgb16' : 'grey16', depth: 'ushort' };
}

/**
 * In this thread: libuv's few threads, in which sharp works, are shared by all workers.
 * @returns undefined where sharp has to look at it
 */
function decodeNatively(bytes: Uint8Array, header: JpegHeader): RgbImage | undefined {
  const { width, height, components, precision, orientation } = header;
  const ordinary = precision === 8 && (components === 1 || components === 3);
  if (!ordinary || width * height === 0 || width * height > PIXEL_LIMIT) return undefined;
  const native = nativeJpeg();
  if (!native) return undefined;
  const out = Buffer.allocUnsafeSlow(width * height * 3); // every byte is written
  const data = new Uint8Array(out.buffer, out.byteOffset, out.length);
  return native.decode(bytes, data, width, height) ? orient({ width, height, data }, orientation) : undefined;
}
