import { doubts, requireDeviceHalf, type AugmentOnDevice, type Metrics, type Reporter } from '@tessera/core';
import { stringify } from 'yaml';
import { augmentPlace } from '../augment-place.ts';
import { engineDoubts } from '../check/engine-doubts.ts';
import { requireNeeds } from '../check/needs.ts';
import { runDoubts } from '../check/run-doubts.ts';
import { stepMemoryDoubt } from '../check/step-memory.ts';
import { factsOf, placesIn } from '../data-facts.ts';
import { compose, type Composition } from '../compose.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { truncateMetrics, warningsOf } from '../reporters/jsonl.ts';
import { openNewestCheckpoint } from '../run/checkpoint.ts';
import { openRecipeEngine } from '../run/engine.ts';
import { clearRunFolder, createRunFolder, openRunFolder, writeAtomically, type RunFolder } from '../run/files.ts';
import { announce } from './announce.ts';
import { checkpointing } from './checkpointing.ts';
import { evaluateDue } from './evaluate-due.ts';
import { dataPass } from './features.ts';
import { watchGradient } from './gradient-watch.ts';
import { start, train } from './loop.ts';
import { dataFacts, imageDoubts, openImages } from './open-images.ts';
import { requireLabels } from './require-labels.ts';
import { reporting, type NamedReporter } from './reporting.ts';
import { summarize } from './run-summary.ts';
import { tellWarnings } from './tell-warnings.ts';

/** How to run; the recipe says what. */
export interface PretrainOptions {
  /** The run folder: new or empty, or the one to continue. */
  readonly out: string;
  readonly resume?: boolean;
  /** A terminal is watching. */
  readonly interactive?: boolean;
  /** Leaves the progress display out. */
  readonly quiet?: boolean;
  /** Beside those of the recipe. */
  readonly reporters?: readonly Reporter[];
  /** Ends the run after the current step, with a checkpoint. */
  readonly stop?: AbortSignal;
}

/** What a run came to. */
export interface PretrainResult {
  readonly folder: RunFolder;
  readonly reason: 'finished' | 'interrupted';
  /** Steps done. */
  readonly step: number;
  /** Loss and speed of the last epoch and the share of its time spent waiting for images, the last scores, images that could not be read. */
  readonly summary: Metrics;
}

/**
 * Pre-trains an encoder by a prepared recipe and leaves everything in the run folder. Whatever can be wrong with the request is found
 * before the engine starts.
 * @throws TesseraError `E_BATCH_TOO_SMALL`, `E_VIEWS`, `E_BATCH_TOO_LARGE`, `E_DATA_UNLABELLED`, `E_EVALUATION_LABELS`, `E_DATA_TEST_IN_TRAINING`,
 * `E_OUTPUT_*`, `E_LOSS_NOT_FINITE`, `E_GRADIENT_NOT_FINITE` and those of the parts
 */
export async function pretrain(prepared: PreparedRecipe, options: PretrainOptions): Promise<PretrainResult> {
  const { recipe } = prepared;
  requireNeeds(prepared);
  const opened = await openImages(prepared);
  const { images, evaluated } = opened;
  requireLabels(prepared, images);
  refuseHostOnly(prepared);
  const folder = options.resume === true ? openRunFolder(options.out) : createRunFolder(options.out);
  const saved = options.resume === true ? openNewestCheckpoint(folder.checkpoints) : undefined;
  const from = saved?.position ?? start;
  const composition = compose(prepared, factsOf(images));
  const { bus } = composition;
  const summary = summarize(bus, from.step);
  const reporters = reporting(bus, (line) => process.stderr.write(`${line}\n`));
  let done = false;
  try {
    const engine = await openRecipeEngine(recipe.trainer);
    const place = augmentPlace(recipe, composition.augmenter, engine);
    const loader = await composition.trainingLoader(images, place.on);
    const stepsPerEpoch = loader.batchesPerEpoch;
    const totalSteps = Math.min(recipe.trainer.epochs * stepsPerEpoch, recipe.trainer.maxSteps ?? Infinity);
    const found = [
      ...imageDoubts(opened),
      ...runDoubts(prepared, dataFacts(prepared, opened)),
      ...engineDoubts(recipe, engine),
      ...doubts(await stepMemoryDoubt(prepared, composition, engine, loader.memory.bufferBytes)),
    ];
    // A checkpoint that does not fit the recipe must leave the run as it was: nothing of it is touched before it is restored.
    saved?.restore(composition);
    writeAtomically(folder.recipe, stringify(recipe));
    if (saved) truncateMetrics(folder.metrics, from);
    const earlier = saved ? warningsOf(folder.metrics) : [];
    reporters.start(reportersOf(prepared, folder, options));
    const precision = announce(composition, engine, {
      images,
      memory: loader.memory,
      place,
      root: folder.root,
      stepsPerEpoch,
      totalSteps,
      firstStep: from.step,
    });
    tellWarnings(bus, [...prepared.notices, ...found], earlier);
    watchGradient(
      bus,
      earlier.map(({ code }) => code),
    );
    const { isDue, save } = checkpointing(composition, folder);
    const { method, optimizer, collective, key } = composition;
    const position = await train(
      {
        bus,
        key,
        clipNorm: recipe.trainer.clipNorm,
        loader,
        method,
        optimizer,
        precision,
        collective,
        schedule: composition.schedule(stepsPerEpoch, totalSteps),
        normalize: recipe.data.normalize,
        onDevice: place.on === 'device' ? await loadDeviceHalf(composition) : undefined,
        totalSteps,
        dataPass: dataPass(composition, images),
        placesOf: placesIn(images),
        isCheckpointDue: isDue,
        checkpoint: save,
        evaluate: (epochsDone, last) => evaluateDue(prepared, composition, { epochsDone, last, images: evaluated }),
        stop: options.stop ?? new AbortController().signal,
      },
      from,
    );
    save(position);
    done = true;
    const reason = position.step < totalSteps ? 'interrupted' : 'finished';
    summary.end(reason);
    return { folder, reason, step: summary.step, summary: summary.metrics };
  } catch (error) {
    summary.end('failed');
    throw error;
  } finally {
    reporters.stop();
    await composition.dispose();
    if (!done && !saved && summary.step === 0) clearRunFolder(folder);
  }
}

/** Where the recipe wants the device. @throws TesseraError `E_AUGMENTER_HOST_ONLY` */
function refuseHostOnly({ recipe: { augmenter, data }, registry }: PreparedRecipe): void {
  if (data.augmentOn !== 'device') return;
  requireDeviceHalf(augmenter.name, registry.get('augmenter', augmenter.name).build(augmenter.options, {}));
}

function loadDeviceHalf({ recipe, augmenter }: Composition): Promise<AugmentOnDevice> {
  return requireDeviceHalf(recipe.augmenter.name, augmenter).load();
}

/** The run's reporters: metrics.jsonl, the progress display, those of the recipe and those of the caller. */
function reportersOf(
  { recipe, registry }: PreparedRecipe,
  { root }: RunFolder,
  { interactive = false, quiet = false, reporters = [] }: PretrainOptions,
): readonly NamedReporter[] {
  const ours = [{ name: 'jsonl', options: {} }, ...(quiet ? [] : [{ name: 'progress', options: {} }])];
  return [
    ...[...ours, ...recipe.reporters].map(({ name, options }) => ({
      name,
      report: registry.get('reporter', name).build(options, { runDirectory: root, interactive }),
    })),
    ...reporters.map((report) => ({ name: report.name || 'unnamed', report })),
  ];
}
