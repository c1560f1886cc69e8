// Builds the torch engine's addon against the best libtorch that can be had.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findLibtorch, findPythons, inspectTorch, onPath } from '../../libs/backend-torch/scripts/find-libtorch.mjs';
import { tidyPath } from './cached-folder.mjs';
import { ensureLibtorchWheel } from './libtorch-wheel.mjs';

const builder = new URL('../../libs/backend-torch/scripts/build-addon.mjs', import.meta.url);

/**
 * @typedef {{ state: 'off' | 'ready' | 'failed', line: string }} Outcome
 * @param {{ log: (line: string) => void, env?: NodeJS.ProcessEnv, force?: boolean }} options
 * @returns {Promise<Outcome>} never rejects; `line` is the one line to show
 */
export async function installTorch({ log, env = process.env, force = false }) {
  if (['off', '0', 'false', 'no'].includes((env.TESSERA_TORCH ?? '').toLowerCase())) {
    return { state: 'off', line: 'torch engine skipped (TESSERA_TORCH=off); to build it later: npm run build:torch' };
  }
  try {
    return { state: 'ready', line: await build({ log, env, force }) };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return {
      state: 'failed',
      line: `torch engine not built: ${what.replace(/\s+/g, ' ')}. To try again: npm run build:torch. Until then a slower engine is used.`,
    };
  }
}

async function build({ log, env, force }) {
  if (process.platform === 'win32') throw new Error('it is not supported on Windows; use WSL');
  const compiler = env.CXX || 'g++';
  if (!onPath(compiler, env)) {
    throw new Error(
      `no C++ compiler ('${compiler}' is not on the PATH); install one (Debian and Ubuntu: sudo apt install g++; macOS: xcode-select --install) or name it in CXX`,
    );
  }
  const { buildAddon } = await import(builder.href);
  const started = Date.now();
  const problems = [];
  const attempt = async ({ dir, version, origin }) => {
    const where = `torch ${version} in ${tidyPath(dir)}`;
    try {
      const { file, built } = await buildAddon({ torchDir: dir, force, log: (line) => log(`  ${line}`) });
      await checkLoads(file);
      return `torch engine ${built ? `built in ${Math.round((Date.now() - started) / 1000)} s` : 'is up to date'} (${where})`;
    } catch (error) {
      problems.push(`with ${where}: ${error.message}`);
      if (origin !== 'LIBTORCH') log(`  ${where}: ${error.message}`);
      return undefined;
    }
  };

  const present = force || env.LIBTORCH ? undefined : presentBuild();
  const line = present && (await attempt(present));
  if (line) return line;
  problems.length = 0;

  const pythons = env.LIBTORCH ? [] : findPythons(['torch', 'pip'], env);
  const { found, passed } = findLibtorch({ env, pythons });
  problems.push(...passed);
  for (const each of found) {
    log(`torch engine: using torch ${each.version} in ${tidyPath(each.dir)} (compiling takes about a minute)`);
    const line = await attempt(each);
    if (line) return line;
  }
  if (env.LIBTORCH) throw new Error(`${problems.join('; ')}; correct LIBTORCH or unset it`);
  if (!found.some(({ origin }) => origin === 'cache')) {
    const line = await attempt({ ...(await ensureLibtorchWheel({ pythons, log, env })), origin: 'cache' });
    if (line) return line;
  }
  throw new Error(problems.join('; '));
}

/**
 * The libtorch of the last build: an install keeps to it as long as it is there, so that somebody who built with LIBTORCH or in a virtual
 * environment does not lose that engine to the next `npm install`. `npm run build:torch` searches anew.
 */
function presentBuild() {
  try {
    const { torchDir } = JSON.parse(readFileSync(new URL('../native/build/build.json', builder), 'utf8'));
    const seen = inspectTorch(torchDir);
    return 'problem' in seen ? undefined : { ...seen, origin: 'build' };
  } catch {
    return undefined;
  }
}

/** In a child, because a library that does not fit can end the process. */
function checkLoads(file) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ['-e', 'require(process.argv[1])', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => (errors += chunk));
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (code === 0) return done(undefined);
      const reason = /Error: (.*)/.exec(errors)?.[1] ?? (signal ? `it ended with ${signal}` : `exit code ${code}`);
      fail(new Error(`the addon does not load: ${reason}`));
    });
  });
}
