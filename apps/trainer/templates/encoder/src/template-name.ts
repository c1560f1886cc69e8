/**
 * A small convolutional network: each stage is a 3x3 convolution of stride 2, batch norm and ReLU; the last is averaged over pixels.
 * Replace the layers with yours.
 *
 * Shapes: B images, H W C pixels, D feature width.
 */
import * as tf from '@tensorflow/tfjs-core';
import { defineEncoder } from '@tessera/core';
import { createBatchNorm, createConv2d, globalAveragePool, ParameterSet } from '@tessera/models';
import { z } from 'zod';

export const templateNameEncoder = defineEncoder({
  name: 'template-name',
  summary: 'A plain convolutional network: every stage halves the image and doubles the channels.',
  // Every option has a range and a description; `tessera describe template-name` prints them. Unknown options are errors.
  options: z.strictObject({
    width: z
      .int()
      .min(1)
      .max(1024)
      .default(16)
      .describe('channels of the first stage; each next one has twice as many'),
    stages: z.int().min(1).max(6).default(3).describe('stages; each halves height and width'),
  }),
  create: ({ width, stages }, { key, scope, inputChannels }) => {
    // Owns the variables and names them `scope/path`. Each is drawn by a key of its own: the same seed, the same network.
    const parameters = new ParameterSet(scope, key);
    const layers = Array.from({ length: stages }, (_, stage) => {
      const [inChannels, outChannels] = [stage === 0 ? inputChannels : width * 2 ** (stage - 1), width * 2 ** stage];
      const path = `stage${String(stage)}`;
      return {
        convolve: createConv2d(parameters, `${path}.conv`, { inChannels, outChannels, kernel: 3, stride: 2 }),
        normalize: createBatchNorm(parameters, `${path}.bn`, { channels: outChannels }),
      };
    });
    return {
      featureDim: width * 2 ** (stages - 1),
      variables: () => parameters.variables,
      buffers: () => parameters.buffers,
      // `forward` says whether this is training. Running statistics go into `forward.updates`: a forward pass changes nothing itself.
      apply: (x_BHWC, forward) =>
        tf.tidy(() => {
          const y_BHWC = layers.reduce(
            (x, { convolve, normalize }) => normalize(convolve(x), forward, { relu: true }),
            x_BHWC,
          );
          return globalAveragePool(y_BHWC); // [B, D], float32
        }),
      dispose: () => {
        parameters.dispose();
      },
    };
  },
});
