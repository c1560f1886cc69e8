import {
  singleProcess,
  type BuildPart,
  type Encoder,
  type Head,
  type MethodContext,
  type MethodParts,
  type Objective,
} from '@tessera/core';
import { key } from './fixtures.ts';

/** Makes a part of a method from what the method asks: `inDim` is 0 for an encoder. */
export type PartMaker = (given: { readonly inDim: number; readonly scope: string }) => Encoder | Head | Objective;

/** A method's context whose `build` makes each part by its name, for tests that bring their own. @throws Error for a part that is not given */
export function methodContext(
  parts: Readonly<Record<string, PartMaker>>,
  { views, batchSize, ...more }: Pick<MethodContext, 'views' | 'batchSize'> & Partial<MethodContext>,
): MethodContext {
  // Which kind a name has, the test knows.
  const build = ((part, ...[given]) => {
    const make = parts[part];
    if (!make) throw new Error(`the method builds '${part}'; the test gives ${Object.keys(parts).join(', ')}`);
    return make({ scope: given?.scope ?? part, inDim: given && 'inDim' in given ? given.inDim : 0 });
  }) as BuildPart<MethodParts>;
  const warn = (): void => undefined;
  return { key, build, views, batchSize, data: { size: batchSize }, collective: singleProcess, warn, ...more };
}
