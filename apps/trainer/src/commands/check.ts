import { stringify } from 'yaml';
import { requireDeviceHalf } from '@tessera/core';
import { loaderMemory, planesOf, type LoaderMemory } from '@tessera/data';
import { openEngine } from '@tessera/engine';
import { augmentPlace, type AugmentPlace } from '../augment-place.ts';
import { stepCost, type StepCost } from '../check/step-cost.ts';
import { traps } from '../check/traps.ts';
import { prepareRecipe } from '../prepare.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { memoryText } from '../reporters/text.ts';

/** What `tessera check --json` prints. */
interface CheckReport extends StepCost {
  /** Every value that a run would take. */
  readonly recipe: ResolvedRecipe;
  readonly views: readonly { readonly count: number; readonly size: number; readonly channels: number }[];
  /** Where the ops after the crop would be computed here, and why there. */
  readonly augmentation: AugmentPlace;
  /** What preparing images may hold, in bytes. */
  readonly dataMemory: LoaderMemory;
  readonly warnings: readonly string[];
}

/**
 * `tessera check`: what a recipe means and costs, without any data.
 * @throws TesseraError about the recipe, its plugins or its options
 */
export async function checkCommand({
  recipe: file,
  set,
  engine = 'auto',
  json,
}: {
  readonly recipe: string;
  readonly set: readonly string[];
  readonly engine: string | undefined;
  readonly json: boolean;
}): Promise<void> {
  const prepared = await prepareRecipe(file, { set });
  const { recipe, registry } = prepared;
  const opened = await openEngine(engine as Parameters<typeof openEngine>[0]);
  const augmenter = registry.get('augmenter', recipe.augmenter.name).build(recipe.augmenter.options, {});
  const { views } = augmenter;
  // On the engine that is open, unless the recipe keeps its own off the GPU.
  const place = augmentPlace(recipe, augmenter, runsOnCpu(recipe) ? { ...opened, device: 'cpu' } : opened);
  const heard: string[] = [];
  const cost = await stepCost(prepared, (code, message) => heard.push(`${message} (${code})`));
  const known = traps(recipe, views).map(({ number, message }) =>
    number === null ? message : `${message} (trap ${String(number)})`,
  );
  const dataMemory = loaderMemory({
    ...recipe.data,
    planes: planesOf(
      augmenter,
      place.on === 'device' ? requireDeviceHalf(recipe.augmenter.name, augmenter) : undefined,
    ),
    batchSize: recipe.trainer.batchSize,
  });
  const report: CheckReport = {
    recipe,
    views,
    augmentation: place,
    ...cost,
    dataMemory,
    warnings: [
      ...new Set([...prepared.notices.map(({ code, message }) => `${message} (${code})`), ...known, ...heard]),
    ],
  };
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : textOf(report));
}

function runsOnCpu({ trainer: { engine, device } }: ResolvedRecipe): boolean {
  return device === 'cpu' || engine === 'wasm' || engine === 'cpu';
}

function textOf(report: CheckReport): string {
  const { recipe, views, augmentation, parameters, flops, forwardFlopsPerImage, peakBytes, dataMemory, warnings } =
    report;
  const total = Object.values(parameters).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(parameters).map(([part, count]) => `${part} ${millions(count)}`);
  return [
    stringify(recipe).trimEnd(),
    '',
    `views of an image    ${views.map(({ count, size }) => `${String(count)} x ${String(size)}`).join(' + ')} pixels`,
    `trained parameters   ${millions(total)} (${parts.join(', ')})`,
    `forward of an image  ${giga(forwardFlopsPerImage)} FLOPs in all its views`,
    `step of ${String(recipe.trainer.batchSize)} images    ${giga(flops)} FLOPs, about ${(peakBytes / 2 ** 30).toFixed(2)} GiB of float32 (about half in bf16)`,
    `ops after the crop   on the ${augmentation.on} (${augmentation.why})`,
    `memory of the data   ${memoryText(dataMemory)}`,
    ...(warnings.length === 0 ? ['warnings             none'] : ['', ...warnings.map((text) => `warning: ${text}`)]),
    '',
  ].join('\n');
}

const millions = (count: number): string => `${(count / 1e6).toFixed(2)} M`;
const giga = (count: number): string =>
  count < 1e12 ? `${(count / 1e9).toFixed(1)} G` : `${(count / 1e12).toFixed(2)} T`;
