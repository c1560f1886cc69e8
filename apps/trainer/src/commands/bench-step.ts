import { alternateAloud, runOurselves } from '../bench/against-peer.ts';
import { textOfComparison } from '../bench/comparison-text.ts';
import { withoutPeer, type Peer } from '../bench/flags.ts';
import { measureStep, type StepReport } from '../bench/measure-step.ts';
import { compare, type Measured } from '../bench/pairs.ts';
import { runPeer } from '../bench/peer.ts';
import { profileTable } from '../bench/profile-table.ts';
import { parseStepFlags, type StepFlags, type StepOptions } from '../bench/step-options.ts';
import { stepRecipe } from '../bench/step-recipe.ts';
import { tellNotices } from '../reporters/tell-notices.ts';

/** What a peer may call its rate: PyTorch scripts the first, Tessera itself the second. */
const PEER_KEYS = ['pairs_per_s_median', 'pairsPerSecond'];
const UNIT = 'pairs/s';

/** `tessera bench step`. */
export async function benchStepCommand(flags: StepFlags): Promise<void> {
  const options = parseStepFlags(flags);
  const prepared = await stepRecipe(options);
  if (options.peer) {
    await againstPeer(flags, options, options.peer);
    return;
  }
  tellNotices(prepared.notices);
  const report = await measureStep(prepared, options);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : textOf(report));
}

async function againstPeer(
  { values, set }: StepFlags,
  options: StepOptions,
  { command, pairs: count }: Peer,
): Promise<void> {
  const reports: StepReport[] = [];
  const tessera = async (): Promise<Measured> => {
    const changes = set.map((each) => `--set=${each}`);
    const run = await runOurselves(['step', ...withoutPeer(values), ...changes, '--json']);
    const report = run.report as StepReport;
    reports.push(report);
    return { rate: report.pairsPerSecond, peakResidentMB: run.peakResidentMB };
  };
  const sides = { tessera, peer: () => runPeer(command, PEER_KEYS) };
  const pairs = await alternateAloud({ pairs: count, json: options.json, unit: UNIT }, sides);
  const comparison = compare(pairs);
  if (!options.json) {
    process.stdout.write(textOfComparison(comparison, UNIT));
    return;
  }
  const { engine, version, threads, precision, batch } = reports[0] ?? {};
  const common = { engine, version, threads, precision, batch, encoder: options.encoder, size: options.size };
  const ours = { pairsPerSecond: comparison.tesseraMedian, peakResidentMB: comparison.memory?.tesseraMB ?? null };
  process.stdout.write(`${JSON.stringify({ ...ours, ...common, peer: command, ...comparison, pairs })}\n`);
}

function textOf(report: StepReport): string {
  const { stepMs, cpuMs, views, numTensors } = report;
  const images = views.map(({ count, size }) => `${count} x ${size} x ${size}`).join(' + ');
  const range = (values: readonly number[]): string =>
    `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} ms`;
  const lines = [
    `${report.engine} (${report.detail}), ${report.precision}: ${report.batch} images, views ${images}, ${report.parameters} parameters`,
    `${report.pairsPerSecond.toFixed(1)} pairs/s (median of ${stepMs.length} steps), peak resident memory ${report.peakResidentMB.toFixed(0)} MB`,
    `a step: ${range(stepMs)}, processor time ${range(cpuMs)}; loss ${report.loss.toFixed(4)}; tensors ${numTensors.before} -> ${numTensors.after}`,
  ];
  return `${[...lines, ...(report.profile ? ['', ...profileTable(report.profile)] : [])].join('\n')}\n`;
}
