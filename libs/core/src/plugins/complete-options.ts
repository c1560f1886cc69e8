import { z } from 'zod';
import { unwrapped } from './schema-keys.ts';
import type { Json } from '../json.ts';

/**
 * Options as a person could write them, with the defaults filled in: the schema makes of them what it makes of the options given, so they
 * may be kept, sent to a worker and parsed there. What the schema *changes* (a transform, a coercion, a preprocessing) stays as it was
 * written. A default is filled in if it means the same when it is given; one that a transform has already been through does not, and stays out.
 * @param written what the schema has accepted
 */
export function completeOptions(schema: unknown, written: unknown): Json {
  return JSON.parse(JSON.stringify(completed(schema, written) ?? {})) as Json;
}

function completed(schema: unknown, written: unknown): unknown {
  if (written === undefined) return fallback(schema);
  if (written === null) return null;
  const inner = innerOf(schema);
  if (inner) return completed(inner, written);
  if (schema instanceof z.ZodUnion) return completedUnion(schema, written);
  if (schema instanceof z.ZodIntersection)
    return merged(completed(schema.def.left, written), completed(schema.def.right, written));
  if (Array.isArray(written)) return completedList(schema, written);
  if (typeof written !== 'object') return written;
  if (schema instanceof z.ZodRecord)
    return Object.fromEntries(Object.entries(written).map(([key, value]) => [key, completed(schema.valueType, value)]));
  return schema instanceof z.ZodObject
    ? completedObject(schema, written as Readonly<Record<string, unknown>>)
    : written;
}

function completedObject(schema: z.ZodObject, written: Readonly<Record<string, unknown>>): object {
  const { catchall } = schema.def;
  const known = Object.entries(schema.shape).map(([key, child]) => [key, completed(child, written[key])] as const);
  // Without a catchall the schema drops what it does not know.
  const others = catchall ? Object.entries(written).filter(([key]) => !Object.hasOwn(schema.shape, key)) : [];
  return Object.fromEntries(
    [...known, ...others.map(([key, value]) => [key, completed(catchall, value)] as const)].filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function completedList(schema: unknown, written: readonly unknown[]): readonly unknown[] {
  if (schema instanceof z.ZodArray) return written.map((value) => completed(schema.element, value));
  if (!(schema instanceof z.ZodTuple)) return written;
  return written.map((value, i) => completed(schema.def.items[i] ?? schema.def.rest, value));
}

/** The first alternative that takes a value is the one that counts; filled in, the value must still be that one's. */
function completedUnion({ options }: z.ZodUnion, written: unknown): unknown {
  const taker = (value: unknown): z.core.$ZodType | undefined =>
    options.find((option) => z.safeParse(option, value).success);
  const own = taker(written);
  const filled = completed(own, written);
  return taker(filled) === own ? filled : written;
}

function merged(left: unknown, right: unknown): unknown {
  const both = [left, right].every((side) => typeof side === 'object' && side !== null && !Array.isArray(side));
  return both ? { ...(left as object), ...(right as object) } : right;
}

/** What stands for an option that is left out, as it would be written; undefined where there is nothing or it cannot be written. */
function fallback(schema: unknown): unknown {
  if (!(schema instanceof z.ZodType)) return undefined;
  const result = schema.safeParse(undefined);
  if (!result.success || result.data === undefined) return undefined;
  const { data } = result;
  const again = schema.safeParse(data);
  if (again.success && sameJson(again.data, data) && sameJson(JSON.parse(JSON.stringify(data)), data)) return data;
  if (schema instanceof z.ZodPrefault) return completed(schema.unwrap(), schema.def.defaultValue);
  if (schema instanceof z.ZodDefault) return undefined;
  const inner = innerOf(schema);
  return inner && fallback(inner);
}

/** The schema that reads first what is written. */
function innerOf(schema: unknown): unknown {
  if (schema instanceof z.ZodPipe) return schema.in instanceof z.ZodTransform ? undefined : schema.in;
  return unwrapped(schema);
}

/** Equal, and made of what JSON has. */
function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null)
    return Object.is(a, b) && !['undefined', 'function', 'symbol', 'bigint'].includes(typeof a);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (!Array.isArray(a) && Object.getPrototypeOf(a) !== Object.prototype) return false;
  const [ours, theirs] = [Object.entries(a), Object.entries(b)];
  return (
    ours.length === theirs.length &&
    ours.every(([key, value]) => Object.hasOwn(b, key) && sameJson(value, Reflect.get(b, key)))
  );
}
