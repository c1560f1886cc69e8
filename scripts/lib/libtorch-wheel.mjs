// The CPU wheel of torch in the user's cache, reduced to what linking and running need.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  inspectWheelFolder,
  inspectTorch,
  wheelFolder,
  wheelVersion,
} from '../../libs/backend-torch/scripts/find-libtorch.mjs';
import { makeCachedFolder, tidyPath } from './cached-folder.mjs';
import { pipInstall, pipWouldInstall, pythonWithPip } from './pip.mjs';

/** PyTorch's own index of CPU wheels. */
const cpuIndex = 'https://download.pytorch.org/whl/cpu';
/** torch 2.13.0 has wheels for CPython 3.10 to 3.14; any of them brings the same libraries. */
const pythons = { oldestPython: [3, 10], newestPython: [3, 14] };
const bytesWhileInstalling = 1.2e9;
/** Libraries that only python needs. */
const pythonOnly = /^lib(torch_python|shm|.*_test|aoti_custom_ops|backend_with_compiler)(\.|_windows|$)/;

/**
 * @param {object} options
 * @param {readonly import('../../libs/backend-torch/scripts/find-libtorch.d.mts').Python[]} options.pythons
 * @param {(line: string) => void} options.log
 * @param {NodeJS.ProcessEnv} [options.env]
 * @returns {Promise<{ dir: string, version: string }>}
 * @throws {Error} one line: what happened and what to do about it
 */
export async function ensureLibtorchWheel({ pythons: candidates, log, env = process.env }) {
  const folder = wheelFolder(env);
  const usable = (each) => inspectWheelFolder(each) !== undefined;
  if (!usable(folder)) {
    const python = pythonWithPip(candidates);
    log(
      `installing the CPU libraries of torch ${wheelVersion} (about 200 MB to download) into ${tidyPath(folder)}, once for all clones`,
    );
    await makeCachedFolder({
      folder,
      bytes: bytesWhileInstalling,
      usable,
      fill: (into) => fill(into, python, log, env),
    });
  }
  const seen = inspectWheelFolder(folder);
  if (seen === undefined) throw new Error(`${tidyPath(folder)} is incomplete; delete it`);
  return seen;
}

async function fill(into, python, log, env) {
  const target = join(into, 'wheel');
  mkdirSync(target);
  await install(python, target, log, env);
  const seen = inspectTorch(target);
  if ('problem' in seen) throw new Error(`the wheel that pip installed is not a usable libtorch: ${seen.problem}`);
  if (!/^2\.13\.0(\+cpu)?$/.test(seen.version) || existsSync(join(seen.dir, 'lib', 'libtorch_cuda.so'))) {
    throw new Error(
      `pip installed torch ${seen.version} where the CPU build of ${wheelVersion} was wanted; ${ownTorch}`,
    );
  }
  reduce(target, into);
  return { version: seen.version };
}

const ownTorch = 'install torch with its dependencies into a python environment and name its folder in LIBTORCH';

/** PyTorch's own index where it answers, else what pip is set up with. */
async function install(python, target, log, env) {
  const common = { python, target, log, env, ...pythons };
  const problems = [];
  const attempt = async (options) => {
    const problem = await pipInstall({ ...common, ...options });
    if (problem) problems.push(problem);
    return problem === undefined;
  };
  if (answers(python, `${cpuIndex}/torch/`, env)) {
    if (await attempt({ index: cpuIndex, requirement: `torch==${wheelVersion}`, retries: 3 })) return;
  } else {
    log(`  ${cpuIndex} does not answer: using the index that pip is set up with`);
  }
  // macOS wheels are CPU wheels without the label.
  if (process.platform !== 'darwin' && (await attempt({ requirement: `torch==${wheelVersion}+cpu` }))) return;
  const requirement = `torch==${wheelVersion}`;
  const planned = pipWouldInstall({ ...common, requirement });
  if (planned && needsCuda(planned.needs, python)) {
    throw new Error(
      `pip's index only has the CUDA build of torch ${wheelVersion}, which does not run without its CUDA packages; ${ownTorch}`,
    );
  }
  if ((planned || process.platform === 'darwin') && (await attempt({ requirement }))) return;
  throw new Error(
    `pip found no torch ${wheelVersion} for ${process.platform} ${process.arch} (${problems.at(-1) ?? 'no index answered'}); ` +
      `check the network or pip's index, or ${ownTorch}`,
  );
}

/**
 * The build on PyPI for Linux on x86-64 is the CUDA one. Its requirements carry markers such as
 * `platform_system == "Linux" and platform_machine == "x86_64"`.
 */
function needsCuda(needs, { machine }) {
  if (process.platform !== 'linux') return false;
  return needs.some(
    (need) => /^(nvidia|cuda)-/.test(need) && (!need.includes('platform_machine') || need.includes(machine)),
  );
}

/** Asked with python, because that honours the proxy settings that pip will use. An error about certificates is an answer too. */
function answers(python, url, env) {
  const script = `
import ssl, sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(urllib.request.Request(sys.argv[1], method="HEAD"), timeout=3)
except urllib.error.HTTPError:
    sys.exit(1)
except urllib.error.URLError as error:
    sys.exit(0 if isinstance(error.reason, ssl.SSLCertVerificationError) else 1)
`;
  return spawnSync(python.executable, ['-c', script, url], { env, timeout: 6000, stdio: 'ignore' }).status === 0;
}

/** Keeps headers, libraries, the version and the licence; wheels of some platforms have more libraries beside the package. */
function reduce(wheel, into) {
  const torch = join(into, 'torch');
  mkdirSync(torch);
  for (const entry of ['include', 'lib', '.dylibs', 'version.py']) {
    if (existsSync(join(wheel, 'torch', entry))) renameSync(join(wheel, 'torch', entry), join(torch, entry));
  }
  for (const entry of readdirSync(wheel)) {
    if (entry === 'torch.libs') renameSync(join(wheel, entry), join(into, entry));
    if (!/^torch-.*\.dist-info$/.test(entry)) continue;
    const licences = join(wheel, entry, 'licenses');
    for (const name of ['LICENSE', 'NOTICE']) {
      if (existsSync(join(licences, name))) renameSync(join(licences, name), join(into, name));
    }
  }
  for (const name of readdirSync(join(torch, 'lib'))) {
    if (pythonOnly.test(name)) rmSync(join(torch, 'lib', name), { recursive: true });
  }
  rmSync(wheel, { recursive: true });
}
