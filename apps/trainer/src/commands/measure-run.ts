import type { Evaluation, EvaluationContext, EventBus, EventOf, Metrics } from '@tessera/core';
import { compose } from '../compose.ts';
import { openTrainingImages, type ImageSet } from '../images.ts';
import { prepareRecipe, type PreparedRecipe } from '../prepare.ts';
import { openRecipeEngine } from '../run/engine.ts';
import { loadEncoder } from '../run/encoder-file.ts';
import { openRunFolder } from '../run/files.ts';
import { evaluationContext, type EvaluationImages } from '../training/features.ts';
import { tellWarnings } from '../training/tell-warnings.ts';
import { definedOnly } from './defined-only.ts';

/** Flags that every measurement of a run has. */
export interface MeasureFlags {
  readonly data?: string | undefined;
  readonly engine?: string | undefined;
  readonly device?: string | undefined;
  /** Gets each warning once. */
  readonly warn?: (message: string) => void;
}

/** What an evaluation made of a run. */
export interface Measured {
  /** The run folder. */
  readonly run: string;
  readonly trained: Metrics;
  /** The same protocol on the seed's fresh initialisation: what architecture and pixels give for nothing. */
  readonly untrained: Metrics;
  readonly protocol: string;
  readonly engine: string;
  readonly images: EvaluationImages;
  readonly warnings: readonly EventOf<'warning'>[];
}

/**
 * Scores a run's encoder and, by the same protocol, what it started from.
 * @param choose the images that the evaluation looks at; fails before an engine starts where there are none
 */
export async function measureRun(
  run: string,
  { data, engine: choice, device, warn = () => undefined }: MeasureFlags,
  choose: (prepared: PreparedRecipe, training: ImageSet) => Promise<EvaluationImages>,
  build: (context: EvaluationContext) => Evaluation,
): Promise<Measured> {
  const folder = openRunFolder(run);
  const prepared = await prepareRecipe(folder.recipe, definedOnly({ data, engine: choice, device }));
  const training = await openTrainingImages(prepared);
  const images = await choose(prepared, training);
  const composition = compose(prepared);
  const warnings = listenForWarnings(composition.bus, warn);
  tellWarnings(composition.bus, [training, images.queries ?? images.views.images]);
  try {
    const engine = await openRecipeEngine(prepared.recipe.trainer);
    const encoder = composition.method.representation;
    const evaluation = build(evaluationContext(composition, encoder, images));
    const untrained = await evaluation.run();
    loadEncoder(folder.encoder, encoder);
    const trained = await evaluation.run();
    return {
      run: folder.root,
      trained,
      untrained,
      protocol: evaluation.protocol,
      engine: engine.name,
      images,
      warnings: warnings(),
    };
  } finally {
    await composition.dispose();
  }
}

/** A metric of a score. */
export function metric(metrics: Metrics, name: string): number {
  return metrics[name] ?? NaN;
}

/** Hands each warning on once: the untrained and the trained encoder see the same images. @returns all of them so far */
function listenForWarnings(bus: EventBus, warn: (message: string) => void): () => readonly EventOf<'warning'>[] {
  const told = new Map<string, EventOf<'warning'>>();
  bus.ofType('warning').subscribe((event) => {
    const line = `${event.message} [${event.code}]`;
    if (told.has(line)) return;
    told.set(line, event);
    warn(line);
  });
  return () => [...told.values()];
}
