import { isUnknownOption, meantName, UnknownOptionError, type Registry } from '@tessera/core';
import { formsOf, type JsonSchema } from './json-schema.ts';
import { nameAt, openKinds, placeOf } from './part-places.ts';
import { recipeSchema } from './schema.ts';

/** Runs a check of a recipe; an unknown option is told with the option elsewhere in the recipe that was probably meant. */
export function suggestingElsewhere<T>(content: unknown, registry: Registry, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw isUnknownOption(error) ? suggesting(error, content, registry) : error;
  }
}

function suggesting(error: UnknownOptionError, content: unknown, registry: Registry): UnknownOptionError {
  const { option, known } = error;
  const path = option.split('.');
  const key = path.at(-1) ?? '';
  if (meantName(key, known) !== undefined) return error; // the same place comes first
  const paths = optionPaths(content, registry).sort((a, b) => sharedOf(b, path) - sharedOf(a, path));
  const lastOf = (one: readonly string[]): string => one.at(-1) ?? '';
  const names = paths.map(lastOf);
  const meant = meantName(key, names);
  const found = paths.find((one) => lastOf(one) === meant);
  return found ? new UnknownOptionError(option, known, found.join('.')) : error;
}

/** Keys that they have in common from the start. */
function sharedOf(a: readonly string[], b: readonly string[]): number {
  const end = a.findIndex((key, i) => key !== b[i]);
  return end < 0 ? a.length : end;
}

/** All options of a recipe with the parts that it names, but for `name` and `options`, which are everywhere. */
function optionPaths(content: unknown, registry: Registry): (readonly string[])[] {
  const { properties = {} } = formsOf(recipeSchema).root;
  const own = Object.entries(properties).flatMap(([section, schema]) => [
    [section],
    ...keysOf(schema)
      .filter((key) => key !== 'name' && key !== 'options')
      .map((key) => [section, key]),
  ]);
  const parts = ['optimizer', 'schedule', ...openKinds, 'method', 'data'].flatMap((section) => {
    const place = placeOf([section]);
    const name = place && nameAt(content, place, registry);
    const extension = place && registry.list(place.kind).find((entry) => entry.extension.name === name)?.extension;
    return extension ? keysOf(formsOf(extension.schema).root).map((key) => [section, 'options', key]) : [];
  });
  return [...own, ...parts];
}

function keysOf(schema: JsonSchema): readonly string[] {
  return [schema, ...(schema.anyOf ?? [])].flatMap(({ properties = {} }) => Object.keys(properties));
}
