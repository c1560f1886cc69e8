import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FuzzCase, Outcome, Reply, Request } from './fuzz-case.ts';

const entry = fileURLToPath(new URL('./fuzz-child.ts', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** What a child may allocate: an absurd request is then refused by the backend's allocator and hurts nobody else. */
const DATA_KB = 2_400_000;
/** A case takes less than three; the machine may be busy with others. */
const SECONDS_PER_CASE = 60;
const SECONDS_TO_START = 60;

/** The command of a child that runs a TypeScript file of this repository. */
export function nodeArguments(file: string, ...args: string[]): string[] {
  return ['--import', tsx, '--conditions=@tessera/source', '--expose-gc', '--max-semi-space-size=2', file, ...args];
}

interface Child {
  readonly process: ChildProcess;
  errors: string;
  answer: ((reply: Reply) => void) | undefined;
  fail: ((error: Error) => void) | undefined;
  served: number;
}

/**
 * Runs cases in a process of its own, so that a crash is an answer. After a crash or a hang the next case gets a new process.
 * `FUZZ_PRELOAD` names a library to preload (a sanitizer's), `FUZZ_ADDON` another build of the addon.
 */
export class FuzzPool {
  private child: Child | undefined;
  private readonly last: string[] = [];

  /**
   * @param env variables of the child's environment, besides this process's own
   * @param secondsPerCase after which a case hangs
   */
  constructor(
    private readonly env: NodeJS.ProcessEnv = {},
    private readonly secondsPerCase = SECONDS_PER_CASE,
  ) {}

  /** Runs one case. @throws Error that says which rule was broken, or how the process ended */
  async judge(test: FuzzCase): Promise<void> {
    const { problem, error } = (await this.ask(test)) as Outcome;
    if (problem !== undefined)
      throw new Error(error === undefined ? problem : `${problem} (${String(error.code)}: ${error.message})`);
  }

  async ask(request: Request): Promise<Reply> {
    const child = (this.child ??= start(this.env));
    if (request.kind !== 'kernels' && request.kind !== 'signatures') {
      this.last.push(
        JSON.stringify(request, (_, v: unknown) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)),
      );
      if (this.last.length > 5) this.last.shift();
    }
    try {
      if (child.served++ === 0) await answer(child, SECONDS_TO_START);
      child.process.send(request);
      return await answer(child, this.secondsPerCase);
    } catch (error) {
      this.stop();
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${message}; case ${child.served} of its process, the last ones:\n${this.last.join('\n')}`, {
        cause: error,
      });
    }
  }

  stop(): void {
    this.child?.process.kill('SIGKILL');
    this.child = undefined;
  }
}

/** The next message of a child; the first says that it has started. */
async function answer(child: Child, seconds: number): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Reply>((done, fail) => {
      [child.answer, child.fail] = [done, fail];
      timer = setTimeout(() => {
        fail(new Error(`hangs: no answer in ${seconds} s`));
      }, seconds * 1000);
    });
  } finally {
    clearTimeout(timer);
    child.answer = child.fail = undefined;
  }
}

function start(more: NodeJS.ProcessEnv): Child {
  const preload = process.env['FUZZ_PRELOAD'];
  // A sanitizer's shadow memory does not fit any limit.
  const limit = preload === undefined ? `ulimit -d ${DATA_KB}; ` : '';
  const env = {
    ...process.env,
    OMP_NUM_THREADS: '2',
    ...(preload === undefined ? {} : { LD_PRELOAD: preload }),
    ...more,
  };
  const child: Child = {
    process: spawn('sh', ['-c', `ulimit -c 0; ${limit}exec "$0" "$@"`, process.execPath, ...nodeArguments(entry)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env,
    }),
    errors: '',
    answer: undefined,
    fail: undefined,
    served: 0,
  };
  child.process.stderr?.on('data', (chunk: Buffer) => {
    child.errors = (child.errors + chunk.toString()).slice(-20_000);
  });
  child.process.on('message', (reply) => child.answer?.(reply as Reply));
  child.process.on('error', (error) => child.fail?.(error));
  child.process.on('close', (code, signal) => {
    child.fail?.(new Error(`the process ended (${signal ?? `exit code ${String(code)}`}) ${child.errors.trim()}`));
  });
  return child;
}
