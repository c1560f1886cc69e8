import type { RandomStream } from '@tessera/core';
import type { Initializer } from './parameters.ts';

const WORD = 2 ** 32;

/** All entries alike. */
export function constant(value: number): Initializer {
  return (values) => {
    values.fill(value);
  };
}

/** Uniform in [-bound, bound). */
export function uniform(bound: number): Initializer {
  return (values, random) => {
    for (let i = 0; i < values.length; i++) values[i] = (2 * (random.word() / WORD) - 1) * bound;
  };
}

/** Both values of Box-Muller, one random word each: a ResNet-50 has 25 million of them. */
function fillNormal(values: Float32Array, random: RandomStream, deviation: number): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log((random.word() + 1) / WORD));
    const angle = 2 * Math.PI * (random.word() / WORD);
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}

/** Normal with mean 0. */
export function normal(deviation: number): Initializer {
  return (values, random) => {
    fillNormal(values, random, deviation);
  };
}

/**
 * He et al. 2015, eq. 14, as torchvision initialises its ResNets: normal with variance 2 / (out channels * kernel area).
 * @param fanOut out channels * kernel height * kernel width
 */
export function kaimingNormalFanOut(fanOut: number): Initializer {
  return normal(Math.sqrt(2 / fanOut));
}

/** The standard deviation of a standard normal cut off at two of its own (scipy.stats.truncnorm.std(-2, 2)). */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/**
 * `tf.keras.initializers.VarianceScaling()` with its defaults, as google-research/simclr's resnet.py initialises convolutions: normal
 * cut off at two deviations, variance 1 / fan in after the cut. (Half of He's variance, and over the other fan.)
 * @param fanIn in channels * kernel height * kernel width
 */
export function varianceScalingFanIn(fanIn: number): Initializer {
  const deviation = Math.sqrt(1 / fanIn) / TRUNCATED_DEVIATION;
  return (values, random) => {
    for (let i = 0; i < values.length; i++) {
      let value = random.normal();
      while (Math.abs(value) > 2) value = random.normal();
      values[i] = deviation * value;
    }
  };
}

/** timm's `trunc_normal_` as ViTs and DINO's head start: normal with mean 0, cut off at -2 and 2 (which a small deviation never meets). */
export function truncatedNormal(deviation: number): Initializer {
  return (values, random) => {
    for (let i = 0; i < values.length; i++) {
      let value = deviation * random.normal();
      while (Math.abs(value) > 2) value = deviation * random.normal();
      values[i] = value;
    }
  };
}

/**
 * torch's default for the weight and the bias of `nn.Linear`: uniform within 1 / sqrt(fan in)
 * (`kaiming_uniform_(a=sqrt(5))` comes to the same bound).
 */
export function torchLinear(fanIn: number): Initializer {
  return uniform(1 / Math.sqrt(fanIn));
}
