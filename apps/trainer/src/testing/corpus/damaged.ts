import { either, skipped, type CorpusCase } from './case.ts';
import { pixels, waves } from './picture.ts';

const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;

/** Sound files of each format, cut at every tenth of their length, and with single bits turned over. */
export async function damagedCases(): Promise<readonly CorpusCase[]> {
  const cases: CorpusCase[] = [];
  for (const format of FORMATS) {
    const whole = await pixels(waves).toFormat(format).toBuffer();
    for (let tenth = 1; tenth <= 9; tenth++) {
      cases.push({
        file: `cut-${tenth}0.${format}`,
        what: `${format} cut at ${tenth}0 %`,
        bytes: whole.subarray(0, Math.floor((whole.length * tenth) / 10)),
        expected: skipped,
      });
    }
    for (const place of [0, 0.02, 0.3, 0.7, 0.95])
      cases.push({
        file: `bit-${String(place * 100)}.${format}`,
        what: `${format} with a bit turned over at ${String(place * 100)} %`,
        bytes: flipped(whole, Math.floor(whole.length * place)),
        // PNG has checksums over everything; a format's first byte is its name.
        expected: format === 'png' || place === 0 ? skipped : either,
      });
  }
  const progressive = await pixels(waves).jpeg({ progressive: true }).toBuffer();
  cases.push({
    file: 'cut-progressive.jpg',
    what: 'progressive jpeg cut after its first scans: a whole picture, but coarse',
    bytes: progressive.subarray(0, Math.floor(progressive.length * 0.6)),
    expected: skipped,
  });
  return cases;
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const out = Uint8Array.from(bytes); // a Buffer's own slice() is a view
  out[at] = (out[at] ?? 0) ^ 16;
  return out;
}
