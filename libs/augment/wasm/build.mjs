// Compiles the kernels beside the ops (src/**/*.c), and what these share beside this file, into src/wasm/kernels.wasm.ts: base64 in a module,
// so that it loads from a source tree, a build, a tarball and a bundler alike. Needs clang with the wasm32 target and lld (Debian: apt-get install clang lld).
//
//   node libs/augment/wasm/build.mjs            compile
//   node libs/augment/wasm/build.mjs --check    only compare the sources with those that the committed build was made from
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const home = join(here, '..');
const target = join(home, 'src/wasm/kernels.wasm.ts');

// No contraction to fused multiply-adds: every operation rounds once, as in PIL and in the TypeScript reference.
const FLAGS = [
  '--target=wasm32',
  '-O3',
  '-msimd128',
  '-mbulk-memory',
  '-nostdlib',
  '-ffp-contract=off',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Iwasm',
  '-Wl,--no-entry,--strip-all,--export=__heap_base,-z,stack-size=16384',
];

/** SHA-256 over flags, names and contents of the sources: what the committed build carries. */
export function sourceHash() {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const name of sources()) hash.update(`\0${name}\0`).update(readFileSync(join(home, name)));
  return hash.digest('hex');
}

/** Paths from the package's folder on, in one order everywhere. */
function sources() {
  return ['wasm', 'src']
    .flatMap((folder) =>
      readdirSync(join(home, folder), { recursive: true }).map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
    )
    .filter((name) => /\.[ch]$/.test(name))
    .sort();
}

function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-wasm-'));
  try {
    const out = join(folder, 'kernels.wasm');
    const files = sources().filter((name) => name.endsWith('.c'));
    execFileSync('clang', [...FLAGS, '-o', out, ...files], { cwd: home, stdio: 'inherit' });
    const binary = readFileSync(out);
    const lines = [
      '// Made by libs/augment/wasm/build.mjs from the C of the ops; do not edit.',
      '',
      `export const KERNELS_SOURCE_HASH = '${sourceHash()}';`,
      '',
      'export const KERNELS_BASE64: string =',
      `  '${binary.toString('base64')}';`,
    ];
    writeFileSync(target, `${lines.join('\n')}\n`);
    console.log(`${target}: ${binary.length} bytes of WebAssembly`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) compile();
  else if (!readFileSync(target, 'utf8').includes(sourceHash())) {
    console.error(`${target} was not made from these sources: node libs/augment/wasm/build.mjs`);
    process.exitCode = 1;
  }
}
