/** What a folder of a split holds: images to train on, or images to score. */
export type SplitKind = 'train' | 'test';

const TRAIN: readonly string[] = ['train', 'training', 'trainval'];
/** In the order in which they are preferred as test images. */
const TEST: readonly string[] = [
  'test',
  'testing',
  'tests',
  'val',
  'valid',
  'validation',
  'eval',
  'evaluation',
  'holdout',
  'heldout',
  'dev',
];
/** Words that say nothing more of a split: `train_images`, `testset`. */
const FILLERS: ReadonlySet<string> = new Set(['set', 'image', 'images', 'img', 'imgs', 'data', 'dataset', 'split']);

interface Reading {
  readonly kind: SplitKind;
  /** The word that says so. */
  readonly word: string;
  /** What else the name says, numbers left out: `cifar` of `cifar10_train`. */
  readonly stem: string;
}

/**
 * Which of the names that lie beside each other are names of splits, in any case: `train`, `Training`, `val2017`, `test_images` alone;
 * with more words only in pairs, `cifar_train` beside `cifar_val` (a `bullet_train` without a `bullet_test` is a class).
 */
export function splitsAmong(names: Iterable<string>): ReadonlyMap<string, SplitKind> {
  const readings = [...names].flatMap((name) => {
    const reading = readingOf(name);
    return reading ? [{ name, ...reading }] : [];
  });
  const stems = (kind: SplitKind): Set<string> =>
    new Set(readings.filter((reading) => reading.kind === kind).map(({ stem }) => stem));
  const [train, test] = [stems('train'), stems('test')];
  const alone = readings.filter(({ stem }) => stem === '' || (train.has(stem) && test.has(stem)));
  return new Map(alone.map(({ name, kind }) => [name, kind]));
}

/** Names of test splits, the one to score first: `test`, then what reads like it, then validation sets. */
export function byPreference(names: readonly string[]): readonly string[] {
  return [...names].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
}

/** Those of the names of test splits that stand for the one to score: its shards. */
export function preferredAmong(names: readonly string[]): readonly string[] {
  const word = (name: string): string => readingOf(name)?.word ?? '';
  const [first = ''] = byPreference(names);
  return names.filter((name) => word(name) === word(first));
}

function rankOf(name: string): number {
  return name === 'test' ? -1 : TEST.indexOf(readingOf(name)?.word ?? '');
}

function readingOf(name: string): Reading | undefined {
  const words = wordsOf(name);
  const said = words.filter((word) => TRAIN.includes(word) || TEST.includes(word));
  const [word] = said;
  if (word === undefined || said.length > 1) return undefined;
  const stem = words.filter((other) => other !== word && !FILLERS.has(other) && !/^\p{N}+$/u.test(other)).join(' ');
  return { kind: TRAIN.includes(word) ? 'train' : 'test', word, stem };
}

/** `ILSVRC2012_imgTrain` is ilsvrc 2012 img train; `testset` is test set, `VOCtest` voc test, `train+val` trainval. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/(train)[^\p{L}\p{N}]*val(?:id(?:ation)?)?(?!\p{Ll})/iu, '$1val')
    .replace(/(hold|held)[^\p{L}\p{N}]out/iu, '$1out')
    .split(
      /[^\p{L}\p{N}]+|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=(?:[Tt]rain|[Tt]est|[Vv]al))/u,
    )
    .map((word) => word.toLowerCase())
    .flatMap((word) => {
      const head = word.replace(/set$/, '');
      return head !== word && (TRAIN.includes(head) || TEST.includes(head)) ? [head, 'set'] : [word];
    })
    .filter((word) => word !== '');
}
