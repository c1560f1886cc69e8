import { rootKey, stream } from '@tessera/core';
import { picture, skipped, type CorpusCase } from './case.ts';
import { pixels, quarters } from './picture.ts';

/** Files that are not what their name says, and names that are odd. */
export async function impostorCases(): Promise<readonly CorpusCase[]> {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const draws = stream(rootKey(5));
  const noise = Uint8Array.from({ length: 5000 }, () => draws.integer(256));
  const jpeg = await pixels(quarters).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
  const png = await pixels(quarters).png().toBuffer();
  const webp = await pixels(quarters).webp({ lossless: true }).toBuffer();
  const gif = await pixels(quarters).gif().toBuffer();
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="16"><rect width="32" height="16" fill="red"/></svg>';
  const bad = (file: string, what: string, bytes: Uint8Array): CorpusCase => ({ file, what, bytes, expected: skipped });
  const good = (file: string, what: string, bytes: Uint8Array, within = 0): CorpusCase => ({
    file,
    what,
    bytes,
    expected: picture(quarters, within),
  });
  return [
    bad('empty.jpg', 'no bytes', new Uint8Array(0)),
    bad('empty.png', 'no bytes', new Uint8Array(0)),
    bad('one-byte.jpg', 'one byte', Uint8Array.of(255)),
    bad('zeros.jpg', '1000 zeros', new Uint8Array(1000)),
    bad('noise.jpg', '5000 random bytes', noise),
    bad('soi-noise.jpg', 'a JPEG signature and random bytes', Uint8Array.of(255, 216, 255, 224, ...noise)),
    bad('signature.png', 'a PNG signature and nothing else', png.subarray(0, 8)),
    bad('markers.jpg', 'a JPEG of start and end alone', Uint8Array.of(255, 216, 255, 217)),
    bad('text.jpg', 'text', text('this is no image\n')),
    bad('json.png', 'JSON', text('{"error": "not found"}')),
    bad('page.png', 'HTML, as a download that failed leaves it', text('<!DOCTYPE html><html><body>404</body></html>')),
    bad('drawing.png', 'SVG: not pixels', text(svg)),
    bad('drawing.jpg', 'SVG after an XML declaration', text(`<?xml version="1.0"?>${svg}`)),
    bad('document.jpg', 'PDF', text('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF')),
    bad('archive.png', 'ZIP', Uint8Array.of(80, 75, 5, 6, ...new Uint8Array(18))),
    bad(
      'pointer.jpg',
      'a Git LFS pointer',
      text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
    ),
    good('png-named.jpg', 'PNG named .jpg', png),
    good('jpeg-named.png', 'JPEG named .png', jpeg, 3),
    good('webp-named.jpg', 'WebP named .jpg', webp),
    good('gif-named.png', 'GIF named .png', gif, 3),
    good('trailer.jpg', 'a whole JPEG and 5000 bytes after it', Buffer.concat([jpeg, noise]), 3),
    good('trailer.png', 'a whole PNG and 5000 bytes after it', Buffer.concat([png, noise])),
    good('UPPER.JPEG', 'ending in capitals', jpeg, 3),
    good('图像 é ñ 😀.png', 'a name in several scripts', png),
    good('a "b" %20 #1 \'c\'.png', 'a name with quotes, percent and hash', png),
  ];
}
