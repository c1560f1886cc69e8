import { writeFileSync } from 'node:fs';
import { TesseraError, type Metrics, type Reporter } from '@tessera/core';
import { openEngine, type Engine } from '@tessera/engine';
import { stringify } from 'yaml';
import { compose, type Composition } from '../compose.ts';
import { openTestImages, openTrainingImages, type ImageSet } from '../images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { truncateMetrics } from '../reporters/jsonl.ts';
import { loadNewestCheckpoint, saveCheckpoint, type Position } from '../run/checkpoint.ts';
import { saveEncoder } from '../run/encoder-file.ts';
import { createRunFolder, openRunFolder, type RunFolder } from '../run/files.ts';
import { dataPass, evaluationContext } from './features.ts';
import { start, train, type LoopParts } from './loop.ts';

/** How to run; the recipe says what. */
export interface PretrainOptions {
  /** The run folder: new or empty, or the one to continue. */
  readonly out: string;
  readonly resume?: boolean;
  /** A terminal is watching. */
  readonly interactive?: boolean;
  /** Names of reporters of ours to leave out, in tests. */
  readonly quiet?: boolean;
  readonly stop?: AbortSignal;
}

/** What a run came to. */
export interface PretrainResult {
  readonly folder: RunFolder;
  readonly reason: 'finished' | 'interrupted';
  readonly step: number;
  readonly summary: Metrics;
}

/**
 * Pre-trains an encoder by a prepared recipe and leaves everything in the run folder. Whatever can be wrong with the request is found
 * before the engine starts.
 * @throws TesseraError `E_BATCH_TOO_LARGE`, `E_OUTPUT_*`, `E_LOSS_NOT_FINITE` and those of the parts
 */
export async function pretrain(prepared: PreparedRecipe, options: PretrainOptions): Promise<PretrainResult> {
  const { recipe } = prepared;
  const images = await openTrainingImages(prepared);
  requireFullBatch(recipe.trainer.batchSize, images);
  const test = recipe.evaluation.length > 0 ? await openTestImages(prepared, images) : undefined;
  const folder = options.resume === true ? openRunFolder(options.out) : createRunFolder(options.out);
  const composition = compose(prepared);
  const began = performance.now();
  let stopReporters: () => void = () => undefined;
  let [step, totalSummary]: [number, Metrics] = [0, {}];
  const ended = (reason: 'finished' | 'interrupted' | 'failed'): void => {
    composition.bus.publish({ type: 'run-ended', time: Date.now() / 1000, reason, step, seconds: (performance.now() - began) / 1000, summary: totalSummary });
  };
  try {
    const engine = await openEngine(recipe.trainer.engine, recipe.trainer.threads === null ? {} : { threads: recipe.trainer.threads });
    const loader = await composition.trainingLoader(images);
    const totalSteps = Math.min(recipe.trainer.epochs * loader.batchesPerEpoch, recipe.trainer.maxSteps ?? Infinity);
    const from = options.resume === true ? loadNewestCheckpoint(folder.checkpoints, composition) : start;
    step = from.step;
    if (options.resume === true) truncateMetrics(folder.metrics, from);
    writeFileSync(folder.recipe, stringify(recipe));
    stopReporters = subscribe(prepared, composition, folder, options);
    announce({ composition, engine, images, folder, stepsPerEpoch: loader.batchesPerEpoch, totalSteps, firstStep: from.step });

    const summary: Record<string, number> = {};
    totalSummary = summary;
    composition.bus.ofType('epoch').subscribe(({ loss, imagesPerSecond }) => Object.assign(summary, { loss, imagesPerSecond }));
    const { due, save } = checkpointing(composition, folder);
    const position = await train(
      {
        ...parts(composition, engine),
        loader,
        schedule: composition.schedule(loader.batchesPerEpoch, totalSteps),
        totalSteps,
        dataPass: dataPass(composition, () => composition.method.representation, images),
        isCheckpointDue: due,
        checkpoint: (at) => {
          step = at.step;
          save(at);
        },
        evaluate: (epochsDone, last) => evaluate(prepared, composition, { epochsDone, last, images, test, summary }),
        stop: options.stop ?? new AbortController().signal,
      },
      from,
    );
    step = position.step;
    save(position);
    const reason = step < totalSteps ? 'interrupted' : 'finished';
    ended(reason);
    return { folder, reason, step, summary };
  } catch (error) {
    ended('failed');
    throw error;
  } finally {
    stopReporters();
    await composition.dispose();
  }
}

function requireFullBatch(batchSize: number, { indices, shown }: ImageSet): void {
  if (batchSize <= indices.length) return;
  throw new TesseraError({
    code: 'E_BATCH_TOO_LARGE',
    message: `the batch of ${batchSize} images is larger than the ${indices.length} training images of '${shown}'`,
    next: `Lower it: --set trainer.batchSize=${2 ** Math.floor(Math.log2(indices.length))}, or use more images (data.every, data.limit).`,
  });
}

/** Precision falls back to float32, with a warning, where the engine has no bfloat16. */
function parts({ bus, method, optimizer, collective, recipe }: Composition, engine: Engine): Pick<LoopParts, 'bus' | 'method' | 'optimizer' | 'collective' | 'precision' | 'normalize'> {
  return { bus, method, optimizer, collective, precision: precisionOn(engine, recipe.trainer.precision), normalize: recipe.data.normalize };
}

function precisionOn(engine: Engine, wanted: 'f32' | 'bf16'): 'f32' | 'bf16' {
  return engine.precisions.includes(wanted) ? wanted : 'f32';
}

function subscribe(prepared: PreparedRecipe, { bus }: Composition, { root }: RunFolder, { interactive = false, quiet = false }: PretrainOptions): () => void {
  const own = [{ name: 'jsonl', options: {} }, ...(quiet ? [] : [{ name: 'progress', options: {} }])];
  const reporters = [...own, ...prepared.recipe.reporters].map(
    ({ name, options }): Reporter => prepared.registry.get('reporter', name).build(options, { runDirectory: root, interactive }),
  );
  const stops = reporters.map((reporter) => reporter(bus));
  return () => {
    for (const stop of stops) stop();
  };
}

interface Announcement {
  readonly composition: Composition;
  readonly engine: Engine;
  readonly images: ImageSet;
  readonly folder: RunFolder;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly firstStep: number;
}

function announce({ composition, engine, images, folder, ...steps }: Announcement): void {
  const { bus, recipe, method } = composition;
  const precision = precisionOn(engine, recipe.trainer.precision);
  bus.publish({
    type: 'run-started',
    time: Date.now() / 1000,
    runDirectory: folder.root,
    engine: engine.name,
    precision,
    method: recipe.method.name,
    images: images.indices.length,
    parameters: method.variables().reduce((sum, { variable }) => sum + variable.size, 0),
    ...steps,
  });
  for (const reason of engine.why) bus.publish({ type: 'warning', code: 'W_ENGINE_FALLBACK', message: reason });
  if (precision !== recipe.trainer.precision) {
    bus.publish({ type: 'warning', code: 'W_PRECISION', message: `the ${engine.name} engine has no ${recipe.trainer.precision}; the run computes in ${precision}` });
  }
}

/** When to write a checkpoint, and how: with the encoder beside it. */
function checkpointing(composition: Composition, folder: RunFolder): { due: (position: Position) => boolean; save: (position: Position) => void } {
  const { everySteps, everyMinutes, keep } = composition.recipe.checkpoint;
  let written = performance.now();
  return {
    due: ({ step }) => (everySteps !== null && step % everySteps === 0) || (everyMinutes !== null && performance.now() - written > everyMinutes * 60_000),
    save: (position) => {
      const path = saveCheckpoint(folder.checkpoints, composition, position, keep);
      const { method, recipe, bus } = composition;
      saveEncoder(folder.encoder, method.representation, { method: recipe.method.name, step: String(position.step), seed: String(recipe.seed) });
      written = performance.now();
      bus.publish({ type: 'checkpoint', step: position.step, path });
    },
  };
}

interface EvaluationRequest {
  readonly epochsDone: number;
  readonly last: boolean;
  readonly images: ImageSet;
  readonly test: ImageSet | undefined;
  readonly summary: Record<string, number>;
}

async function evaluate({ recipe, registry }: PreparedRecipe, composition: Composition, { epochsDone, last, images, test, summary }: EvaluationRequest): Promise<void> {
  const due = recipe.evaluation.filter(({ everyEpochs }) => last || (everyEpochs !== null && epochsDone % everyEpochs === 0));
  if (due.length === 0) return;
  if (!test) {
    composition.bus.publish({ type: 'warning', code: 'W_NO_TEST_IMAGES', message: `evaluations are skipped: there is no test/ beside the training images of '${images.shown}'` });
    return;
  }
  for (const { name, options } of due) {
    const began = performance.now();
    const evaluation = registry.get('evaluation', name).build(options, evaluationContext(composition, composition.method.representation, images, test));
    const metrics = await evaluation.run();
    for (const [metric, value] of Object.entries(metrics)) summary[`${name}.${metric}`] = value;
    composition.bus.publish({ type: 'evaluation', name, epoch: epochsDone, metrics, protocol: evaluation.protocol, seconds: (performance.now() - began) / 1000 });
  }
}
