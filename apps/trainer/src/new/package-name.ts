import { TesseraError } from '@tessera/core';

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const LONGEST = 60;
/** The main file, and names whose identifiers the templates import: `testObjective`, `defineEncoder`. */
const TAKEN: ReadonlySet<string> = new Set(['index', 'test', 'define', 'define-pipeline', 'compose', 'stateless']);

/**
 * Checks the name of a new extension, which becomes a file's, a package's and a recipe's word.
 * @throws TesseraError `E_NAME_INVALID`
 */
export function checkName(name: string): void {
  if (KEBAB.test(name) && name.length <= LONGEST && !TAKEN.has(name)) return;
  const guess = kebab(name);
  throw new TesseraError({
    code: 'E_NAME_INVALID',
    message: TAKEN.has(name)
      ? `the name '${name}' is taken by ${name === 'index' ? "the package's main file" : 'what the package imports'}`
      : `'${name}' is no name for an extension: expected small letters, digits and single hyphens, a letter first, at most ${LONGEST} characters`,
    next:
      KEBAB.test(guess) && guess !== name && !TAKEN.has(guess) ? `Try '${guess}'.` : "Choose a name such as 'my-loss'.",
  });
}

/** What the person may have meant. */
function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '')
    .slice(0, LONGEST);
}

/** The package of an extension. */
export function packageName(name: string): string {
  return `tessera-plugin-${name}`;
}

/** `my-loss` as an identifier: `myLoss`. */
export function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
