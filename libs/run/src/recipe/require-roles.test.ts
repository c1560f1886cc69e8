import { isTesseraError } from '@tessera/core';
import { expect, it } from 'vitest';
import { prepared } from '../testing/tiny.ts';

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
])('%s with %s is an error that names both', async (method, objective, takes, gives) => {
  const text = await refusal({ method: { name: method }, objective: { name: objective } });
  expect(text).toMatch(new RegExp(`^E_OBJECTIVE_ROLES the objective '${objective}' ${takes}.*'${method}' ${gives}`));
});

it('names objectives that fit', async () => {
  const text = await refusal({ method: { name: 'byol' }, objective: { name: 'moco' } });
  expect(text).toMatch(/fit byol: .*nt-xent/);
  expect(text).toMatch(/fit byol: .*negative-cosine/);
  expect(text).not.toMatch(/fit byol: .*dino/);
});

it('byol with moco-v3, and with a loss of the online network alone, is sound', async () => {
  for (const name of ['moco-v3', 'nt-xent', 'sup-con'])
    expect(await refusal({ method: { name: 'byol' }, objective: { name, options: { temperature: 0.2 } } })).toBe(
      'none',
    );
});
