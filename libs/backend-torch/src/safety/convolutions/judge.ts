import { FuzzPool } from '../fuzz-pool.ts';
import type { ConvolutionReply, ConvolutionRequest } from '../fuzz-case.ts';
import { WANTED } from './convolution.ts';
import type { Convolution, Wanted } from './convolution.ts';
import { operands } from './operands.ts';
import { difference, reference } from './reference.ts';

/** How a convolution is computed: oneDNN's newest instruction set (undefined: the machine's own) and how many threads. */
export interface Setting {
  readonly isa: string | undefined;
  readonly threads: number;
  readonly precision: 'f32' | 'bf16';
}

/** Every combination. `own` is the machine's own instruction set. */
export function settingsOf(
  isas: readonly string[],
  threads: readonly number[],
  precisions: readonly Setting['precision'][],
): Setting[] {
  return isas.flatMap((name) => {
    const isa = name === 'own' ? undefined : name;
    return threads.flatMap((count) => precisions.map((precision) => ({ isa, threads: count, precision })));
  });
}

export interface Failure {
  readonly convolution: Convolution;
  readonly setting: Setting;
  readonly wanted: Wanted;
  readonly problem: string;
}

export const describeSetting = ({ isa = 'own', threads, precision }: Setting): string =>
  `${isa} ${threads} thread${threads === 1 ? '' : 's'} ${precision}`;

/** A result takes less than one; a loop without vectors, on a machine that is busy with others, a minute. */
const SECONDS_PER_RESULT = 300;

/** Runs convolutions in child processes, one for each instruction set and number of threads, and compares with the reference. */
export class ConvolutionJudge {
  private readonly pools = new Map<string, FuzzPool>();

  constructor(private readonly env: NodeJS.ProcessEnv = {}) {}

  /** @returns what is wrong; nothing where all is right */
  async judge(convolution: Convolution, settings: readonly Setting[]): Promise<Failure[]> {
    const right = reference(convolution, operands(convolution));
    const processes = new Map<FuzzPool, Setting[]>();
    for (const setting of settings) {
      const pool = await this.pool(setting);
      processes.set(pool, [...(processes.get(pool) ?? []), setting]);
    }
    const found = await Promise.all([...processes].map(([pool, mine]) => this.judgeIn(pool, convolution, mine, right)));
    return found.flat();
  }

  stop(): void {
    for (const pool of this.pools.values()) pool.stop();
    this.pools.clear();
  }

  private async judgeIn(
    pool: FuzzPool,
    convolution: Convolution,
    settings: readonly Setting[],
    right: Readonly<Record<Wanted, Float64Array>>,
  ): Promise<Failure[]> {
    const failures: Failure[] = [];
    for (const setting of settings) {
      for (const wanted of WANTED) {
        const request = { kind: 'convolution', convolution, wanted, precision: setting.precision } as const;
        const problem = await problemOf(pool, request, right[wanted]);
        if (problem !== undefined) failures.push({ convolution, setting, wanted, problem });
      }
    }
    return failures;
  }

  private async pool({ isa, threads }: Setting): Promise<FuzzPool> {
    const key = `${String(isa)} ${threads}`;
    const known = this.pools.get(key);
    if (known) return known;
    const env = {
      ...this.env,
      ...(isa === undefined ? {} : { ONEDNN_MAX_CPU_ISA: isa }),
      OMP_NUM_THREADS: String(threads),
      OMP_WAIT_POLICY: 'passive', // threads that spin for one another take the processor from the one they wait for
    };
    const pool = new FuzzPool(env, SECONDS_PER_RESULT);
    this.pools.set(key, pool);
    await pool.ask({ kind: 'kernels' }); // one process starts after the other
    return pool;
  }
}

async function problemOf(
  pool: FuzzPool,
  request: ConvolutionRequest,
  right: Float64Array,
): Promise<string | undefined> {
  try {
    const reply = (await pool.ask(request)) as ConvolutionReply;
    return 'problem' in reply ? reply.problem : difference(reply.values, right, request.precision);
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('; case ')[0];
  }
}
