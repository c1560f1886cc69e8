import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTesseraError } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/tiny.ts';
import { resolvePlugin } from './plugins.ts';

/** What a person is told about a package with this entry in its package.json. */
function adviceFor(exports: unknown): string | undefined {
  const folder = temporaryFolder();
  const own = join(folder, 'node_modules/tessera-plugin-mine');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'tessera-plugin-mine', type: 'module', exports }));
  try {
    resolvePlugin('tessera-plugin-mine', folder);
    return undefined;
  } catch (error) {
    return isTesseraError(error) ? `${error.code}: ${error.next ?? ''}` : String(error);
  }
}

describe('a plugin that cannot be found', () => {
  it('is told apart: not compiled, no default condition, not installed', () => {
    expect(adviceFor({ '.': { default: './dist/index.js' } })).toMatch(/E_PLUGIN_NOT_FOUND.*npm run build/);
    expect(adviceFor({ '.': { import: './dist/index.js' } })).toMatch(/E_PLUGIN_NOT_FOUND.*`default` condition/);
    expect(() => resolvePlugin('tessera-plugin-nothing', temporaryFolder())).toThrow(/tessera-plugin-nothing/);
  });

  it('finds a package from its own folder by its own name', () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'tessera-plugin-mine', type: 'module', exports: { '.': { default: './index.js' } } }),
    );
    writeFileSync(join(folder, 'index.js'), '');
    expect(resolvePlugin('tessera-plugin-mine', folder)).toMatch(/^file:.*index\.js$/);
  });
});
