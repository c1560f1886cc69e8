/** Options that several optimizers share. */
import type { NamedVariable } from '@tessera/core';
import { z } from 'zod';

export const learningRate = (value: number) =>
  z
    .number()
    .positive()
    .default(value)
    .describe('Peak, before the scaling by batch size; the schedule makes the rate of each step from it.');
export const momentum = z.number().min(0).lt(1).default(0.9).describe('Weight of the past updates.');
export const weightDecay = (value: number) =>
  z.number().nonnegative().default(value).describe('L2 penalty on the variables that are not excluded.');
export const role = z.enum(['weight', 'bias', 'norm', 'prototype']);
export const exclude = (roles: ('weight' | 'bias' | 'norm' | 'prototype')[], from: string) =>
  z.array(role).default(roles).describe(`Roles of variables left out of ${from}.`);

/** Whether roles or parts of names name the variable. */
export function isExcluded(parameter: NamedVariable, roles: readonly string[], names: readonly string[] = []): boolean {
  return roles.includes(parameter.role) || names.some((part) => parameter.name.includes(part));
}
