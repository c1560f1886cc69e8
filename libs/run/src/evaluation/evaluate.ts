import type { EventBus, Metrics, PartChoice } from '@tessera/core';
import { compose, type Override } from '../compose.ts';
import { loadEncoder } from '../folder/encoder-file.ts';
import type { Run } from '../folder/open-run.ts';
import { factsOf } from '../images/data-facts.ts';
import { openEvaluationImages, requireClasses } from '../images/evaluation-images.ts';
import { noTestImages, openBankImages, openTrainingImages, type ImageSet } from '../images/images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { dataDoubts, tellWarnings } from '../training/tell-warnings.ts';
import { openContext } from './context.ts';
import type { ScoredImages } from './labelled-images.ts';
import { openViewImages } from './view-features.ts';

/** How to measure. */
export interface EvaluateOptions {
  /** Gets each warning once. */
  readonly warn?: (code: string, message: string) => void;
  /** Rebinds what the run is made of. */
  readonly override?: Override;
}

/** What an evaluation made of a run. */
export interface EvaluationReport {
  /** The run folder. */
  readonly run: string;
  readonly evaluation: string;
  readonly trained: Metrics;
  /** The same protocol on the seed's fresh initialisation: what architecture and pixels give for nothing. */
  readonly untrained: Metrics;
  readonly protocol: string;
  readonly engine: string;
}

/**
 * Scores a run's encoder and, by the same protocol, what it started from.
 * @param choice an evaluation as recipes name it: `{ name: 'knn', options: { k: 20 } }`
 * @throws TesseraError `E_EXTENSION_UNKNOWN`, `E_OPTION_*`, `E_NO_TEST_IMAGES`, `E_DATA_UNLABELLED`, `E_ENCODER_MISSING`
 */
export async function evaluate(run: Run, choice: PartChoice, options: EvaluateOptions = {}): Promise<EvaluationReport> {
  return (await measure(run, choice, options)).report;
}

/** The same, with the images that were looked at. */
export async function measure(
  { folder, prepared }: Run,
  { name, options = {} }: PartChoice,
  { warn = () => undefined, override }: EvaluateOptions,
): Promise<{ readonly report: EvaluationReport; readonly images: ScoredImages }> {
  const extension = prepared.registry.get('evaluation', name);
  extension.parse(options, name); // before anything is read
  const training = await openTrainingImages(prepared);
  const images = extension.needsLabels
    ? await openLabelled(prepared, training)
    : { labelled: undefined, views: await openViewImages(prepared, training) };
  const composition = compose(prepared, factsOf(training), override);
  listenForWarnings(composition.bus, warn);
  tellWarnings(composition.bus, [...dataDoubts([training, images.views.images]), ...(images.labelled?.warnings ?? [])]);
  try {
    const engine = await composition.engine;
    const encoder = composition.method.representation;
    const score = async (): Promise<{ readonly metrics: Metrics; readonly protocol: string }> => {
      const { context, dispose } = openContext(prepared, composition, { encoder, images });
      try {
        const evaluation = extension.build(options, context);
        return { metrics: await evaluation.run(), protocol: evaluation.protocol };
      } finally {
        dispose();
      }
    };
    const { metrics: untrained, protocol } = await score();
    loadEncoder(folder.encoder, encoder);
    const { metrics: trained } = await score();
    const report = { run: folder.root, evaluation: name, trained, untrained, protocol, engine: engine.name };
    return { report, images };
  } finally {
    await composition.dispose();
  }
}

/** What an evaluation with labels looks at. @throws TesseraError `E_DATA_UNLABELLED`, `E_NO_TEST_IMAGES` and those of {@link openEvaluationImages} */
async function openLabelled(prepared: PreparedRecipe, training: ImageSet): Promise<ScoredImages> {
  // Labels first: without them, test images would not help.
  requireClasses(await openBankImages(prepared, training), 'training');
  const labelled = await openEvaluationImages(prepared, training);
  if (!labelled) throw await noTestImages(prepared);
  return { labelled, views: { images: labelled.test, heldOut: true } };
}

/** Hands each warning on once: the untrained and the trained encoder see the same images. */
function listenForWarnings(bus: EventBus, warn: (code: string, message: string) => void): void {
  const told = new Set<string>();
  bus.ofType('warning').subscribe(({ message, code }) => {
    const line = `${message} [${code}]`;
    if (!told.has(line)) warn(code, message);
    told.add(line);
  });
}
