import type { z } from 'zod';
import { isTesseraError, TesseraError } from '../errors.ts';
import { nearest } from './names.ts';
import { keysAt } from './schema-keys.ts';
import { meantName } from './synonyms.ts';

/** An option that nobody knows, for whoever knows of more places where it could belong. */
export class UnknownOptionError extends TesseraError {
  /** Where it stands, dotted: `optimizer.options.lr`. */
  readonly option: string;
  /** The keys there. */
  readonly known: readonly string[];

  /** @param meant the dotted path of what was probably meant */
  constructor(option: string, known: readonly string[], meant?: string) {
    const here = option.slice(0, option.lastIndexOf('.') + 1);
    const beside = meant?.startsWith(here) === true ? meant.slice(here.length) : undefined;
    const short = beside?.includes('.') === false ? beside : meant;
    const list = known.length > 0 ? `Known options here: ${known.join(', ')}.` : 'This part takes no options.';
    super({
      code: 'E_OPTION_UNKNOWN',
      message: `unknown option '${option}'${short === undefined ? '' : `; did you mean '${short}'?`}`,
      next: meant === undefined ? list : `Write ${meant}. ${list}`,
    });
    this.option = option;
    this.known = known;
  }
}

/** By shape, as `isTesseraError`: a package may have brought a copy of this one. */
export function isUnknownOption(error: unknown): error is UnknownOptionError {
  return isTesseraError(error) && error.code === 'E_OPTION_UNKNOWN' && 'option' in error && 'known' in error;
}

function pathOf(where: string, path: readonly PropertyKey[]): string {
  return [where, ...path.map(String)].filter((part) => part !== '').join('.');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
    value,
  );
}

/**
 * Validates at the edge, once. Unknown keys are errors where the schema is a `z.strictObject`.
 * @param where what the value is, as a path a person would write: `objective.options`
 * @throws TesseraError `E_OPTION_UNKNOWN` (an {@link UnknownOptionError} with the known key that was probably meant) or `E_OPTION_INVALID`;
 *   both name key, value and expectation
 */
export function parseOptions<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  // An option that is missing may be the one that was misspelt.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (!issue) throw new TesseraError({ code: 'E_OPTION_INVALID', message: `${where} is invalid` });
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const known = keysAt(schema, issue.path, value);
    const guess = meantName(key, known) ?? nearest(key, known);
    throw new UnknownOptionError(
      pathOf(where, [...issue.path, key]),
      known,
      guess === undefined ? undefined : pathOf(where, [...issue.path, guess]),
    );
  }
  const got = valueAt(value, issue.path);
  const left = issues.length - 1;
  throw new TesseraError({
    code: 'E_OPTION_INVALID',
    message: `'${pathOf(where, issue.path)}' is ${got === undefined ? 'missing' : JSON.stringify(got)}: ${issue.message}`,
    next:
      hint(issue, got, pathOf(where, issue.path)) ??
      (left > 0 ? `${String(left)} more problem(s) follow this one.` : 'Correct the value and run again.'),
  });
}

/** What to write in place of a value that is misspelt, or that YAML took for something else. */
function hint(issue: z.core.$ZodIssue, got: unknown, path: string): string | undefined {
  const value = typeof got === 'string' ? nearest(got, textsOf(issue)) : undefined;
  if (value !== undefined) return `Did you mean '${value}'? Write ${path}=${value}.`;
  const wanted = wantedTypes(issue);
  if (wanted.includes('string') && (typeof got === 'number' || typeof got === 'boolean'))
    return `YAML takes ${String(got)} for a ${typeof got}; put a text in quotes, as it is meant: "${String(got)}".`;
  if (wanted.includes('boolean') && typeof got === 'string') return 'Write true or false.';
  if (wanted.includes('array') && typeof got === 'string') return `Write a list: [${got}].`;
  return undefined;
}

/** The texts that one is to be chosen of. */
function textsOf(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.filter((value) => typeof value === 'string');
  if (issue.code !== 'invalid_union') return [];
  return issue.errors.flatMap(([first]) => (first && first.path.length === 0 ? textsOf(first) : []));
}

function wantedTypes(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_type') return [issue.expected];
  if (issue.code !== 'invalid_union') return [];
  return issue.errors.flatMap(([first]) => (first && first.path.length === 0 ? wantedTypes(first) : []));
}
