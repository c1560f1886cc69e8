import type { NameTable } from '../../files/name-table.ts';
import { showPath } from '../../files/show-path.ts';

interface DataWarning {
  readonly code: string;
  readonly message: string;
}

/** @param others rows that are neither for training nor for testing, by split */
export function leftOut(file: string, others: ReadonlyMap<string, number>): readonly DataWarning[] {
  const count = [...others.values()].reduce((sum, own) => sum + own, 0);
  if (count === 0) return [];
  const names = [...others.keys()].map((name) => `'${name}'`).join(', ');
  return [
    {
      code: 'W_MANIFEST_LEFT_OUT',
      message: `${String(count)} images of the manifest '${file}' are left out: their split is ${names}, neither train nor test; mark them so, or name another column in data.options.splitKey`,
    },
  ];
}

/** Images that are listed more than once count more than once. */
export function listedTwice(file: string, paths: NameTable): readonly DataWarning[] {
  const seen = new Set<string>();
  let count = 0;
  let first = '';
  for (const path of paths) {
    if (seen.has(path) && count++ === 0) first = path;
    seen.add(path);
  }
  if (count === 0) return [];
  return [
    {
      code: 'W_MANIFEST_TWICE',
      message: `${String(count)} lines of the manifest '${file}' list an image again, the first '${showPath(first)}', and each counts as an image; remove them unless that is meant`,
    },
  ];
}
