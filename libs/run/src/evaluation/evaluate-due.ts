import type { Composition } from '../compose.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { openContext } from './context.ts';
import type { ScoredImages } from './labelled-images.ts';

/** After which epoch, on what. */
export interface EvaluationRequest {
  readonly epochsDone: number;
  readonly last: boolean;
  readonly images: ScoredImages;
}

/** Runs the recipe's evaluations whose turn it is, and tells their scores; none where there are no test images. */
export async function evaluateDue(
  prepared: PreparedRecipe,
  composition: Composition,
  { epochsDone, last, images }: EvaluationRequest,
): Promise<void> {
  const { recipe, registry } = prepared;
  const { bus, method } = composition;
  const due = recipe.evaluation
    .filter(({ everyEpochs }) => last || (everyEpochs !== null && epochsDone % everyEpochs === 0))
    .map((choice) => ({ ...choice, extension: registry.get('evaluation', choice.name) }))
    // What is skipped was told at the start.
    .filter(({ extension }) => images.labelled ?? !extension.needsLabels);
  if (due.length === 0) return;
  const { context, dispose } = openContext(prepared, composition, { encoder: method.representation, images });
  try {
    for (const { name, options, extension } of due) {
      const began = performance.now();
      const evaluation = extension.build(options, context);
      const metrics = await evaluation.run();
      const seconds = (performance.now() - began) / 1000;
      bus.publish({ type: 'evaluation', name, epoch: epochsDone, metrics, protocol: evaluation.protocol, seconds });
    }
  } finally {
    dispose();
  }
}
