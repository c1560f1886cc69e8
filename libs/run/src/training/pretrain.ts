import type { Metrics, Reporter } from '@tessera/core';
import { stringify } from 'yaml';
import { augmentPlace } from '../augment-place.ts';
import { startDoubts } from '../check/start-doubts.ts';
import { compose, type Override } from '../compose.ts';
import { evaluateDue } from '../evaluation/evaluate-due.ts';
import { openNewestCheckpoint, type Checkpoint } from '../folder/checkpoint.ts';
import { clearRunFolder, createRunFolder, writeAtomically, type RunFolder } from '../folder/files.ts';
import { truncateMetrics, warningsOf } from '../folder/metrics-file.ts';
import { runOf, type Run } from '../folder/open-run.ts';
import { factsOf } from '../images/data-facts.ts';
import { openImages, type RunImages } from '../images/open-images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { announce } from './announce.ts';
import { checkpointing } from './checkpointing.ts';
import { watchGradient } from './gradient-watch.ts';
import { start, train } from './loop.ts';
import { reportersOf, reporting } from './reporting.ts';
import { summarize } from './run-summary.ts';
import { tellWarnings } from './tell-warnings.ts';
import { openTrainingData } from './training-data.ts';

/** How to run; the recipe says what. */
export interface RunOptions {
  /** A terminal is watching: what reporters are told. */
  readonly interactive?: boolean;
  /** Beside those of the recipe, and metrics.jsonl. */
  readonly reporters?: readonly Reporter[];
  /** Ends the run after the current step, with a checkpoint. */
  readonly stop?: AbortSignal;
  /** Rebinds what the run is made of. */
  readonly override?: Override;
}

/** How and where. */
export interface PretrainOptions extends RunOptions {
  /** The run folder: new or empty. */
  readonly out: string;
}

/** What a run came to. */
export interface PretrainResult {
  readonly run: Run;
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
export async function pretrain(
  prepared: PreparedRecipe,
  { out, ...options }: PretrainOptions,
): Promise<PretrainResult> {
  const images = await openImages(prepared);
  return trainIn(runOf(createRunFolder(out), prepared), images, undefined, options);
}

/**
 * Continues a run from its newest checkpoint, to the numbers that it would have come to without the break.
 * @throws TesseraError `E_CHECKPOINT_MISSING`, `E_STATE_MISMATCH`, after which the run is as it was, and those of {@link pretrain}
 */
export async function resume(run: Run, options: RunOptions = {}): Promise<PretrainResult> {
  const images = await openImages(run.prepared);
  return trainIn(run, images, openNewestCheckpoint(run.folder.checkpoints), options);
}

async function trainIn(
  run: Run,
  opened: RunImages,
  saved: Checkpoint | undefined,
  options: RunOptions,
): Promise<PretrainResult> {
  const { folder, prepared } = run;
  const { recipe } = prepared;
  const { images, evaluated } = opened;
  const composition = compose(prepared, factsOf(images), options.override);
  const { bus } = composition;
  const reporters = reporting(bus, (line) => process.stderr.write(`${line}\n`));
  const summary = summarize(bus);
  const from = saved?.position ?? start;
  let reached = from;
  let done = false;
  try {
    const engine = await composition.engine;
    const place = augmentPlace(recipe, composition.augmenter, engine);
    const { augmenter, trainer } = recipe;
    const { batchSize } = trainer;
    const data = await openTrainingData(composition, images, { augmenter, batchSize, augmentOn: place.on });
    try {
      const totalSteps = Math.min(trainer.epochs * data.stepsPerEpoch, trainer.maxSteps ?? Infinity);
      const found = await startDoubts(prepared, opened, { composition, engine, memory: data.memory });
      // A checkpoint that does not fit the recipe must leave the run as it was: nothing of it is touched before it is restored.
      saved?.restore(composition);
      const earlier = continueFolder(folder, recipe, saved);
      reporters.start(reportersOf(prepared, folder, options));
      const precision = announce(composition, engine, {
        images,
        memory: data.memory,
        place,
        root: folder.root,
        stepsPerEpoch: data.stepsPerEpoch,
        totalSteps,
        firstStep: from.step,
      });
      tellWarnings(bus, [...prepared.notices, ...found], earlier);
      const gradient = watchGradient(bus, earlier);
      const checkpoints = checkpointing(composition, folder);
      const { method, optimizer, collective, key } = composition;
      const schedule = composition.schedule(data.stepsPerEpoch, totalSteps);
      reached = await train(
        {
          learner: { method, optimizer, collective, precision, clipNorm: trainer.clipNorm, schedule },
          data,
          totalSteps,
          bus,
          key,
          stop: options.stop ?? new AbortController().signal,
          between: {
            stepped: (position, result) => {
              reached = position;
              gradient.saw(position.step, result);
            },
            save: checkpoints.save,
            evaluate: (epochsDone, last) => evaluateDue(prepared, composition, { epochsDone, last, images: evaluated }),
          },
        },
        from,
      );
      checkpoints.save(reached, true);
      done = true;
      const reason = reached.step < totalSteps ? 'interrupted' : 'finished';
      summary.end(reason, reached.step);
      return { run, reason, step: reached.step, summary: summary.metrics };
    } finally {
      await data.dispose();
    }
  } catch (error) {
    summary.end('failed', reached.step);
    throw error;
  } finally {
    reporters.stop();
    await composition.dispose();
    if (!done && !saved && reached.step === 0) clearRunFolder(folder);
  }
}

/** Writes what the run is now, and takes out of its metrics what it will tell again. @returns the warnings told before */
function continueFolder(
  folder: RunFolder,
  recipe: PreparedRecipe['recipe'],
  saved: Checkpoint | undefined,
): ReturnType<typeof warningsOf> {
  writeAtomically(folder.recipe, stringify(recipe));
  if (!saved) return [];
  truncateMetrics(folder.metrics, saved.position);
  return warningsOf(folder.metrics);
}
