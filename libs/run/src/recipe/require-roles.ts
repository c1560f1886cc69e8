import { objectiveFits, TesseraError, type MethodExtension, type Registry } from '@tessera/core';

/**
 * Holds the roles of embeddings that a method gives against those that one of its objectives takes.
 * @param objective name of the objective that the recipe chooses for the part
 * @throws TesseraError `E_OBJECTIVE_ROLES`
 */
export function requireRoles(method: MethodExtension, objective: string, registry: Registry): void {
  const { name, roles } = method;
  const needed = rolesOf(objective, registry);
  if (needed.every((role) => roles.includes(role))) return;
  const fitting = registry
    .list('objective')
    .map(({ extension }) => extension.name)
    .filter((other) => objectiveFits(method, registry.get('objective', other)))
    .filter((other) => rolesOf(other, registry).every((role) => roles.includes(role)));
  throw new TesseraError({
    code: 'E_OBJECTIVE_ROLES',
    message: `the objective '${objective}' takes the embeddings ${listed(needed)}, and the method '${name}' gives ${listed(roles)}`,
    next: `Take another method, or one of the objectives that fit ${name}: ${fitting.join(', ') || 'there is none'}.`,
  });
}

function rolesOf(objective: string, registry: Registry): readonly string[] {
  return registry.get('objective', objective).needs?.roles ?? ['online'];
}

const listed = (roles: readonly string[]): string => roles.map((role) => `'${role}'`).join(' and ');
