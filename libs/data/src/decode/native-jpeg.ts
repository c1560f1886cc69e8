/** libjpeg-turbo through an addon of ours (native/jpeg.cc), where it could be built. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

interface Addon {
  /** Of libjpeg-turbo. */
  readonly version: string;
  /**
   * Fills `out` with RGB.
   * @param out [height, width, 3] @returns false where libjpeg-turbo has anything to complain about; `out` then holds rubbish
   */
  decode(bytes: Uint8Array, out: Uint8Array, width: number, height: number): boolean;
}

const FILE = fileURLToPath(new URL('../../native/build/tessera_jpeg.node', import.meta.url));

let loaded: Addon | null | undefined;

/** @returns undefined where it was not built, does not load, or `TESSERA_JPEG=off` */
export function nativeJpeg(): Addon | undefined {
  loaded ??= load();
  return loaded ?? undefined;
}

/** What decodes ordinary JPEG files here, for people: `libjpeg-turbo 2.1.5`, or `sharp`. */
export function jpegDecoder(): string {
  const native = nativeJpeg();
  return native ? `libjpeg-turbo ${native.version}` : 'sharp';
}

function load(): Addon | null {
  if (['off', '0', 'false', 'no'].includes((process.env['TESSERA_JPEG'] ?? '').toLowerCase())) return null;
  try {
    return createRequire(import.meta.url)(FILE) as Addon;
  } catch {
    return null; // sharp decodes the same pixels
  }
}
