import type { SplitKind } from './split-names.ts';

/** Findings begin with how many images are used, so that one warning can be made of them. */
export function countFindings(
  findings: readonly string[],
  { split, used, all, where }: { split: SplitKind; used: number; all: number; where: string },
): string[] {
  const [first, ...rest] = findings;
  if (first === undefined) return [];
  const what = split === 'train' ? 'training images' : 'test images';
  return [`${String(used)} of the ${String(all)} images in ${where} are the ${what}: ${first}`, ...rest];
}

/** The one warning of a data set about which images it takes. */
export function imagesWarning(
  findings: readonly string[],
): readonly { readonly code: string; readonly message: string }[] {
  return findings.length === 0 ? [] : [{ code: 'W_DATA_IMAGES', message: findings.join('; ') }];
}
