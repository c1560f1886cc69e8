import {
  TesseraError,
  type BatchInfo,
  type Collective,
  type Embeddings,
  type Method,
  type Metrics,
  type Optimizer,
  type Progress,
  type RandomKey,
  type Rates,
  type ViewGroup,
} from '@tessera/core';
import {
  clippedToGlobalNorm,
  globalNorm,
  toFloat32,
  UpdateCollector,
  variableGradients,
  withPrecision,
  type Precision,
} from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import { firstNotFinite, gradientNotFinite } from './first-not-finite.ts';
import { gradientNotFiniteError, lossNotFinite } from './not-finite-error.ts';

/** What a step works on. */
export interface StepParts {
  readonly method: Method;
  readonly optimizer: Optimizer;
  readonly precision: Precision;
  readonly collective: Collective;
  /** Largest norm of all gradients together; null: as they are. */
  readonly clipNorm: number | null;
}

/** The images of a step, and where the run stands. */
export interface StepInput {
  readonly views: readonly ViewGroup[];
  readonly batch: BatchInfo;
  readonly progress: Progress;
  readonly sampleIds: Int32Array;
  /** Of (seed, step). */
  readonly key: RandomKey;
}

/** What a step tells: the loss, and besides the method's metrics `gradientNorm`, the norm of all gradients before the update. */
export interface StepResult {
  readonly loss: number;
  readonly metrics: Metrics;
}

/**
 * One optimisation step: embed in the run's precision, loss in float32, gradients of what is not frozen, update, then the state changes
 * that the forward pass asked for. Leaves `tf.memory().numTensors` where it was (an optimizer's first step makes its slots).
 * @throws TesseraError `E_LOSS_NOT_FINITE`, `E_GRADIENT_NOT_FINITE`, `E_GRADIENT_MISSING`, all before anything was changed
 */
export function trainStep(
  { method, optimizer, precision, collective, clipNorm }: StepParts,
  { views, batch, progress, sampleIds, key }: StepInput,
  rates: Rates,
): StepResult {
  method.beforeStep?.(progress);
  const frozen = new Set(method.frozen?.(progress) ?? []);
  const trained = method.variables().filter(({ name }) => !frozen.has(name));
  const updates = new UpdateCollector();
  const forward = { training: true, statistics: 'local', updates, collective, progress, sampleIds, key } as const;
  const kept: Record<string, Scalar | number> = {};
  let grads: NamedTensorMap = {};
  try {
    // The scope holds the forward pass only: a kernel of the backward pass computes in bf16 where an operand is physically bf16, so a
    // loss, anybody's, gets its gradient in float32.
    const { value, grads: byVariable } = variableGradients(
      () => {
        const { embeddings } = withPrecision(precision, () => method.embed(views, forward));
        const { loss, metrics } = method.loss(inFloat32(embeddings), batch, forward);
        for (const [name, metric] of Object.entries(metrics))
          // A clone: a metric may be the loss itself, which goes once it is read, or a tensor that is the method's.
          kept[name] = typeof metric === 'number' ? metric : tf.keep(tf.clone(metric));
        return toFloat32(loss);
      },
      trained.map(({ variable }) => variable),
    );
    grads = byVariable;
    const loss = numberOf(value);
    value.dispose();
    if (!Number.isFinite(loss)) {
      const culprit = firstNotFinite(method, views, { precision, forward });
      throw lossNotFinite(loss, culprit, progress, rates.learningRate);
    }
    // All that can fail comes before the first change.
    const told = Object.fromEntries(Object.entries(kept).map(([name, metric]) => [name, numberOf(metric)]));
    const named = renamed(trained, byVariable);
    const norm = globalNorm(named);
    const gradientNorm = numberOf(norm);
    if (!Number.isFinite(gradientNorm)) {
      norm.dispose();
      throw gradientNotFiniteError(loss, gradientNotFinite(named), progress, rates.learningRate);
    }
    // First: a method's own metric of that name is the one that counts.
    const metrics = { gradientNorm, ...told };
    update(optimizer, named, norm, clipNorm, rates);
    norm.dispose();
    updates.commit();
    method.afterStep?.(progress);
    return { loss, metrics };
  } finally {
    updates.discard();
    tf.dispose(grads);
    tf.dispose(Object.values(kept).filter((metric) => typeof metric !== 'number'));
  }
}

function inFloat32(embeddings: Embeddings): Embeddings {
  return Object.fromEntries(Object.entries(embeddings).map(([role, views]) => [role, views.map(toFloat32)]));
}

function numberOf(value: Scalar | number): number {
  return typeof value === 'number' ? value : (value.dataSync()[0] ?? NaN);
}

function update(
  optimizer: Optimizer,
  grads: NamedTensorMap,
  norm: Scalar,
  clipNorm: number | null,
  rates: Rates,
): void {
  if (clipNorm === null) {
    optimizer.update(grads, rates);
    return;
  }
  const clipped = clippedToGlobalNorm(grads, norm, clipNorm);
  optimizer.update(clipped, rates);
  tf.dispose(clipped);
}

/** tfjs names gradients by its own variable names; optimizers want ours. */
function renamed(
  trained: ReturnType<Method['variables']>,
  grads: Readonly<Record<string, Tensor | null>>,
): NamedTensorMap {
  const named: NamedTensorMap = {};
  const missing: string[] = [];
  for (const { name, variable } of trained) {
    const gradient = grads[variable.name];
    if (gradient) named[name] = gradient;
    else missing.push(name);
  }
  if (missing.length === 0) return named;
  throw new TesseraError({
    code: 'E_GRADIENT_MISSING',
    message: `the loss does not depend on ${missing
      .slice(0, 3)
      .map((name) => `'${name}'`)
      .join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`,
    next: 'A method must list such variables in frozen(), or not in variables().',
    kind: 'failure',
  });
}
