import type { AnyExtension, Kind, MethodExtension, PartChoice, PartKind, Registry } from '@tessera/core';
import { anything, below, formsOf, isPosition, type Forms } from './json-schema.ts';
import { recipeSchema } from './schema.ts';

/** Where a recipe names an extension. */
export interface PartPlace {
  readonly kind: Kind;
  /** Its section: `optimizer`, or `evaluation` and `0`. */
  readonly path: readonly string[];
  readonly nameKey: 'name' | 'source';
}

export const openKinds: readonly PartKind[] = ['augmenter', 'encoder', 'head', 'objective', 'optimizer', 'schedule'];
const recipeForms = formsOf(recipeSchema);

/** The part that a key is in, or is. */
export function placeOf(path: readonly string[]): PartPlace | undefined {
  const [section = '', position = ''] = path;
  if (section === 'data') return { kind: 'dataset', path: [section], nameKey: 'source' };
  if (section === 'method' || (openKinds as readonly string[]).includes(section))
    return { kind: section as Kind, path: [section], nameKey: 'name' };
  const listed = ({ evaluation: 'evaluation', reporters: 'reporter' } as const)[section];
  return listed && isPosition(position) ? { kind: listed, path: [section, position], nameKey: 'name' } : undefined;
}

/** What stands at a path. */
export function valueAt(content: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? Reflect.get(node, key) : undefined,
    content,
  );
}

/** The name of a part: the recipe's, else the method's choice; undefined where there is none yet. */
export function nameAt(content: unknown, { kind, path, nameKey }: PartPlace, registry: Registry): string | undefined {
  const own = valueAt(content, [...path, nameKey]);
  if (typeof own === 'string') return own;
  if (kind === 'dataset') return below(below(recipeForms, 'data'), 'source').forms[0]?.default as string;
  if (!(openKinds as readonly Kind[]).includes(kind)) return undefined;
  const method = valueAt(content, ['method', 'name']);
  if (typeof method !== 'string' || !isKnown(registry, 'method', method)) return undefined;
  return choiceOf(registry.get('method', method), kind as PartKind)?.name;
}

/** What a method takes where the recipe names no such part; undefined where it has none. */
export function choiceOf({ defaults, parts }: MethodExtension, kind: PartKind): PartChoice | undefined {
  return kind === 'augmenter' || kind === 'optimizer' || kind === 'schedule' ? defaults[kind] : parts[kind]?.default;
}

export function isKnown(registry: Registry, kind: Kind, name: string): boolean {
  return registry.list(kind).some(({ extension }) => extension.name === name);
}

/**
 * What may stand at a path of a recipe: by the recipe's own schema, and below `options` by that of the part named there.
 * @param nameOf the name of a part, where it is not `content`'s
 */
export function formsAt(
  path: readonly string[],
  nameOf: (place: PartPlace) => string | undefined,
  registry: Registry,
): Forms {
  const place = placeOf(path);
  const inside = place ? path.slice(place.path.length) : [];
  if (!place || inside[0] !== 'options') return path.reduce(below, recipeForms);
  const name = nameOf(place);
  if (name === undefined) return anything; // what is wrong with the recipe is said when it is complete
  const { schema }: AnyExtension = registry.get(place.kind, name);
  return inside.slice(1).reduce(below, formsOf(schema));
}
