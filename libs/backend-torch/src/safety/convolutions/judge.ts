import { FuzzPool } from '../fuzz-pool.ts';
import type { ConvolutionReply } from '../fuzz-case.ts';
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

export interface Failure {
  readonly convolution: Convolution;
  readonly setting: Setting;
  readonly wanted: Wanted;
  readonly problem: string;
}

export const describeSetting = ({ isa = 'own', threads, precision }: Setting): string =>
  `${isa} ${threads} thread${threads === 1 ? '' : 's'} ${precision}`;

/** Runs convolutions in child processes, one for each instruction set and number of threads, and compares with the reference. */
export class ConvolutionJudge {
  private readonly pools = new Map<string, FuzzPool>();

  constructor(private readonly env: NodeJS.ProcessEnv = {}) {}

  /** @returns what is wrong; nothing where all is right */
  async judge(convolution: Convolution, settings: readonly Setting[]): Promise<Failure[]> {
    const failures: Failure[] = [];
    const right = reference(convolution, operands(convolution));
    for (const setting of settings) {
      for (const wanted of WANTED) {
        const problem = await this.problem(convolution, setting, wanted, right[wanted]);
        if (problem !== undefined) failures.push({ convolution, setting, wanted, problem });
      }
    }
    return failures;
  }

  stop(): void {
    for (const pool of this.pools.values()) pool.stop();
    this.pools.clear();
  }

  private async problem(
    convolution: Convolution,
    setting: Setting,
    wanted: Wanted,
    right: Float64Array,
  ): Promise<string | undefined> {
    try {
      const request = { kind: 'convolution', convolution, wanted, precision: setting.precision } as const;
      const reply = (await this.pool(setting).ask(request)) as ConvolutionReply;
      return 'problem' in reply ? reply.problem : difference(reply.values, right, setting.precision);
    } catch (error) {
      return (error instanceof Error ? error.message : String(error)).split('; case ')[0];
    }
  }

  private pool({ isa, threads }: Setting): FuzzPool {
    const key = `${String(isa)} ${threads}`;
    const known = this.pools.get(key);
    if (known) return known;
    const pool = new FuzzPool({
      ...this.env,
      ...(isa === undefined ? {} : { ONEDNN_MAX_CPU_ISA: isa }),
      OMP_NUM_THREADS: String(threads),
      OMP_WAIT_POLICY: 'passive', // threads that spin for one another take the processor from the one they wait for
    });
    this.pools.set(key, pool);
    return pool;
  }
}
