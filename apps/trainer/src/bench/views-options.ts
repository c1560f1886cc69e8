import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { count, parseFlags, peerFlags, peerOf, usage, type FlagValues, type Peer } from './flags.ts';
import { viewsTasks, type ViewsTaskName } from './views-tasks.ts';

/** The command line of `bench views`, its flags as they are typed, so that errors name them. */
const flagsSchema = z.strictObject({
  '--task': z.enum(Object.keys(viewsTasks) as [ViewsTaskName]),
  '--data': z.string().min(1),
  '--blur': z.enum(['pil', 'gaussian']).optional(),
  '--pixels': z.enum(['uint8', 'float32']),
  '--workers': z.coerce.number().int().min(0).max(256).optional(),
  '--images': count.optional(),
  '--rounds': count,
  ...peerFlags,
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
  readonly peer?: Peer;
}

/** What the command line gives: flags with a value by their name, the others as they are. */
export interface ViewsFlags {
  readonly values: FlagValues;
  readonly stages: boolean;
  readonly json: boolean;
}

/** @throws TesseraError `E_OPTION_INVALID`, `E_USAGE` */
export function parseViewsFlags({ values, ...rest }: ViewsFlags): ViewsOptions {
  const flags = parseFlags(flagsSchema, values);
  const { '--task': task, '--blur': blur } = flags;
  const known = viewsTasks[task];
  if (!known.blurred && blur !== undefined)
    throw usage(`--blur ${blur}: the task '${task}' has no blur`, 'Leave --blur out.');
  const peer = peerOf(flags);
  return {
    task,
    data: flags['--data'],
    blur: known.blurred ? (blur ?? 'pil') : null,
    pixels: flags['--pixels'],
    workers: flags['--workers'] ?? availableParallelism(),
    images: flags['--images'] ?? known.images,
    rounds: flags['--rounds'],
    ...rest,
    ...(peer && { peer }),
  };
}
