import { TesseraError, type Json, type Method, type State } from '@tessera/core';

/** Parts that have a state, by name. */
export type NamedParts = readonly (readonly [string, Partial<Pick<Method, 'state' | 'restore'>>])[];

/** Tensors of all parts by their own names; JSON by part, with the names of its tensors. Of a single part with a state it is the state. */
export function stateOf(parts: NamedParts): State {
  const states = parts.map(([key, part]) => [key, part.state?.() ?? { tensors: {}, json: null }] as const);
  const [only] = states;
  if (only && states.length === 1) return only[1];
  return {
    tensors: Object.assign({}, ...states.map(([, { tensors }]) => tensors)) as State['tensors'],
    json: Object.fromEntries(states.map(([key, { tensors, json }]) => [key, { tensors: Object.keys(tensors), json }])),
  };
}

/** @throws TesseraError `E_STATE_MISMATCH`; nothing is restored then, unless a part itself refuses what is its own */
export function restoreParts(parts: NamedParts, { tensors, json }: State): void {
  const [only] = parts;
  if (only && parts.length === 1) {
    only[1].restore?.({ tensors, json });
    return;
  }
  const saved = partsIn(json);
  const keys = parts.map(([key]) => key);
  const claimed = Object.values(saved).flatMap((part) => part.tensors);
  const differs = [
    ...keys.filter((key) => !(key in saved)).map((key) => `there is no part '${key}'`),
    ...Object.keys(saved).filter((key) => !keys.includes(key)).map((key) => `it has a part '${key}'`), // prettier-ignore
    ...claimed.filter((name) => !(name in tensors)).map((name) => `there is no tensor '${name}'`),
    ...Object.keys(tensors).filter((name) => !claimed.includes(name)).map((name) => `the tensor '${name}' is no part's`), // prettier-ignore
  ];
  if (differs[0] !== undefined) {
    throw new TesseraError({
      code: 'E_STATE_MISMATCH',
      message: `the saved state does not fit the method, whose parts with a state are ${keys.join(', ') || 'none'}: ${differs[0]}`,
      next: 'Restore with the configuration that the state was saved with.',
    });
  }
  for (const [key, part] of parts) {
    const own = saved[key];
    if (!own) continue; // there is one, by the above
    const named = Object.fromEntries(Object.entries(tensors).filter(([name]) => own.tensors.includes(name)));
    part.restore?.({ tensors: named, json: own.json });
  }
}

/** What a part has in the JSON of a state of several. */
interface Saved {
  readonly tensors: readonly string[];
  readonly json: Json;
}

/** Entries of another form are left out. */
function partsIn(json: Json): Readonly<Record<string, Saved>> {
  return Object.fromEntries(
    Object.entries(recordOf(json)).flatMap(([key, value]) => {
      const { tensors, json: own } = recordOf(value);
      if (!Array.isArray(tensors) || own === undefined) return [];
      return [[key, { tensors: tensors.filter((name) => typeof name === 'string'), json: own }]];
    }),
  );
}

function recordOf(json: Json | undefined): Readonly<Record<string, Json | undefined>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Record<string, Json>) : {};
}
