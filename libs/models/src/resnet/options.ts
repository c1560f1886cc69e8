import { z } from 'zod';
import { normOptions } from '../layers/norm.ts';

const blockCount = z.int().positive();

/** Options of the `resnet` encoder. Depth and blocks exclude each other, and the channel count must come out whole. */
export const resnetOptions = z
  .strictObject({
    depth: z
      .literal([18, 34, 50, 101, 152])
      .optional()
      .describe(
        'A standard network: 18 and 34 have basic blocks, 50, 101 and 152 bottlenecks. 50 where neither depth nor blocks is given.',
      ),
    blocks: z
      .tuple([blockCount, blockCount, blockCount, blockCount])
      .optional()
      .describe('Blocks in each of the four stages, instead of depth.'),
    block: z
      .enum(['basic', 'bottleneck'])
      .optional()
      .describe('Kind of block where blocks is given: basic unless said otherwise.'),
    width: z
      .int()
      .positive()
      .default(64)
      .describe('Channels of the first stage (before a bottleneck quadruples them); each further stage doubles them.'),
    widthMultiplier: z
      .number()
      .positive()
      .default(1)
      .describe('Multiplies every channel count: 2 and 4 are the x2 and x4 of the papers.'),
    stem: z
      .enum(['imagenet', 'cifar'])
      .default('imagenet')
      .describe('imagenet: 7x7 stride 2 and max pool; cifar: 3x3 stride 1, for images of about 32 pixels.'),
    zeroInitLastGamma: z
      .boolean()
      .default(false)
      .describe("Start each block as the identity: the last batch norm's scale is 0."),
    init: z
      .enum(['torchvision', 'google'])
      .default('torchvision')
      .describe(
        "torchvision: convolutions He-normal over fan out. google: as google-research/simclr, truncated normal with variance 1 / fan in, the stem pools with TensorFlow's padding, and the shortcut of every stage's first block is a convolution (in torchvision's, the first stage of basic blocks has none).",
      ),
    ...normOptions,
  })
  .superRefine(({ depth, blocks, block, width, widthMultiplier }, context) => {
    const invalid = (key: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [key], message });
    };
    if (depth !== undefined && (blocks ?? block) !== undefined) {
      invalid(
        'depth',
        `it already says the blocks, but ${blocks ? 'blocks' : 'block'} is given too; give either depth, or blocks (and block)`,
      );
    }
    const channels = width * widthMultiplier;
    if (!Number.isInteger(channels)) {
      invalid(
        'widthMultiplier',
        `times the width ${String(width)} it gives ${String(channels)} channels; expected a whole number`,
      );
    }
  });

export type ResNetOptions = z.output<typeof resnetOptions>;
export type BlockKind = 'basic' | 'bottleneck';
export type StageBlocks = readonly [number, number, number, number];

/** What the options come to. */
export interface ResNetShape {
  readonly block: BlockKind;
  readonly blocks: StageBlocks;
  /** Channels of the stem and of the first stage (before a bottleneck's expansion). */
  readonly channels: number;
}

const STANDARD: Readonly<Record<18 | 34 | 50 | 101 | 152, { block: BlockKind; blocks: StageBlocks }>> = {
  18: { block: 'basic', blocks: [2, 2, 2, 2] },
  34: { block: 'basic', blocks: [3, 4, 6, 3] },
  50: { block: 'bottleneck', blocks: [3, 4, 6, 3] },
  101: { block: 'bottleneck', blocks: [3, 4, 23, 3] },
  152: { block: 'bottleneck', blocks: [3, 8, 36, 3] },
};

/** The network that valid options describe. */
export function resnetShape({ depth, blocks, block, width, widthMultiplier }: ResNetOptions): ResNetShape {
  const channels = width * widthMultiplier;
  return blocks
    ? { block: block ?? 'basic', blocks, channels }
    : { ...STANDARD[depth ?? 50], ...(block && { block }), channels };
}
