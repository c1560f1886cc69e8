import {
  fold,
  TesseraError,
  type BuildPart,
  type ContextOf,
  type DataFacts,
  type Method,
  type MethodExtension,
  type MethodParts,
} from '@tessera/core';
import type { Container } from '@tessera/core/di';
import type { Warn } from '@tessera/data';
import type { PreparedRecipe } from './prepare.ts';
import { partOf } from './recipe/resolve.ts';
import { AUGMENTER, COLLECTIVE, ENCODER, HEAD, KEY, OBJECTIVE } from './tokens.ts';

/** Builds the recipe's method, and the parts that it asks for, by what the run is bound to. */
export function buildMethod(
  { recipe, registry }: PreparedRecipe,
  facts: DataFacts,
  warn: Warn,
  run: Container,
): Method {
  const { views } = run.resolve(AUGMENTER);
  const method = registry.get('method', recipe.method.name);
  const shared: Omit<ContextOf['method'], 'build'> = {
    key: fold(run.resolve(KEY), 'init'),
    views,
    batchSize: recipe.trainer.batchSize,
    data: facts,
    collective: run.resolve(COLLECTIVE),
    warn,
  };
  const build: BuildPart<MethodParts> = (part, ...[given]) => {
    const chosen = partOf(recipe, part);
    const kind = method.parts[part]?.kind;
    if (!chosen || !kind) throw unknownPart(method, part);
    const scope = given?.scope ?? part;
    const inDim = given && 'inDim' in given ? given.inDim : 0;
    if (kind === 'encoder')
      return run.resolve(ENCODER)(chosen, { ...shared, scope, inputChannels: views[0]?.channels ?? 3 });
    const context = { ...shared, scope, inDim };
    return kind === 'head' ? run.resolve(HEAD)(chosen, context) : run.resolve(OBJECTIVE)(chosen, context);
  };
  return method.build(recipe.method.options, { ...shared, build });
}

function unknownPart({ name, parts }: MethodExtension, part: string): TesseraError {
  return new TesseraError({
    code: 'E_PART_UNKNOWN',
    kind: 'failure',
    message: `the method '${name}' builds the part '${part}', which its definition does not name`,
    next: `Add it to the \`parts\` of defineMethod, which has ${Object.keys(parts).join(', ') || 'none'}.`,
  });
}
