import { basename } from 'node:path';
import { parseOptions, TesseraError } from '@tessera/core';
import { z } from 'zod';
import { prepare } from '../prepare.ts';
import { writePreview } from '../preview/write-preview.ts';
import { tellNotices } from '../reporters/tell-notices.ts';

/** Flags as they are typed, so that errors name them. */
const flagsSchema = z.strictObject({
  '--images': z.coerce.number().int().min(1).max(100),
  '--seed': z.coerce.number().int().min(0).optional(),
});

export interface PreviewFlags {
  readonly recipe: string;
  readonly data?: string | undefined;
  readonly out: string;
  readonly images: string;
  readonly seed?: string | undefined;
  readonly set: readonly string[];
}

/**
 * `tessera preview`: writes a contact sheet of views.
 * @throws TesseraError about recipe, data and output
 */
export async function previewCommand({ recipe, data, out, images, seed, set }: PreviewFlags): Promise<void> {
  const flags = parseOptions(flagsSchema, { '--images': images, ...(seed !== undefined && { '--seed': seed }) }, '');
  if (!/\.png$/i.test(out)) {
    throw new TesseraError({
      code: 'E_USAGE',
      message: `--out names '${out}': a contact sheet is a PNG file`,
      next: 'Give the file a name that ends in .png.',
    });
  }
  const chosen = flags['--seed'];
  const prepared = await prepare(recipe, {
    set: [...set, ...(chosen === undefined ? [] : [`seed=${chosen}`])],
    ...(data !== undefined && { data }),
  });
  tellNotices(prepared.notices);
  const { path, rows } = await writePreview(prepared, {
    out,
    images: flags['--images'],
    recipe: basename(recipe),
    warn: (code, message) => {
      process.stderr.write(`warning: ${message} [${code}]\n`);
    },
  });
  const sizes = new Map<number, number>();
  for (const { size } of rows[0]?.views ?? []) sizes.set(size, (sizes.get(size) ?? 0) + 1);
  const views = [...sizes].map(([size, count]) => `${count} x ${size} x ${size}`).join(' + ');
  process.stdout.write(`${path}: ${rows.length} ${rows.length === 1 ? 'image' : 'images'}, views ${views}\n`);
}
