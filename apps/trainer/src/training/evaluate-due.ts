import type { Composition } from '../compose.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { evaluationContext, type EvaluationImages } from './features.ts';

/** After which epoch, on what. */
export interface EvaluationRequest {
  readonly epochsDone: number;
  readonly last: boolean;
  readonly images: EvaluationImages;
}

/** Runs the recipe's evaluations whose turn it is, and tells their scores. */
export async function evaluateDue(
  { recipe, registry }: PreparedRecipe,
  composition: Composition,
  { epochsDone, last, images }: EvaluationRequest,
): Promise<void> {
  const due = recipe.evaluation.filter(
    ({ everyEpochs }) => last || (everyEpochs !== null && epochsDone % everyEpochs === 0),
  );
  const { bus, method } = composition;
  const possible = due.filter(({ name }) => images.queries || registry.get('evaluation', name).needsLabels === false);
  if (possible.length < due.length) {
    bus.publish({
      type: 'warning',
      code: 'W_NO_TEST_IMAGES',
      message: `${possible.length === 0 ? 'evaluations' : 'evaluations with labels'} are skipped: there is no test set beside the training images of '${images.bank.shown}'`,
    });
  }
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
