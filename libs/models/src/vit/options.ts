import { z } from 'zod';

/** Whose way of resampling position embeddings to another grid. */
export type Interpolation = 'timm' | 'dino';

const SIZES = {
  tiny: { width: 192, depth: 12, heads: 3 },
  small: { width: 384, depth: 12, heads: 6 },
  base: { width: 768, depth: 12, heads: 12 },
} as const;

/** Options of the `vit` encoder. */
export const vitOptions = z
  .strictObject({
    size: z
      .enum(['tiny', 'small', 'base'])
      .default('small')
      .describe('Width, depth and heads that are not given: tiny 192, 12, 3; small 384, 12, 6; base 768, 12, 12.'),
    width: z.int().positive().optional().describe('Channels of a token; the width of the features.'),
    depth: z.int().positive().optional().describe('Blocks, each attention and MLP.'),
    heads: z.int().positive().optional().describe('Heads of the attention; they divide the width.'),
    patch: z
      .int()
      .positive()
      .default(16)
      .describe('Side of a patch, pixels; it divides the size of every view. 4 for images of 32 pixels.'),
    image: z
      .int()
      .positive()
      .default(224)
      .describe(
        'Side of the images that the position embeddings are learnt for, pixels; for other views they are interpolated.',
      ),
    mlpRatio: z.number().positive().default(4).describe("Width of the MLP's hidden layer over that of a token."),
    qkvBias: z.boolean().default(true).describe('Learn shifts of queries, keys and values.'),
    classToken: z.boolean().default(true).describe('A token of no patch, before the others.'),
    pool: z
      .enum(['token', 'avg'])
      .default('token')
      .describe(
        'Features: token, the class token after the final norm; avg, the mean over the patches, normalised after it (there is no final norm then).',
      ),
    dropPath: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('Share of images that skip the last block in training; it rises linearly from 0 in the first block.'),
    positions: z
      .enum(['learnt', 'sin-cos'])
      .default('learnt')
      .describe('Position embeddings: learnt; sin-cos, fixed sines and cosines of column and row, as MAE has them.'),
    interpolation: z
      .enum(['timm', 'dino'])
      .default('timm')
      .describe(
        'Position embeddings of other sizes: timm, bicubic with antialias, a = -0.5; dino, without, a = -0.75 and 0.1 more in the scale.',
      ),
  })
  .superRefine((options, context) => {
    const invalid = (key: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [key], message });
    };
    const { patch, image, mlpRatio, classToken, pool, positions } = options;
    const { width, heads } = vitShape(options);
    if (width % heads !== 0) {
      const key = options.heads === undefined && options.width !== undefined ? 'width' : 'heads';
      invalid(key, `${String(heads)} heads do not divide the width ${String(width)}`);
    }
    if (positions === 'sin-cos' && width % 4 !== 0)
      invalid('positions', `sin-cos takes a width that 4 divides, got ${String(width)}`);
    if (image % patch !== 0)
      invalid('image', `patches of ${String(patch)} pixels do not divide an image of ${String(image)}`);
    if (!Number.isInteger(width * mlpRatio)) {
      invalid(
        'mlpRatio',
        `times the width ${String(width)} it gives ${String(width * mlpRatio)} channels; expected a whole number`,
      );
    }
    if (pool === 'token' && !classToken)
      invalid('pool', 'there is no class token to take (classToken: false); expected avg');
  });

export type VitOptions = z.output<typeof vitOptions>;

/** What the options come to. */
export interface VitShape {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
}

/** The preset, and what is given instead of its numbers. */
export function vitShape({
  size,
  width = SIZES[size].width,
  depth = SIZES[size].depth,
  heads = SIZES[size].heads,
}: Pick<VitOptions, 'size' | 'width' | 'depth' | 'heads'>): VitShape {
  return { width, depth, heads };
}
