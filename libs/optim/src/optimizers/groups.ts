import type { NamedVariable } from '@tessera/core';
import { z } from 'zod';
import { isExcluded, role } from './options.ts';

const group = z
  .strictObject({
    roles: z.array(role).default([]).describe('Roles of the variables it holds for: [bias, norm].'),
    names: z.array(z.string().min(1)).default([]).describe('Parts of names of the variables it holds for: ["head/"].'),
    learningRate: z.number().nonnegative().default(1).describe("Times the step's rate; 0 holds them still."),
    constantRate: z
      .boolean()
      .optional()
      .describe("The schedule's base rate at every step instead of its rate: SimSiam's predictor."),
    clipNorm: z.number().positive().optional().describe('Largest norm of the gradient of each of them, one by one.'),
    weightDecay: z
      .number()
      .nonnegative()
      .optional()
      .describe("Instead of the optimizer's, also where it excludes them."),
    adapt: z.boolean().optional().describe('Layer-wise adaptation on or off, where the optimizer has one.'),
  })
  .refine(({ roles, names }) => roles.length + names.length > 0, 'expected roles or names, or it holds for nothing');

/** Rules for some variables; the first that names a variable, by role or by name, holds. */
export const groups = z
  .array(group)
  .default([])
  .describe(
    'Learning rate, weight decay, clipping and adaptation of some variables; the first group that names one holds.',
  );

/** What an optimizer does with a variable. */
export interface Settings {
  /** Times the learning rate of the step. */
  readonly rateFactor: number;
  /** Times the schedule's base rate instead. */
  readonly constantRate: boolean;
  readonly weightDecay: number;
  /** Whether a schedule's weight decay replaces it: where it is the optimizer's own. */
  readonly scheduledDecay: boolean;
  /** Largest norm of the variable's gradient; undefined: as it is. */
  readonly clipNorm?: number;
  /** Whether layer-wise adaptation (LARS, LARC) scales it. */
  readonly adapted: boolean;
}

/** The options that decide about variables. */
export interface GroupOptions {
  readonly weightDecay: number;
  readonly exclude: readonly string[];
  readonly excludeNames?: readonly string[];
  readonly groups?: z.output<typeof groups>;
}

/** Resolves groups and exclusions for a variable. */
export function settingsOf(options: GroupOptions): (parameter: NamedVariable) => Settings {
  return (parameter) => {
    const excluded = isExcluded(parameter, options.exclude, options.excludeNames);
    const found = options.groups?.find(({ roles, names }) => isExcluded(parameter, roles, names));
    return {
      rateFactor: found?.learningRate ?? 1,
      constantRate: found?.constantRate ?? false,
      weightDecay: found?.weightDecay ?? (excluded ? 0 : options.weightDecay),
      scheduledDecay: !excluded && found?.weightDecay === undefined && options.weightDecay > 0,
      ...(found?.clipNorm !== undefined && { clipNorm: found.clipNorm }),
      adapted: found?.adapt ?? !excluded,
    };
  };
}
