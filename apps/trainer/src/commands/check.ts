import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { doubts, requireDeviceHalf, type Doubt } from '@tessera/core';
import { loaderMemory, planesOf } from '@tessera/data';
import { openEngine } from '@tessera/engine';
import {
  augmentPlace,
  dataFacts,
  definedOnly,
  engineDoubts,
  imageDoubts,
  machineMemory,
  memoryDoubt,
  openImages,
  precisionOn,
  type PreparedRecipe,
  readsFolder,
  requireNeeds,
  type ResolvedRecipe,
  runDoubts,
  runFacts,
  stepCost,
} from '@tessera/run/parts';
import { checkText, type CheckReport } from '../check/check-text.ts';
import { prepare } from '../prepare.ts';

/**
 * `tessera check`: what a recipe means and costs. Where the data are known, by `--data` or by the recipe, also how many images and steps
 * there are; it reads no image.
 * @throws TesseraError about the recipe, its plugins, its options or its data: those that a run would stop with
 */
export async function checkCommand({
  recipe: file,
  set,
  data,
  engine = 'auto',
  json,
}: {
  readonly recipe: string;
  readonly set: readonly string[];
  readonly data?: string | undefined;
  readonly engine: string | undefined;
  readonly json: boolean;
}): Promise<void> {
  const prepared = await prepare(file, definedOnly({ set, data }));
  const { recipe, registry } = prepared;
  requireNeeds(prepared);
  const opened = hasData(prepared, file, data) ? await openImages(prepared) : undefined;
  const counted = opened && dataFacts(prepared, opened);
  const engineOpen = await openEngine(engine as Parameters<typeof openEngine>[0]);
  // On the engine that is open, unless the recipe keeps its own off the GPU.
  const running = runsOnCpu(recipe) ? { ...engineOpen, device: 'cpu' } : engineOpen;
  const augmenter = registry.get('augmenter', recipe.augmenter.name).build(recipe.augmenter.options, {});
  const place = augmentPlace(recipe, augmenter, running);
  const heard: Doubt[] = [];
  const cost = await stepCost(prepared, (code, message) => heard.push({ code, message }));
  const half = place.on === 'device' ? requireDeviceHalf(recipe.augmenter.name, augmenter) : undefined;
  const dataMemory = loaderMemory({
    ...recipe.data,
    planes: planesOf(augmenter, half),
    batchSize: recipe.trainer.batchSize,
  });
  const facts = runFacts(prepared, counted);
  const precision = precisionOn(engineOpen, recipe);
  const memory = {
    stepBytes: cost.peakBytes,
    precision,
    bufferBytes: dataMemory.bufferBytes,
    machineBytes: machineMemory(),
  };
  const found = [
    ...(opened ? imageDoubts(opened) : []),
    ...runDoubts(prepared, counted),
    ...engineDoubts(recipe, running),
    ...doubts(running.device === 'cpu' && memoryDoubt(memory, facts)),
    ...heard,
  ];
  const report: CheckReport = {
    recipe,
    views: augmenter.views,
    data: counted ?? null,
    stepsPerEpoch: counted ? (facts.stepsPerEpoch ?? null) : null,
    totalSteps: counted ? (facts.totalSteps ?? null) : recipe.trainer.maxSteps,
    learningRate: facts.learningRate,
    highestLearningRate: facts.highestLearningRate,
    augmentation: place,
    ...cost,
    dataMemory,
    warnings: [...new Set([...prepared.notices, ...found].map(({ code, message }) => `${message} [${code}]`))],
  };
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : checkText(report));
}

/** Whether there is something to count: a folder that somebody named, or a data set that needs none. */
function hasData(prepared: PreparedRecipe, file: string, flag: string | undefined): boolean {
  if (flag !== undefined || !readsFolder(prepared)) return true;
  const { path } = prepared.recipe.data;
  return path !== dirname(resolve(file)) && existsSync(path);
}

function runsOnCpu({ trainer: { engine, device } }: ResolvedRecipe): boolean {
  return device === 'cpu' || engine === 'wasm' || engine === 'cpu';
}
