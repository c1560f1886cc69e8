import type { Composition } from '../compose.ts';
import type { ImageSet } from '../images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { evaluationContext } from './features.ts';

/** After which epoch, on what. */
export interface EvaluationRequest {
  readonly epochsDone: number;
  readonly last: boolean;
  /** The training images that have a label. */
  readonly bank: ImageSet;
  readonly test: ImageSet | undefined;
}

/** Runs the recipe's evaluations whose turn it is, and tells their scores; none where there are no test images. */
export async function evaluateDue(
  { recipe, registry }: PreparedRecipe,
  composition: Composition,
  { epochsDone, last, bank, test }: EvaluationRequest,
): Promise<void> {
  const due = recipe.evaluation.filter(
    ({ everyEpochs }) => last || (everyEpochs !== null && epochsDone % everyEpochs === 0),
  );
  if (due.length === 0) return;
  if (!test) return; // which was told at the start
  const { bus, method } = composition;
  for (const { name, options } of due) {
    const began = performance.now();
    const context = evaluationContext(composition, method.representation, bank, test);
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
