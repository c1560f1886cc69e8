import { z } from 'zod';
import { count, parseFlags, peerFlags, peerOf, usage, type FlagValues, type Peer } from './flags.ts';

/** Names that PyTorch people know, as options of the `resnet` encoder. */
export const encoders = {
  resnet18: { depth: 18 },
  resnet34: { depth: 34 },
  resnet50: { depth: 50 },
  resnet101: { depth: 101 },
  resnet152: { depth: 152 },
} as const;

/** Pixels from which on the encoder gets the ImageNet stem. */
const LARGE_IMAGE = 64;

/** The command line of `bench step`, its flags as they are typed, so that errors name them. */
const flagsSchema = z.strictObject({
  '--encoder': z.enum(Object.keys(encoders) as [keyof typeof encoders]),
  '--size': z.coerce.number().int().min(8).max(1024),
  '--stem': z.enum(['imagenet', 'cifar']).optional(),
  '--batch': count,
  '--steps': count,
  '--warmup': count,
  '--precision': z.enum(['f32', 'bf16']),
  '--engine': z.enum(['auto', 'torch', 'tensorflow', 'wasm', 'cpu']),
  '--threads': count.optional(),
  '--device': z
    .string()
    .regex(/^(auto|cpu|cuda(:\d{1,3})?)$/, 'is auto, cpu, cuda or cuda:1')
    .optional(),
  ...peerFlags,
});

/** What `bench step` measures. */
export interface StepOptions {
  readonly encoder: keyof typeof encoders;
  /** Pixels. */
  readonly size: number;
  readonly stem: 'imagenet' | 'cifar';
  /** Pairs: a step sees twice as many images. */
  readonly batch: number;
  /** Steps that count, and steps before them that do not. */
  readonly steps: number;
  readonly warmup: number;
  readonly precision: 'f32' | 'bf16';
  readonly engine: 'auto' | 'torch' | 'tensorflow' | 'wasm' | 'cpu';
  /** Of the torch engine. */
  readonly device: string;
  /** null: all cores. */
  readonly threads: number | null;
  /** Recipe values, `key=value`. */
  readonly set: readonly string[];
  readonly profile: boolean;
  readonly json: boolean;
  readonly peer?: Peer;
}

/** What the command line gives: flags with a value by their name, the others as they are. */
export interface StepFlags {
  readonly values: FlagValues;
  readonly set: readonly string[];
  readonly profile: boolean;
  readonly json: boolean;
}

/** @throws TesseraError `E_OPTION_INVALID`, `E_USAGE` */
export function parseStepFlags({ values, ...rest }: StepFlags): StepOptions {
  const flags = parseFlags(flagsSchema, values);
  const { '--size': size } = flags;
  const peer = peerOf(flags);
  if (peer && rest.profile) throw usage('--profile slows our side of a comparison with --peer', 'Use one of the two.');
  return {
    encoder: flags['--encoder'],
    size,
    stem: flags['--stem'] ?? (size >= LARGE_IMAGE ? 'imagenet' : 'cifar'),
    batch: flags['--batch'],
    steps: flags['--steps'],
    warmup: flags['--warmup'],
    precision: flags['--precision'],
    engine: flags['--engine'],
    threads: flags['--threads'] ?? null,
    device: flags['--device'] ?? 'auto',
    ...rest,
    ...(peer && { peer }),
  };
}
