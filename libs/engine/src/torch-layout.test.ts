import { openEngine } from './open-engine.ts';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { fromTorchLayout, parameterLayout, torchName, toTorchLayout } from './torch-layout.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

test.each([
  ['encoder/conv1.weight', [3, 3, 2, 4], [4, 2, 3, 3], 'convolution'],
  ['head/0.weight', [6, 3], [3, 6], 'linear'],
  ['head/weight', [6, 3], [3, 6], 'linear'],
  ['encoder/bn1.weight', [4], [4], 'same'],
  ['encoder/bn1.running_mean', [4], [4], 'same'],
  ['head/0.bias', [3], [3], 'same'],
  ['encoder/patch_embed.proj.weight', [4, 4, 3, 8], [8, 3, 4, 4], 'convolution'],
  ['encoder/blocks.0.attn.qkv.weight', [8, 24], [24, 8], 'linear'],
  ['encoder/blocks.0.attn.qkv.bias', [24], [24], 'same'],
  ['encoder/blocks.11.norm1.weight', [8], [8], 'same'],
  ['encoder/pos_embed', [1, 5, 8], [1, 5, 8], 'same'],
  ['encoder/cls_token', [1, 1, 8], [1, 1, 8], 'same'],
] as const)('%s', (name, shape, torchShape, layout) => {
  tf.tidy(() => {
    const tensor = tf.randomNormal([...shape], 0, 1, 'float32', 1);
    const exported = toTorchLayout(name, tensor);
    expect(parameterLayout(name, shape.length)).toBe(layout);
    expect(exported.shape).toEqual([...torchShape]);
    expect([...fromTorchLayout(name, exported).dataSync()]).toEqual([...tensor.dataSync()]);
  });
});

test('names lose their scope', () => {
  expect(torchName('encoder/layer1.0.conv1.weight')).toBe('layer1.0.conv1.weight');
  expect(torchName('conv1.weight')).toBe('conv1.weight');
});
