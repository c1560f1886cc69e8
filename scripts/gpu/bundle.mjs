// Makes a folder that a bare Linux machine with a GPU can use: a python with torch and g++ are there, Node and the network are not.
//   node scripts/gpu/bundle.mjs DIR
// It holds node itself, the trainer and the kernel tests as JavaScript, the addon's sources, and the scripts that build and measure.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMIT = 60 * 2 ** 20; // bytes that such machines take
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const torch = join(root, 'libs/backend-torch');
const augment = join(root, 'libs/augment/src');
const require = createRequire(join(torch, 'package.json'));

/** What the bundle never runs, or cannot carry: other engines, image decoding. */
const external = [
  'sharp',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'typescript',
  'tsx',
];

/** A program that loads tests and runs them. */
function check(name, loading) {
  return `
    import { run } from 'vitest';
    ${loading.join('\n')}
    const outcome = await run((line) => process.stderr.write(line + '\\n'));
    process.stdout.write(JSON.stringify({ check: '${name}', device: process.env.TESSERA_TEST_DEVICE ?? 'cpu', ...outcome }) + '\\n');
    process.exit(outcome.failed === 0 ? 0 : 1);
  `;
}

async function javascript(folder) {
  const tests = [
    ...readdirSync(join(torch, 'src/kernels'))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `kernels/${name}`),
    'device.test.ts',
    'graph.test.ts',
  ];
  const ops = join(augment, 'ops');
  const augmentTests = [
    'device/same-pixels.test.ts',
    ...readdirSync(ops)
      .map((name) => `ops/${name}/device.test.ts`)
      .filter((file) => existsSync(join(augment, file))),
  ];
  const checks = {
    'kernel-check': check(
      'kernels',
      tests.map((file) => `import ${JSON.stringify(join(torch, 'src', file))};`),
    ),
    // The engine is opened first: what is opened later takes the device that it runs on.
    'augment-check': check('augmentation', [
      `const { openEngine } = await import('@tessera/engine');`,
      `await openEngine('torch', { device: process.env.TESSERA_TEST_DEVICE ?? 'cpu' });`,
      ...augmentTests.map((file) => `await import(${JSON.stringify(join(augment, file))});`),
    ]),
  };
  await build({
    entryPoints: [
      { in: join(root, 'apps/trainer/src/main.ts'), out: 'tessera' },
      ...Object.keys(checks).map((name) => ({ in: name, out: name })),
    ],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@tessera/source'],
    tsconfig: join(root, 'tsconfig.base.json'),
    external,
    // tfjs's backends register themselves on import, which their packages do not admit.
    ignoreAnnotations: true,
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    logLevel: 'error',
    // tfjs's CommonJS asks for node's modules by require, which a module has not.
    banner: { js: `import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);` },
    alias: { vitest: join(here, 'mini-vitest.mjs') },
    plugins: [
      {
        name: 'checks',
        setup(plugin) {
          plugin.onResolve({ filter: /^(kernel|augment)-check$/ }, ({ path }) => ({ path, namespace: 'check' }));
          plugin.onLoad({ filter: /.*/, namespace: 'check' }, ({ path }) => ({
            contents: checks[path],
            resolveDir: root,
            loader: 'ts',
          }));
          // Parsers and matchers that only the workspace's root or vitest itself has.
          plugin.onResolve({ filter: /^(chai|@vitest\/.*)$/ }, ({ path, pluginData }) =>
            pluginData === 'own'
              ? undefined
              : plugin.resolve(path, { kind: 'import-statement', resolveDir: root, pluginData: 'own' }),
          );
        },
      },
    ],
  });
}

/** tfjs's gradients ask for tfjs-core by its name. The copy shares its engine and its registries, which are globals, with ours. */
async function tfjsCore(folder) {
  const carried = join(folder, 'node_modules/@tensorflow/tfjs-core');
  const own = require.resolve('@tensorflow/tfjs-core/package.json');
  mkdirSync(carried, { recursive: true });
  await build({
    entryPoints: [join(dirname(own), 'dist/index.js')],
    outfile: join(carried, 'index.js'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    ignoreAnnotations: true,
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'error',
  });
  const { name, version, license } = JSON.parse(readFileSync(own, 'utf8'));
  writeFileSync(join(carried, 'package.json'), JSON.stringify({ name, version, license, main: 'index.js' }));
}

function nodeBinary(folder) {
  const copy = join(folder, 'node');
  copyFileSync(process.execPath, copy);
  spawnSync('strip', [copy]); // its symbols, where there is a strip; it runs either way
  writeFileSync(join(folder, 'node.gz'), gzipSync(readFileSync(copy), { level: 6 }));
  rmSync(copy);
}

function sources(folder) {
  mkdirSync(join(folder, 'native'), { recursive: true });
  for (const name of readdirSync(join(torch, 'native')).filter((each) => /\.(cc|h)$/.test(each))) {
    copyFileSync(join(torch, 'native', name), join(folder, 'native', name));
  }
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  copyFileSync(join(torch, 'scripts/build-addon.mjs'), join(folder, 'scripts/build-addon.mjs'));
  const headers = dirname(require.resolve('node-api-headers/package.json'));
  const carried = join(folder, 'node_modules/node-api-headers');
  mkdirSync(carried, { recursive: true });
  for (const name of ['package.json', 'LICENSE', 'include']) {
    if (existsSync(join(headers, name))) cpSync(join(headers, name), join(carried, name), { recursive: true });
  }
}

function bytesOf(path) {
  const stat = statSync(path);
  return stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0) : stat.size;
}

/** Fills the folder anew. @throws {Error} when it is too large to carry */
export async function bundle(target) {
  const folder = resolve(target);
  rmSync(folder, { recursive: true, force: true });
  // Two folders down, as in the workspace: programs look for their package, and the engine for tfjs's gradients, by relative paths.
  const trainer = join(folder, 'trainer');
  mkdirSync(join(trainer, 'js'), { recursive: true });
  await javascript(join(trainer, 'js'));
  copyFileSync(join(root, 'apps/trainer/package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'libs/engine/vendor'), join(folder, 'vendor'), { recursive: true });
  await tfjsCore(folder);
  sources(trainer);
  nodeBinary(folder);
  for (const name of ['build-and-bench.sh', 'peer_step.py']) copyFileSync(join(here, name), join(folder, name));
  const bytes = bytesOf(folder);
  if (bytes > LIMIT) throw new Error(`the bundle is ${bytes} bytes, more than ${LIMIT} (60 MiB)`);
  return { folder, bytes };
}

const target = process.argv[2];
if (!target) {
  console.error('usage: node scripts/gpu/bundle.mjs DIR');
  process.exitCode = 2;
} else {
  const { folder, bytes } = await bundle(target);
  console.log(
    `${folder}: ${(bytes / 2 ** 20).toFixed(1)} MiB; on the machine with the GPU: sh ${target}/build-and-bench.sh`,
  );
}
