/** The one option that every optimizer has: `learningRate`, the peak that schedules make the rate of each step from. */
import { z } from 'zod';
import { TesseraError } from '../errors.ts';
import type { Extension } from './extension.ts';

/** A schema of an optimizer's options, `z.strictObject({ learningRate: z.number().positive(), ... })`. */
export type OptimizerSchema = z.ZodType<{ readonly learningRate: number }>;

interface Node {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly allOf?: readonly Node[];
}

/** @throws TesseraError `E_OPTIMIZER_LEARNING_RATE` naming the package, if the options have no number `learningRate` */
export function requireLearningRate({ name, schema }: Pick<Extension, 'name' | 'schema'>, plugin: string): void {
  const [written, parsed] = (['input', 'output'] as const).map((io) => nodeOf(schema, io));
  // What a transform of the whole gives cannot be seen, only what it takes.
  if (written && parsed && has(written, isThere) && (isAnything(parsed) || has(parsed, isNumber, true))) return;
  throw refusal(
    `the optimizer '${name}' of '${plugin}' has no option 'learningRate' that is always a number`,
    `'${plugin}' must give its options \`learningRate: z.number().positive()\`, the peak that schedules start from; see docs/plugins.md.`,
  );
}

/**
 * The peak, before scaling and schedule, of options as they are written.
 * @throws TesseraError `E_OPTIMIZER_LEARNING_RATE` if the schema makes something else of it than a finite number
 */
export function peakLearningRate({ name, schema }: Pick<Extension, 'name' | 'schema'>, options: unknown): number {
  const parsed: unknown = schema.parse(options);
  const rate: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'learningRate') : undefined;
  if (typeof rate === 'number' && Number.isFinite(rate)) return rate;
  throw refusal(
    `the learningRate of the optimizer '${name}' is ${String(rate)}: expected a finite number`,
    'Its package must make a number of the option; correct optimizer.options.learningRate if it does.',
  );
}

function refusal(message: string, next: string): TesseraError {
  return new TesseraError({ code: 'E_OPTIMIZER_LEARNING_RATE', message, next });
}

function nodeOf(schema: z.ZodType, io: 'input' | 'output'): Node | undefined {
  try {
    return z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Node;
  } catch {
    return undefined; // not a schema at all
  }
}

function has(node: Node, fits: (rate: Node) => boolean, always = false): boolean {
  const either = node.anyOf ?? node.oneOf;
  if (either) return either.every((one) => has(one, fits, always));
  if (node.allOf) return node.allOf.some((one) => has(one, fits, always));
  const rate = node.properties?.['learningRate'];
  return rate !== undefined && fits(rate) && (!always || node.required?.includes('learningRate') === true);
}

/** A key that may only be absent (`z.never().optional()`) is none. */
const isThere = (node: Node): boolean => !('not' in node);

function isNumber(node: Node): boolean {
  const either = node.anyOf ?? node.oneOf;
  if (either) return either.every(isNumber);
  if (node.allOf) return node.allOf.some(isNumber);
  const values = node.enum ?? ('const' in node ? [node.const] : undefined);
  if (values) return values.every((value) => typeof value === 'number');
  return isAnything(node) || [node.type].flat().every((type) => type === 'number' || type === 'integer');
}

/** Nothing is known of it. */
function isAnything({ type, anyOf, oneOf, allOf, enum: values, ...rest }: Node): boolean {
  return !type && !anyOf && !oneOf && !allOf && !values && !('const' in rest) && !('not' in rest) && !rest.properties;
}
