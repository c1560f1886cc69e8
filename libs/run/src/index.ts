/** A run as a library. */
export { pretrain, resume, type PretrainOptions, type PretrainResult, type RunOptions } from './training/pretrain.ts';
export {
  prepareRecipe,
  type PreparedRecipe,
  type PrepareOptions,
  type RecipeChanges,
  type RecipeContent,
} from './prepare.ts';
export { openRun, type Run } from './folder/open-run.ts';
export { evaluate, type EvaluateOptions, type EvaluationReport } from './evaluation/evaluate.ts';
export type { RunFolder } from './folder/files.ts';
export type { ResolvedPart, ResolvedRecipe } from './recipe/resolve.ts';
/** For who rebinds what a run is made of: {@link RunOptions.override}. */
export type { Override, Rebind, Resolve } from './compose.ts';
export type { LoadImages, LoadRequest } from './loaders.ts';
export {
  AUGMENTER,
  BUS,
  COLLECTIVE,
  ENCODER,
  ENGINE,
  HEAD,
  KEY,
  LOADER,
  METHOD,
  OBJECTIVE,
  OPTIMIZER,
  type PartMaker,
} from './tokens.ts';
