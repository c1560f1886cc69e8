import { readFileSync } from 'node:fs';

/** One network of `resnet.json`; the file's `source` says how its weights and input are made. */
export interface ResNetCase {
  readonly arch: 'resnet18' | 'resnet34' | 'resnet50';
  readonly size: number;
  readonly batch: number;
  readonly cifarStem: boolean;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly evalFeatures: readonly (readonly number[])[];
  readonly trainFeatures?: readonly (readonly number[])[];
  readonly trainLoss?: number;
  readonly gradNorms?: Readonly<Record<string, number>>;
  readonly runningAfterTrain?: Readonly<Record<string, { readonly mean: number; readonly norm: number }>>;
}

export function readResNetOracle(): readonly ResNetCase[] {
  const file = JSON.parse(readFileSync(new URL('./resnet.json', import.meta.url), 'utf8')) as {
    cases: readonly ResNetCase[];
  };
  return file.cases;
}

/** Values of tensor k of a state dict, in torch's layout. */
export function formulaValues(name: string, shape: readonly number[], k: number): Float32Array {
  const [, inputs = 0, height = 1, width = 1] = shape;
  const fan = inputs * height * width;
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    const s = Math.sin(0.7 * i + 1.3 * k);
    if (shape.length > 1) return s * Math.sqrt(2) * Math.sqrt(2 / fan);
    if (name.endsWith('running_var')) return 1 + 0.5 * s;
    if (name.endsWith('running_mean')) return 0.1 * s;
    return name.endsWith('weight') ? 1 + 0.2 * s : 0.1 * s;
  });
}

/** Pixels, NHWC. */
export function formulaInput(length: number): Float32Array {
  return Float32Array.from({ length }, (_, j) => 0.5 + 0.5 * Math.sin(0.37 * j + 0.5 * Math.sin(0.013 * j)));
}
