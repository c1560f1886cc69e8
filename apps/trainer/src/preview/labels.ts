import sharp from 'sharp';

const FONT = 'font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif"';

/** Characters of a name on one line. */
const LINE_LENGTH = 27;
const LINES = 2;

/** Text for SVG. Characters that XML does not know are left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** One line of text. @param baseline y */
export function svgText(
  text: string,
  left: number,
  baseline: number,
  { size = 12, fill = '#222', bold = false } = {},
): string {
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${left}" y="${baseline}" ${FONT} font-size="${size}" fill="${fill}"${weight}>${escapeXml(text)}</text>`;
}

/** A name in a few lines; of a long one the end, which tells more. */
export function nameLines(name: string): readonly string[] {
  const letters = Array.from(name);
  const room = LINE_LENGTH * LINES;
  const kept = letters.length > room ? ['…', ...letters.slice(letters.length - room + 1)] : letters;
  return Array.from({ length: Math.ceil(kept.length / LINE_LENGTH) }, (_, line) =>
    kept.slice(line * LINE_LENGTH, (line + 1) * LINE_LENGTH).join(''),
  );
}

/** Whether text comes out at all: it does not on a system without fonts. */
export async function fontsWork(): Promise<boolean> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">${svgText('view', 2, 15)}</svg>`;
  const { channels } = await sharp(Buffer.from(svg)).stats();
  return (channels[3]?.max ?? 0) > 0;
}
