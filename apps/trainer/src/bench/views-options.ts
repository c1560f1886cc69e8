import { availableParallelism } from 'node:os';
import { parseOptions, TesseraError } from '@tessera/core';
import { z } from 'zod';
import { DEFAULT_PAIRS } from './step-options.ts';
import { viewsTasks, type ViewsTaskName } from './views-tasks.ts';

const count = z.coerce.number().int().min(1);

/** The command line of `bench views`, its flags as they are typed, so that errors name them. */
const flagsSchema = z.strictObject({
  '--task': z.enum(Object.keys(viewsTasks) as [ViewsTaskName]),
  '--data': z.string().min(1),
  '--blur': z.enum(['pil', 'gaussian']).optional(),
  '--pixels': z.enum(['uint8', 'float32']),
  '--workers': z.coerce.number().int().min(0).max(256).optional(),
  '--images': count.optional(),
  '--rounds': count,
  '--peer': z.string().trim().min(1).optional(),
  '--pairs': count.optional(),
});

/** What `bench views` measures. */
export interface ViewsOptions {
  readonly task: ViewsTaskName;
  /** A folder of images. */
  readonly data: string;
  /** null: the task has none. */
  readonly blur: 'pil' | 'gaussian' | null;
  readonly pixels: 'uint8' | 'float32';
  /** Worker threads of the rate in all; 0: the main thread alone. */
  readonly workers: number;
  /** At most so many. */
  readonly images: number;
  /** Passes over the images that count, after one that does not. */
  readonly rounds: number;
  /** Time per stage too. */
  readonly stages: boolean;
  readonly json: boolean;
  readonly peer?: { readonly command: string; readonly pairs: number };
}

/** What the command line gives: flags with a value by their name, the others as they are. */
export interface ViewsFlags {
  readonly values: Readonly<Partial<Record<string, string>>>;
  readonly stages: boolean;
  readonly json: boolean;
}

/** @throws TesseraError `E_OPTION_INVALID`, `E_USAGE` */
export function parseViewsFlags({ values, ...rest }: ViewsFlags): ViewsOptions {
  const flags = parseOptions(
    flagsSchema,
    Object.fromEntries(Object.entries(values).map(([key, v]) => [`--${key}`, v])),
    '',
  );
  const { '--task': task, '--blur': blur, '--peer': command, '--pairs': pairs } = flags;
  const known = viewsTasks[task];
  if (!known.blurred && blur !== undefined)
    throw usage(`--blur ${blur}: the task '${task}' has no blur`, 'Leave --blur out.');
  if (command === undefined && pairs !== undefined)
    throw usage('--pairs counts runs against a peer, but there is no --peer', 'Add --peer "COMMAND", or leave it out.');
  return {
    task,
    data: flags['--data'],
    blur: known.blurred ? (blur ?? 'pil') : null,
    pixels: flags['--pixels'],
    workers: flags['--workers'] ?? availableParallelism(),
    images: flags['--images'] ?? known.images,
    rounds: flags['--rounds'],
    ...rest,
    ...(command !== undefined && { peer: { command, pairs: pairs ?? DEFAULT_PAIRS } }),
  };
}

function usage(message: string, next: string): TesseraError {
  return new TesseraError({ code: 'E_USAGE', message, next });
}
