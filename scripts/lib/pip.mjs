// pip, as far as an install script needs it: one wheel, without its dependencies, into a folder.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runShown } from './run.mjs';

/** The first pip that knows the wheels' platform tag (manylinux_2_28). */
const oldestPip = [20, 3];
/** The first pip with --dry-run --report. */
const reportingPip = [22, 2];

/** @typedef {import('../../libs/backend-torch/scripts/find-libtorch.d.mts').Python} Python */

/**
 * @param {readonly Python[]} pythons
 * @returns {Python} the first that has a usable pip
 * @throws {Error} one line: no python, no pip, or too old a one
 */
export function pythonWithPip(pythons) {
  if (pythons.length === 0) throw new Error('no python3 was found; install Python 3 with pip');
  const able = pythons.find((python) => atLeast(pipVersion(python), oldestPip));
  if (able) return able;
  const old = pythons.find((python) => python.packages.pip);
  const advice =
    'install it (Debian and Ubuntu: sudo apt install python3-pip; elsewhere: python3 -m ensurepip --upgrade)';
  throw new Error(
    old
      ? `pip ${old.packages.pip.version} of ${old.command} is too old (20.3 is needed); upgrade it: ${old.command} -m pip install --upgrade pip`
      : `${pythons[0].command} has no pip; ${advice}`,
  );
}

/**
 * Installs a wheel into `target`.
 * @param {object} options
 * @param {Python} options.python
 * @param {string} options.requirement for example `torch==2.13.0`
 * @param {string} options.target an empty folder
 * @param {string} [options.index] replaces pip's own index
 * @param {number} [options.retries] per connection; 0, so that an index that does not answer costs one attempt
 * @param {readonly number[]} [options.newestPython] the newest python that the package has wheels for; another python takes that one's
 *   wheel, which is as good where only its libraries are used
 * @param {readonly number[]} [options.oldestPython] likewise
 * @param {(line: string) => void} options.log
 * @param {NodeJS.ProcessEnv} [options.env]
 * @returns {Promise<string | undefined>} pip's error, undefined when it went well
 */
export async function pipInstall({ python, target, log, env = process.env, retries = 0, ...wanted }) {
  // pip unpacks in TMPDIR before it moves: the same disk makes that a rename and spares a small /tmp.
  const scratch = join(target, '..', 'pip-scratch');
  mkdirSync(scratch, { recursive: true });
  const args = ['-m', 'pip', 'install', '--target', target, '--no-compile', ...wheelArguments(python, wanted)];
  try {
    const { code, output } = await runShown(python.executable, args, {
      log,
      keep: worthShowing,
      env: { ...pipEnvironment(env, retries), TMPDIR: scratch },
    });
    return code === 0 ? undefined : pipError(output);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * What pip would install, without installing it.
 * @param {object} options as in {@link pipInstall}
 * @returns {{ version: string, needs: readonly string[] } | undefined} undefined when nothing matches or pip is older than 22.2
 */
export function pipWouldInstall({ python, env = process.env, ...wanted }) {
  if (!atLeast(pipVersion(python), reportingPip)) return undefined;
  const args = [
    '-m',
    'pip',
    'install',
    '--dry-run',
    '--quiet',
    '--report',
    '-',
    '--ignore-installed',
    ...wheelArguments(python, wanted),
  ];
  // --python-version asks for a target, though nothing is put there.
  const options = { env: pipEnvironment(env), encoding: 'utf8', maxBuffer: 1 << 26, timeout: 120_000 };
  const { status, stdout } = spawnSync(python.executable, [...args, '--target', '.'], options);
  if (status !== 0) return undefined;
  const metadata = JSON.parse(stdout).install[0]?.metadata;
  return metadata && { version: metadata.version, needs: metadata.requires_dist ?? [] };
}

function wheelArguments(python, { requirement, index, oldestPython, newestPython }) {
  const other = !atLeast(python.version, oldestPython ?? [0, 0])
    ? oldestPython
    : newestPython && !atLeast(newestPython, python.version)
      ? newestPython
      : undefined;
  return [
    '--no-deps',
    '--only-binary=:all:',
    ...(other ? ['--python-version', other.join('.')] : []),
    ...(index ? ['--index-url', index] : []),
    requirement,
  ];
}

/** Somebody's own settings win, except that pip must not ask. */
function pipEnvironment(env, retries = 0) {
  return {
    PIP_RETRIES: String(retries),
    PIP_ROOT_USER_ACTION: 'ignore',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    ...env,
    PIP_NO_INPUT: '1',
  };
}

function pipVersion(python) {
  return (python.packages.pip?.version ?? '0').split('.').map((part) => Number.parseInt(part, 10) || 0);
}

/** @param {readonly number[]} version @param {readonly number[]} least */
function atLeast([major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]) {
  return major !== leastMajor ? major > leastMajor : minor >= leastMinor;
}

function worthShowing(line) {
  return !/^(WARNING|ERROR|Looking in|\[notice\]|DEPRECATION)/.test(line);
}

/** The last of pip's errors names the cause. */
export function pipError(output) {
  const lines = output.split('\n').map((line) => line.trim());
  const error = lines.filter((line) => line.startsWith('ERROR: ')).at(-1) ?? lines.filter(Boolean).at(-1);
  return (error ?? 'pip failed').replace(/^ERROR: /, '').slice(0, 300);
}
