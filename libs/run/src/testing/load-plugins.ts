/**
 * A program for tests: loads plugins one by one, with Node's own loader, and prints what became of each as JSON.
 *   node --conditions=@tessera/source --import tsx load-plugins.ts FOLDER SPECIFIER...
 */
import { isTesseraError } from '@tessera/core';
import { loadPlugin, resolvePlugin } from '../recipe/plugins.ts';

/** The plugin's name, or the error that a person would see. */
export type Loaded = { readonly name: string } | { readonly error: string; readonly kind: string };

async function attempt(specifier: string, folder: string): Promise<Loaded> {
  try {
    const { plugin } = await loadPlugin(specifier, resolvePlugin(specifier, folder));
    return { name: plugin.name };
  } catch (error) {
    if (!isTesseraError(error)) return { error: String(error), kind: 'none' };
    return { error: `${error.code}: ${error.message} | ${error.next ?? ''}`, kind: error.kind };
  }
}

const [folder = '', ...specifiers] = process.argv.slice(2);
const all: Loaded[] = [];
for (const specifier of specifiers) all.push(await attempt(specifier, folder));
process.stdout.write(JSON.stringify(all));
