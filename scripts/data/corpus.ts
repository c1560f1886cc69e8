/**
 * Takes a corpus of broken and odd images through training, and writes what became of each as a Markdown table.
 *
 *   npm run data:corpus -- [--out docs/data-corpus.md] [--epochs 20] [--keep FOLDER]
 *
 * Fails where a file is not what it should be, where a run skips other files than the decoder refuses, or where memory grows.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tap } from 'rxjs';
import sharp from 'sharp';
import { corpus } from '../../apps/trainer/src/testing/corpus/corpus.ts';
import { outcomeOf, writeCorpus, type Outcome } from '../../apps/trainer/src/testing/corpus/outcome.ts';
import { builtins } from '@tessera/builtins';
import { prepareRecipe, pretrain } from '@tessera/run';

const BATCH = 16;

/** More than this between the second and the last epoch is a leak. */
const TOLERATED_MEGABYTES = 24;

const { values } = parseArgs({
  options: { out: { type: 'string' }, epochs: { type: 'string', default: '20' }, keep: { type: 'string' } },
});

interface Run {
  readonly images: number;
  readonly skipped: ReadonlySet<string>;
  readonly summary: string;
  /** Resident memory at the end of each epoch. */
  readonly residentMB: readonly number[];
}

const cases = await corpus();
const temporary = mkdtempSync(join(tmpdir(), 'tessera-corpus-'));
const folder = values.keep ?? join(temporary, 'data');
try {
  mkdirSync(folder, { recursive: true });
  const run = await train(folder, await writeCorpus(folder, cases, BATCH));
  const outcomes: Outcome[] = [];
  for (const each of cases) outcomes.push(await outcomeOf(each));
  const text = report(outcomes, run);
  if (values.out === undefined) process.stdout.write(text);
  else writeFileSync(values.out, text);
  const complaints = problems(outcomes, run);
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** The demo's SimCLR, a small one, over the corpus and as many sound images; nothing is cached, so every epoch decodes every file again. */
async function train(path: string, images: number): Promise<Run> {
  const content = {
    method: { name: 'simclr' },
    data: { source: 'folder', path, workers: 2, cacheMegabytes: 0, onBadImage: 'skip' },
    augmenter: { options: { size: 8 } },
    encoder: { name: 'resnet', options: { blocks: [1, 1, 1, 1], width: 2, stem: 'cifar' } },
    head: { options: { out: 8 } },
    trainer: { batchSize: BATCH, epochs: Number(values.epochs), engine: 'cpu' },
    checkpoint: { everyMinutes: null },
  };
  const skipped = new Set<string>();
  const residentMB: number[] = [];
  const { reason, step, summary } = await pretrain(
    await prepareRecipe({ content, folder: path }, { plugins: builtins }),
    {
      out: join(temporary, 'run'),
      reporters: [
        (events) =>
          events.pipe(
            tap((event) => {
              if (event.type === 'epoch') residentMB.push(Math.round(process.memoryUsage().rss / 2 ** 20));
              if (event.type === 'warning' && event.code === 'W_BAD_IMAGE')
                skipped.add(event.details?.['path'] as string);
            }),
          ),
      ],
    },
  );
  return {
    images,
    skipped,
    residentMB,
    summary: `${reason} after ${String(step)} steps, ${String(summary['skippedImages'])} images skipped`,
  };
}

function problems(outcomes: readonly Outcome[], { skipped, residentMB }: Run): readonly string[] {
  const refused = outcomes.filter(({ became }) => 'reason' in became).map(({ file }) => join(folder, 'odd', file));
  const growth = (residentMB.at(-1) ?? 0) - (residentMB[1] ?? 0);
  return [
    ...outcomes.filter(({ agrees }) => agrees === undefined).map(({ file }) => `${file} is not what it should be`),
    ...refused.filter((path) => !skipped.has(path)).map((path) => `the run did not skip ${path}`),
    ...[...skipped].filter((path) => !refused.includes(path)).map((path) => `the run skipped ${path}`),
    ...(growth > TOLERATED_MEGABYTES ? [`memory grew by ${String(growth)} MB`] : []),
  ];
}

function report(outcomes: readonly Outcome[], { images, summary, residentMB }: Run): string {
  const { vips, sharp: version } = sharp.versions;
  const marks = residentMB.filter((_, epoch) => epoch % 5 === 4 || epoch === 1);
  return [
    '# A corpus of broken and odd images',
    '',
    `Made and measured by \`npm run data:corpus -- --out docs/data-corpus.md\` (sharp ${version}, libvips ${vips}). ${String(outcomes.length)} files, and as many`,
    `sound ones besides, went through training: ${String(images)} images, two workers, ${String(residentMB.length)} epochs that each decoded every file`,
    `again: ${summary}. Resident memory: ${marks.map((mark) => `${String(mark)} MB`).join(', ')} (epochs 2, 5, 10, …).`,
    '',
    'What decoding means (`decode` of `@tessera/data`): EXIF orientation applied; gray repeated; palettes and fewer than 8 bits unpacked; of 16 bits',
    'the upper byte; alpha dropped; CMYK to (255 − ink)(255 − black) / 255; colour profiles and gamma ignored; first frame of an animation;',
    'whatever the name says, the content decides. Truncated files are refused, not padded with gray.',
    '',
    '| file | what it is | became | compared with what it should be |',
    '| --- | --- | --- | --- |',
    ...outcomes.map(({ file, what, became, agrees = '**NOT as expected**' }) => {
      const outcome = 'size' in became ? became.size : `skipped: ${became.reason}`;
      return `| ${[file, what, outcome, agrees === 'skipped' ? 'as expected' : agrees].map(cell).join(' | ')} |`;
    }),
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')

    .replaceAll(/[<>]/g, (sign) => (sign === '<' ? '&lt;' : '&gt;'));
}
