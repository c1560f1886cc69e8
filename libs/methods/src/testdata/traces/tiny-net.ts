/** The network, the pixels and the values of the references' tiny training runs. */
import { rootKey, type Encoder, type NamedBuffer, type ViewGroup } from '@tessera/core';
import { fromTorchLayout } from '@tessera/engine';
import { createBatchNorm, createConv2d, createLinear, globalAveragePool, ParameterSet } from '@tessera/models';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { NameOf } from './compared.ts';

type Nested = number | readonly Nested[];
/** Values by the reference's name, in torch's layout. */
export type Values = Readonly<Record<string, Nested>>;
/** One number a step, by the reference's name. */
export type Norms = Readonly<Record<string, readonly number[]>>;

/** conv 3x3 of stride 2, batch norm, relu, mean over pixels, and a linear layer where `out` is given: the network of all traces. */
export function tinyNet(scope: string, width: number, out?: number): Encoder {
  const parameters = new ParameterSet(scope, rootKey(0));
  const conv = createConv2d(parameters, 'conv', { inChannels: 3, outChannels: width, kernel: 3, stride: 2 });
  const norm = createBatchNorm(parameters, 'bn', { channels: width });
  const linear =
    out === undefined ? undefined : createLinear(parameters, 'fc', { inDim: width, outDim: out, bias: true });
  return {
    featureDim: out ?? width,
    variables: () => parameters.variables,
    buffers: () => parameters.buffers,
    apply: (x_BHWC, forward): Tensor2D => {
      const h_BD = globalAveragePool(norm(conv(x_BHWC), forward, { relu: true }));
      return linear ? linear(h_BD) : h_BD;
    },
    dispose: () => {
      parameters.dispose();
    },
  };
}

/** Integers [view][image][channel][row][column] to pixels, x = integer / 64. One group. */
export function viewsFrom(integers: Nested): ViewGroup {
  const x_VBCHW = tf.tensor(integers, undefined, 'float32');
  const [count = 0, batch = 0, ...rest] = x_VBCHW.shape;
  const x_NCHW = tf.reshape<tf.Rank.R4>(x_VBCHW, [count * batch, ...rest] as [number, number, number, number]);
  return { count, pixels: tf.transpose(tf.div<Tensor4D>(x_NCHW, 64), [0, 2, 3, 1]) };
}

/** Fills what `nameOf` knows with the reference's values; what it does not is set to zero. */
export function fill(all: readonly NamedBuffer[], values: Values, nameOf: NameOf): void {
  tf.tidy(() => {
    for (const { name, variable } of all) {
      const theirs = nameOf(name);
      const given = theirs === undefined ? undefined : values[theirs];
      if (theirs !== undefined && given === undefined) throw new Error(`the reference has no ${theirs} for ${name}`);
      variable.assign(
        given === undefined ? tf.zerosLike(variable) : fromTorchLayout(name, tf.tensor(given, undefined, 'float32')),
      );
    }
  });
}

/** Not a running statistic. */
export const isParameter = ({ name }: NamedBuffer): boolean => !name.includes('running_');
