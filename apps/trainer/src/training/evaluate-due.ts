import type { Composition } from '../compose.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { evaluationContext, type ScoredImages } from './features.ts';

/** After which epoch, on what. */
export interface EvaluationRequest {
  readonly epochsDone: number;
  readonly last: boolean;
  readonly images: ScoredImages;
}

/** Runs the recipe's evaluations whose turn it is, and tells their scores; none where there are no test images. */
export async function evaluateDue(
  { recipe, registry }: PreparedRecipe,
  composition: Composition,
  { epochsDone, last, images }: EvaluationRequest,
): Promise<void> {
  const due = recipe.evaluation.filter(
    ({ everyEpochs }) => last || (everyEpochs !== null && epochsDone % everyEpochs === 0),
  );
  const { bus, method } = composition;
  // What is skipped was told at the start.
  const possible = due.filter(({ name }) => images.labelled || registry.get('evaluation', name).needsLabels === false);
  for (const { name, options } of possible) {
    const began = performance.now();
    const context = evaluationContext(composition, method.representation, images);
    const evaluation = registry.get('evaluation', name).build(options, context);
    const metrics = await evaluation.run();
    bus.publish({
      type: 'evaluation',
      name,
      epoch: epochsDone,
      metrics,
      protocol: evaluation.protocol,
      seconds: (performance.now() - began) / 1000,
    });
  }
}
