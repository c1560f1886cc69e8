import { TesseraError } from '@tessera/core';
import type { NameTable } from '../../files/name-table.ts';
import { showPath } from '../../files/show-path.ts';
import type { LabelNotes, Note } from './sample-labels.ts';

/** Told once, as an event. */
export interface DataWarning {
  readonly code: string;
  readonly message: string;
}

/** @param passed images of samples that have none of the wanted ending */
export function passedOver(
  passed: readonly number[],
  names: NameTable,
  image: string | undefined,
): readonly DataWarning[] {
  const [first] = passed;
  if (first === undefined) return [];
  const reason =
    image === undefined
      ? 'have several dots in their names, which to WebDataset are other pictures of a sample (a mask, say), and their samples have no image with a plain ending'
      : `are of samples that have no image ending in .${image}`;
  return [
    {
      code: 'W_TAR_PASSED_OVER',
      message: `${String(passed.length)} images in the tars are left out, the first '${showPath(names.at(first))}': they ${reason}; data.options.image names another ending, data.options.layout=folders takes every image`,
    },
  ];
}

/** @throws TesseraError `E_DATA_EMPTY` where there are images, and all of them are passed over */
export function refuseAllPassedOver(passed: readonly number[], names: NameTable): void {
  const [warning] = passedOver(passed, names, undefined);
  if (!warning) return;
  throw new TesseraError({
    code: 'E_DATA_EMPTY',
    message: `no images are left: ${warning.message}`,
    next: 'Set data.options.layout=folders to take every image, with class folders as labels where there are some, or rename the images.',
  });
}

const RULE =
  'an image and its .cls or .json have one name up to the first dot, and a .json has the label as data.options.labelKey; data.options.layout=folders takes class folders, or does without labels';

/**
 * What is to be said of labels in WebDataset's layout: one warning about images that have none.
 * @throws TesseraError `E_DATA_LABELS` where no image has one although there are label files
 */
export function lostLabels(
  notes: LabelNotes,
  { images, bare, first, guessed }: { images: number; bare: number; first: string; guessed: boolean },
): readonly DataWarning[] {
  const causes = [
    cause(notes.stray, 'belong to no image'),
    cause(notes.unclear, 'could belong to several images of one name'),
    ...(bare > 0 ? [cause(notes.dotted, 'have several dots in their names'), cause(notes.empty, 'hold no label')] : []),
  ].filter((text) => text !== '');
  const why = causes.length > 0 ? `: ${causes.join(', ')}` : '';
  if (images > 0 && bare === images && notes.stray.count + notes.unclear.count > 0) {
    throw new TesseraError({
      code: 'E_DATA_LABELS',
      message: `there are label files in the tars${guessed ? ', so they are taken for WebDataset shards' : ''}, but none of the ${String(images)} images (the first '${showPath(first)}') gets a label${why}`,
      next: `Pack the tars so that ${RULE}: --set data.options.layout=folders.`,
    });
  }
  if (bare === 0 && causes.length === 0) return [];
  const bareText =
    bare > 0
      ? `${String(bare)} of ${String(images)} images in the tars have no label, the first '${showPath(first)}'${why}`
      : `label files in the tars are left out${why}`;
  return [{ code: 'W_TAR_LABELS', message: `${bareText}; ${RULE}` }];
}

/**
 * Where no label was found and the layout is a guess, label files that could not be read.
 * @param classed class folders gave labels
 * @throws TesseraError `E_DATA_LABELS` where nothing gave labels and there are `.cls` files, which are nothing else
 */
export function unreadLabels({ dotted, empty }: LabelNotes, classed: boolean): readonly DataWarning[] {
  if (!classed && dotted.count > 0) {
    throw new TesseraError({
      code: 'E_DATA_LABELS',
      message: `none of the images in the tars gets a label: ${cause(dotted, 'have several dots in their names')}`,
      next: `Pack the tars so that ${RULE}: --set data.options.layout=folders.`,
    });
  }
  const causes = [
    cause(dotted, 'have several dots in their names'),
    ...(classed ? [] : [cause(empty, 'hold no label')]),
  ].filter((text) => text !== '');
  if (causes.length === 0) return [];
  return [{ code: 'W_TAR_LABELS', message: `no label file in the tars gives a label: ${causes.join(', ')}; ${RULE}` }];
}

function cause({ count, first }: Note, what: string): string {
  return count === 0 ? '' : `${String(count)} label files (the first '${showPath(first)}') ${what}`;
}
