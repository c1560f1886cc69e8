import { afterAll, describe, expect, it } from 'vitest';
import { status, suffix } from '../../testing/compare.ts';
import { describeConvolution } from './convolution.ts';
import type { Convolution } from './convolution.ts';
import { drawConvolution } from './draw-convolution.ts';
import { ConvolutionJudge, describeSetting, settingsOf } from './judge.ts';
import { knownConvolutions } from './known-convolutions.ts';

/** The processors that oneDNN knows and this one can be; `own` is all that it has. */
const SETTINGS = settingsOf(['SSE41', 'AVX2', 'AVX512_CORE', 'own'], [1, 2], ['f32', 'bf16']);
/** A few of those that `npm run hunt:convolutions` draws. */
const DRAWN = Array.from({ length: 30 }, (_, seed) => drawConvolution(seed, { products: 2 ** 20, elements: 2 ** 17 }));

describe.skipIf(!status.available)(`convolutions are right, to the bit, on every instruction set${suffix}`, () => {
  // Writing past a block of memory ends the process, and memory that nobody wrote is NaN.
  const judge = new ConvolutionJudge({ TESSERA_TORCH_GUARD: '1' });
  afterAll(() => {
    judge.stop();
  });

  async function expectRight(convolution: Convolution): Promise<void> {
    const failures = await judge.judge(convolution, SETTINGS);
    expect(
      failures.map(({ setting, wanted, problem }) => `${describeSetting(setting)}, ${wanted}: ${problem}`),
    ).toEqual([]);
  }
  const named = (convolutions: readonly Convolution[]): [string, Convolution][] =>
    convolutions.map((convolution) => [describeConvolution(convolution), convolution]);

  it.each(named(knownConvolutions.pointwise))('filters of one pixel that skip pixels: %s', async (_, convolution) => {
    await expectRight(convolution);
  });
  it.each(named(knownConvolutions.stopsOnce))('strided filters that stop once: %s', async (_, convolution) => {
    await expectRight(convolution);
  });
  it.each(named(knownConvolutions.seesNothing))('taps that see only padding: %s', async (_, convolution) => {
    await expectRight(convolution);
  });
  it.each(named(knownConvolutions.dilated))('dilation: %s', async (_, convolution) => {
    await expectRight(convolution);
  });
  it.each(named(knownConvolutions.volumes))('volumes: %s', async (_, convolution) => {
    await expectRight(convolution);
  });
  it.each(named(knownConvolutions.manyImages))('many images: %s', async (_, convolution) => {
    await expectRight(convolution);
  });
  it.each(named(DRAWN))('drawn: %s', async (_, convolution) => {
    await expectRight(convolution);
  });
});
