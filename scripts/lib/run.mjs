// Runs a child process so that somebody who watches sees that it lives.
import { spawn } from 'node:child_process';

const quietMilliseconds = 15_000;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ log: (line: string) => void, env?: NodeJS.ProcessEnv, cwd?: string, keep?: (line: string) => boolean }} options
 *   `keep` chooses the lines of output to show. On a terminal the child writes its standard output itself (progress bars); otherwise it is
 *   shown by lines, with a sign of life after 15 s of silence.
 * @returns {Promise<{ code: number | null, output: string }>} `output` is what was not written to the terminal directly
 * @throws {Error} `interrupted` after Ctrl-C or another signal
 */
export function runShown(command, args, { log, env = process.env, cwd, keep = () => true }) {
  const terminal = process.stdout.isTTY === true;
  const started = Date.now();
  let output = '';
  let heard = Date.now();
  const child = spawn(command, args, { env, cwd, stdio: ['ignore', terminal ? 'inherit' : 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.map((each) => each.trimEnd()).filter((each) => each && keep(each))) {
        heard = Date.now();
        log(`  ${line}`);
      }
    });
  }
  const pulse = setInterval(() => {
    if (terminal || Date.now() - heard < quietMilliseconds) return;
    heard = Date.now();
    log(`  still running (${Math.round((heard - started) / 1000)} s)`);
  }, 1000);
  const signals = forwardSignals(child);
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      if (signals.received) fail(new Error('interrupted'));
      else done({ code, output });
    });
  }).finally(() => {
    clearInterval(pulse);
    signals.stop();
  });
}

/** A signal ends the child and not this process, so that the caller can tidy up. */
function forwardSignals(child) {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const state = { received: false, stop: () => names.forEach((name) => process.off(name, forward)) };
  const forward = (name) => {
    state.received = true;
    child.kill(name);
  };
  for (const name of names) process.on(name, forward);
  return state;
}
