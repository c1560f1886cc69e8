import { TesseraError } from '@tessera/core';
import { openBankImages, openTestImages, type ImageSet } from './images.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { sharedImages } from './shared-images.ts';

/** What the evaluations of a run score, and compare with. */
export interface EvaluationImages {
  /** The training images that have a label. */
  readonly bank: ImageSet;
  /** The test images that have one. */
  readonly test: ImageSet;
  /** What makes a score mean less than it seems to, or nothing. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/**
 * Opens the images of evaluations and judges them before anything is computed.
 * @returns none where the source has no test images
 * @throws TesseraError `E_DATA_UNLABELLED`, `E_EVALUATION_LABELS`, `E_DATA_TEST_IN_TRAINING`
 */
export async function openEvaluationImages(
  prepared: PreparedRecipe,
  training: ImageSet,
): Promise<EvaluationImages | undefined> {
  const test = await openTestImages(prepared, training);
  if (!test) return undefined;
  const bank = await openBankImages(prepared, training);
  requireClasses(bank, 'training');
  requireClasses(test, 'test');
  requireLabels(bank, 'training');
  requireLabels(test, 'test');
  await refuseShared(training, test);
  return { bank, test, warnings: [...leftOut(bank, test), ...oneClass(bank, test), ...missingClasses(bank, test)] };
}

/** @returns the number of classes. @throws TesseraError `E_DATA_UNLABELLED` */
export function requireClasses({ dataset, indices, shown }: ImageSet, what: 'training' | 'test'): number {
  const classes = dataset.classes?.length ?? 0;
  if (classes > 0) return classes;
  throw new TesseraError({
    code: 'E_DATA_UNLABELLED',
    message: `the ${String(indices.length)} ${what} images in '${shown}' have no classes, which an evaluation needs`,
    next: 'Put them into one folder a class (for a tar or manifest, see data.options.labelKey), evaluate on a data set that has classes, or take the evaluation `retrieval`, which needs none: tessera eval retrieval RUN, or --set "evaluation=[{ name: retrieval }]" while training.',
  });
}

function requireLabels({ dataset, indices, shown, unlabelled }: ImageSet, what: string): void {
  const [first] = unlabelled ?? [];
  if (indices.length > 0 || first === undefined) return;
  throw new TesseraError({
    code: 'E_EVALUATION_LABELS',
    message: `none of the ${String(unlabelled?.length)} ${what} images of '${shown}' has a label (the first is '${dataset.describe(first)}'), which an evaluation needs`,
    next: 'Give them labels, evaluate on a data set that has them, or train without: --set evaluation=[].',
  });
}

async function refuseShared(training: ImageSet, test: ImageSet): Promise<void> {
  const { count, first } = await sharedImages(training, test);
  if (first === undefined) return;
  throw new TesseraError({
    code: 'E_DATA_TEST_IN_TRAINING',
    message: `${String(count)} of ${String(test.indices.length)} test images are training images too, the first '${test.dataset.describe(first)}': a score on them says nothing`,
    next: 'Take them out of the training images or of the test images, or hold test images out with data.testFraction.',
  });
}

type Warnings = EvaluationImages['warnings'];

function leftOut(bank: ImageSet, test: ImageSet): Warnings {
  const parts = [[bank, 'training'] as const, [test, 'test'] as const].flatMap(
    ([{ dataset, indices, unlabelled = new Int32Array() }, what]) => {
      const [first] = unlabelled;
      if (first === undefined) return [];
      const all = indices.length + unlabelled.length;
      return `${String(unlabelled.length)} of ${String(all)} ${what} images (the first '${dataset.describe(first)}')`;
    },
  );
  if (parts.length === 0) return [];
  const message = `${parts.join(' and ')} have no label and are left out of evaluations`;
  return [{ code: 'W_EVALUATION_UNLABELLED', message }];
}

function labelsOf({ dataset, indices }: ImageSet): readonly number[] {
  return Array.from(indices, (index) => dataset.label(index) ?? -1);
}

function oneClass(bank: ImageSet, test: ImageSet): Warnings {
  const inBank = new Set(labelsOf(bank));
  const inTest = new Set(labelsOf(test));
  const nameOf = (label: number | undefined): string => bank.dataset.classes?.[label ?? -1] ?? String(label);
  const code = 'W_EVALUATION_ONE_CLASS';
  if (inBank.size === 1) {
    const means = `any encoder gets the same score, which means nothing; give images of two classes or more`;
    return [{ code, message: `all labelled training images are of one class, '${nameOf([...inBank][0])}': ${means}` }];
  }
  if (inTest.size > 1) return [];
  const means = 'the score is the share of that class that is found; give test images of two classes or more';
  return [{ code, message: `all test images are of one class, '${nameOf([...inTest][0])}': ${means}` }];
}

/** Classes that no training image has cannot be found. */
function missingClasses(bank: ImageSet, test: ImageSet): Warnings {
  const inBank = new Set(labelsOf(bank));
  const strange = labelsOf(test).filter((label) => !inBank.has(label));
  if (strange.length === 0) return [];
  const names = [...new Set(strange)].map((label) => `'${bank.dataset.classes?.[label] ?? String(label)}'`);
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${String(names.length - 5)} more` : '');
  return [
    {
      code: 'W_EVALUATION_CLASSES',
      message: `${String(strange.length)} of ${String(test.indices.length)} test images are of classes that no labelled training image has (${shown}) and count as wrong; train on images of each class, or leave these out`,
    },
  ];
}
