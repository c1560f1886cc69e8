/** What becomes black and what white, in the values of images that have more than 8 bits a channel. */
export type PixelRange = readonly [low: number, high: number];

/** What an image with more than 8 bits a channel holds. */
export interface Deep {
  /** libvips' name: `ushort` is the ordinary 16 bits; `short`, `int`, `uint`, `float` come in TIFF. */
  readonly type: string;
  /** The largest value of red, green, blue or gray, where it was looked at: of `ushort`. */
  readonly highest?: number;
}

/** Without a range, 16 bits become 8 by their upper byte. With one, linearly: low is 0, high is 255, what lies beyond is clipped. */
export function toBytes(values: ArrayLike<number>, range: PixelRange | null): Uint8Array {
  const bytes = new Uint8Array(values.length);
  if (!range) {
    for (let i = 0; i < bytes.length; i++) bytes[i] = (values[i] as number) >> 8;
    return bytes;
  }
  const [low, high] = range;
  const scale = 255 / (high - low);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Math.min(255, Math.max(0, Math.round(((values[i] as number) - low) * scale)));
  return bytes;
}

export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > most) most = values[i] as number;
  return most;
}
