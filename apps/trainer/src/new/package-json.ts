import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packagesOf, type NewKind } from './kinds.ts';
import { packageName } from './package-name.ts';

/** Of the tools in a new package; the same as in this repository (a test compares them). */
export const toolVersions = { '@types/node': '20.19.43', typescript: '6.0.3', vitest: '4.1.12' } as const;

interface OwnPackage {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Where the packages of Tessera come from. */
export interface Origin {
  /** The repository's root where `tessera` runs from a checkout; undefined where it is installed. */
  readonly checkout: string | undefined;
  readonly version: string;
  /** Versions of what both sides must share. */
  readonly zod: string;
  readonly tfjs: string;
}

/** Looks at where this file is. */
export function findOrigin(): Origin {
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as OwnPackage;
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const inCheckout = existsSync(join(root, 'libs/core/package.json')) && existsSync(join(root, 'tsconfig.base.json'));
  return {
    checkout: inCheckout ? root : undefined,
    version: own.version,
    zod: own.dependencies['zod'] ?? '*',
    tfjs: own.dependencies['@tensorflow/tfjs-core'] ?? '*',
  };
}

/** Folder of a package within a checkout. */
function folderOf(name: string): string {
  if (name === '@tessera/trainer') return 'apps/trainer';
  return name.startsWith('@tessera/') ? name.replace('@tessera/', 'libs/') : `node_modules/${name}`;
}

/**
 * The package.json of a new extension.
 * @param folder the package's, which is there already
 */
export function packageJson(kind: NewKind, name: string, folder: string, origin: Origin): string {
  const { code, tests } = packagesOf[kind];
  const range = `^${origin.version}`;
  const from = (dependency: string, version: string): string =>
    origin.checkout === undefined
      ? version
      : `file:${relative(realpathSync(folder), join(realpathSync(origin.checkout), folderOf(dependency)))}`;
  const runtime = ['@tessera/core', ...code];
  const all = [...new Set([...runtime, ...tests, '@tessera/testing', '@tessera/trainer'])].sort();
  const content = {
    name: packageName(name),
    version: '0.1.0',
    description: `The ${kind} ${name} for Tessera`,
    keywords: ['tessera-plugin'],
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist', 'src', '!**/*.test.*', 'recipe.yaml'],
    engines: { node: '>=20.19' },
    scripts: { build: 'tsc', prepare: 'tsc', test: 'vitest run', pretrain: 'tsc && tessera pretrain recipe.yaml' },
    // Of each there is one in the process: whoever installs this package has them.
    peerDependencies: {
      '@tensorflow/tfjs-core': `^${origin.tfjs}`,
      ...Object.fromEntries(runtime.map((dependency) => [dependency, range])),
      zod: `^${origin.zod}`,
    },
    devDependencies: {
      // In a checkout its own copies.
      '@tensorflow/tfjs-core': from('@tensorflow/tfjs-core', origin.tfjs),
      ...Object.fromEntries(all.map((dependency) => [dependency, from(dependency, range)])),
      zod: from('zod', origin.zod),
      ...toolVersions,
    },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
