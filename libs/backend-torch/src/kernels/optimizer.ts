import { Variable, engine } from '@tensorflow/tfjs-core';
import type { KernelConfig, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from '../backend.ts';
import { TorchBackendError } from '../errors.ts';
import { defineKernel } from '../kernel.ts';
import {
  TESSERA_ADAMW_UPDATE,
  TESSERA_GLOBAL_NORM,
  TESSERA_LARC_UPDATE,
  TESSERA_LARS_UPDATE,
  TESSERA_MOMENTUM_AVERAGE,
  TESSERA_SGD_UPDATE,
} from '../kernel-specs.ts';
import type {
  AdamWUpdateAttrs,
  GlobalNormAttrs,
  LarcUpdateAttrs,
  LarsUpdateAttrs,
  MomentumAverageAttrs,
  SgdUpdateAttrs,
} from '../kernel-specs.ts';
import type { Handle } from '../native.ts';

function input(inputs: NamedTensorInfoMap, name: string): TensorInfo {
  const found = inputs[name];
  if (found === undefined) throw new TorchBackendError('TORCH_BAD_ARGUMENT', `the input ${name} is missing`);
  return found;
}

function handles(backend: TorchBackend, inputs: NamedTensorInfoMap, letter: string, count: number): Handle[] {
  return Array.from({ length: count }, (_, i) => backend.handle(input(inputs, `${letter}${String(i)}`)));
}

/**
 * Handles that will be written in place. tfjs clones share their data: a variable whose data another tensor also has gets
 * data of its own first, so that the clone keeps its numbers.
 */
function writable(backend: TorchBackend, inputs: NamedTensorInfoMap, letter: string, count: number): Handle[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `${letter}${String(i)}`;
    const tensor = input(inputs, name);
    const { shape } = tensor;
    if (backend.refCount(tensor.dataId) > 1) {
      if (!(tensor instanceof Variable)) {
        throw new TorchBackendError(
          'TORCH_BAD_ARGUMENT',
          `the input ${name} shares its data with another tensor and is no Variable`,
        );
      }
      const own = backend.give(backend.native.alias(backend.handle(tensor)), shape, tensor.dtype);
      const fresh = engine().makeTensorFromTensorInfo(backend.keep(own));
      tensor.assign(fresh);
      fresh.dispose();
    }
    return backend.handle(tensor);
  });
}

/** What a step takes: slots of each letter and variables w, both written in place, and gradients g. */
function operands(backend: TorchBackend, inputs: NamedTensorInfoMap, count: number, slotLetters: readonly string[]) {
  return {
    slots: slotLetters.map((letter) => writable(backend, inputs, letter, count)),
    variables: writable(backend, inputs, 'w', count),
    gradients: handles(backend, inputs, 'g', count),
  };
}

/** Optimizer steps and momentum averages in place, over all variables in one call, which return no tensors; and the norm of all gradients. */
export const optimizerKernels: readonly KernelConfig[] = [
  defineKernel<NamedTensorInfoMap, SgdUpdateAttrs>(TESSERA_SGD_UPDATE, (inputs, attrs, backend) => {
    const { count, learningRate, momentum, nesterov, weightDecay } = attrs;
    const { variables, gradients, slots } = operands(backend, inputs, count, momentum === 0 ? [] : ['m']);
    const [momenta = []] = slots;
    backend.native.sgd(variables, gradients, momenta, learningRate, momentum, weightDecay, nesterov);
    return [];
  }),
  defineKernel<NamedTensorInfoMap, LarsUpdateAttrs>(TESSERA_LARS_UPDATE, (inputs, attrs, backend) => {
    const { count, learningRate, momentum, nesterov, trustCoefficient, weightDecay, adapted } = attrs;
    const { variables, gradients, slots } = operands(backend, inputs, count, ['m']);
    const [momenta = []] = slots;
    backend.native.lars(
      variables,
      gradients,
      momenta,
      learningRate,
      momentum,
      trustCoefficient,
      weightDecay,
      adapted.map(Number),
      nesterov,
    );
    return [];
  }),
  defineKernel<NamedTensorInfoMap, LarcUpdateAttrs>(TESSERA_LARC_UPDATE, (inputs, attrs, backend) => {
    const { count, learningRate, momentum, trustCoefficient, epsilon, clip, weightDecay, adapted } = attrs;
    const { variables, gradients, slots } = operands(backend, inputs, count, ['m']);
    const [momenta = []] = slots;
    backend.native.larc(
      variables,
      gradients,
      momenta,
      learningRate,
      momentum,
      trustCoefficient,
      weightDecay,
      adapted.map(Number),
      epsilon,
      clip,
    );
    return [];
  }),
  defineKernel<NamedTensorInfoMap, AdamWUpdateAttrs>(TESSERA_ADAMW_UPDATE, (inputs, attrs, backend) => {
    const { count, learningRate, beta1, beta2, epsilon, weightDecay, step } = attrs;
    const { variables, gradients, slots } = operands(backend, inputs, count, ['m', 'v']);
    const [first = [], second = []] = slots;
    backend.native.adamw(variables, gradients, first, second, learningRate, beta1, beta2, epsilon, weightDecay, step);
    return [];
  }),
  defineKernel<NamedTensorInfoMap, MomentumAverageAttrs>(
    TESSERA_MOMENTUM_AVERAGE,
    (inputs, { count, momentum }, backend) => {
      const targets = writable(backend, inputs, 'w', count);
      backend.native.momentumAverage(targets, handles(backend, inputs, 's', count), momentum);
      return [];
    },
  ),
  defineKernel<NamedTensorInfoMap, GlobalNormAttrs>(TESSERA_GLOBAL_NORM, (inputs, { count }, backend) => {
    return backend.give(backend.native.globalNorm(handles(backend, inputs, 'g', count)), [], 'float32');
  }),
];
