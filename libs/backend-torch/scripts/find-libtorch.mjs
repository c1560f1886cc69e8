// Finds a libtorch to build the addon against. Loads nothing native and never imports torch. The types are in find-libtorch.d.mts.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';

/** The CPU wheel that is installed when no libtorch is found. */
export const wheelVersion = '2.13.0';

const libraryNames = ['libtorch_cpu.so', 'libtorch_cpu.dylib'];

/** Asked of every python: where a package would be imported from, without importing it. */
const question = `
import json, platform, sys
from importlib import util
try:
    from importlib.metadata import version
except ImportError:
    version = None
def look(name):
    try:
        spec = util.find_spec(name)
        file = spec.origin
    except Exception:
        file = None
    if not file:
        return None
    try:
        return {"file": file, "version": version(name)}
    except Exception:
        return {"file": file, "version": None}
print(json.dumps({"executable": sys.executable, "version": list(sys.version_info[:2]), "machine": platform.machine(),
    "packages": {name: look(name) for name in sys.argv[1:]}}))
`;

/** @type {import('./find-libtorch.d.mts').cacheFolder} */
export function cacheFolder(env = process.env) {
  const base = env.XDG_CACHE_HOME;
  // The XDG specification: a relative path is to be ignored.
  return join(base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.cache'), 'tessera');
}

/** @type {import('./find-libtorch.d.mts').wheelFolder} */
export function wheelFolder(env = process.env) {
  return join(cacheFolder(env), `libtorch-${wheelVersion}-cpu-${process.platform}-${process.arch}`);
}

/** @type {import('./find-libtorch.d.mts').inspectTorch} */
export function inspectTorch(folder) {
  if (!existsSync(folder)) return { problem: `${folder} does not exist` };
  const dir = [folder, join(folder, 'torch'), join(folder, 'libtorch')].find((each) =>
    existsSync(join(each, 'include', 'ATen')),
  );
  if (dir === undefined) return { problem: `${folder} has no libtorch headers (include/ATen)` };
  if (!libraryNames.some((name) => existsSync(join(dir, 'lib', name)))) {
    return { problem: `${dir} has no ${libraryNames[process.platform === 'darwin' ? 1 : 0]} in lib/` };
  }
  const version = versionOf(dir);
  return version === undefined ? { problem: `${dir} does not tell its version` } : { dir: resolve(dir), version };
}

/** A python package says it in version.py, an unpacked libtorch in build-version, both in a header (without "+cpu"). */
function versionOf(dir) {
  const sources = [
    ['version.py', /__version__ = ['"]([^'"]+)/],
    ['build-version', /^(\d\S*)/],
    ['include/torch/csrc/api/include/torch/version.h', /TORCH_VERSION "([^"]+)"/],
    ['include/torch/headeronly/version.h', /TORCH_VERSION "([^"]+)"/],
  ];
  for (const [file, pattern] of sources) {
    const found = existsSync(join(dir, file)) && pattern.exec(readFileSync(join(dir, file), 'utf8'))?.[1];
    if (found) return found;
  }
  return undefined;
}

/** @type {import('./find-libtorch.d.mts').pythonCommands} */
export function pythonCommands(env = process.env) {
  const environment = env.VIRTUAL_ENV
    ? [join(env.VIRTUAL_ENV, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')].filter((file) =>
        existsSync(file),
      )
    : [];
  return [...environment, 'python3', 'python'];
}

/** @type {import('./find-libtorch.d.mts').askPython} */
export function askPython(command, packages, env = process.env) {
  // -c puts the working folder on the path: stand where no folder is called torch.
  const options = { env, cwd: tmpdir(), encoding: 'utf8', timeout: 30_000, windowsHide: true };
  const { status, stdout } = spawnSync(command, ['-c', question, ...packages], options);
  if (status !== 0 || !stdout) return undefined;
  try {
    return { command, ...JSON.parse(stdout.trim().split('\n').at(-1)) };
  } catch {
    return undefined;
  }
}

/** @type {import('./find-libtorch.d.mts').findPythons} */
export function findPythons(packages, env = process.env) {
  const seen = new Set();
  const pythons = [];
  for (const command of pythonCommands(env)) {
    const answer = askPython(command, packages, env);
    // python3 and python are usually one and the same.
    const place = answer && dirname(answer.executable);
    if (place === undefined || seen.has(place)) continue;
    seen.add(place);
    pythons.push(answer);
  }
  return pythons;
}

/** @type {import('./find-libtorch.d.mts').findLibtorch} */
export function findLibtorch({ env = process.env, pythons = findPythons(['torch', 'pip'], env) } = {}) {
  if (env.LIBTORCH) {
    const seen = inspectTorch(env.LIBTORCH);
    // Somebody's explicit wish is not replaced by something else that happens to be there.
    return 'problem' in seen
      ? { found: [], passed: [`LIBTORCH: ${seen.problem}`] }
      : { found: [{ ...seen, origin: 'LIBTORCH' }], passed: [] };
  }
  const found = [];
  const passed = [];
  for (const python of pythons) {
    const torch = python.packages.torch;
    if (!torch) continue;
    const seen = machineMatches(python.machine)
      ? inspectTorch(dirname(torch.file))
      : { problem: `it runs on ${python.machine}, node on ${process.arch}` };
    if ('problem' in seen) passed.push(`the torch of ${python.command}: ${seen.problem}`);
    else if (!found.some(({ dir }) => dir === seen.dir)) found.push({ ...seen, origin: python.command });
  }
  const cached = inspectWheelFolder(wheelFolder(env));
  if (cached) found.push({ ...cached, origin: 'cache' });
  return { found, passed };
}

/** @type {import('./find-libtorch.d.mts').inspectWheelFolder} */
export function inspectWheelFolder(folder) {
  // complete.json is written last, in a folder that is then renamed: without it somebody deleted a part.
  if (!existsSync(join(folder, 'complete.json'))) return undefined;
  const seen = inspectTorch(folder);
  return 'problem' in seen ? undefined : seen;
}

/** @type {import('./find-libtorch.d.mts').onPath} */
export function onPath(command, env = process.env) {
  if (isAbsolute(command)) return existsSync(command);
  return (env.PATH ?? '').split(delimiter).some((dir) => dir !== '' && existsSync(join(dir, command)));
}

/** @param {string} machine as python's platform.machine() says it */
function machineMatches(machine) {
  const names = { x64: ['x86_64', 'amd64'], arm64: ['aarch64', 'arm64'] }[process.arch];
  return names === undefined || names.includes(machine.toLowerCase());
}
