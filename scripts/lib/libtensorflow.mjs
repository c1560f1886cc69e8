// Finds a libtensorflow: what python's tensorflow wheels carry, or the C library's archive.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cacheFolder } from '../../libs/backend-torch/scripts/find-libtorch.mjs';
import { makeCachedFolder, tidyPath } from './cached-folder.mjs';
import { pipInstall, pythonWithPip } from './pip.mjs';

/** tfjs-node 4.22.0 was written for 2.9.1 and runs on this one. */
const wheelVersion = '2.21.0';
const pythons = { oldestPython: [3, 10], newestPython: [3, 13] };
const bytesWhileInstalling = 2.5e9;
/** The headers that tfjs-node's addon includes; the wheel has 290 MB of them. */
const headers = [
  'tensorflow/c',
  'tensorflow/core/platform/ctstring.h',
  'tensorflow/core/platform/ctstring_internal.h',
  'tsl/platform/ctstring.h',
  'tsl/platform/ctstring_internal.h',
  'tsl/c',
  'xla/tsl/c',
];

/** @typedef {{ dir: string, include: string, libraries: readonly string[], origin: string }} Libtensorflow `libraries` are whole paths */

/**
 * @param {string} folder the `tensorflow` folder of a python package, or an unpacked C library
 * @returns {Omit<Libtensorflow, 'origin'> | { problem: string }}
 */
export function inspectTensorflow(folder) {
  const dir = [folder, join(folder, 'tensorflow')].find((each) =>
    existsSync(join(each, 'include/tensorflow/c/eager/c_api.h')),
  );
  if (dir === undefined) return { problem: `${folder} has no include/tensorflow/c/eager/c_api.h` };
  for (const place of [dir, join(dir, 'lib')]) {
    const names = existsSync(place) ? readdirSync(place).sort() : [];
    // libtensorflow_cc exports the C functions too; wheels before 2.12 have neither.
    const main = names.find((name) => /^libtensorflow(_cc)?\.(so|\d|dylib)/.test(name));
    const framework = names.find((name) => /^libtensorflow_framework\.(so|\d|dylib)/.test(name));
    if (main && framework)
      return {
        dir: resolve(dir),
        include: join(dir, 'include'),
        libraries: [join(place, main), join(place, framework)],
      };
  }
  return { problem: `${dir} has no libtensorflow_cc or libtensorflow with its libtensorflow_framework` };
}

/**
 * LIBTENSORFLOW, a python's tensorflow, the CPU wheel in the user's cache (installed now if it is not there).
 * @param {object} options
 * @param {readonly import('../../libs/backend-torch/scripts/find-libtorch.d.mts').Python[]} options.pythons
 * @param {(line: string) => void} options.log
 * @param {NodeJS.ProcessEnv} [options.env]
 * @returns {Promise<Libtensorflow>}
 * @throws {Error} one line
 */
export async function findLibtensorflow({ pythons: candidates, log, env = process.env }) {
  if (env.LIBTENSORFLOW) {
    const seen = inspectTensorflow(env.LIBTENSORFLOW);
    if ('problem' in seen) throw new Error(`LIBTENSORFLOW: ${seen.problem}; correct it or unset it`);
    return { ...seen, origin: 'LIBTENSORFLOW' };
  }
  for (const python of candidates) {
    const file = python.packages.tensorflow?.file;
    const seen = file && inspectTensorflow(dirname(file));
    if (seen && !('problem' in seen)) return { ...seen, origin: python.command };
    if (seen) log(`passing over the tensorflow of ${python.command}: ${seen.problem}`);
  }
  return { ...(await ensureWheel({ candidates, log, env })), origin: 'cache' };
}

async function ensureWheel({ candidates, log, env }) {
  const folder = join(cacheFolder(env), `libtensorflow-${wheelVersion}-cpu-${process.platform}-${process.arch}`);
  const usable = (each) => existsSync(join(each, 'complete.json')) && !('problem' in inspectTensorflow(each));
  if (!usable(folder)) {
    const python = pythonWithPip(candidates);
    log(
      `installing the libraries of tensorflow ${wheelVersion} (about 260 MB to download) into ${tidyPath(folder)}, once for all clones`,
    );
    await makeCachedFolder({
      folder,
      bytes: bytesWhileInstalling,
      usable,
      fill: (into) => fill(into, python, log, env),
    });
  }
  const seen = inspectTensorflow(folder);
  if ('problem' in seen) throw new Error(`${tidyPath(folder)} is incomplete; delete it`);
  return seen;
}

async function fill(into, python, log, env) {
  const target = join(into, 'wheel');
  mkdirSync(target);
  // Elsewhere the package of this name does not exist, and `tensorflow` is the CPU build.
  const name = process.platform === 'linux' && process.arch === 'x64' ? 'tensorflow_cpu' : 'tensorflow';
  const problem = await pipInstall({ python, requirement: `${name}==${wheelVersion}`, target, log, env, ...pythons });
  if (problem) {
    throw new Error(
      `pip found no ${name} ${wheelVersion} (${problem}); check the network or pip's index, or name another one's folder in LIBTENSORFLOW`,
    );
  }
  const seen = inspectTensorflow(target);
  if ('problem' in seen) throw new Error(`the wheel that pip installed has no usable libtensorflow: ${seen.problem}`);
  const kept = join(into, 'tensorflow');
  mkdirSync(kept);
  for (const library of seen.libraries) renameSync(library, join(kept, library.slice(dirname(library).length + 1)));
  for (const header of headers) {
    const from = join(seen.include, header);
    if (existsSync(from)) cpSync(from, join(kept, 'include', header), { recursive: true });
  }
  for (const name of ['LICENSE', 'THIRD_PARTY_NOTICES.txt']) {
    const from = [join(seen.dir, name), join(seen.include, name)].find((file) => existsSync(file));
    if (from) renameSync(from, join(kept, name));
  }
  rmSync(target, { recursive: true });
  return { version: wheelVersion };
}
