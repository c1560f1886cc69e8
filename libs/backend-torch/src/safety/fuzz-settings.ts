/**
 * How the property tests are run, from the environment. What a change must pass is the same every time: a seed of its own for each run would
 * find more, but in somebody else's change. `FUZZ_SEED=random` with many `FUZZ_RUNS` is for looking.
 */
const seed = process.env['FUZZ_SEED'] ?? '1';

/** A pattern of names of kernels or functions, to look at one closely. */
export const ONLY = new RegExp(process.env['FUZZ_ONLY'] ?? '');

/** What fast-check is told; it reports the seed of a failure. */
export const RUN = {
  numRuns: Number(process.env['FUZZ_RUNS'] ?? 50),
  // Asked for many, a slow machine may do fewer; without being asked it does them all.
  ...(process.env['FUZZ_RUNS'] === undefined ? {} : { interruptAfterTimeLimit: 540_000 }),
  ...(seed === 'random' ? {} : { seed: Number(seed) }),
};
