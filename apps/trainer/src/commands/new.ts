import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { messageOf, TesseraError } from '@tessera/core';
import { collectExtensions } from '@tessera/run/parts';
import { builtins } from '../builtins.ts';
import { filesOf } from '../new/files.ts';
import { newKinds, type NewKind } from '../new/kinds.ts';
import { findOrigin } from '../new/package-json.ts';
import { checkName, packageName } from '../new/package-name.ts';

/**
 * `tessera new`: writes a package with a small working extension of a kind, its tests and a recipe.
 * @throws TesseraError `E_NEW_KIND`, `E_NAME_INVALID`, `E_EXTENSION_DUPLICATE`, `E_OUTPUT_EXISTS`, `E_OUTPUT_UNWRITABLE`
 */
export function newCommand({
  kind,
  name,
  out,
}: {
  readonly kind: string;
  readonly name: string;
  readonly out: string | undefined;
}): void {
  const known = checkKind(kind);
  checkName(name);
  checkFree(known, name);
  const folder = resolve(out ?? packageName(name));
  const origin = findOrigin();
  write(folder, () => filesOf(known, name, folder, origin));

  const shown = relative(process.cwd(), folder) || '.';
  const build =
    origin.checkout === undefined || isBuilt(origin.checkout)
      ? ''
      : `  (cd ${origin.checkout} && npm run build)   # once: the packages of the checkout\n`;
  process.stdout.write(
    `${packageName(name)} is in ${shown}: the ${known} is src/${name}.ts.\nnext:\n${build}  cd ${shown}\n  npm install\n  npm test\n  npm run pretrain\n`,
  );
}

/** Whether every package of a checkout is built: a new one may link any of them. */
function isBuilt(checkout: string): boolean {
  const libs = join(checkout, 'libs');
  const packages = readdirSync(libs).filter((name) => existsSync(join(libs, name, 'package.json')));
  return packages.every((name) => existsSync(join(libs, name, 'dist/index.js')));
}

function checkKind(kind: string): NewKind {
  const known = newKinds.find((candidate) => candidate === kind);
  if (known !== undefined) return known;
  throw new TesseraError({
    code: 'E_NEW_KIND',
    message: `'${kind}' is no kind of extension that can be started; expected ${newKinds.join(', ')}`,
    next: 'Other kinds (head, schedule, dataset, evaluation, reporter) go in the same package by hand: see docs/plugins.md.',
  });
}

/** A name of a built-in extension would be refused by every recipe. */
function checkFree(kind: NewKind, name: string): void {
  const taken = collectExtensions(builtins)
    .registry.list(kind)
    .find(({ extension }) => extension.name === name);
  if (!taken) return;
  throw new TesseraError({
    code: 'E_EXTENSION_DUPLICATE',
    message: `there is ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} '${name}' already, of '${taken.plugin}'`,
    next: `Choose another name, such as 'my-${name}'.`,
  });
}

/** Overwrites nothing: the folder is new or empty. */
function write(folder: string, files: () => ReadonlyMap<string, string>): void {
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0) {
      throw new TesseraError({
        code: 'E_OUTPUT_EXISTS',
        message: `the folder '${folder}' is not empty`,
        next: 'Choose a new folder with --out DIR.',
      });
    }
    for (const [path, content] of files()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content, { flag: 'wx' });
    }
  } catch (error) {
    if (error instanceof TesseraError) throw error;
    throw new TesseraError({
      code: 'E_OUTPUT_UNWRITABLE',
      message: `cannot write the package in '${folder}': ${messageOf(error)}`,
      next: 'Choose a folder that you may write with --out DIR.',
      kind: 'failure',
      cause: error,
    });
  }
}
