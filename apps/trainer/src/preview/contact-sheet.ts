import type { RgbImage } from '@tessera/core';
import sharp from 'sharp';
import { nameLines, svgText } from './labels.ts';
import type { PreviewRow } from './preview-rows.ts';
import { GAP, layOut, LINE, TITLE_LINES, type SheetLayout } from './sheet-layout.ts';

/** Of the views' boxes and titles: Okabe and Ito's, which colour-blind people tell apart too. */
const COLOURS = ['#D55E00', '#0072B2', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#7A6A00', '#444444'];

/**
 * Draws a labelled PNG: a row an image, first its name, then the image with the boxes that its views were cut from, then the views.
 * @param rows at least one @param title two lines about the whole
 */
export async function drawContactSheet(
  rows: readonly PreviewRow[],
  title: readonly [string, string],
): Promise<Uint8Array> {
  const layout = layOut(rows);
  const { width, height, cell, imageLeft, viewLeft, zoom } = layout;
  const canvas = { width, height, data: new Uint8Array(width * height * 3).fill(255) };
  for (const [row, { image, views }] of rows.entries()) {
    const top = layout.rowTop(row);
    paste(canvas, await fit(image, cell), imageLeft, top);
    for (const [at, { size, bytes }] of views.entries()) {
      const view = { width: size, height: size, data: bytes };
      const side = Math.round(size * zoom);
      paste(canvas, zoom >= 1 ? enlarge(view, zoom) : await resize(view, side, side), viewLeft[at] ?? 0, top);
    }
  }
  const drawing = Buffer.from(svg(rows, layout, title));
  return sharp(canvas.data, { raw: { width, height, channels: 3 } })
    .composite([{ input: drawing }])
    .png()
    .toBuffer();
}

function svg(rows: readonly PreviewRow[], layout: SheetLayout, title: readonly [string, string]): string {
  const { width, height, cell, imageLeft, viewLeft, zoom } = layout;
  const head = GAP + LINE;
  const titles = head + TITLE_LINES * LINE;
  const shapes = [svgText(title[0], GAP, head, { bold: true }), svgText(title[1], GAP, head + LINE)];
  shapes.push(svgText('image', imageLeft, titles, { bold: true }));
  rows[0]?.views.forEach(({ size }, at) => {
    const left = viewLeft[at] ?? 0;
    shapes.push(svgText(`view ${at + 1}`, left, titles, { bold: true, fill: colour(at) }));
    const shown = zoom === 1 ? '' : `, x${Number(zoom.toPrecision(2))}`;
    shapes.push(svgText(`${size} px${shown}`, left, titles + LINE, { fill: colour(at), size: 11 }));
  });
  rows.forEach(({ name, label, image, views }, row) => {
    const top = layout.rowTop(row);
    const lines = [...nameLines(name), ...(label === undefined ? [] : [label]), `${image.width} x ${image.height}`];
    lines.forEach((line, at) => shapes.push(svgText(line, GAP, top + 12 + at * LINE, { size: 11 })));
    const scale = cell / Math.max(image.width, image.height);
    views.forEach(({ crop }, at) => {
      if (!crop) return;
      const [x, y, w, h] = [
        imageLeft + crop.left * scale,
        top + crop.top * scale,
        crop.width * scale,
        crop.height * scale,
      ];
      shapes.push(
        `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="none" stroke="${colour(at)}" stroke-width="2"/>`,
      );
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
}

function colour(view: number): string {
  return COLOURS[view % COLOURS.length] ?? '#000000';
}

/** The whole image in a square, its sides' ratio kept. */
function fit(image: RgbImage, cell: number): Promise<RgbImage> | RgbImage {
  const scale = cell / Math.max(image.width, image.height);
  if (Number.isInteger(scale)) return enlarge(image, scale);
  return resize(image, Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale)));
}

async function resize({ data, ...size }: RgbImage, width: number, height: number): Promise<RgbImage> {
  const resized = sharp(data, { raw: { ...size, channels: 3 } }).resize(width, height, { fit: 'fill' });
  return { width, height, data: new Uint8Array(await resized.raw().toBuffer()) };
}

/** By a whole factor, pixels stay squares. */
function enlarge({ width, height, data }: RgbImage, factor: number): RgbImage {
  if (factor === 1) return { width, height, data };
  const out = new Uint8Array(width * height * factor * factor * 3);
  for (let y = 0, to = 0; y < height * factor; y++) {
    const line = Math.floor(y / factor) * width;
    for (let x = 0; x < width * factor; x++, to += 3) {
      const from = 3 * (line + Math.floor(x / factor));
      out.set(data.subarray(from, from + 3), to);
    }
  }
  return { width: width * factor, height: height * factor, data: out };
}

function paste(canvas: RgbImage, { width, height, data }: RgbImage, left: number, top: number): void {
  for (let y = 0; y < height; y++)
    canvas.data.set(data.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * canvas.width + left) * 3);
}
