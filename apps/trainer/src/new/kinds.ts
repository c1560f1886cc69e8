/** What `tessera new` knows about each kind of extension it can start. */

/** The kinds that `tessera new` writes; each has a folder of its name under `templates/`. */
export const newKinds = ['method', 'objective', 'augmenter', 'encoder', 'optimizer'] as const;
export type NewKind = (typeof newKinds)[number];

/** Packages of ours that a template imports beside `@tessera/core`, and those that only its tests need beside the kit. */
export const packagesOf: Readonly<
  Record<NewKind, { readonly code: readonly string[]; readonly tests: readonly string[] }>
> = {
  method: { code: ['@tessera/engine'], tests: ['@tessera/losses'] },
  objective: { code: [], tests: ['@tessera/engine'] },
  augmenter: { code: ['@tessera/augment'], tests: [] },
  encoder: { code: ['@tessera/models'], tests: ['@tessera/engine'] },
  optimizer: { code: ['@tessera/optim'], tests: ['@tessera/engine'] },
};

/** The kit's function, and what there is to replace in the template, for the README. */
export const lessonOf: Readonly<Record<NewKind, { readonly kit: string; readonly replace: string }>> = {
  method: { kit: 'testMethod', replace: 'the two calls `embed` and `loss`, and the parts named under `defaults`' },
  objective: { kit: 'testObjective', replace: 'the two formulas, `alignment` and `uniformity`, and the options' },
  augmenter: { kit: 'testAugmenter', replace: 'what the view op draws (`sample`) and does to pixels (`apply`)' },
  encoder: { kit: 'testEncoder', replace: 'the layers, and `featureDim`' },
  optimizer: { kit: 'testOptimizer', replace: 'the rule `composed`, and its slots' },
};
