import { alternateAloud, runOurselves } from '../bench/against-peer.ts';
import { textOfComparison } from '../bench/comparison-text.ts';
import { withoutPeer, type Peer } from '../bench/flags.ts';
import { measureViews, type PassRates, type ViewsReport } from '../bench/measure-views.ts';
import { compare, type Measured } from '../bench/pairs.ts';
import { rateOf, runPeer, type PeerLine } from '../bench/peer.ts';
import type { Stage } from '../bench/view-stages.ts';
import { parseViewsFlags, type ViewsFlags, type ViewsOptions } from '../bench/views-options.ts';
import { viewsRecipe } from '../bench/views-recipe.ts';
import { viewsTasks } from '../bench/views-tasks.ts';

/** What a peer may call its rate: PyTorch scripts the first, Tessera itself the second. */
const PEER_KEYS = ['views_per_s_per_core_median', 'viewsPerSecondPerCore'];
const UNIT = 'views/s per core';

/** `tessera bench views`. */
export async function benchViewsCommand(flags: ViewsFlags): Promise<void> {
  const options = parseViewsFlags(flags);
  const prepared = await viewsRecipe(options);
  if (options.peer) {
    await againstPeer(flags, options, options.peer);
    return;
  }
  const report = await measureViews(prepared, options);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : textOf(report));
}

/** Rates per core are compared. */
async function againstPeer(
  { values }: ViewsFlags,
  options: ViewsOptions,
  { command, pairs: count }: Peer,
): Promise<void> {
  const reports: ViewsReport[] = [];
  const cachedRates: number[] = [];
  const tessera = async (): Promise<Measured> => {
    const own = withoutPeer({ ...values, workers: '0' });
    const run = await runOurselves(['views', ...own, '--no-stages', '--json']);
    const report = run.report as ViewsReport;
    reports.push(report);
    return { rate: report.viewsPerSecondPerCore, peakResidentMB: run.peakResidentMB };
  };
  const peer = async (): Promise<Measured> => {
    const run = await runPeer(command, PEER_KEYS, (line) => sameBlur(line, options) && line['pass'] !== 'cached');
    cachedRates.push(
      rateOf(
        run.lines.filter((line) => line['pass'] === 'cached'),
        PEER_KEYS,
      ) ?? run.rate,
    );
    return run;
  };
  const pairs = await alternateAloud({ pairs: count, json: options.json, unit: UNIT }, { tessera, peer });
  const comparison = compare(pairs);
  const cached = viewsTasks[options.task].cached
    ? compare(
        reports.map((report, index) => {
          const rates = [report.cached?.viewsPerSecondPerCore ?? NaN, cachedRates[index] ?? NaN] as const;
          const [ours, theirs] = rates.map((rate) => ({ rate, peakResidentMB: null })) as [Measured, Measured];
          return { tessera: ours, peer: theirs, ratio: rates[0] / rates[1] };
        }),
      )
    : null;
  if (!options.json) {
    process.stdout.write(textOfComparison(comparison, UNIT));
    if (cached) process.stdout.write(`cached passes\n${textOfComparison(cached, UNIT)}`);
    return;
  }
  const { images, views } = reports[0] ?? {};
  const common = { task: options.task, blur: options.blur, pixels: options.pixels, images, views };
  const ours = { viewsPerSecondPerCore: comparison.tesseraMedian };
  process.stdout.write(`${JSON.stringify({ ...ours, ...common, peer: command, ...comparison, pairs, cached })}\n`);
}

/** A peer that measures several blurs says of each line which; torchvision's is the sampled Gaussian. */
function sameBlur({ blur }: PeerLine, options: ViewsOptions): boolean {
  if (typeof blur !== 'string' || options.blur === null) return true;
  return (blur === 'torchvision' ? 'gaussian' : blur) === options.blur;
}

function textOf(report: ViewsReport): string {
  const { task, blur, pixels, workers, rounds, images } = report;
  const views = report.views.map(({ count, size }) => `${count} x ${size} x ${size}`).join(' + ');
  const perImage = report.views.reduce((sum, { count }) => sum + count, 0);
  const rates = (name: string, { viewsPerSecondPerCore, viewsPerSecond }: PassRates): string =>
    `${name.padEnd(14)} ${viewsPerSecondPerCore.toFixed(1).padStart(10)} ${viewsPerSecond.toFixed(1).padStart(12)}`;
  const lines = [
    `${task}: views ${views}${blur === null ? '' : `, blur ${blur}`}, ${pixels}; ${images} images, median of ${rounds} passes`,
    `${'views/s'.padEnd(14)} ${'per core'.padStart(10)} ${(workers === 0 ? 'main thread' : workers === 1 ? '1 worker' : `${workers} workers`).padStart(12)}`,
    rates(report.cached ? 'first pass' : 'decode + views', report),
    ...(report.cached ? [rates('cached pass', report.cached)] : []),
    `peak resident memory ${report.peakResidentMB.toFixed(0)} MB`,
    ...(report.stages ? ['', ...tableOf(report.stages, (1000 * perImage) / report.viewsPerSecondPerCore)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** @param whole milliseconds per image of the pass that decodes */
function tableOf(stages: readonly Stage[], whole: number): readonly string[] {
  const line = (name: string, milliseconds: number): string =>
    `${name.padEnd(14)} ${milliseconds.toFixed(3).padStart(10)}`;
  return [
    `${'stage'.padEnd(14)} ${'ms an image'.padStart(12)}`.trimEnd(),
    ...stages.map(({ stage, millisecondsPerImage }) => line(stage, millisecondsPerImage)),
    line('all but read', whole),
  ];
}
