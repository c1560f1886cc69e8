import { dispose, engine } from '@tensorflow/tfjs-core';
import type { TensorContainer, Variable } from '@tensorflow/tfjs-core';
import type { TorchBackend } from './backend.ts';
import { TorchBackendError } from './errors.ts';
import { CPU_DEVICE } from './native.ts';
import type { Handle } from './native.ts';

/** A step whose device work is done again, as one, without JavaScript. */
export interface CapturedStep<T extends TensorContainer> {
  /** What the step returned; each replay writes new numbers into the same tensors. Empty before the first. */
  readonly outputs: T;
  /** Starts the work; it is done when a read of an output says so. */
  replay(): void;
  /** Frees the graph and what it kept; disposes the outputs. */
  dispose(): void;
}

/**
 * Records what a step asks of the GPU, as a CUDA graph. A replay repeats exactly that work on the same memory: give it new images by
 * `backend.overwrite(tensor, values)`.
 *
 * The step must have static shapes and read nothing. What JavaScript decides or counts is frozen: a learning rate, an optimizer's step
 * number, a schedule. State must live in tf.Variables, and in tensors that kernels write in place; values that the step assigns to
 * variables are written back to the memory they had, so that the next replay goes on from them. Variables that the step creates, on its
 * first run, must exist before it is recorded.
 *
 * @param step runs `warmUp` times in earnest first (its results are disposed), then once to be recorded, when the device does nothing
 * @throws TorchBackendError TORCH_UNSUPPORTED on the CPU, TORCH_CAPTURE for a step that cannot be recorded
 */
export function captureStep<T extends TensorContainer>(
  backend: TorchBackend,
  step: () => T,
  { warmUp = 3 }: { readonly warmUp?: number } = {},
): CapturedStep<T> {
  const { native, device } = backend;
  if (device === CPU_DEVICE) {
    throw new TorchBackendError(
      'TORCH_UNSUPPORTED',
      'graphs are recorded on a CUDA device; this backend runs on the CPU',
    );
  }
  for (let i = 0; i < warmUp; i++) dispose(step());
  backend.flush();
  const before = new Map(variables().map((variable) => [variable, backend.handle(variable)]));
  native.graphBegin(device);
  let outputs: T | undefined;
  let graph: number;
  try {
    backend.hold([...before.values()]);
    outputs = step();
    keepInPlace(backend, before);
    backend.flush();
    graph = native.graphEnd();
  } catch (error) {
    native.graphAbort();
    dispose(outputs);
    throw error;
  } finally {
    backend.releaseHeld();
  }
  const recorded = outputs;
  let disposed = false;
  return {
    outputs: recorded,
    replay: () => {
      native.graphReplay(graph);
    },
    dispose: () => {
      if (disposed) return;
      disposed = true;
      native.graphRelease(graph);
      dispose(recorded);
    },
  };
}

function variables(): readonly Variable[] {
  return Object.values(engine().registeredVariables).filter((variable) => variable.dtype !== 'string');
}

/** Values that were assigned go into the memory that their variables had: a graph reads and writes fixed memory. */
function keepInPlace(backend: TorchBackend, before: ReadonlyMap<Variable, Handle>): void {
  for (const variable of variables()) {
    const handle = before.get(variable);
    if (handle === undefined) {
      throw new TorchBackendError(
        'TORCH_CAPTURE',
        `the step created the variable '${variable.name}' while it was recorded; run it once more before`,
      );
    }
    if (!variable.isDisposed) backend.writeBack(variable, handle);
  }
}
