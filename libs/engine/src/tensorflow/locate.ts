import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A tfjs-node package whose native addon is there. */
export interface TfjsNodePackage {
  /** The npm name, or the folder that TESSERA_TFJS_NODE names. */
  readonly name: string;
  /** The file to `require`; loading it registers the backend 'tensorflow' and makes it the current one. */
  readonly entry: string;
}

export interface TfjsNodeSearch {
  /** In the order to try them. */
  readonly found: readonly TfjsNodePackage[];
  /** One clause for each that is not there or has no addon. */
  readonly missing: readonly string[];
}

/** Where `npm run build:tensorflow` puts its build: outside node_modules, which npm empties. The path is the same from src/ and dist/. */
const builtFolder = fileURLToPath(new URL('../../tfjs-node/', import.meta.url));

/**
 * Finds the tfjs-node packages that can be loaded, best first: the one TESSERA_TFJS_NODE names (then no other), the one built by
 * `npm run build:tensorflow` (somebody asked for it: the installed one failed or does not see the GPU), @tensorflow/tfjs-node-gpu,
 * @tensorflow/tfjs-node. A package without its addon is left out, because it registers its kernels before it finds that out, and the
 * next one would then register all of them again.
 */
export function findTfjsNode(env: NodeJS.ProcessEnv = process.env, built: string = builtFolder): TfjsNodeSearch {
  const chosen = env['TESSERA_TFJS_NODE'];
  if (chosen) {
    return hasAddon(chosen)
      ? { found: [{ name: chosen, entry: entryOf(chosen) }], missing: [] }
      : { found: [], missing: [`TESSERA_TFJS_NODE is ${chosen}, which holds no lib/napi-v*/tfjs_binding.node`] };
  }
  const found: TfjsNodePackage[] = [];
  const missing: string[] = [];
  const ours = join(built, 'node_modules', '@tensorflow', 'tfjs-node');
  if (hasAddon(ours)) found.push({ name: '@tensorflow/tfjs-node', entry: entryOf(ours) });
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    const folder = installedFolder(name);
    if (folder === undefined) missing.push(`${name} is not installed`);
    else if (hasAddon(folder)) found.push({ name, entry: entryOf(folder) });
    else missing.push(`${name} is installed without its native addon`);
  }
  return { found, missing };
}

function installedFolder(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function hasAddon(folder: string): boolean {
  const lib = join(folder, 'lib');
  if (!existsSync(lib)) return false;
  return readdirSync(lib).some(
    (entry) => entry.startsWith('napi-v') && existsSync(join(lib, entry, 'tfjs_binding.node')),
  );
}

function entryOf(folder: string): string {
  return join(folder, 'dist', 'index.js');
}
