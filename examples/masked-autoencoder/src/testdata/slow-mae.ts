/**
 * What facebookresearch/mae's models_mae.py says, line by line, in plain numbers: patches go back to their places before the decoder, which sees and answers
 * all of them, and the mask picks at the end. For one image.
 */
export type Matrix = readonly (readonly number[])[];
/** Weights by the names of ours. */
export type Weights = (name: string) => { readonly shape: readonly number[]; readonly values: readonly number[] };

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const plus = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((value, j) => value + (b[i]?.[j] ?? NaN)));

/** einsum 'nchpwq->nhwpqc'. @param pixel value at row, column, channel */
export function slowPatchify(
  pixel: (row: number, column: number, channel: number) => number,
  height: number,
  width: number,
  side: number,
): number[][] {
  const patches: number[][] = [];
  for (let h = 0; h < height / side; h++) {
    for (let w = 0; w < width / side; w++) {
      const patch: number[] = [];
      for (let p = 0; p < side; p++)
        for (let q = 0; q < side; q++) for (let c = 0; c < 3; c++) patch.push(pixel(h * side + p, w * side + q, c));
      patches.push(patch);
    }
  }
  return patches;
}

/** (target - mean) / (var + 1e-6) ** 0.5 with torch's unbiased var. */
export function slowNormalised(patch: readonly number[]): number[] {
  const centre = mean(patch);
  const variance = sum(patch.map((value) => (value - centre) ** 2)) / (patch.length - 1);
  return patch.map((value) => (value - centre) / (variance + 1e-6) ** 0.5);
}

/** get_2d_sincos_pos_embed of a square grid. */
export function slowPositions(side: number, width: number): number[][] {
  const of = (place: number): number[] => {
    const omega = Array.from({ length: width / 4 }, (_, i) => 1 / 10000 ** (i / (width / 4)));
    return [...omega.map((o) => Math.sin(place * o)), ...omega.map((o) => Math.cos(place * o))];
  };
  const positions: number[][] = [];
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) positions.push([...of(column), ...of(row)]);
  return positions;
}

function linear(weights: Weights, path: string, rows: Matrix): Matrix {
  const { shape, values } = weights(`${path}.weight`);
  const bias = weights(`${path}.bias`).values;
  const [inDim = 0, outDim = 0] = shape;
  return rows.map((row) =>
    Array.from({ length: outDim }, (_, o) => {
      let total = bias[o] ?? NaN;
      for (let i = 0; i < inDim; i++) total += (row[i] ?? NaN) * (values[i * outDim + o] ?? NaN);
      return total;
    }),
  );
}

function norm(weights: Weights, path: string, rows: Matrix): Matrix {
  const [scale, shift] = [weights(`${path}.weight`).values, weights(`${path}.bias`).values];
  return rows.map((row) => {
    const centre = mean(row);
    const deviation = Math.sqrt(mean(row.map((value) => (value - centre) ** 2)) + 1e-6);
    return row.map((value, i) => ((value - centre) / deviation) * (scale[i] ?? NaN) + (shift[i] ?? NaN));
  });
}

/** x Phi(x), Phi by its series: for the small numbers of a test. */
function gelu(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= -(x * x) / (2 * n);
    total += term / (2 * n + 1);
  }
  return x * (0.5 + total / Math.sqrt(2 * Math.PI));
}

function attention(weights: Weights, path: string, rows: Matrix, heads: number): Matrix {
  const qkv = linear(weights, `${path}.qkv`, rows);
  const width = rows[0]?.length ?? 0;
  const size = width / heads;
  const part = (token: number, which: number, head: number): readonly number[] =>
    (qkv[token] ?? []).slice(which * width + head * size, which * width + (head + 1) * size);
  const mixed = rows.map((_, token) =>
    Array.from({ length: heads }, (__, head) => {
      const q = part(token, 0, head);
      const scores = rows.map((___, other) => {
        const k = part(other, 1, head);
        return Math.exp(sum(q.map((value, i) => value * (k[i] ?? NaN))) / Math.sqrt(size));
      });
      const all = sum(scores);
      return q.map((___, i) => sum(scores.map((score, other) => (score / all) * (part(other, 2, head)[i] ?? NaN))));
    }).flat(),
  );
  return linear(weights, `${path}.proj`, mixed);
}

/** The decoder's answers for all patches of one image. @param latent class token, then the kept patches @param restore where each patch is in the shuffled order */
export function slowDecoder(
  weights: Weights,
  latent: Matrix,
  restore: readonly number[],
  { side, depth, heads }: { readonly side: number; readonly depth: number; readonly heads: number },
): Matrix {
  const embedded = linear(weights, 'decoder/embed', latent);
  const token = weights('decoder/mask_token').values;
  const [first = [], ...kept] = embedded;
  const shuffled = [...kept, ...Array.from({ length: restore.length - kept.length }, () => token)];
  const restored = restore.map((place) => shuffled[place] ?? []);
  const width = token.length;
  let x = plus([first, ...restored], [Array<number>(width).fill(0), ...slowPositions(side, width)]);
  for (let i = 0; i < depth; i++) {
    const path = `decoder/blocks.${String(i)}`;
    x = plus(x, attention(weights, `${path}.attn`, norm(weights, `${path}.norm1`, x), heads));
    const hidden = linear(weights, `${path}.mlp.fc1`, norm(weights, `${path}.norm2`, x)).map((row) => row.map(gelu));
    x = plus(x, linear(weights, `${path}.mlp.fc2`, hidden));
  }
  return linear(weights, 'decoder/pred', norm(weights, 'decoder/norm', x)).slice(1);
}

/** (loss * mask).sum() / mask.sum() over all patches of all images, loss the mean over a patch's numbers. */
export function slowLoss(answers: readonly Matrix[], targets: readonly Matrix[], mask: Matrix): number {
  const errors = answers.map((image, n) =>
    image.map((patch, t) => mean(patch.map((value, i) => (value - (targets[n]?.[t]?.[i] ?? NaN)) ** 2))),
  );
  const weighted = errors.map((image, n) => sum(image.map((error, t) => error * (mask[n]?.[t] ?? NaN))));
  return sum(weighted) / sum(mask.map(sum));
}
