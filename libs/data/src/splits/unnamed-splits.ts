import { countedFolders, type TopFolder } from './top-folders.ts';

/**
 * Folders that no word tells to be splits, but what they hold does, in whatever language they are named: two that hold the same class
 * folders (`trn/{cat,dog}`, `tst/{cat,dog}`), or one that holds the names of the classes beside it. One name in common says nothing
 * (`cat/images`, `dog/images`).
 * @param classes folders that are going to be taken for classes
 */
export function unnamedSplits(classes: readonly TopFolder[]): string[] {
  const own = new Set(classes.map(({ name }) => name));
  const holders = classes.filter(({ folders }) => sharedNames(folders, own) > 1);
  const name = holders[0]?.name;
  if (name !== undefined) {
    const [has, is] =
      holders.length === 1 ? ['holds', 'is trained on as a class'] : ['hold', 'are trained on as classes'];
    return [
      `${countedFolders(holders)} ${is}, but ${has} folders that are named like the classes beside` +
        ` (if '${name}' holds test images, set data.options.testFolder=${name}; if every folder is a class, data.options.splits=none)`,
    ];
  }
  const alike = classes.filter(({ loose }) => loose === 0);
  for (const first of alike) {
    const group = alike.filter(
      (other) => other === first || sharedNames(first.folders, other.folders) >= atLeast(first, other),
    );
    const [larger, smaller] = [...group].sort((a, b) => b.images - a.images);
    if (!larger || !smaller) continue;
    return [
      `${countedFolders(group)} are trained on as classes, but hold folders of the same names, as splits do` +
        ` (if they are splits, set data.options.trainFolder=${larger.name} and data.options.testFolder=${smaller.name}, or the other way; if classes, data.options.splits=none)`,
    ];
  }
  return [];
}

/** Splits may lack a class or two; most are in both. */
function atLeast(a: TopFolder, b: TopFolder): number {
  return Math.max(2, Math.ceil(Math.min(a.folders.size, b.folders.size) * 0.75));
}

function sharedNames(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const name of a) if (b.has(name)) shared++;
  return shared;
}
