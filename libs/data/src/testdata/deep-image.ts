import sharp from 'sharp';

/** A PNG or TIFF of 16 bits a channel. @param channels 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha */
export function deepImage(
  width: number,
  channels: 1 | 2 | 3 | 4,
  values: readonly number[],
  format: 'png' | 'tiff' = 'png',
): Promise<Buffer> {
  const raw = { width, height: values.length / channels / width, channels };
  return sharp(Uint16Array.from(values), { raw })
    .toColourspace(channels < 3 ? 'grey16' : 'rgb16')
    .toFormat(format, { compression: format === 'tiff' ? 'none' : undefined })
    .toBuffer();
}
