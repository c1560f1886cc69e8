import { parseOptions, TesseraError, type Evaluation, type EventBus, type EventOf, type Metrics } from '@tessera/core';
import { knn, knnOptions } from '@tessera/evaluation';
import { compose } from '../compose.ts';
import { noTestImages, openBankImages, openTestImages, openTrainingImages, type ImageSet } from '../images.ts';
import { prepareRecipe } from '../prepare.ts';
import { openRecipeEngine } from '../run/engine.ts';
import { loadEncoder } from '../run/encoder-file.ts';
import { openRunFolder } from '../run/files.ts';
import { evaluationContext } from '../training/features.ts';
import { dataDoubts, tellWarnings } from '../training/tell-warnings.ts';
import { definedOnly } from './defined-only.ts';

export interface KnnFlags {
  readonly run: string;
  readonly data?: string | undefined;
  /** Changes of what the run says of its data. */
  readonly set?: readonly string[];
  readonly engine?: string | undefined;
  readonly device?: string | undefined;
  readonly k: number;
  readonly temperature: number;
  readonly json: boolean;
}

/** What `eval knn` reports. Scores are fractions. */
export interface KnnReport {
  readonly run: string;
  readonly top1: number;
  /** The same protocol on the seed's fresh initialisation: what architecture and pixels give for nothing. */
  readonly untrainedTop1: number;
  readonly k: number;
  readonly temperature: number;
  /** Images. */
  readonly bank: number;
  readonly queries: number;
  /** Query images that cannot be read. */
  readonly unreadableQueries: number;
  readonly engine: string;
  readonly protocol: string;
}

/** `tessera eval knn`. */
export async function evalKnnCommand({ run, json, ...flags }: KnnFlags): Promise<void> {
  const report = await evaluateKnn(run, {
    ...flags,
    warn: (message) => process.stderr.write(`warning: ${message}\n`),
  });
  process.stdout.write(
    json
      ? `${JSON.stringify(report)}\n`
      : `kNN top-1: ${report.top1.toFixed(4)}  (untrained: ${report.untrainedTop1.toFixed(4)})\n` +
          `bank ${report.bank} images, queries ${report.queries} images, engine ${report.engine}\n${report.protocol}\n`,
  );
}

/** Scores a run's encoder and, by the same protocol, what it started from. */
export async function evaluateKnn(
  run: string,
  {
    data,
    set = [],
    engine: choice,
    device,
    warn = () => undefined,
    ...options
  }: {
    readonly data?: string | undefined;
    readonly set?: readonly string[];
    readonly engine?: string | undefined;
    readonly device?: string | undefined;
    readonly k?: number;
    readonly temperature?: number;
    /** Gets each warning once. */
    readonly warn?: (message: string) => void;
  } = {},
): Promise<KnnReport> {
  parseOptions(knnOptions, options, 'knn'); // before anything is read
  const folder = openRunFolder(run);
  refuseOtherChanges(set);
  const prepared = await prepareRecipe(folder.recipe, { ...definedOnly({ data, engine: choice, device }), set });
  const training = await openTrainingImages(prepared);
  const queries = await openTestImages(prepared, training);
  if (!queries) throw await noTestImages(prepared);
  const bank = await openBankImages(prepared, training);
  const composition = compose(prepared);
  const warnings = listenForWarnings(composition.bus, warn);
  tellWarnings(composition.bus, dataDoubts([training, queries]));
  try {
    const engine = await openRecipeEngine(prepared.recipe.trainer);
    const encoder = composition.method.representation;
    const evaluation: Evaluation = knn.build(options, evaluationContext(composition, encoder, bank, queries));
    const untrained = await evaluation.run();
    loadEncoder(folder.encoder, encoder);
    const trained = await evaluation.run();
    const unreadableQueries = unreadableOf(queries, warnings());
    if (unreadableQueries > 0) {
      warn(
        `${unreadableQueries} of ${queries.indices.length} query images cannot be read and are left out of the score [W_QUERIES_UNREADABLE]`,
      );
    }
    return {
      run: folder.root,
      top1: metric(trained, 'top1'),
      untrainedTop1: metric(untrained, 'top1'),
      k: metric(trained, 'k'),
      temperature: metric(trained, 'temperature'),
      bank: metric(trained, 'bank'),
      queries: metric(trained, 'queries'),
      unreadableQueries,
      engine: engine.name,
      protocol: evaluation.protocol,
    };
  } finally {
    await composition.dispose();
  }
}

/** A run's images may lie elsewhere; the rest of it is done. */
function refuseOtherChanges(set: readonly string[]): void {
  const other = set.find((assignment) => !assignment.startsWith('data.'));
  if (other === undefined) return;
  throw new TesseraError({
    code: 'E_USAGE',
    message: `--set ${other} would change the run that is measured`,
    next: 'Only what begins with data. can be set here, such as data.options.testFolder=val.',
  });
}

/** Hands each warning on once: the untrained and the trained encoder see the same images. @returns all of them so far */
function listenForWarnings(bus: EventBus, warn: (message: string) => void): () => readonly EventOf<'warning'>[] {
  const told = new Map<string, EventOf<'warning'>>();
  bus.ofType('warning').subscribe((event) => {
    const line = `${event.message} [${event.code}]`;
    if (told.has(line)) return;
    told.set(line, event);
    warn(line);
  });
  return () => [...told.values()];
}

function unreadableOf({ dataset, indices }: ImageSet, warnings: readonly EventOf<'warning'>[]): number {
  const bad = new Set(warnings.flatMap(({ code, details }) => (code === 'W_BAD_IMAGE' ? [details?.['path']] : [])));
  return indices.reduce((count, index) => count + (bad.has(dataset.describe(index)) ? 1 : 0), 0);
}

function metric(metrics: Metrics, name: string): number {
  return metrics[name] ?? NaN;
}
