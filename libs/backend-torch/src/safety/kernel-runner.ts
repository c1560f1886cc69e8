import * as tf from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { TensorFlowError } from '../errors.ts';
import { CPU_DEVICE, NATIVE_DTYPE } from '../native.ts';
import type { KernelCase, Outcome, TensorPlan } from './fuzz-case.ts';

const MOST_READ = 1 << 22;
/** `unstack` makes many thousands; how many there are is seen in the counts. */
const MOST_RESULTS = 1000;
/** A string costs some hundred bytes of JavaScript's heap, and what a kernel makes of it as many again. */
const MOST_STRINGS = 1 << 16;
const DTYPES: Readonly<Record<string, readonly string[]>> = {
  float32: ['Float', 'BFloat16'],
  int32: ['Int'],
  bool: ['Bool'],
  complex64: ['ComplexFloat'],
};

function value(fill: TensorPlan['fill'], i: number): number {
  switch (fill) {
    case 'ramp':
      return (i % 17) / 4 - 2;
    case 'index':
      return i % 3;
    case 'ascending':
      return i;
    case 'thousands':
      return 1000 * (i + 1);
    case 'zero':
      return 0;
    case 'one':
      return 1;
    case 'nan':
      return i % 2 === 0 ? NaN : 1;
    case 'infinite':
      return i % 2 === 0 ? Infinity : -Infinity;
    case 'negative':
      return -1 - (i % 5);
    case 'huge':
      return i % 2 === 0 ? 3e38 : -2147483648;
  }
}

function make(backend: TorchBackend, plan: TensorPlan): tf.Tensor {
  const { dtype, fill, state } = plan;
  const shape = [...plan.shape];
  const { native } = backend;
  const wrap = (handle: number): tf.Tensor => tf.engine().makeTensorFromTensorInfo(backend.give(handle, shape, dtype));
  if (state === 'expanded' && (dtype === 'float32' || dtype === 'int32' || dtype === 'bool')) {
    const one = native.full(
      shape.map(() => 1),
      1,
      NATIVE_DTYPE[dtype],
      CPU_DEVICE,
    );
    try {
      return wrap(native.expand(one, shape));
    } finally {
      native.release([one]);
    }
  }
  const size = tf.util.sizeFromShape(shape);
  if (size > (dtype === 'string' ? MOST_STRINGS : MOST_READ))
    return tf.fill(shape, value(fill, 0), dtype === 'string' ? 'float32' : dtype);
  const numbers = Float32Array.from({ length: size }, (_, i) => value(fill, i));
  if (dtype === 'string') return tf.tensor(Array.from(numbers, String), shape, 'string');
  if (dtype === 'complex64') return tf.complex(tf.tensor(numbers, shape), tf.tensor(numbers, shape));
  if (state === 'bfloat16' && dtype === 'float32') {
    const full = native.fromMemory(numbers, shape, NATIVE_DTYPE.float32, CPU_DEVICE);
    try {
      return wrap(native.cast(full, NATIVE_DTYPE.bfloat16));
    } finally {
      native.release([full]);
    }
  }
  if (state === 'view' && shape.length > 0) {
    // every other element of the last axis, seen with strides
    const double = [...shape.slice(0, -1), (shape.at(-1) ?? 0) * 2];
    const twice = tf.tensor(
      Float32Array.from({ length: size * 2 }, (_, i) => value(fill, i >> 1)),
      double,
      dtype,
    );
    return tf.stridedSlice(
      twice,
      shape.map(() => 0),
      double,
      [...shape.slice(1).map(() => 1), 2],
    );
  }
  return tf.tensor(numbers, shape, dtype);
}

/** Inputs `name[0]`, `name[1]` .. are the list `name`, as the kernels of ragged tensors take it. */
function withLists(made: Readonly<Record<string, tf.Tensor>>): tf.NamedTensorMap {
  const inputs: Record<string, tf.Tensor | tf.Tensor[]> = {};
  for (const [key, tensor] of Object.entries(made)) {
    const name = /^(.*)\[\d+\]$/.exec(key)?.[1];
    if (name === undefined) inputs[key] = tensor;
    else inputs[name] = ([] as tf.Tensor[]).concat(inputs[name] ?? [], tensor);
  }
  return inputs as tf.NamedTensorMap; // tfjs's own type of inputs knows no lists either
}

function build(backend: TorchBackend, inputs: KernelCase['inputs']): Record<string, tf.Tensor> {
  const made: Record<string, tf.Tensor> = {};
  for (const [name, plan] of Object.entries(inputs)) {
    if (typeof plan === 'string') continue;
    if (plan.state === 'elsewhere') {
      tf.setBackend('cpu') as unknown;
      try {
        made[name] = make(backend, { ...plan, state: 'plain' });
      } finally {
        tf.setBackend('torch') as unknown;
      }
    } else made[name] = make(backend, plan);
  }
  for (const [name, plan] of Object.entries(inputs)) {
    const same = typeof plan === 'string' ? made[plan] : undefined;
    if (same !== undefined) made[name] = same;
  }
  for (const [name, plan] of Object.entries(inputs))
    if (typeof plan !== 'string' && plan.state === 'disposed') made[name]?.dispose();
  return made;
}

/** The rule that a result breaks, if it does. */
function wrongResult(backend: TorchBackend, t: tf.Tensor): string | undefined {
  if (!t.shape.every((d) => Number.isSafeInteger(d) && d >= 0)) return `a result of the shape [${String(t.shape)}]`;
  if (t.dtype === 'string') return undefined;
  const physical = t.dtype === 'complex64' ? undefined : backend.native.shape(backend.handle(t));
  if (physical !== undefined && String(physical) !== String(t.shape))
    return `a result claims [${String(t.shape)}] and is [${String(physical)}]`;
  const dtype = t.dtype === 'complex64' ? 'ComplexFloat' : backend.native.dtype(backend.handle(t));
  if (!DTYPES[t.dtype]?.includes(dtype)) return `a result claims ${t.dtype} and is ${dtype}`;
  if (t.size <= MOST_READ && t.dataSync().length !== t.size * (t.dtype === 'complex64' ? 2 : 1))
    return 'a result that reads short';
  return undefined;
}

function wrongError(error: unknown, kernel: string): string | undefined {
  if (!(error instanceof Error)) return 'what was thrown is no Error';
  const { code } = error as Error & { code?: unknown };
  if (typeof code !== 'string' || !code.startsWith('TORCH_'))
    return `an error without a code: ${error.stack ?? error.message}`;
  if (error.message.includes('\n')) return `an error of several lines: ${error.message}`;
  if (error.message.length > 2000) return `an endless message: ${error.message.slice(0, 2000)}`;
  const names = error instanceof TensorFlowError ? error.kernelName === kernel : error.message.includes(kernel);
  if (!names) return `an error that does not name ${kernel}: ${error.message}`;
  if (/Cannot read prop|is not a function|is not iterable|undefined \(/.test(error.message))
    return `an error for programmers only: ${error.message}`;
  return undefined;
}

const counts = (backend: TorchBackend): number[] => {
  backend.flush();
  return [backend.native.live(), tf.memory().numTensors, backend.numDataIds()];
};

/** Runs a case and judges what comes of it: a result that is what it claims, or an error with a code, and nothing left behind. */
export function runKernelCase(backend: TorchBackend, test: KernelCase): Outcome {
  const before = counts(backend);
  const outcome = tf.tidy((): Outcome & tf.TensorContainer => judged(backend, test) as never) as Outcome;
  const after = counts(backend);
  if (outcome.problem === undefined && String(after) !== String(before))
    return { ...outcome, problem: `handles, tensors and data were ${String(before)}, now ${String(after)}` };
  return outcome;
}

function judged(backend: TorchBackend, test: KernelCase): Outcome {
  let inputs: Record<string, tf.Tensor>;
  try {
    inputs = build(backend, test.inputs);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    return { result: `inputs refused: ${String(code)} ${(error as Error).message}` };
  }
  backend.precision = test.precision;
  try {
    const results = ([] as tf.Tensor[]).concat(
      tf.engine().runKernel(test.kernel, withLists(inputs), test.attrs as tf.NamedAttrMap),
    );
    backend.precision = 'f32';
    const first = results.slice(0, MOST_RESULTS);
    const problem = first.map((t) => wrongResult(backend, t)).find((p) => p !== undefined);
    const result = first.map((t) => `${t.dtype}[${String(t.shape)}]`).join(' ');
    return problem === undefined ? { result } : { result, problem };
  } catch (error) {
    const problem = wrongError(error, test.kernel);
    const { code, message } = error as Error & { code?: unknown };
    return problem === undefined ? { error: { code, message } } : { error: { code, message }, problem };
  } finally {
    backend.precision = 'f32';
  }
}
