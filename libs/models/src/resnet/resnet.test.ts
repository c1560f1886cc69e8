import { isTesseraError, rootKey, type Encoder } from '@tessera/core';
import { evaluationForward, openEngine, UpdateCollector } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { trainingForward } from '../testdata/tiny-forward.ts';
import { resnetEncoder } from './resnet.ts';

const small = { blocks: [1, 1, 1, 1], width: 4, stem: 'cifar' };
const context = { key: rootKey(3), inputChannels: 3, scope: 'encoder' };

beforeAll(async () => {
  await openEngine('cpu');
});

const valuesOf = (encoder: Encoder, name: string): Float32Array =>
  Float32Array.from(
    encoder
      .variables()
      .find((parameter) => parameter.name === name)
      ?.variable.dataSync() ?? [],
  );

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isTesseraError(error) ? error.code : String(error);
  }
  return 'none';
}

describe('structure', () => {
  test('the recipe form: width, names, roles', () => {
    const encoder = resnetEncoder.build({ ...small, width: 16, init: 'torchvision' }, context);
    expect(encoder.featureDim).toBe(128);
    const names = encoder.variables().map(({ name }) => name);
    expect(names).toContain('encoder/conv1.weight');
    expect(names).toContain('encoder/layer2.0.downsample.0.weight');
    expect(names).not.toContain('encoder/layer1.0.downsample.0.weight');
    expect(encoder.buffers().map(({ name }) => name)).toContain('encoder/layer4.0.downsample.1.running_var');
    for (const { name, role } of encoder.variables())
      expect(role).toBe(/bn|downsample\.1/.test(name) ? 'norm' : 'weight');
    encoder.dispose();
  });

  test('sizes of the standard networks', () => {
    // torchvision's counts without the classifier (resnet18: 11,689,512 - 513,000).
    for (const [depth, expected] of [
      [18, 11_176_512],
      [50, 23_508_032],
    ] as const) {
      const encoder = resnetEncoder.build({ depth }, context);
      expect(encoder.variables().reduce((total, { variable }) => total + variable.size, 0)).toBe(expected);
      encoder.dispose();
    }
  });

  test('width multiplier and bottleneck', () => {
    const encoder = resnetEncoder.build({ ...small, block: 'bottleneck', widthMultiplier: 2 }, context);
    expect(encoder.featureDim).toBe(4 * 2 * 8 * 4);
    encoder.dispose();
  });

  test('contradictions are refused', () => {
    expect(codeOf(() => resnetEncoder.build({ depth: 18, blocks: [1, 1, 1, 1] }, context))).toBe('E_OPTION_INVALID');
    expect(codeOf(() => resnetEncoder.build({ ...small, widthMultiplier: 1.1 }, context))).toBe('E_OPTION_INVALID');
    // in the schema already, so that a recipe is refused before an engine starts
    expect(codeOf(() => resnetEncoder.parse({ depth: 18, blocks: [1, 1, 1, 1] }))).toBe('E_OPTION_INVALID');
    expect(codeOf(() => resnetEncoder.parse({ ...small, widthMultiplier: 1.1 }))).toBe('E_OPTION_INVALID');
    expect(codeOf(() => resnetEncoder.build({ depth: 20 }, context))).toBe('E_OPTION_INVALID');
    expect(codeOf(() => resnetEncoder.build({ detph: 18 }, context))).toBe('E_OPTION_UNKNOWN');
  });
});

describe('initialisation', () => {
  test('is keyed: the same key and name give the same values', () => {
    const [a, b, c] = [context, context, { ...context, key: rootKey(4) }].map((ctx) => resnetEncoder.build(small, ctx));
    if (!a || !b || !c) throw new Error('three encoders expected');
    const name = 'encoder/layer3.0.conv1.weight';
    expect(valuesOf(a, name)).toEqual(valuesOf(b, name));
    expect(valuesOf(a, name)).not.toEqual(valuesOf(c, name));
    expect(valuesOf(a, name).slice(0, 8)).not.toEqual(valuesOf(a, 'encoder/layer3.0.conv2.weight').slice(0, 8));
    for (const encoder of [a, b, c]) encoder.dispose();
  });

  test('is He-normal over fan out', () => {
    const encoder = resnetEncoder.build({ ...small, width: 32 }, context);
    const values = valuesOf(encoder, 'encoder/layer2.0.conv2.weight');
    const expected = Math.sqrt(2 / (64 * 9));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan((4 * expected) / Math.sqrt(values.length));
    expect(deviation / expected).toBeCloseTo(1, 1);
    const withinOne = values.filter((value) => Math.abs(value) < expected).length / values.length;
    expect(withinOne).toBeCloseTo(0.683, 1);
    encoder.dispose();
  });

  test('google projects at the start of every stage, where torchvision leaves the first stage of basic blocks alone', () => {
    const shortcuts = (options: object): string[] => {
      const encoder = resnetEncoder.build({ ...small, blocks: [2, 1, 1, 1], ...options }, context);
      const names = encoder.variables().map(({ name }) => name);
      encoder.dispose();
      return names.filter((name) => name.endsWith('downsample.0.weight'));
    };
    const stages = (...list: number[]): string[] => list.map((stage) => `encoder/layer${stage}.0.downsample.0.weight`);
    expect(shortcuts({})).toEqual(stages(2, 3, 4));
    expect(shortcuts({ init: 'google' })).toEqual(stages(1, 2, 3, 4));
    expect(shortcuts({ block: 'bottleneck' })).toEqual(stages(1, 2, 3, 4));
    expect(shortcuts({ block: 'bottleneck', init: 'google' })).toEqual(stages(1, 2, 3, 4));
  });

  test('zero gammas make each block the identity before its relu', () => {
    const encoder = resnetEncoder.build({ ...small, zeroInitLastGamma: true }, context);
    expect(valuesOf(encoder, 'encoder/layer1.0.bn2.weight').every((value) => value === 0)).toBe(true);
    expect(valuesOf(encoder, 'encoder/layer1.0.bn1.weight').every((value) => value === 1)).toBe(true);
    encoder.dispose();
  });
});

describe('apply', () => {
  test('a training step leaks nothing and changes only what is committed', () => {
    const before = tf.memory().numTensors;
    const encoder = resnetEncoder.build(small, context);
    const x = tf.randomUniform<tf.Rank.R4>([2, 8, 8, 3], 0, 1, 'float32', 1);
    const built = tf.memory().numTensors;
    const updates = new UpdateCollector();
    const runningMean = encoder.buffers()[0];
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.square(encoder.apply(x, trainingForward(updates)))),
      encoder.variables().map(({ variable }) => variable),
    );
    expect(Object.keys(grads)).toHaveLength(encoder.variables().length);
    expect(runningMean?.variable.dataSync().every((entry) => entry === 0)).toBe(true);
    updates.commit();
    expect(runningMean?.variable.dataSync().some((entry) => entry !== 0)).toBe(true);
    tf.dispose([value, grads]);
    expect(tf.memory().numTensors).toBe(built);
    x.dispose();
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('evaluation does not depend on the rest of the batch', () => {
    const encoder = resnetEncoder.build(small, context);
    tf.tidy(() => {
      const x = tf.randomUniform<tf.Rank.R4>([3, 8, 8, 3], 0, 1, 'float32', 1);
      const all = encoder.apply(x, evaluationForward());
      const one = encoder.apply(tf.slice4d(x, [1, 0, 0, 0], [1, 8, 8, 3]), evaluationForward());
      expect(tf.max(tf.abs(tf.sub(tf.slice2d(all, [1, 0], [1, encoder.featureDim]), one))).dataSync()[0]).toBeLessThan(
        1e-6,
      );
    });
    encoder.dispose();
  });

  test('two encoders of one scope live side by side', () => {
    const pair = [resnetEncoder.build(small, context), resnetEncoder.build(small, context)];
    for (const encoder of pair) encoder.dispose();
  });

  test('other channels are an error', () => {
    const encoder = resnetEncoder.build(small, context);
    const gray = tf.zeros<tf.Rank.R4>([1, 8, 8, 1]);
    expect(codeOf(() => encoder.apply(gray, evaluationForward()))).toBe('E_INPUT_SHAPE');
    gray.dispose();
    encoder.dispose();
  });
});
