import { builtins } from '@tessera/builtins';
import { isTesseraError, objectiveFits } from '@tessera/core';
import { expect, it } from 'vitest';
import { collectExtensions } from '../extensions.ts';
import { prepared } from '../testing/tiny.ts';
import { requireRoles } from './require-roles.ts';

const { registry } = collectExtensions(builtins);

async function refusal(recipe: object, set: readonly string[] = []): Promise<string> {
  try {
    await prepared(recipe, set);
    return 'none';
  } catch (error) {
    return isTesseraError(error) ? `${error.code} ${error.message} ${error.next}` : String(error);
  }
}

it.each(['moco', 'instdisc', 'byol', 'simsiam', 'barlow-twins', 'dino', 'supervised', 'simclr', 'swav'])(
  '%s gives what its own objective takes',
  async (name) => {
    expect(await refusal({ method: { name } })).toBe('none');
  },
);

it.each([
  ['simclr', 'negative-cosine', "takes the embeddings 'online' and 'target'", "gives 'online'"],
  ['simclr', 'moco', "takes the embeddings 'query' and 'key'", "gives 'online'"],
  ['moco', 'nt-xent', "takes the embeddings 'online'", "gives 'query' and 'key'"],
  ['byol', 'dino', "takes the embeddings 'student' and 'teacher'", "gives 'online' and 'target'"],
])('%s does not give what %s takes', (method, objective, takes, gives) => {
  const says = new RegExp(`the objective '${objective}' ${takes}.*'${method}' ${gives}`);
  expect(() => {
    requireRoles(registry.get('method', method), objective, registry);
  }).toThrow(
    expect.objectContaining({ code: 'E_OBJECTIVE_ROLES', message: expect.stringMatching(says) as string }) as Error,
  );
});

it('names objectives that fit', () => {
  expect(() => {
    requireRoles(registry.get('method', 'byol'), 'moco', registry);
  }).toThrow(
    expect.objectContaining({
      next: expect.stringMatching(/fit byol: moco-v3, negative-cosine\.$/) as string,
    }) as Error,
  );
});

it.each([
  ['byol', 'moco-v3'],
  ['supervised', 'sup-con'],
  ['simclr', 'sup-con'],
])('%s with %s is sound', async (name, objective) => {
  expect(await refusal({ method: { name }, objective: { name: objective, options: { temperature: 0.2 } } })).toBe(
    'none',
  );
});

const own = {
  moco: ['moco'],
  instdisc: ['instdisc'],
  byol: ['negative-cosine', 'moco-v3'],
  simsiam: ['negative-cosine'],
  'barlow-twins': ['barlow-twins'],
  dino: ['dino'],
  supervised: ['cross-entropy', 'sup-con'],
  swav: ['swav'],
  'deepcluster-v2': ['deepcluster-v2'],
  simclr: ['nt-xent', 'nt-logistic', 'margin-triplet', 'sup-con'],
};

it.each(Object.entries(own))('%s trains with its own objectives only', (name, fitting) => {
  const method = registry.get('method', name);
  const names = registry.list('objective').map(({ extension }) => extension.name);
  expect(names.filter((other) => objectiveFits(method, registry.get('objective', other))).sort()).toEqual(
    [...fitting].sort(),
  );
});

it('every method of ours is in that table', () => {
  expect(registry.list('method').map(({ extension }) => extension.name)).toEqual(
    expect.arrayContaining(Object.keys(own)),
  );
  expect(registry.list('method')).toHaveLength(Object.keys(own).length);
});
