// Builds the Node-API addon against a libtorch. As a module: buildAddon({ torchDir, log }). As a command:
//   node libs/backend-torch/scripts/build-addon.mjs --torch DIR [--force] [--sanitize]
// DIR is a folder with include/ and lib/: the `torch` folder of a python package, or an unpacked libtorch.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const nativeDir = join(dirname(fileURLToPath(import.meta.url)), '..', 'native');
const buildDir = join(nativeDir, 'build');

/** Instruction sets of the row kernels; every other file is compiled for the plain architecture. */
const ISA_FLAGS = {
  'row_kernels_avx2.cc': ['-mavx2', '-mfma'],
  'row_kernels_avx512.cc': ['-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512dq', '-mfma'],
  'row_kernels_avx512bf16.cc': ['-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512dq', '-mavx512bf16', '-mfma'],
};

/** libtorch has no run-time types of ours, and is not instrumented itself. */
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize=vptr', '-fno-omit-frame-pointer', '-g1'];

/** The version in torch/version.h. Throws an Error of one line when the folder is no libtorch. */
export function torchVersion(torchDir) {
  const header = join(torchDir, 'include/torch/csrc/api/include/torch/version.h');
  const plain = join(torchDir, 'include/torch/version.h');
  const file = [header, plain, join(torchDir, 'include/torch/headeronly/version.h')].find((f) => existsSync(f));
  if (file === undefined) throw new Error(`no libtorch in ${torchDir}: include/torch/version.h is missing`);
  const text = readFileSync(file, 'utf8');
  const part = (name) => new RegExp(`#define TORCH_VERSION_${name} (\\d+)`).exec(text)?.[1];
  const literal = /#define TORCH_VERSION "([^"]+)"/.exec(text)?.[1];
  if (literal !== undefined) return literal;
  if (part('MAJOR') !== undefined) return [part('MAJOR'), part('MINOR'), part('PATCH')].join('.');
  const versionFile = [join(torchDir, 'build-version'), join(torchDir, 'version.py')].find((f) => existsSync(f));
  const found = versionFile && /(\d+\.\d+\.\d+[\w.+]*)/.exec(readFileSync(versionFile, 'utf8'))?.[1];
  if (!found) throw new Error(`cannot read the libtorch version in ${torchDir}`);
  return found;
}

/** Minor versions of libtorch 2 that the sources know; the tests run on 2.13. */
const KNOWN = { from: 11, to: 14 };

function checkVersion(version) {
  const [major, minor] = version.split('.').map(Number);
  if (!(major === 2 && minor >= KNOWN.from && minor <= KNOWN.to)) {
    throw new Error(
      `libtorch ${version} is not supported by this addon: use a version from 2.${KNOWN.from} to 2.${KNOWN.to} (2.13 is tested best)`,
    );
  }
}

/** Where CUDA's runtime header is: beside the libraries of python's wheels, or in a toolkit. Only libtorch before 2.13 needs it, for graphs. */
function cudaHeaders(torch) {
  const packages = join(torch, '..', 'nvidia');
  const home = process.env.CUDA_HOME ?? process.env.CUDA_PATH ?? '/usr/local/cuda';
  const wheels = existsSync(packages) ? readdirSync(packages).map((name) => join(packages, name, 'include')) : [];
  // The wheel of the runtime alone is not enough: its headers include the compiler's.
  const needed = ['cuda_runtime_api.h', 'crt/host_config.h'];
  const found = [...wheels, join(home, 'include')].filter((dir) => needed.every((name) => existsSync(join(dir, name))));
  return found.slice(0, 1);
}

function run(command, args) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => {
      fail(
        new Error(
          error.code === 'ENOENT'
            ? `no C++ compiler: '${command}' was not found; install g++ or set CXX`
            : error.message,
        ),
      );
    });
    child.on('close', (code) => {
      if (code === 0) return done(output);
      const line =
        output.split('\n').find((l) => /error|undefined reference|cannot find/i.test(l)) ?? output.split('\n')[0] ?? '';
      const error = new Error(`${command} failed: ${line.trim().slice(0, 300)}`);
      error.output = output;
      fail(error);
    });
  });
}

/** Runs the jobs, at most `width` at a time, in order of their start. */
async function pool(jobs, width) {
  let next = 0;
  const worker = async () => {
    while (next < jobs.length) await jobs[next++]();
  };
  await Promise.all(Array.from({ length: Math.min(width, jobs.length) }, worker));
}

function headersDir() {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve('node-api-headers/package.json')), 'include');
  } catch {
    throw new Error('the package node-api-headers is not installed: run npm ci');
  }
}

function digest(files, ...more) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(file.slice(file.lastIndexOf('/') + 1))
      .update('\0')
      .update(readFileSync(file))
      .update('\0');
  for (const item of more) hash.update(JSON.stringify(item));
  return hash.digest('hex');
}

/**
 * Compiles and links native/build/tessera_torch.node; does nothing when sources, flags and libtorch are unchanged.
 * With `sanitize` it makes native/build-sanitized/ instead, which checks every access to memory (see CONTRIBUTING.md).
 * @param {{ torchDir: string, log?: (line: string) => void, force?: boolean, sanitize?: boolean, outFile?: string }} options
 * @returns {Promise<{ file: string, version: string, built: boolean }>}
 * @throws {Error} with a message of one line: no libtorch, an untested version, no compiler, or the compiler's first error
 */
export async function buildAddon({
  torchDir,
  log = () => undefined,
  force = false,
  sanitize = false,
  outFile = join(sanitize ? `${buildDir}-sanitized` : buildDir, 'tessera_torch.node'),
}) {
  const torch = resolve(torchDir);
  const version = torchVersion(torch);
  checkVersion(version);
  const lib = join(torch, 'lib');
  const cpuLibrary = ['libtorch_cpu.so', 'libtorch_cpu.dylib'].find((f) => existsSync(join(lib, f)));
  if (cpuLibrary === undefined) throw new Error(`no libtorch_cpu in ${lib}`);

  // One source for both: only what is linked, and one macro, tell them apart.
  const hasCuda = existsSync(join(lib, 'libtorch_cuda.so')) && existsSync(join(lib, 'libc10_cuda.so'));
  const compiler = process.env.CXX ?? 'g++';
  const names = readdirSync(nativeDir);
  const sources = names.filter((n) => n.endsWith('.cc')).sort();
  const headers = names.filter((n) => n.endsWith('.h')).sort();
  const include = [join(torch, 'include'), join(torch, 'include/torch/csrc/api/include'), headersDir()];
  if (hasCuda) include.push(...cudaHeaders(torch));
  const common = [
    '-std=c++20',
    '-fPIC',
    '-fvisibility=hidden',
    '-D_GLIBCXX_USE_CXX11_ABI=1',
    '-DNDEBUG',
    '-DNAPI_VERSION=8',
    '-Wno-psabi',
    ...(hasCuda ? ['-DTESSERA_CUDA'] : []),
    ...(sanitize ? SANITIZERS : []),
  ];
  const system = include.flatMap((dir) => ['-isystem', dir]);
  const openmp = process.platform === 'linux' ? ['-fopenmp'] : [];
  const stamp = digest(
    [...headers, ...sources].map((n) => join(nativeDir, n)),
    common,
    ISA_FLAGS,
    compiler,
    torch,
    version,
    statSync(join(lib, cpuLibrary)).size,
  );

  if (force) rmSync(join(dirname(outFile), 'objects'), { recursive: true, force: true });
  const stampFile = join(dirname(outFile), 'build.json');
  if (!force && existsSync(outFile) && existsSync(stampFile)) {
    try {
      if (JSON.parse(readFileSync(stampFile, 'utf8')).stamp === stamp) return { file: outFile, version, built: false };
    } catch {
      // An unreadable stamp means: build.
    }
  }

  // Objects are kept under a name that holds the hash of all they depend on: after an edit only the touched files compile.
  const objects = join(dirname(outFile), 'objects');
  const scratch = join(dirname(outFile), `scratch-${process.pid}`);
  mkdirSync(objects, { recursive: true });
  mkdirSync(scratch, { recursive: true });
  const started = Date.now();
  try {
    const headerFiles = headers.map((n) => join(nativeDir, n));
    const objectOf = (source) =>
      join(
        objects,
        `${source}.${digest([...headerFiles, join(nativeDir, source)], common, ISA_FLAGS, compiler, torch, version).slice(0, 16)}.o`,
      );
    const missing = sources.filter((source) => !existsSync(objectOf(source)));
    log(`building the torch addon against libtorch ${version}${hasCuda ? ' with CUDA' : ''} (${missing.length} files)`);
    const heavy = ['-O2', ...common, ...openmp, ...system];
    // The libtorch headers take most of the time: compile them once. Clang has another mechanism, and works without.
    const isGcc = /Free Software Foundation/.test(await run(compiler, ['--version']));
    const isRows = (source) => source.startsWith('row_kernels');
    const header = join(scratch, 'aten.h');
    writeFileSync(header, `#include "${join(nativeDir, 'aten.h')}"\n`);
    if (isGcc && missing.filter((source) => !isRows(source)).length > 1) {
      await run(compiler, [...heavy, '-x', 'c++-header', header, '-o', `${header}.gch`]);
    }
    let finished = 0;
    const compile = (source) => async () => {
      const isa = process.arch === 'x64' ? (ISA_FLAGS[source] ?? []) : [];
      const flags = isRows(source) ? ['-O3', ...common, ...isa] : [...heavy, '-include', header];
      const temporary = join(scratch, `${source}.o`);
      await run(compiler, [...flags, '-c', join(nativeDir, source), '-o', temporary]);
      renameSync(temporary, objectOf(source));
      log(`compiled ${source} (${++finished}/${missing.length})`);
    };
    await pool(missing.map(compile), availableParallelism());
    // OpenMP's functions come from the runtime that libtorch itself loads: linking another would start a second set of threads.
    // nodelete: libtorch must survive the end of a worker thread.
    const temporary = join(scratch, 'tessera_torch.node');
    await run(compiler, [
      '-shared',
      ...(sanitize ? SANITIZERS : []),
      '-o',
      temporary,
      ...sources.map(objectOf),
      `-L${lib}`,
      '-ltorch',
      '-ltorch_cpu',
      '-lc10',
      ...(hasCuda ? ['-Wl,--no-as-needed', '-ltorch_cuda', '-lc10_cuda'] : []),
      `-Wl,-rpath,${lib}`,
      '-Wl,-z,now',
      '-Wl,-z,nodelete',
    ]);
    renameSync(temporary, outFile);
    const seconds = Math.round((Date.now() - started) / 1000);
    writeFileSync(
      stampFile,
      `${JSON.stringify({ stamp, version, torchDir: torch, compiler, cuda: hasCuda, seconds }, null, 2)}\n`,
    );
    const current = new Set(sources.map(objectOf));
    for (const name of readdirSync(objects))
      if (!current.has(join(objects, name))) rmSync(join(objects, name), { force: true });
    log(`built ${outFile} in ${seconds} s`);
    return { file: outFile, version, built: true };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function main(args) {
  const at = args.indexOf('--torch');
  const torchDir = at >= 0 ? args[at + 1] : process.env.LIBTORCH;
  if (!torchDir) {
    console.error(
      'usage: build-addon.mjs --torch DIR [--force] [--sanitize]   (DIR has include/ and lib/; or set LIBTORCH)',
    );
    return 2;
  }
  try {
    const { file, version, built } = await buildAddon({
      torchDir,
      force: args.includes('--force'),
      sanitize: args.includes('--sanitize'),
      log: console.log,
    });
    console.log(built ? `ready: ${file} (libtorch ${version})` : `up to date: ${file} (libtorch ${version})`);
    return 0;
  } catch (error) {
    console.error(error.message);
    if (args.includes('--verbose') && error.output) console.error(error.output);
    return 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href)
  process.exitCode = await main(process.argv.slice(2));
