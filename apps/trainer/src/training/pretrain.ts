import { requireDeviceHalf, TesseraError, type AugmentOnDevice, type Metrics, type Reporter } from '@tessera/core';
import { stringify } from 'yaml';
import { augmentPlace } from '../augment-place.ts';
import { factsOf, placesIn } from '../data-facts.ts';
import { compose, type Composition } from '../compose.ts';
import { openBankImages, openTestImages, openTrainingImages, type ImageSet } from '../images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { truncateMetrics } from '../reporters/jsonl.ts';
import { openNewestCheckpoint } from '../run/checkpoint.ts';
import { openRecipeEngine } from '../run/engine.ts';
import { clearRunFolder, createRunFolder, openRunFolder, writeAtomically, type RunFolder } from '../run/files.ts';
import { announce } from './announce.ts';
import { checkpointing } from './checkpointing.ts';
import { evaluateDue } from './evaluate-due.ts';
import { dataPass, requireClasses } from './features.ts';
import { start, train } from './loop.ts';
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
 * @throws TesseraError `E_BATCH_TOO_LARGE`, `E_DATA_UNLABELLED`, `E_OUTPUT_*`, `E_LOSS_NOT_FINITE` and those of the parts
 */
export async function pretrain(prepared: PreparedRecipe, options: PretrainOptions): Promise<PretrainResult> {
  const { recipe } = prepared;
  const { images, bank, test } = await openImages(prepared);
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
    // A checkpoint that does not fit the recipe must leave the run as it was: nothing of it is touched before it is restored.
    saved?.restore(composition);
    writeAtomically(folder.recipe, stringify(recipe));
    if (saved) truncateMetrics(folder.metrics, from);
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
    for (const notice of prepared.notices) bus.publish({ type: 'warning', ...notice });
    tellWarnings(bus, test ? [images, test] : [images]);
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
        evaluate: (epochsDone, last) => evaluateDue(prepared, composition, { epochsDone, last, bank, test }),
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

/** What a run reads: what it trains on, and what its evaluations score and compare with. */
interface RunImages {
  readonly images: ImageSet;
  /** The training images that have a label; all where nothing is evaluated. */
  readonly bank: ImageSet;
  readonly test: ImageSet | undefined;
}

/** @throws TesseraError where the images are not what the recipe needs */
async function openImages(prepared: PreparedRecipe): Promise<RunImages> {
  const { trainer, evaluation } = prepared.recipe;
  const images = await openTrainingImages(prepared);
  requireFullBatch(trainer.batchSize, images);
  const test = evaluation.length > 0 ? await openTestImages(prepared, images) : undefined;
  const bank = test ? await openBankImages(prepared, images) : images;
  if (test) for (const set of [bank, test]) requireClasses(set); // or the last evaluation would find out, after hours
  return { images, bank, test };
}

function requireFullBatch(batchSize: number, { indices, shown }: ImageSet): void {
  if (batchSize <= indices.length) return;
  throw new TesseraError({
    code: 'E_BATCH_TOO_LARGE',
    message: `the batch of ${batchSize} images is larger than the ${indices.length} training images of '${shown}'`,
    next: `Lower it: --set trainer.batchSize=${2 ** Math.floor(Math.log2(indices.length))}, or use more images (data.every, data.limit).`,
  });
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
