import type { MethodExtension, ObjectiveExtension } from './extension.ts';

/**
 * Whether a method and an objective belong together. They do where either names the other (`objectives` of the method, its default
 * objective included, `methods` of the objective), and where neither is particular. So a stranger's method may take SwAV's objective by
 * naming it, a stranger's objective may go into SwAV by naming that, and an objective that names nothing goes with SimCLR.
 */
export function objectiveFits(
  { name: method, objectives, parts }: Pick<MethodExtension, 'name' | 'objectives' | 'parts'>,
  { name: objective, methods }: Pick<ObjectiveExtension, 'name' | 'methods'>,
): boolean {
  if (Object.values(parts).some(({ kind, default: own }) => kind === 'objective' && own.name === objective))
    return true;
  if (objectives?.includes(objective) === true || methods?.includes(method) === true) return true;
  return objectives === undefined && methods === undefined;
}
