import { evaluate, openRun, type EvaluationReport } from '@tessera/run';
import { definedOnly } from '@tessera/run/parts';
import { builtins } from '../builtins.ts';
import { lineTo, warnOnStderr, type MeasureFlags } from './open-measured-run.ts';

/** `tessera eval NAME RUN`: any evaluation that the run knows, by its own options. */
export async function evalCommand({
  name,
  run,
  set = [],
  json,
  ...flags
}: Omit<MeasureFlags, 'warn'> & {
  readonly name: string;
  readonly run: string;
  readonly json: boolean;
}): Promise<void> {
  const opened = await openRun(run, { plugins: builtins, ...definedOnly(flags), set: asOptions(name, set) });
  const [choice = { name }] = opened.prepared.recipe.evaluation;
  const report = await evaluate(opened, choice, { warn: lineTo(warnOnStderr) });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : textOf(report));
}

/** The run's recipe with this evaluation alone: `k=20` is an option of it, `data.options.testFolder=val` stays as it is. */
function asOptions(name: string, set: readonly string[]): readonly string[] {
  const ofEvaluation = set.map((each) => (each.startsWith('data.') ? each : `evaluation.0.options.${each}`));
  return [`evaluation=[{ name: ${JSON.stringify(name)} }]`, ...ofEvaluation];
}

function textOf({ evaluation, trained, untrained, engine, protocol }: EvaluationReport): string {
  const lines = Object.entries(trained).map(([metric, value]) => {
    const before = untrained[metric];
    const changed = before === undefined || before === value ? '' : `  (untrained: ${shown(before)})`;
    return `${evaluation}.${metric}: ${shown(value)}${changed}`;
  });
  return [...lines, `engine ${engine}`, protocol, ''].join('\n');
}

/** Counts as they are, scores with four decimals. */
function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}
