import { describe, expect, it } from 'vitest';
import type { Comparison } from '../bench/pairs.ts';
import type { StepReport } from '../bench/measure-step.ts';
import { runCliQuietly, type CliOutcome } from '../testing/run-cli-quietly.ts';

/** `tessera bench step` in this process. */
const bench = (...args: readonly string[]): Promise<CliOutcome> => runCliQuietly(['bench', 'step', ...args]);

const tiny = [
  ...['--engine', 'cpu', '--size', '8', '--batch', '2', '--steps', '3', '--warmup', '1'],
  ...['--set', 'encoder.options={blocks: [1, 1, 1, 1], width: 2, stem: cifar}'],
];

/** A peer that prints a line and ends. */
const peer = (line: string): string => `${JSON.stringify(process.execPath)} -e 'console.log(${JSON.stringify(line)})'`;

describe('bench step', () => {
  it('measures the step that the trainer makes', async () => {
    const { code, stdout } = await bench(...tiny, '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as StepReport;
    expect(report).toMatchObject({ engine: 'cpu', precision: 'f32', batch: 2, views: [{ count: 2, size: 8 }] });
    expect(report.stepMs).toHaveLength(3);
    expect(report.cpuMs).toHaveLength(3);
    const middle = report.stepMs.toSorted((a, b) => a - b)[1] ?? NaN;
    expect(report.pairsPerSecond).toBeCloseTo(2000 / middle, 6);
    expect(report.peakResidentMB).toBeGreaterThan(20);
    expect(report.loss).toBeGreaterThan(0);
    expect(report.numTensors.after).toBe(report.numTensors.before);
    expect(report).not.toHaveProperty('profile');
  });

  it('splits the step by kernel: the shares are a whole', async () => {
    const { profile, stepMs } = JSON.parse((await bench(...tiny, '--profile', '--json')).stdout) as StepReport;
    if (!profile) throw new Error('no profile');
    const names = profile.rows.map(({ kernel }) => kernel);
    expect(names).toEqual(expect.arrayContaining(['Conv2D', 'Conv2DBackpropFilter', 'Conv2DBackpropInput']));
    const conv = profile.rows.find(({ kernel }) => kernel === 'Conv2D');
    expect(conv?.calls).toBe(12); // the stem, two in each of four blocks, three shortcuts
    const all = [...profile.rows, profile.javascript];
    expect(all.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    const mean = stepMs.reduce((sum, ms) => sum + ms, 0) / stepMs.length;
    expect(all.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeCloseTo(mean, 6);
    for (const { milliseconds } of all) expect(milliseconds).toBeGreaterThanOrEqual(0);
  });

  it('prints a table', async () => {
    const { stdout } = await bench(...tiny, '--profile');
    expect(stdout).toMatch(/pairs\/s \(median of 3 steps\)/);
    expect(stdout).toMatch(/^Conv2DBackpropFilter +12\.0 +[\d.]+ +[\d.]+ %$/m);
    expect(stdout).toMatch(/^JavaScript and dispatch /m);
  });

  it('alternates with a peer', async () => {
    const line = JSON.stringify({ pairs_per_s_median: 50 });
    const { code, stdout, stderr } = await bench(...tiny, '--peer', peer(line), '--pairs', '2', '--json');
    expect(code).toBe(0);
    expect(stderr.match(/^pair \d\/2: tessera .*; peer 50\.0 pairs\/s/gm)).toHaveLength(2);
    const report = JSON.parse(stdout) as Comparison & { pairsPerSecond: number };
    expect(report.peerMedian).toBe(50);
    expect(report.ratioOfMedians).toBeCloseTo(report.pairsPerSecond / 50, 9);
    expect(report.ratioInterval[0]).toBeLessThanOrEqual(report.ratioMedian);
  });

  it.each<[string, string[], number, string, RegExp]>([
    ['an unknown encoder', ['--encoder', 'vgg'], 2, 'E_OPTION_INVALID', /'--encoder' is "vgg".*resnet18/],
    ['a batch that is no number', ['--batch', 'many'], 2, 'E_OPTION_INVALID', /'--batch' is "many"/],
    ['no steps', ['--steps', '0'], 2, 'E_OPTION_INVALID', /'--steps' is "0"/],
    ['an unknown device', ['--device', 'tpu'], 2, 'E_OPTION_INVALID', /device' is "tpu"/],
    ['half a thread', ['--threads', '1.5'], 2, 'E_OPTION_INVALID', /'--threads' is "1\.5"/],
    ['an unknown engine', ['--engine', 'gpu'], 2, 'E_OPTION_INVALID', /'--engine' is "gpu".*torch/],
    ['an unknown recipe value', ['--set', 'head.options.depth=3'], 2, 'E_OPTION_UNKNOWN', /head\.options\.depth/],
    ['a precision without an engine for it', [...tiny, '--precision', 'bf16'], 2, 'E_PRECISION_UNSUPPORTED', /cpu/],
    ['pairs without a peer', ['--pairs', '3'], 2, 'E_USAGE', /--pairs/],
    ['a profile of a comparison', ['--profile', '--peer', 'true'], 2, 'E_USAGE', /--profile/],
    ['a peer that fails', [...tiny, '--peer', 'echo no torch >&2; exit 4'], 1, 'E_PEER_FAILED', /with 4: no torch/],
    ['a peer that says nothing', [...tiny, '--peer', 'true'], 1, 'E_PEER_OUTPUT', /'pairs_per_s_median'/],
    ['a peer without a rate', [...tiny, '--peer', peer('{"loss":1}')], 1, 'E_PEER_OUTPUT', /JSON/],
  ])('%s: one clear error', async (_name, args, code, id, says) => {
    const output = await bench(...args);
    const [first = '', second = '', ...rest] = output.stderr.trim().split('\n');
    expect(first).toMatch(/^error: /);
    expect(first).toContain(`[${id}]`);
    expect(first).toMatch(says);
    expect(second.trim().length).toBeGreaterThan(0);
    expect(rest).toEqual([]);
    expect(output.code).toBe(code);
  });
});
