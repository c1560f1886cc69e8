/** What tf.profile tells of a kernel call. */
export interface KernelShapes {
  readonly name: string;
  readonly inputShapes: readonly (readonly number[] | null)[];
  readonly outputShapes: readonly (readonly number[])[];
}

const size = (shape: readonly number[] | null | undefined): number =>
  shape ? shape.reduce((product, length) => product * length, 1) : 0;

/**
 * Multiplications of a kernel call, each with its addition: those of convolutions (standard and their two gradients), of matrix products and of attention.
 * All other kernels count as none: in an encoder they are below one percent.
 */
export function multiplications({ name, inputShapes, outputShapes }: KernelShapes): number {
  const [first, second] = inputShapes;
  const [out] = outputShapes;
  switch (name) {
    case 'Conv2D':
    case 'FusedConv2D': // x, filter [kh, kw, in, out]
      return (size(out) * size(second)) / (second?.at(-1) ?? 1);
    case 'Conv2DBackpropInput': // dy, filter
      return (size(first) * size(second)) / (second?.at(-1) ?? 1);
    case 'Conv2DBackpropFilter': // x, dy -> filter
      return (size(second) * size(out)) / (out?.at(-1) ?? 1);
    case 'BatchMatMul':
    case '_FusedMatMul': // [..., M, K] x [..., K, P]: M K P = sqrt(MK * KP * MP), whichever operand is transposed
      return Math.sqrt(size(first) * size(second) * size(out)) / Math.sqrt(stack(out));
    case 'TesseraAttention': // qkv [B, T, 3 D]: scores of every pair, and their weighted sums
      return (2 * size(first) * (first?.[1] ?? 1)) / 3;
    case 'TesseraAttentionGrad': // dy [B, T, D]: two products for each of those; that some are computed again does not count
      return 4 * size(first) * (first?.[1] ?? 1);
    default:
      return 0;
  }
}

/** Matrices in a stack; the stacks of the three are the same size here. */
function stack(shape: readonly number[] | undefined): number {
  return size(shape?.slice(0, -2));
}
