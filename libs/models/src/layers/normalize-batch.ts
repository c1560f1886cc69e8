/**
 * y = act((x - mean) / sqrt(variance + eps) * gamma + beta [+ residual]) with the batch's own mean and biased variance per channel.
 * Legend: N rows (every axis but the last), C channels.
 */
import { TesseraError, type Collective } from '@tessera/core';
import { toFloat32, tryKernel } from '@tessera/engine';
import {
  add,
  customGrad,
  mul,
  relu,
  reshape,
  rsqrt,
  square,
  step,
  sub,
  sum,
  tidy,
  type GradSaveFunc,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

export interface NormalizeInputs<T extends Tensor> {
  /** [..., C] */
  readonly x: T;
  readonly gamma_C: Tensor1D;
  readonly beta_C: Tensor1D;
  /** Shape of x; added before the activation. */
  readonly residual?: T | undefined;
}

export interface NormalizeOptions {
  readonly epsilon: number;
  readonly relu: boolean;
  /** Statistics over all ranks' rows; undefined for this process's own. */
  readonly collective?: Collective | undefined;
  /** Receives the mean and the biased variance; whoever wants to keep them must. */
  readonly onStatistics: (mean_C: Tensor1D, variance_C: Tensor1D) => void;
}

/** What the gradient needs of the forward pass. */
interface Context {
  readonly epsilon: number;
  readonly relu: boolean;
  readonly residual: boolean;
  readonly collective: Collective | undefined;
}

interface Normalized {
  readonly y: Tensor;
  readonly mean_C: Tensor1D;
  readonly variance_C: Tensor1D;
}

interface Saved {
  readonly x: Tensor;
  readonly gamma_C: Tensor1D;
  readonly mean_C: Tensor1D;
  readonly variance_C: Tensor1D;
  /** What tells where the relu let the gradient through: beta for the fused gradient without a residual, else y. */
  readonly mask: Tensor;
}

/** Differentiable with respect to all four inputs; the statistics are not on the tape. */
export function normalizeBatch<T extends Tensor>(
  inputs: NormalizeInputs<T>,
  { onStatistics, ...options }: NormalizeOptions,
): T {
  const context: Context = {
    epsilon: options.epsilon,
    relu: options.relu,
    collective: options.collective,
    residual: inputs.residual !== undefined,
  };
  const { x, gamma_C, beta_C, residual } = inputs;
  const operation = customGrad<T>((...args) => {
    const save = args.at(-1) as GradSaveFunc;
    const fused = fusedForward(inputs, context);
    const normalized = fused ?? composedForward(inputs, context);
    onStatistics(normalized.mean_C, normalized.variance_C);
    // Without a residual the fused gradient finds the active entries from x and beta: y is not read, and nothing here keeps it alive.
    const fromBeta = fused !== undefined && !context.residual;
    const mask = context.relu && !fromBeta ? normalized.y : beta_C;
    save([x, gamma_C, normalized.mean_C, normalized.variance_C, mask]);
    return {
      value: normalized.y as T,
      gradFunc: (dy, [x_, gamma_C_, mean_C, variance_C, mask_]) =>
        // tfjs runs this outside of any scope of its own: without tidy, intermediates would live until the end of the backward pass.
        tidy(() => {
          const saved = { x: x_, gamma_C: gamma_C_, mean_C, variance_C, mask: mask_ } as Saved;
          return fused ? fusedGradient(dy, saved, context) : composedGradient(dy, saved, context);
        }),
    };
  });
  return residual ? operation(x, gamma_C, beta_C, residual) : operation(x, gamma_C, beta_C);
}

function fusedForward(
  { x, gamma_C, beta_C, residual }: NormalizeInputs<Tensor>,
  context: Context,
): Normalized | undefined {
  if (context.collective) return undefined;
  const outputs = tryKernel(
    'TesseraBatchNormTrain',
    { x, gamma: gamma_C, beta: beta_C, ...(residual && { residual }) },
    { epsilon: context.epsilon, relu: context.relu },
  );
  if (!outputs) return undefined;
  const [y, mean_C, variance_C] = outputs;
  if (!y || !mean_C || !variance_C) throw brokenKernel('TesseraBatchNormTrain', 3, outputs.length);
  return { y, mean_C: mean_C as Tensor1D, variance_C: variance_C as Tensor1D };
}

function fusedGradient(dy: Tensor, { x, gamma_C, mean_C, variance_C, mask }: Saved, context: Context): Tensor[] {
  const gradients = tryKernel(
    'TesseraBatchNormTrainGrad',
    {
      dy,
      x,
      gamma: gamma_C,
      mean: mean_C,
      variance: variance_C,
      ...(context.relu && (context.residual ? { y: mask } : { beta: mask })),
    },
    { epsilon: context.epsilon, relu: context.relu, residual: context.residual },
  );
  const expected = context.residual ? 4 : 3;
  if (gradients?.length !== expected) throw brokenKernel('TesseraBatchNormTrainGrad', expected, gradients?.length ?? 0);
  return gradients;
}

function brokenKernel(name: string, expected: number, got: number): TesseraError {
  return new TesseraError({
    code: 'E_KERNEL_OUTPUTS',
    kind: 'failure',
    message: `kernel ${name} returned ${got} tensors, expected ${expected}`,
    next: 'Rebuild the native backend: it does not match this version.',
  });
}

/** [..., C] -> [N, C] in physical float32 */
function rows(x: Tensor): Tensor2D {
  return reshape(toFloat32(x), [-1, x.shape.at(-1) ?? 1]);
}

/** Mean of each column over all ranks' rows. */
function columnMeans(x_NC: Tensor2D, collective: Collective | undefined): Tensor1D {
  const total_C = sum<Tensor1D>(x_NC, 0);
  const rowCount = x_NC.shape[0] * (collective?.worldSize ?? 1);
  return mul(collective ? collective.allReduceSum(total_C) : total_C, 1 / rowCount);
}

function composedForward({ x, gamma_C, beta_C, residual }: NormalizeInputs<Tensor>, context: Context): Normalized {
  const x_NC = rows(x);
  const mean_C = columnMeans(x_NC, context.collective);
  // Two passes: E[x^2] - mean^2 cancels where the mean is large.
  const centered_NC = sub<Tensor2D>(x_NC, mean_C);
  const variance_C = columnMeans(square(centered_NC), context.collective);
  const scale_C = mul(gamma_C, rsqrt(add(variance_C, context.epsilon)));
  const normalized = reshape(add(mul(centered_NC, scale_C), beta_C), x.shape);
  const summed = residual ? add(normalized, toFloat32(residual)) : normalized;
  return { y: context.relu ? relu(summed) : summed, mean_C, variance_C };
}

/**
 * With g the gradient after the activation, n the rows and hat(x) = (x - mean) / sigma:
 * dx = gamma / sigma * (g - sum(g) / n - hat(x) * sum(g * hat(x)) / n), the sums over all ranks; dgamma and dbeta are this rank's.
 */
function composedGradient(dy: Tensor, { x, gamma_C, mean_C, variance_C, mask }: Saved, context: Context): Tensor[] {
  const dy32 = toFloat32(dy);
  const g = context.relu ? mul(dy32, step(toFloat32(mask))) : dy32;
  const g_NC = rows(g);
  const inverse_C = rsqrt(add<Tensor1D>(variance_C, context.epsilon));
  const normalized_NC = mul<Tensor2D>(sub(rows(x), mean_C), inverse_C);
  const product_NC = mul(g_NC, normalized_NC);
  const dbeta_C = sum<Tensor1D>(g_NC, 0);
  const dgamma_C = sum<Tensor1D>(product_NC, 0);
  const rowCount = g_NC.shape[0] * (context.collective?.worldSize ?? 1);
  const everywhere = (local_C: Tensor1D): Tensor1D =>
    mul(context.collective ? context.collective.allReduceSum(local_C) : local_C, 1 / rowCount);
  const along_NC = add<Tensor2D>(mul(normalized_NC, everywhere(dgamma_C)), everywhere(dbeta_C));
  const dx_NC = mul<Tensor2D>(sub(g_NC, along_NC), mul(gamma_C, inverse_C));
  const gradients = [reshape(dx_NC, x.shape), dgamma_C, dbeta_C];
  return context.residual ? [...gradients, g.clone()] : gradients;
}
