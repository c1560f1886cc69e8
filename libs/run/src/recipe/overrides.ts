import { Registry } from '@tessera/core';
import { syntax, type Assignment } from './assignment.ts';
import { isPosition, typesOf } from './json-schema.ts';
import type { Notice } from './notice.ts';
import { formsAt, nameAt, placeOf, type PartPlace } from './part-places.ts';
import { keepingWithMethod, renamePart } from './replace-part.ts';
import { valueOf, type Reader } from './set-value.ts';

const PLACES = 'Places count from 0; the one after the last adds to the list.';

type Content = Record<string, unknown>;

/** A changed recipe, and what has become of it that was not asked for. */
export interface Overridden {
  readonly content: Content;
  readonly notices: readonly Notice[];
}

/**
 * Applies `--set key=value`: the key a dotted path (list positions are numbers), the value by the schema of the key ({@link valueOf}).
 * `null` takes a key back to its default where the key has no null of its own. The method is changed first, then the other parts' names,
 * then the rest, each in their order; a part that gets another name loses the options that it had ({@link renamePart}).
 * @returns a copy; the argument is left alone
 * @throws TesseraError `E_SET_SYNTAX`, `E_EXTENSION_UNKNOWN`
 */
export function applyOverrides(
  content: Readonly<Content>,
  assignments: readonly Assignment[],
  registry: Registry,
): Overridden {
  const copy = structuredClone(content) as Content;
  const notices: Notice[] = [];
  for (const assignment of [...assignments].sort((a, b) => rankOf(a) - rankOf(b))) {
    const { path, shown } = assignment;
    const place = placeOf(path);
    const change = (): void => {
      if (place && isName(assignment, place))
        notices.push(...renamePart(copy, place, nameIn(assignment), registry, { shown, others: assignments }));
      else assign(copy, assignment, registry);
    };
    if (place?.kind === 'method') notices.push(...keepingWithMethod(copy, registry, shown, change));
    else change();
  }
  return { content: copy, notices };
}

/** The same for `plugins` alone, which nobody needs to know an extension for: they bring them. */
export function applyPlugins(content: Readonly<Content>, assignments: readonly Assignment[]): Content {
  const own = assignments.filter(({ path }) => path[0] === 'plugins');
  return applyOverrides(content, own, new Registry()).content;
}

function rankOf({ path }: Assignment): number {
  const place = placeOf(path);
  if (!place) return path.length === 1 ? 1 : 2; // `evaluation=[...]` before what changes its items
  const [key] = path.slice(place.path.length);
  if (key !== undefined && key !== place.nameKey) return 2;
  return place.kind === 'method' ? 0 : 1;
}

/** `optimizer=sgd` and `optimizer.name=sgd`; not `optimizer={...}`, and not `optimizer=null`, which leave nothing of the old part. */
function isName({ path, text }: Assignment, place: PartPlace): boolean {
  const [key] = path.slice(place.path.length);
  if (key !== undefined) return key === place.nameKey && path.length === place.path.length + 1;
  return text !== 'null' && !/^\s*\{/.test(text) && text.trim() !== '';
}

function nameIn({ text }: Assignment): string | undefined {
  return text === 'null' ? undefined : text;
}

function assign(root: Content, assignment: Assignment, registry: Registry): void {
  const { path, shown } = assignment;
  const reader = readerOf(root, (place) => nameAt(root, place, registry), registry);
  const value = valueOf(assignment, reader);
  const parent = parentOf(root, assignment, reader, value === undefined);
  if (!parent) return;
  const key = path.at(-1) ?? '';
  if (Array.isArray(parent)) {
    if (value === undefined)
      throw syntax(shown, 'unsets a place in a list, which has no default', 'Set the whole list.');
    if (!isPosition(key) || Number(key) > parent.length)
      throw syntax(shown, `has no place '${key}' in a list of ${String(parent.length)}`, PLACES);
  }
  const isUnknown = typesOf(reader.formsAt(path)).size === 0;
  if (value === undefined || (value === null && isUnknown && Object.hasOwn(parent, key)))
    Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, value);
}

/** What holds the key, made where it is not there; nothing is made for a key that is taken back. */
function parentOf(root: object, { path, shown }: Assignment, reader: Reader, isUnset: boolean): object | undefined {
  let node: object = root;
  for (const [i, key] of path.slice(0, -1).entries()) {
    if (Array.isArray(node) && (!isPosition(key) || Number(key) > node.length))
      throw syntax(shown, `has no place '${key}' in a list of ${String(node.length)}`, PLACES);
    const child: unknown = Object.hasOwn(node, key) ? Reflect.get(node, key) : undefined;
    if (child === undefined || child === null) {
      if (isUnset) return undefined;
      const types = typesOf(reader.formsAt(path.slice(0, i + 1)));
      const made = types.has('array') && !types.has('object') ? [] : {};
      Reflect.set(node, key, made);
      node = made;
    } else if (typeof child === 'object') node = child;
    else throw syntax(shown, `goes through '${key}', which is a plain value`);
  }
  return node;
}

function readerOf(content: Content, nameOf: (place: PartPlace) => string | undefined, registry: Registry): Reader {
  return {
    formsAt: (path) => formsAt(path, nameOf, registry),
    within: (path, nameIn) => {
      const place = placeOf(path);
      if (place?.path.length !== path.length) return readerOf(content, nameOf, registry);
      const id = path.join('.');
      const name = nameIn(place.nameKey) ?? nameAt({ ...content, [path[0] ?? '']: undefined }, place, registry);
      return readerOf(content, (other) => (other.path.join('.') === id ? name : nameOf(other)), registry);
    },
  };
}
