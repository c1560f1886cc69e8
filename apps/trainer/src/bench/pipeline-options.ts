import { z } from 'zod';
import { count, parseFlags, type FlagValues } from './flags.ts';

/** The command line of `bench pipeline`, its flags as they are typed, so that errors name them. */
const flagsSchema = z.strictObject({
  '--data': z.string().min(1).optional(),
  '--engine': z.string().optional(),
  '--device': z.string().optional(),
  '--precision': z.string().optional(),
  '--steps': count,
  '--rounds': count,
});

/** How `bench pipeline` measures. */
export interface PipelineOptions {
  /** Steps of each measurement that count. */
  readonly steps: number;
  /** Measurements of each kind. */
  readonly rounds: number;
  /** Time of each kernel of the engine too. */
  readonly profile: boolean;
}

/** What the command line gives: flags with a value by their name, the others as they are. */
export interface PipelineFlags {
  readonly recipe: string;
  readonly values: FlagValues;
  readonly set: readonly string[];
  readonly profile: boolean;
  readonly json: boolean;
}

/** @throws TesseraError `E_OPTION_INVALID` */
export function parsePipelineFlags({ values, profile }: PipelineFlags): PipelineOptions {
  const { '--steps': steps, '--rounds': rounds } = parseFlags(flagsSchema, values);
  return { steps, rounds, profile };
}
