import type { PartKind, Registry } from '@tessera/core';
import { syntax, type Assignment } from './assignment.ts';
import { formsOf } from './json-schema.ts';
import type { Notice } from './notice.ts';
import { choiceOf, nameAt, openKinds, placeOf, valueAt, type PartPlace } from './part-places.ts';

type Content = Record<string, unknown>;
type Options = Readonly<Record<string, unknown>>;

/**
 * Gives a part another name. Its options were the old part's: they go, but for those that the new part cannot be without, and but for
 * those that the same command line sets, of which nothing is said.
 * @param name undefined: the method's choice
 * @param others all assignments of the command line
 * @returns what to tell
 */
export function renamePart(
  content: Content,
  place: PartPlace,
  name: string | undefined,
  registry: Registry,
  { shown, others }: { readonly shown: string; readonly others: readonly Assignment[] },
): readonly Notice[] {
  const before = nameAt(content, place, registry);
  const part = sectionAt(content, place.path, shown);
  const effective = optionsOf(content, place, registry);
  const written = record(part['options']);
  if (name === undefined) Reflect.deleteProperty(part, place.nameKey);
  else if (name !== before) part[place.nameKey] = name;
  const after = nameAt(content, place, registry);
  if (before === undefined || after === undefined || after === before) return [];
  const set = new Set(
    others.filter(({ path }) => isOptionOf(path, place)).map(({ path }) => path[place.path.length + 1]),
  );
  const needed = name === undefined ? [] : (formsOf(registry.get(place.kind, after).schema).root.required ?? []);
  const kept = Object.fromEntries(
    needed.filter((key) => key in effective && !set.has(key)).map((key) => [key, effective[key]]),
  );
  if (Object.keys(kept).length > 0) part['options'] = kept;
  else Reflect.deleteProperty(part, 'options');
  const dropped = Object.entries(written).filter(([key]) => !(key in kept) && !set.has(key));
  return tell(shown, { before, after, dropped, kept: Object.entries(kept) });
}

/**
 * Runs something that may change the method. Options of parts without a name change the method's choice; where that is now another part,
 * they go.
 * @returns what to tell
 */
export function keepingWithMethod(
  content: Content,
  registry: Registry,
  shown: string,
  change: () => void,
): readonly Notice[] {
  const choices = (): ReadonlyMap<PartKind, string | undefined> =>
    new Map(openKinds.map((kind) => [kind, nameAt(content, { kind, path: [kind], nameKey: 'name' }, registry)]));
  const before = choices();
  change();
  const after = choices();
  return openKinds.flatMap((kind) => {
    const [old, now] = [before.get(kind), after.get(kind)];
    const part = content[kind];
    if (old === now || old === undefined || now === undefined || !isObject(part)) return [];
    const dropped = Object.entries(record(part['options']));
    Reflect.deleteProperty(part, 'options');
    return tell(shown, { before: old, after: now, dropped, kept: [] });
  });
}

function tell(
  shown: string,
  what: {
    readonly before: string;
    readonly after: string;
    readonly dropped: readonly (readonly [string, unknown])[];
    readonly kept: readonly (readonly [string, unknown])[];
  },
): readonly Notice[] {
  const list = (entries: readonly (readonly [string, unknown])[]): string =>
    entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(', ');
  const clauses = [
    ...(what.dropped.length > 0 ? [`the recipe's options of '${what.before}' are dropped: ${list(what.dropped)}`] : []),
    ...(what.kept.length > 0 ? [`kept, because '${what.after}' has no default: ${list(what.kept)}`] : []),
  ];
  return clauses.length === 0
    ? []
    : [{ code: 'W_OPTIONS_DROPPED', message: `--set ${shown} takes '${what.after}' instead; ${clauses.join('; ')}` }];
}

/** The options that a part has now, those of the method's choice included. */
function optionsOf(content: Content, place: PartPlace, registry: Registry): Options {
  const part = record(valueAt(content, place.path));
  const own = record(part['options']);
  const method = valueAt(content, ['method', 'name']);
  if (part['name'] !== undefined || !isOpenKind(place.kind) || typeof method !== 'string') return own;
  return { ...choiceOf(registry.get('method', method), place.kind)?.options, ...own };
}

const isOpenKind = (kind: string): kind is PartKind => (openKinds as readonly string[]).includes(kind);

function isOptionOf(path: readonly string[], place: PartPlace): boolean {
  const own = placeOf(path);
  return own?.path.join('.') === place.path.join('.') && path[place.path.length] === 'options';
}

/** The section of a part, made where it is not there. */
function sectionAt(content: Content, [section = '', position]: readonly string[], shown: string): Content {
  if (position === undefined) return (content[section] = isObject(content[section]) ? content[section] : {});
  const list: unknown = (content[section] ??= []);
  if (!Array.isArray(list) || Number(position) > list.length)
    throw syntax(shown, `has no place '${position}' in '${section}'`);
  const items = list as unknown[];
  const own = items[Number(position)];
  const part = isObject(own) ? own : {};
  items[Number(position)] = part;
  return part;
}

const isObject = (value: unknown): value is Content => typeof value === 'object' && value !== null;
const record = (value: unknown): Options => (isObject(value) ? value : {});
