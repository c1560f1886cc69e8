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
    const all = settings.flatMap((setting) => WANTED.map((wanted) => ({ setting, wanted })));
    const ask = async (some: typeof all): Promise<(Float32Array | string)[]> => {
      const results = some.map(({ setting: { precision }, wanted }) => ({ wanted, precision }));
      const reply = (await pool.ask({ kind: 'convolution', convolution, results })) as ConvolutionReply;
      return [...reply.results];
    };
    // All at once; where that ends the process, one after the other tells which of them did.
    let together: string | undefined;
    const answers = await ask(all).catch(async (ended: unknown) => {
      together = firstLine(ended);
      const each: (Float32Array | string)[] = [];
      for (const one of all) each.push(...(await ask([one]).catch((error: unknown) => [firstLine(error)])));
      return each;
    });
    const failures = all.flatMap(({ setting, wanted }, i): Failure[] => {
      const answer = answers[i] ?? 'no answer';
      const problem = typeof answer === 'string' ? answer : difference(answer, right[wanted], setting.precision);
      return problem === undefined ? [] : [{ convolution, setting, wanted, problem }];
    });
    const [first] = all;
    if (together !== undefined && failures.length === 0 && first !== undefined)
      failures.push({ convolution, ...first, problem: `one result after the other: ${together}` });
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

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('; case ')[0] ?? '';
}
