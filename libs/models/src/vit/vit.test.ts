import { isTesseraError, rootKey, type Forward, type TokenEncoder } from '@tessera/core';
import { evaluationForward, openEngine, UpdateCollector, variableGradients } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { trainingForward } from '../testdata/tiny-forward.ts';
import { vitDoubts } from './doubts.ts';
import { vitOptions } from './options.ts';
import { vitEncoder } from './vit.ts';

const small = { width: 12, depth: 2, heads: 3, patch: 4, image: 16 };
const context = { key: rootKey(3), inputChannels: 3, scope: 'encoder' };
const build = (options: object): TokenEncoder => vitEncoder.build(options, context) as TokenEncoder;

beforeAll(async () => {
  await openEngine('wasm');
});

const pixels = (images: number, height: number, width = height, seed = 1): tf.Tensor4D =>
  tf.randomUniform<tf.Rank.R4>([images, height, width, 3], 0, 1, 'float32', seed);

function valuesOf(encoder: TokenEncoder, name: string): Float32Array {
  const found = encoder.variables().find((parameter) => parameter.name === `encoder/${name}`);
  if (!found) throw new Error(`no ${name}`);
  return Float32Array.from(found.variable.dataSync());
}

function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isTesseraError(error) ? `${error.code} ${error.message}` : String(error);
  }
  return 'none';
}

const difference = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? NaN;

describe('structure', () => {
  // timm 1.0.29, `create_model('vit_SIZE_patch16_224', num_classes=0)`.
  test.each([
    ['tiny', 5_524_416, 192, 12, 3],
    ['small', 21_665_664, 384, 12, 6],
    ['base', 85_798_656, 768, 12, 12],
  ] as const)('%s has the numbers of timm', (size, parameters, width, depth, heads) => {
    // By the shapes alone for the larger ones: a preset is the same as its numbers.
    const options = { image: 224, patch: 16 };
    expect(vitEncoder.parse({ size })).toMatchObject({ size, ...options });
    const hidden = 4 * width;
    const block =
      4 * width + 3 * width * (width + 1) + width * (width + 1) + hidden * (width + 1) + width * (hidden + 1);
    expect(depth * block + 2 * width + 198 * width + width * (16 * 16 * 3 + 1)).toBe(parameters);
    if (size !== 'tiny') return;
    const [preset, written] = [build({ size }), build({ width, depth, heads })];
    const count = (encoder: TokenEncoder): number =>
      encoder.variables().reduce((total, { variable }) => total + variable.size, 0);
    expect([preset, written].map(count)).toEqual([parameters, parameters]);
    expect(preset.featureDim).toBe(width);
    preset.dispose();
    written.dispose();
  });

  test('a preset gives the numbers that are not given', () => {
    const encoder = build({ size: 'tiny', depth: 1, image: 32, patch: 8 });
    expect(encoder.featureDim).toBe(192);
    expect(encoder.variables().filter(({ name }) => name.endsWith('attn.qkv.weight'))).toHaveLength(1);
    encoder.dispose();
  });

  test("names and roles: an optimizer's `exclude: [bias, norm]` leaves out what timm's weight decay leaves out", () => {
    for (const [options, last] of [
      [{}, 'norm'],
      [{ pool: 'avg' }, 'fc_norm'],
    ] as const) {
      const encoder = build({ ...small, depth: 1, ...options });
      const block = ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2'].map((part) => `blocks.0.${part}`);
      const layers = ['patch_embed.proj', ...block, last].flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]);
      expect(
        encoder
          .variables()
          .map(({ name }) => name.replace('encoder/', ''))
          .sort(),
      ).toEqual(['cls_token', 'pos_embed', ...layers].sort());
      for (const { name, variable, role } of encoder.variables()) {
        // timm's param_groups_weight_decay: one axis, or named by the model.
        const undecayed = variable.rank <= 1 || /cls_token|pos_embed/.test(name);
        expect(['bias', 'norm'].includes(role), name).toBe(undecayed);
        expect(role === 'norm', name).toBe(/norm/.test(name));
      }
      expect(encoder.buffers()).toEqual([]);
      encoder.dispose();
    }
  });

  test('without class token and shifts of queries, keys and values', () => {
    const encoder = build({ ...small, classToken: false, pool: 'avg', qkvBias: false });
    const names = encoder.variables().map(({ name }) => name);
    expect(names.filter((name) => /cls_token|qkv\.bias/.test(name))).toEqual([]);
    expect(encoder.prefixTokens).toBe(0);
    expect(valuesOf(encoder, 'pos_embed')).toHaveLength(16 * 12);
    encoder.dispose();
  });

  test('fixed positions are a buffer: those of facebookresearch/mae, and 0 for the class token', () => {
    // util/pos_embed.py, get_2d_sincos_pos_embed(12, 3, cls_token=True)[6]; NumPy 2, rounded.
    const sixth = [0.9092974, 0.0926985, 0.0043089, -0.4161468, 0.9956942, 0.9999907, 0.841471, 0.0463992, 0.0021544, 0.5403023, 0.998923, 0.9999977]; // prettier-ignore
    const encoder = build({ ...small, image: 12, positions: 'sin-cos' });
    expect(encoder.variables().map(({ name }) => name)).not.toContain('encoder/pos_embed');
    const [positions] = encoder.buffers();
    expect([positions?.name, positions?.variable.shape]).toEqual(['encoder/pos_embed', [1, 10, 12]]);
    const values = Array.from(positions?.variable.dataSync() ?? []);
    expect(values.slice(0, 12)).toEqual(Array(12).fill(0));
    sixth.forEach((value, i) => {
      expect(values[6 * 12 + i]).toBeCloseTo(value, 6);
    });
    // They are added: another place, another token.
    tf.tidy(() => {
      const tokens = encoder.tokens(tf.ones([1, 12, 12, 3]), evaluationForward());
      expect(difference(tf.slice(tokens, [0, 1, 0], [1, 1, 12]), tf.slice(tokens, [0, 2, 0], [1, 1, 12]))).toBeGreaterThan(0.01); // prettier-ignore
      const [same, other] = [[12, 12], [24, 12]].map(([h = 0, w = 0]) => encoder.apply(tf.ones([1, h, w, 3]), evaluationForward())); // prettier-ignore
      expect(same?.shape).toEqual(other?.shape);
    });
    encoder.dispose();
  });

  test.each([
    [{ ...small, heads: 5 }, 'heads', /5 heads do not divide the width 12/],
    [{ size: 'small', width: 64 }, 'width', /6 heads do not divide the width 64/],
    [{ ...small, image: 18 }, 'image', /patches of 4 pixels do not divide an image of 18/],
    [{ ...small, mlpRatio: 1.3 }, 'mlpRatio', /15\.6/],
    [{ ...small, classToken: false }, 'pool', /no class token/],
    [{ ...small, width: 18, positions: 'sin-cos' }, 'positions', /4 divides, got 18/],
  ])('refuses %j', (options, key, says) => {
    const told = errorOf(() => vitEncoder.parse(options));
    expect(told).toMatch(/^E_OPTION_INVALID/);
    expect(told).toContain(key);
    expect(told).toMatch(says);
  });

  test('doubts', () => {
    const codes = (image: number, patch: number, ...sizes: number[]): string[] =>
      vitDoubts(vitOptions.parse({ image, patch }), {
        views: sizes.map((size) => ({ count: 2, size, channels: 3 })),
      } as unknown as Parameters<typeof vitDoubts>[1]).map(({ code }) => code);
    expect(codes(224, 16, 224, 96)).toEqual([]);
    expect(codes(224, 16, 32)).toEqual(['W_POSITIONS']);
    expect(codes(32, 4, 32, 18)).toEqual(['W_PATCH_SIZE']);
  });
});

describe('initialisation', () => {
  test("is timm's: linear weights and positions normal with deviation 0.02, the patch map uniform", () => {
    const encoder = build({ ...small, width: 96, image: 32 });
    const deviation = (name: string): number => {
      const values = valuesOf(encoder, name);
      return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    };
    for (const name of [
      'pos_embed',
      ...['attn.qkv', 'attn.proj', 'mlp.fc1', 'mlp.fc2'].map((n) => `blocks.1.${n}.weight`),
    ])
      expect(deviation(name) / 0.02, name).toBeCloseTo(1, 1);
    expect(deviation('cls_token') / 1e-6).toBeGreaterThan(0.7);
    expect(deviation('cls_token') / 1e-6).toBeLessThan(1.3);
    const bound = 1 / Math.sqrt(4 * 4 * 3);
    for (const name of ['patch_embed.proj.weight', 'patch_embed.proj.bias']) {
      const values = valuesOf(encoder, name);
      expect(
        values.every((value) => Math.abs(value) <= bound),
        name,
      ).toBe(true);
      expect(Math.max(...values) / bound, name).toBeGreaterThan(0.8);
    }
    expect(valuesOf(encoder, 'blocks.0.attn.qkv.bias').every((value) => value === 0)).toBe(true);
    expect(valuesOf(encoder, 'norm.weight').every((value) => value === 1)).toBe(true);
    encoder.dispose();
  });
});

describe('tokens', () => {
  test('as many as patches divide an image, and the class token first', () => {
    const encoder = build(small);
    expect(encoder.tokensOf(16, 16)).toBe(16);
    expect(encoder.tokensOf(8, 20)).toBe(10);
    expect(encoder.prefixTokens).toBe(1);
    tf.tidy(() => {
      const tokens = encoder.tokens(pixels(2, 8, 20), evaluationForward());
      expect(tokens.shape).toEqual([2, 11, 12]);
      const features = encoder.apply(pixels(2, 8, 20), evaluationForward());
      expect(difference(tf.squeeze(tf.slice(tokens, [0, 0, 0], [2, 1, 12]), [1]), features)).toBeLessThan(1e-5);
    });
    encoder.dispose();
  });

  test.each([
    [16, 18],
    [15, 16],
    [3, 3],
  ])('patches that do not divide %i x %i pixels are an error that says what would do', (height, width) => {
    const encoder = build(small);
    const x = pixels(1, height, width);
    for (const run of [
      () => encoder.tokensOf(height, width),
      () => encoder.apply(x, evaluationForward()),
      () => encoder.tokens(x, evaluationForward()),
    ])
      expect(errorOf(run)).toBe(`E_PATCH_SIZE patches of 4 x 4 pixels do not divide an image of ${height} x ${width}`);
    x.dispose();
    encoder.dispose();
  });

  test('other channels, and positions to keep for other images, are errors', () => {
    const encoder = build(small);
    tf.tidy(() => {
      expect(errorOf(() => encoder.apply(tf.zeros([1, 16, 16, 1]), evaluationForward()))).toMatch(/^E_INPUT_SHAPE/);
      const keep = tf.tensor2d([[0]], [1, 1], 'int32');
      expect(errorOf(() => encoder.tokens(pixels(2, 16), evaluationForward(), keep))).toMatch(/^E_INPUT_SHAPE/);
    });
    encoder.dispose();
  });

  test('kept patches go in with their positions, each image its own, and the others not at all', () => {
    const encoder = build({ ...small, pool: 'avg' });
    tf.tidy(() => {
      const x = pixels(2, 8, 12);
      const forward = evaluationForward();
      const all = encoder.tokens(x, forward);
      // In another order: attention does not care, the tokens come in that order.
      const orders = [
        [5, 0, 3, 1, 4, 2],
        [2, 1, 0, 3, 5, 4],
      ];
      const shuffled = encoder.tokens(x, forward, tf.tensor2d(orders, [2, 6], 'int32'));
      orders.forEach((order, image) => {
        const places = [0, ...order.map((place) => place + 1)];
        const expected = tf.gather(tf.squeeze(tf.slice(all, [image, 0, 0], [1, 7, 12]), [0]), places);
        expect(difference(tf.squeeze(tf.slice(shuffled, [image, 0, 0], [1, 7, 12]), [0]), expected)).toBeLessThan(1e-5);
      });
      // The pixels of patches that are not kept play no part: here those of the second row of patches.
      const keep = tf.tensor2d([0, 2, 1, 2], [2, 2], 'int32');
      const some = encoder.tokens(x, forward, keep);
      expect(some.shape).toEqual([2, 3, 12]);
      const cut = tf.concat<tf.Tensor4D>([tf.slice(x, [0, 0, 0, 0], [2, 4, 12, 3]), tf.zeros([2, 4, 12, 3])], 1);
      expect(difference(encoder.tokens(cut, forward, keep), some)).toBe(0);
      expect(difference(encoder.tokens(cut, forward), all)).toBeGreaterThan(1e-3);
    });
    encoder.dispose();
  });

  test('gradients go through what is kept', () => {
    const encoder = build(small);
    tf.tidy(() => {
      const x = pixels(2, 16);
      const variables = encoder.variables().map(({ variable }) => variable);
      const everything = tf.tensor2d(
        [...Array(32).keys()].map((i) => i % 16),
        [2, 16],
        'int32',
      );
      const gradients = (keep?: tf.Tensor2D) =>
        tf.variableGrads(
          () => tf.mean<tf.Scalar>(tf.sin(tf.mul(3, encoder.tokens(x, evaluationForward(), keep)))),
          variables,
        ).grads;
      const [kept, plain] = [gradients(everything), gradients()];
      for (const { name, variable } of encoder.variables()) {
        const [a, b] = [kept[variable.name] as tf.Tensor, plain[variable.name] as tf.Tensor];
        expect(difference(a, b), name).toBeLessThan(1e-6);
        expect(tf.max(tf.abs(a)).dataSync()[0], name).toBeGreaterThan(0);
      }
    });
    encoder.dispose();
  });
});

describe('a training step', () => {
  test('leaks nothing, at the size of the positions and at another, with patches kept or dropped', () => {
    const before = tf.memory().numTensors;
    const encoder = build({ ...small, dropPath: 0.3 });
    const built = tf.memory().numTensors;
    for (const size of [16, 8, 12]) {
      const x = pixels(4, size);
      const keep = tf.tensor2d([0, 1, 2, 3, 3, 2, 1, 0], [4, 2], 'int32');
      const updates = new UpdateCollector();
      const forward: Forward = { ...trainingForward(updates), sampleIds: Int32Array.of(7, 3) };
      const { value, grads } = variableGradients(
        () =>
          tf.add<tf.Scalar>(
            tf.mean(tf.sin(encoder.apply(x, forward))),
            tf.mean(tf.sin(encoder.tokens(x, forward, keep))),
          ),
        encoder.variables().map(({ variable }) => variable),
      );
      expect(Object.keys(grads)).toHaveLength(encoder.variables().length);
      updates.commit();
      tf.dispose([value, grads, x, keep]);
      expect(tf.memory().numTensors).toBe(built);
    }
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
