// @tensorflow/tfjs-node with an addon of our own making.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runShown } from './run.mjs';

const version = '4.22.0';
const root = fileURLToPath(new URL('../../', import.meta.url));
/** Outside node_modules, which `npm ci` empties; libs/engine/src/tensorflow/locate.ts looks here. */
const home = join(root, 'libs', 'engine', 'tfjs-node');
const folder = join(home, 'node_modules', '@tensorflow', 'tfjs-node');
/** Written when all is there. */
const installed = join(home, 'installed-version');
/** Where tfjs-node looks for it: Node-API 8 is the newest that it knows. */
const addon = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');

/**
 * Installs the package without running its install script, which would download libtensorflow 2.9.
 * @param {(line: string) => void} log
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function installTfjsNode(log, env = process.env) {
  if (existsSync(installed) && readFileSync(installed, 'utf8') === version) return;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const manifest = {
    private: true,
    description: 'Made by npm run build:tensorflow',
    dependencies: { '@tensorflow/tfjs-node': version },
  };
  writeFileSync(join(home, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(home, '.gitignore'), '*\n');
  log(`installing @tensorflow/tfjs-node ${version} into libs/engine/tfjs-node`);
  const [command, ...before] = /npm-cli\.[cm]?js$/.test(env.npm_execpath ?? '')
    ? [process.execPath, env.npm_execpath]
    : ['npm'];
  const options = [
    '--prefix',
    home,
    '--ignore-scripts',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--loglevel',
    'error',
  ];
  const { code, output } = await runShown(command, [...before, 'install', ...options], {
    log,
    cwd: home,
    env: withoutNpm(env),
  });
  if (code !== 0) {
    rmSync(home, { recursive: true, force: true });
    throw new Error(`npm could not install @tensorflow/tfjs-node (${firstError(output)}); check the network`);
  }
  shareCore();
  writeFileSync(installed, version);
}

/**
 * The workspace has tfjs-core and the cpu backend already. Without these second copies node finds the workspace's, further up: one engine,
 * one Tensor class, and no kernel registered twice.
 */
function shareCore() {
  const workspace = createRequire(join(root, 'libs', 'engine', 'package.json'));
  for (const name of ['tfjs-core', 'tfjs-backend-cpu']) {
    const copy = join(home, 'node_modules', '@tensorflow', name);
    if (!existsSync(copy)) continue;
    const ours = workspace(`@tensorflow/${name}/package.json`).version;
    const theirs = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8')).version;
    if (ours === theirs) rmSync(copy, { recursive: true });
  }
}

/**
 * Two files, a second or five: simpler than node-gyp, which also wants to download node's headers.
 * @param {{ libtensorflow: import('./libtensorflow.mjs').Libtensorflow, log: (line: string) => void, env?: NodeJS.ProcessEnv }} options
 */
export async function compileAddon({ libtensorflow, log, env = process.env }) {
  const headers = createRequire(join(root, 'libs', 'backend-torch', 'package.json')).resolve(
    'node-api-headers/package.json',
  );
  const temporary = `${addon}.${process.pid}`;
  mkdirSync(dirname(addon), { recursive: true });
  const include = [join(folder, 'binding'), libtensorflow.include, join(dirname(headers), 'include')];
  const shared = process.platform === 'darwin' ? ['-dynamiclib', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const args = [
    ...shared,
    ...['-fPIC', '-O2', '-std=c++17', '-DNAPI_VERSION=8', '-w'],
    ...include.map((dir) => `-I${dir}`),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(folder, 'binding', name)),
    ...libtensorflow.libraries,
    `-Wl,-rpath,${dirname(libtensorflow.libraries[0])}`,
    ...['-o', temporary],
  ];
  log(`compiling the addon against ${libtensorflow.libraries[0]}`);
  try {
    const { code, output } = await runShown(env.CXX || 'g++', args, { log, keep: () => false, env });
    if (code !== 0) throw new Error(`the compiler failed: ${firstError(output)}`);
    renameSync(temporary, addon);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Starts the engine in a child and multiplies two matrices with it.
 * @returns {Promise<{ version: string, gpu: boolean }>} of libtensorflow
 */
export function tryTfjsNode() {
  const entry = pathToFileURL(join(folder, 'dist', 'index.js')).href;
  // Node 23 removed two helpers that tfjs-node 4.22 calls; the engine puts them back in the same way.
  const script = `
    import { createRequire } from 'node:module';
    Object.assign(createRequire(${JSON.stringify(entry)})('node:util'), { isNullOrUndefined: (x) => x == null, isArray: Array.isArray });
    const tf = await import(${JSON.stringify(entry)});
    const [value] = tf.matMul(tf.ones([1, 8]), tf.ones([8, 1])).dataSync();
    if (value !== 8) throw new Error('1 x 8 times 8 x 1 ones gave ' + value);
    const { binding } = tf.backend();
    process.stdout.write('\\n' + JSON.stringify({ version: binding.TF_Version, gpu: binding.isUsingGpuDevice() }));`;
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text.out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk) => (text.err += chunk));
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (code === 0) return done(JSON.parse(text.out.split('\n').at(-1) ?? ''));
      const reason = /Error: (.*)/.exec(text.err)?.[1] ?? (signal ? `it ended with ${signal}` : `exit code ${code}`);
      fail(new Error(`the engine does not start: ${reason}`));
    });
  });
}

/** npm run leaves settings of this workspace in the environment that a nested npm would take for its own. */
function withoutNpm(env) {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^npm_(config_local_prefix|config_workspace|package_|lifecycle_)/.test(name),
    ),
  );
}

function firstError(output) {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return (lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'no message').slice(0, 300);
}
