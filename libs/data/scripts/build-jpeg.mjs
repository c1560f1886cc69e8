// Builds the JPEG decoder's addon on the system's libjpeg-turbo. As a module: buildJpeg({ force }). As a command:
//   node libs/data/scripts/build-jpeg.mjs [--force]
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const native = join(dirname(fileURLToPath(import.meta.url)), '..', 'native');
const source = join(native, 'jpeg.cc');

/**
 * Compiles native/build/tessera_jpeg.node; does nothing when source, flags and compiler are unchanged and it loads.
 * @param {{ force?: boolean, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ file: string, version: string, built: boolean }>} `version` of libjpeg-turbo
 * @throws {Error} with a message of one line: no compiler, no headers, or the compiler's first error
 */
export async function buildJpeg({ force = false, env = process.env } = {}) {
  if (process.platform === 'win32') throw new Error('it is not supported on Windows; use WSL');
  const compiler = env.CXX || 'g++';
  const headers = join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');
  const library = await libjpegFlags(env);
  const flags = [
    ...['-std=c++17', '-O2', '-fPIC', '-fvisibility=hidden', '-DNDEBUG', '-DNAPI_VERSION=8', '-Wall', '-shared'],
    ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-Wl,-z,now']),
    ...['-isystem', headers],
  ];
  const file = join(native, 'build', 'tessera_jpeg.node');
  const stampFile = join(native, 'build', 'jpeg.json');
  const stamp = createHash('sha256')
    .update(readFileSync(source))
    .update(JSON.stringify([flags, library, compiler, process.arch, process.platform]))
    .digest('hex');
  if (!force && existsSync(file) && existsSync(stampFile) && readFileSync(stampFile, 'utf8').trim() === stamp) {
    const version = await versionOf(file).catch(() => undefined);
    if (version !== undefined) return { file, version, built: false };
  }
  mkdirSync(dirname(file), { recursive: true });
  const scratch = `${file}.${process.pid}`;
  try {
    await run(compiler, [...flags, source, '-o', scratch, ...library]);
    const version = await versionOf(scratch);
    renameSync(scratch, file);
    writeFileSync(stampFile, `${stamp}\n`);
    return { file, version, built: true };
  } catch (error) {
    throw new Error(reasonOf(error, compiler), { cause: error });
  } finally {
    rmSync(scratch, { force: true });
  }
}

async function libjpegFlags(env) {
  try {
    const { stdout } = await run('pkg-config', ['--cflags', '--libs', 'libjpeg'], { env });
    return stdout.trim().split(/\s+/);
  } catch {
    return ['-ljpeg']; // no pkg-config, or no libjpeg that it knows: the compiler will tell
  }
}

/** Loads the addon in another process: this one may have the old one open. */
async function versionOf(file) {
  const load = 'const m = { exports: {} }; process.dlopen(m, process.argv[1]); process.stdout.write(m.exports.version)';
  const { stdout } = await run(process.execPath, ['-e', load, file]);
  return stdout;
}

function reasonOf(error, compiler) {
  if (error.code === 'ENOENT') return `no C++ compiler: '${compiler}' was not found; install g++ or set CXX`;
  const output = String(error.stderr ?? error.message);
  if (/jpeglib\.h|-ljpeg|library 'jpeg'/.test(output))
    return 'no libjpeg-turbo headers (Debian and Ubuntu: sudo apt install libjpeg-turbo8-dev or libjpeg62-turbo-dev; macOS: brew install jpeg-turbo pkg-config)';
  const line = output.split('\n').find((each) => /error/i.test(each)) ?? output.split('\n')[0] ?? '';
  return `${compiler} failed: ${line.trim().slice(0, 300)}`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  try {
    const { file, version, built } = await buildJpeg({ force: process.argv.includes('--force') });
    console.log(`${built ? 'ready' : 'up to date'}: ${file} (libjpeg-turbo ${version})`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
