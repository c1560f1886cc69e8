import { draw } from './picture.ts';

/** Made by cmyk.py: eight colours, 64x8. */
export const CMYK_JPEG = Buffer.from(
  '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB/8AAFAgACABABEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD+/iv7+K/v4r+/iv8AAHooor/f4r/AHooor/f4r/AHooor/f4r/AHr/P8A6KK/3+K/0AK/z/6/z/6/n/r/ABv6+4K/pwr9OK//2Q==',
  'base64',
);

/** Cyan, magenta, yellow, black of each colour, 0 to 255. */
const INKS = [
  [0, 0, 0, 0],
  [255, 0, 0, 0],
  [0, 255, 0, 0],
  [0, 0, 255, 0],
  [0, 0, 0, 255],
  [128, 0, 0, 0],
  [0, 128, 128, 64],
  [200, 100, 50, 25],
] as const;

/** (255 - ink)(255 - black) / 255, as PIL converts; profiles play no part. */
export const cmykColours = draw(64, 8, (x) => {
  const [cyan, magenta, yellow, black] = INKS[Math.floor(x / 8)] ?? [0, 0, 0, 0];
  const light = (ink: number): number => Math.round(((255 - ink) * (255 - black)) / 255);
  return [light(cyan), light(magenta), light(yellow)];
});

/** What PIL reads where the file says YCCK instead. */
const YCCK = [
  [0, 134, 0],
  [77, 255, 30],
  [0, 47, 227],
  [179, 0, 0],
  [0, 0, 0],
  [0, 255, 0],
  [1, 0, 1],
  [83, 230, 137],
] as const;
export const ycckColours = draw(64, 8, (x) => YCCK[Math.floor(x / 8)] ?? [0, 0, 0]);

/** The same bytes, read as YCCK: the last number of the Adobe marker says so. */
export function ycckJpeg(): Uint8Array {
  const bytes = Buffer.from(CMYK_JPEG);
  bytes[bytes.indexOf('Adobe') + 11] = 2;
  return bytes;
}
