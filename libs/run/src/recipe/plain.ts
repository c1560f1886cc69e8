/** Something in a recipe that is no data: where, and what it is. */
export interface Stranger {
  /** Dotted. */
  readonly path: string;
  readonly what: string;
}

/** The first value, depth first, that no recipe file could hold: functions, symbols, objects of classes, and references that form a ring. */
export function findStranger(
  value: unknown,
  path: readonly string[] = [],
  above: readonly unknown[] = [],
): Stranger | undefined {
  const stranger = (what: string): Stranger => ({ path: path.join('.'), what });
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    return stranger(`a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return undefined;
  if (above.includes(value)) return stranger('a reference to what it is part of');
  if (!isPlain(value)) return stranger(`a ${value.constructor.name || 'class'} object`);
  for (const [key, child] of Object.entries(value)) {
    const found = findStranger(child, [...path, key], [...above, value]);
    if (found) return found;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A recipe may have been made in another realm, whose Object is not ours.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
