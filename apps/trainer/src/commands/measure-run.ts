import { TesseraError, type Evaluation, type EvaluationContext, type EventBus, type Metrics } from '@tessera/core';
import { compose } from '../compose.ts';
import { factsOf } from '../data-facts.ts';
import { openTrainingImages, type ImageSet } from '../images.ts';
import { prepareRecipe, type PreparedRecipe } from '../prepare.ts';
import { openRecipeEngine } from '../run/engine.ts';
import { loadEncoder } from '../run/encoder-file.ts';
import { openRunFolder } from '../run/files.ts';
import { evaluationContext, type ScoredImages } from '../training/features.ts';
import { dataDoubts, tellWarnings } from '../training/tell-warnings.ts';
import { definedOnly } from './defined-only.ts';

/** Flags that every measurement of a run has. */
export interface MeasureFlags {
  readonly data?: string | undefined;
  /** Changes of what begins with `data.`. */
  readonly set?: readonly string[];
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
  readonly images: ScoredImages;
}

/**
 * Scores a run's encoder and, by the same protocol, what it started from.
 * @param choose the images that the evaluation looks at; fails before an engine starts where there are none
 */
export async function measureRun(
  run: string,
  { data, set = [], engine: choice, device, warn = () => undefined }: MeasureFlags,
  choose: (prepared: PreparedRecipe, training: ImageSet) => Promise<ScoredImages>,
  build: (context: EvaluationContext) => Evaluation,
): Promise<Measured> {
  const folder = openRunFolder(run);
  refuseOtherChanges(set);
  const prepared = await prepareRecipe(folder.recipe, { ...definedOnly({ data, engine: choice, device }), set });
  const training = await openTrainingImages(prepared);
  const images = await choose(prepared, training);
  const composition = compose(prepared, factsOf(training));
  listenForWarnings(composition.bus, warn);
  tellWarnings(composition.bus, [...dataDoubts([training, images.views.images]), ...(images.labelled?.warnings ?? [])]);
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
    };
  } finally {
    await composition.dispose();
  }
}

/** A metric of a score. */
export function metric(metrics: Metrics, name: string): number {
  return metrics[name] ?? NaN;
}

/** A run's images may lie elsewhere; the rest of it is done. */
function refuseOtherChanges(set: readonly string[]): void {
  const other = set.find((assignment) => !assignment.startsWith('data.'));
  if (other === undefined) return;
  throw new TesseraError({
    code: 'E_USAGE',
    message: `--set ${other} would change the run that is measured`,
    next: 'Only what begins with data. can be set here, such as data.options.testFolder=val.',
  });
}

/** Hands each warning on once: the untrained and the trained encoder see the same images. */
function listenForWarnings(bus: EventBus, warn: (message: string) => void): void {
  const told = new Set<string>();
  bus.ofType('warning').subscribe(({ message, code }) => {
    const line = `${message} [${code}]`;
    if (!told.has(line)) warn(line);
    told.add(line);
  });
}
