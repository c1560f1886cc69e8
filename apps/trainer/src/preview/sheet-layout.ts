import { TesseraError } from '@tessera/core';
import type { PreviewRow } from './preview-rows.ts';

/** Pixels on the sheet. */
export const GAP = 10;
export const LINE = 16;
/** The first column: names. */
const NAMES = 190;
const NARROWEST = 72;
/** What the largest view is brought to: small ones are enlarged by whole factors, so that a pixel stays a square. */
const SMALL = 128;
const LARGE = 256;
/** Lines above the columns: two about the whole sheet, two about the column, and half a line between. */
export const TITLE_LINES = 2.5;
const HEAD = TITLE_LINES + 2;
/** Room for the title. */
const LEAST_WIDTH = 640;
/** Of the sheet; what draws the text takes no longer side. */
const LONGEST_SIDE = 30_000;
const MOST_PIXELS = 120_000_000;

/** Where things are. All sizes in pixels of the sheet. */
export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  /** A view's pixel is so large: one factor for all, so that small crops look small. */
  readonly zoom: number;
  /** Side of the square that holds an image. */
  readonly cell: number;
  /** Left edges: of the images, and of each view. */
  readonly imageLeft: number;
  readonly viewLeft: readonly number[];
  readonly rowTop: (row: number) => number;
}

/**
 * @param rows at least one; all have views of the same sizes
 * @throws TesseraError `E_USAGE` where the sheet would be too large to look at
 */
export function layOut(rows: readonly PreviewRow[]): SheetLayout {
  const sizes = rows[0]?.views.map(({ size }) => size) ?? [];
  const largest = Math.max(...sizes);
  const zoom = largest <= SMALL ? Math.floor(SMALL / largest) : Math.min(1, LARGE / largest);
  const cell = Math.round(largest * zoom);
  const imageLeft = GAP + NAMES + GAP;
  const viewLeft: number[] = [];
  let left = imageLeft + Math.max(NARROWEST, cell) + 2 * GAP;
  for (const size of sizes) {
    viewLeft.push(left);
    left += Math.max(NARROWEST, Math.round(size * zoom)) + GAP;
  }
  const top = GAP + HEAD * LINE + GAP;
  const rowHeight = Math.max(cell, 4 * LINE) + GAP;
  const [width, height] = [Math.max(left, LEAST_WIDTH), top + rows.length * rowHeight];
  if (Math.max(width, height) > LONGEST_SIDE || width * height > MOST_PIXELS) throw tooLarge(width, height);
  return {
    width,
    height,
    zoom,
    cell,
    imageLeft,
    viewLeft,
    rowTop: (row) => top + row * rowHeight,
  };
}

function tooLarge(width: number, height: number): TesseraError {
  return new TesseraError({
    code: 'E_USAGE',
    message: `the sheet would have ${width} x ${height} pixels`,
    next: 'Ask for fewer images, or for a recipe with fewer views.',
  });
}
