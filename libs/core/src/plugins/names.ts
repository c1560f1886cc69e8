/** How names that people type are matched with names that are known. */

/** A name without what people write one way or the other: case, hyphens, underscores, spaces. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The known name that is the same but for case, hyphens, underscores, or the s of a plural. */
export function sameName(name: string, known: readonly string[]): string | undefined {
  const plain = plainName(name);
  const singular = (text: string): string => text.replace(/s$/, '');
  return (
    known.find((candidate) => plainName(candidate) === plain) ??
    known.find((candidate) => singular(plainName(candidate)) === singular(plain))
  );
}

/** The known name nearest to a mistyped one, if it is near: for "did you mean". */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const same = sameName(name, known);
  if (same !== undefined) return same;
  const plain = plainName(name);
  const ranked = known
    .map((candidate) => ({ candidate, cost: distance(plain, plainName(candidate)) }))
    .sort((a, b) => a.cost - b.cost)[0];
  // A name all of whose letters would change is another name.
  const limit = Math.min(plain.length - 1, Math.max(2, Math.floor(plain.length / 3)));
  return ranked && ranked.cost <= limit ? ranked.candidate : sharesWords(name, known);
}

/** Words that say of a part what kind it is. */
const KINDS = new Set([
  'loss',
  'criterion',
  'objective',
  'method',
  'encoder',
  'head',
  'optimizer',
  'schedule',
  'dataset',
]);

function wordsOf(name: string): readonly string[] {
  return name
    .split(/[-_\s]+|(?<=\p{Ll})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})/u)
    .map((word) => word.toLowerCase())
    .filter((word) => word !== '' && !KINDS.has(word));
}

/** The one known name of which all words are in this one, or all of whose words this one has: `vit-small` for `vit`. */
function sharesWords(name: string, known: readonly string[]): string | undefined {
  const own = wordsOf(name);
  const plain = own.join('');
  const has = (all: readonly string[], some: readonly string[]): boolean =>
    some.length > 0 && some.every((word) => word.length > 2 && all.includes(word));
  const found = known.filter((candidate) => {
    const words = wordsOf(candidate);
    return (plain !== '' && words.join('') === plain) || has(own, words) || has(words, own);
  });
  return found.length === 1 ? found[0] : undefined;
}
