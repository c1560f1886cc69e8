import { stringify } from 'yaml';
import type { LoaderMemory } from '@tessera/data';
import { type AugmentPlace, type DataFacts, type ResolvedRecipe, significant, type StepCost } from '@tessera/run/parts';
import { memoryText } from '../reporters/text.ts';

/** What `tessera check --json` prints. */
export interface CheckReport extends StepCost {
  /** Every value that a run would take. */
  readonly recipe: ResolvedRecipe;
  readonly views: readonly { readonly count: number; readonly size: number; readonly channels: number }[];
  /** How many images there are; null where nobody said where. */
  readonly data: DataFacts | null;
  /** Null without the images. */
  readonly stepsPerEpoch: number | null;
  /** Of the run; without the images, what the recipe is limited to. */
  readonly totalSteps: number | null;
  /** The optimizer's, before the schedule. */
  readonly learningRate: number;
  /** Of all steps, scaling by batch size included. */
  readonly highestLearningRate: number;
  /** Where the ops after the crop would be computed here, and why there. */
  readonly augmentation: AugmentPlace;
  /** What preparing images may hold, in bytes. */
  readonly dataMemory: LoaderMemory;
  /** `what is doubtful [CODE]`. */
  readonly warnings: readonly string[];
}

/** What `tessera check` prints for people. */
export function checkText(report: CheckReport): string {
  const { recipe, views, augmentation, parameters, flops, forwardFlopsPerImage, peakBytes, dataMemory } = report;
  const total = Object.values(parameters).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(parameters).map(([part, count]) => `${part} ${millions(count)}`);
  return [
    stringify(recipe).trimEnd(),
    '',
    `views of an image    ${views.map(({ count, size }) => `${count} x ${size}`).join(' + ')} pixels`,
    `images               ${imagesText(report)}`,
    `steps                ${stepsText(report)}`,
    `learning rate        ${rateText(report)}`,
    `trained parameters   ${millions(total)} (${parts.join(', ')})`,
    `forward of an image  ${giga(forwardFlopsPerImage)} FLOPs in all its views`,
    `step of ${recipe.trainer.batchSize} images    ${giga(flops)} FLOPs, about ${gibi(peakBytes)} of float32 (about half in bf16)`,
    `ops after the crop   on the ${augmentation.on} (${augmentation.why})`,
    `memory of the data   ${memoryText(dataMemory)}`,
    ...warningsText(report),
    '',
  ].join('\n');
}

function imagesText({ data }: CheckReport): string {
  if (!data) return 'not looked at: give their folder with --data';
  const tests = data.testImages === undefined ? '' : `, ${whole(data.testImages)} for tests`;
  const classes = data.classes === undefined ? '' : `, of ${data.classes} ${data.classes === 1 ? 'class' : 'classes'}`;
  return `${data.subset ?? whole(data.images)} for training${tests}${classes}`;
}

function stepsText({ recipe: { trainer }, data, stepsPerEpoch, totalSteps }: CheckReport): string {
  if (!data || stepsPerEpoch === null || totalSteps === null) {
    const limit = trainer.maxSteps === null ? '' : `, at most ${whole(trainer.maxSteps)} steps`;
    return `${plural(trainer.epochs, 'epoch')}${limit}`;
  }
  const left = data.images - stepsPerEpoch * trainer.batchSize;
  const without = left === 0 ? '' : `; each epoch goes without ${plural(left, 'image')}, others every time`;
  return `${whole(stepsPerEpoch)} an epoch, ${whole(totalSteps)} in all${without}`;
}

function rateText({ learningRate, highestLearningRate }: CheckReport): string {
  if (highestLearningRate === learningRate) return `${significant(highestLearningRate)} at its highest`;
  const factor = significant(highestLearningRate / learningRate);
  return `${significant(highestLearningRate)} at its highest: ${significant(learningRate)} of the optimizer times ${factor} by the schedule`;
}

function warningsText({ warnings }: CheckReport): readonly string[] {
  if (warnings.length === 0) return ['warnings             none'];
  return [
    '',
    ...warnings.map((text) => `warning: ${text}`),
    '',
    'What each warning means, and what to do: docs/warnings.md',
  ];
}

const whole = (count: number): string => count.toLocaleString('en');
const plural = (count: number, what: string): string => `${whole(count)} ${what}${count === 1 ? '' : 's'}`;
/** Small ones have a smaller unit: a count is not 0.00. */
const millions = (count: number): string => (count < 1e4 ? whole(count) : `${(count / 1e6).toFixed(2)} M`);
const giga = (count: number): string => {
  if (count < 1e8) return count < 1e5 ? whole(count) : `${(count / 1e6).toFixed(1)} M`;
  return count < 1e12 ? `${(count / 1e9).toFixed(1)} G` : `${(count / 1e12).toFixed(2)} T`;
};
const gibi = (bytes: number): string => {
  const size = bytes / 2 ** 30;
  return size < 0.1 ? `${significant(bytes / 2 ** 20)} MiB` : `${size.toFixed(2)} GiB`;
};
