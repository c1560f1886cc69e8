import { z } from 'zod';
import { TesseraError } from '../errors.ts';
import type { Json } from '../json.ts';

function pathOf(where: string, path: readonly PropertyKey[]): string {
  return [where, ...path.map(String)].filter((part) => part !== '').join('.');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
    value,
  );
}

/** Levenshtein distance, for "did you mean". */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The known name nearest to a mistyped one, if it is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, cost: distance(name, candidate) }))
    .sort((a, b) => a.cost - b.cost)[0];
  return ranked && ranked.cost <= Math.max(2, Math.floor(name.length / 3)) ? ranked.candidate : undefined;
}

function keysOf(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let node: unknown = schema;
  for (const key of path) node = unwrapObject(node)?.shape[String(key)];
  return Object.keys(unwrapObject(node)?.shape ?? {});
}

function unwrapObject(node: unknown): z.ZodObject | undefined {
  if (node instanceof z.ZodObject) return node;
  if (
    node instanceof z.ZodDefault ||
    node instanceof z.ZodPrefault ||
    node instanceof z.ZodOptional ||
    node instanceof z.ZodNullable
  )
    return unwrapObject(node.unwrap());
  return undefined;
}

/**
 * Validates at the edge, once. Unknown keys are errors where the schema is a `z.strictObject`.
 * @param where what the value is, as a path a person would write: `objective.options`
 * @throws TesseraError `E_OPTION_UNKNOWN` (with the nearest known key) or `E_OPTION_INVALID`; both name key, value and expectation
 */
export function parseOptions<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (!issue) throw new TesseraError({ code: 'E_OPTION_INVALID', message: `${where} is invalid` });
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const known = keysOf(schema, issue.path);
    const guess = nearest(key, known);
    throw new TesseraError({
      code: 'E_OPTION_UNKNOWN',
      message: `unknown option '${pathOf(where, [...issue.path, key])}'${guess ? `; did you mean '${guess}'?` : ''}`,
      next: known.length > 0 ? `Known options here: ${known.join(', ')}.` : 'This part takes no options.',
    });
  }
  const got = valueAt(value, issue.path);
  throw new TesseraError({
    code: 'E_OPTION_INVALID',
    message: `'${pathOf(where, issue.path)}' is ${got === undefined ? 'missing' : JSON.stringify(got)}: ${issue.message}`,
    next:
      result.error.issues.length > 1
        ? `${String(result.error.issues.length - 1)} more problem(s) follow this one.`
        : 'Correct the value and run again.',
  });
}

/** Parses to plain JSON, so that resolved options can be written to the run folder. */
export function parseToJson(schema: z.ZodType, value: unknown, where: string): Json {
  return JSON.parse(JSON.stringify(parseOptions(schema, value, where))) as Json;
}
