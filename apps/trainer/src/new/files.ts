import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NewKind } from './kinds.ts';
import { packageJson, type Origin } from './package-json.ts';
import { camel } from './package-name.ts';
import { readme } from './readme.ts';

/**
 * Also finds type errors that only strict settings see, and writes nothing where it finds one. Tests are compiled, so that an editor checks
 * them; `files` leaves them out. Source maps lead stacks and breakpoints to `src`, which is published with them.
 */
const tsconfig = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023'],
    module: 'nodenext',
    rootDir: 'src',
    outDir: 'dist',
    declaration: true,
    declarationMap: true,
    sourceMap: true,
    noEmitOnError: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
    types: ['node'],
  },
  include: ['src'],
};

const vitestConfig = `import { defineConfig } from 'vitest/config';

// Processes, not threads: engines of tfjs are process-wide.
export default defineConfig({
  test: { include: ['src/**/*.test.ts'], pool: 'forks', testTimeout: 60_000, hookTimeout: 60_000 },
});
`;

/**
 * Every file of a new package: path within it, and content. The extension itself is a template, an ordinary TypeScript file that is
 * called \`template-name\` throughout.
 * @param folder the package's, which is there already
 */
export function filesOf(kind: NewKind, name: string, folder: string, origin: Origin): ReadonlyMap<string, string> {
  const template = fileURLToPath(new URL(`../../templates/${kind}/`, import.meta.url));
  const named = (text: string): string =>
    text
      .replaceAll('template-name', name)
      .replaceAll('templateName', camel(name))
      .replaceAll('TEMPLATE_NAME', name.toUpperCase().replaceAll('-', '_'));
  const paths = [...readdirSync(join(template, 'src')).map((file) => `src/${file}`), 'recipe.yaml'];
  return new Map([
    ['package.json', packageJson(kind, name, folder, origin)],
    ['tsconfig.json', `${JSON.stringify(tsconfig, undefined, 2)}\n`],
    ['vitest.config.ts', vitestConfig],
    ['.gitignore', 'node_modules/\ndist/\nruns/\n'],
    ['README.md', readme(kind, name, origin)],
    ...paths.map((path) => [named(path), named(readFileSync(join(template, path), 'utf8'))] as const),
  ]);
}
