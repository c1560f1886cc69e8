import { messageOf, TesseraError } from '@tessera/core';
import { parseDocument } from 'yaml';
import { findStranger } from './plain.ts';

/**
 * Applies `--set key=value`: the key a dotted path (list positions are numbers), the value YAML (`0.1`, `null`, `[1, 1]`, `text`).
 * @returns a copy; the argument is left alone
 * @throws TesseraError `E_SET_SYNTAX`
 */
export function applyOverrides(
  content: Record<string, unknown>,
  assignments: readonly string[],
): Record<string, unknown> {
  const copy = structuredClone(content);
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    const path = assignment.slice(0, equals).split('.');
    if (equals < 1 || path.some((key) => key === '' || key === '__proto__'))
      throw syntax(assignment, 'is not key=value');
    assign(copy, path, valueOf(assignment, equals), assignment);
  }
  return copy;
}

function valueOf(assignment: string, equals: number): unknown {
  const document = parseDocument(assignment.slice(equals + 1));
  if (document.errors.length > 0) throw syntax(assignment, 'has a value that is not YAML');
  const value = resolved(assignment, () => document.toJS() as unknown);
  if (findStranger(value) !== undefined) throw syntax(assignment, 'has a value that contains itself');
  const glued = emptyKeys(value).find((key) => /\w:\S/.test(key));
  if (glued === undefined) return value;
  throw syntax(assignment, `has the key '${glued}' without a value: YAML wants a space after the colon`);
}

/** Anchors are looked up only now. */
function resolved<T>(assignment: string, resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    throw syntax(assignment, `has a value that is not YAML: ${messageOf(error).split('\n')[0] ?? ''}`);
  }
}

/** The keys without a value, however deep. */
function emptyKeys(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    child === null ? [key] : emptyKeys(child),
  );
}

function assign(root: object, path: readonly string[], value: unknown, assignment: string): void {
  let node: object = root;
  for (const key of path.slice(0, -1)) {
    const child: unknown = Reflect.get(node, key);
    if (child !== undefined && child !== null && typeof child !== 'object')
      throw syntax(assignment, `goes through '${key}', which is a plain value`);
    const next: object = child ?? {};
    if (child !== next) Reflect.set(node, key, next);
    node = next;
  }
  Reflect.set(node, path.at(-1) ?? '', value);
}

function syntax(assignment: string, problem: string): TesseraError {
  return new TesseraError({
    code: 'E_SET_SYNTAX',
    message: `--set '${assignment}' ${problem}`,
    next: 'Write --set trainer.epochs=20, with a dotted path of recipe keys.',
  });
}
