#!/usr/bin/env node
// Starts the program: from source through tsx in a checkout, else the built one. A child process, because module conditions and the
// allocator's settings must be there before Node starts.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { constants } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const source = resolve(here, '../src/main.ts');
const tsconfig = resolve(here, '../../../tsconfig.base.json');

function tsxUrl() {
  if (!existsSync(source) || !existsSync(tsconfig)) return undefined;
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  } catch {
    return undefined;
  }
}

const tsx = tsxUrl();
const entry = tsx ? ['--conditions=@tessera/source', '--import', tsx, source] : [resolve(here, '../dist/main.js')];
// `npm run` changes to the workspace's root; relative paths mean the folder where the person stands.
const { npm_lifecycle_event: script, INIT_CWD: invokedIn } = process.env;
const cwd =
  ['tessera', 'demo'].includes(script ?? '') && invokedIn && existsSync(invokedIn) ? invokedIn : process.cwd();

const child = spawn(process.execPath, ['--no-warnings=ExperimentalWarning', ...entry, ...process.argv.slice(2)], {
  cwd,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'], // the channel closes with this process, however it ends
  env: {
    ...process.env,
    ...(tsx ? { TSX_TSCONFIG_PATH: tsconfig } : {}),
    TESSERA_INVOKED_AS: process.argv[1], // for commands that it tells people to type
    // glibc gives buffers over 32 MB back to the system at every free and faults them in again at every step; keep them.
    MALLOC_MMAP_THRESHOLD_: process.env.MALLOC_MMAP_THRESHOLD_ ?? '4294967296',
    MALLOC_TRIM_THRESHOLD_: process.env.MALLOC_TRIM_THRESHOLD_ ?? '4294967296',
  },
});
// A terminal sends Ctrl-C to both processes, `kill` only to this one: the child takes two at once for one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`error: cannot start Node: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal && !['SIGINT', 'SIGTERM', 'SIGHUP'].includes(signal)) {
    // Native code took the process down, threads and all; nobody in it could say so.
    const cause = signal === 'SIGKILL' ? 'killed: the system may have run out of memory' : 'a fault in native code';
    console.error(
      `error: the program was ended by ${signal} (${cause}) [E_CRASHED]\n  A run goes on from its newest checkpoint: tessera pretrain --resume RUN`,
    );
  }
  process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1));
});
