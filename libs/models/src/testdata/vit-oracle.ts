import { readFileSync } from 'node:fs';

/** One network of `vit.json`; the file's `source` says how its weights and images are made. */
export interface VitCase {
  readonly batch: number;
  readonly mlpRatio: number;
  readonly qkvBias: boolean;
  readonly classToken: boolean;
  readonly pool: 'token' | 'avg';
  readonly image: number;
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly imageSize: readonly [height: number, width: number];
  readonly noiseSeed: number;
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly scale: number;
    readonly offset: number;
  }[];
  readonly tokens: Nested;
  readonly pooled: Nested;
  readonly sumSquares: number;
  readonly weightedLoss: number;
  readonly gradNormsSumSquares: Readonly<Record<string, number>>;
  readonly gradNormsWeighted: Readonly<Record<string, number>>;
}

/** A table of position embeddings, class token included, before and after. */
export interface PositionCase {
  readonly method: 'timm' | 'dino';
  readonly gridBefore: readonly [number, number];
  readonly gridAfter: readonly [number, number];
  readonly prefixTokens: number;
  readonly input: readonly (readonly number[])[];
  readonly output: readonly (readonly number[])[];
  readonly rowWeights: readonly (readonly number[])[];
}

export interface VitOracle {
  readonly hashCheck: { readonly k: number; readonly values: readonly number[]; readonly k7: readonly number[] };
  readonly cases: readonly VitCase[];
  readonly posEmbed: readonly PositionCase[];
}

type Nested = number | readonly Nested[];

export function readVitOracle(): VitOracle {
  return JSON.parse(readFileSync(new URL('./vit.json', import.meta.url), 'utf8')) as VitOracle;
}

/** Options of the `vit` encoder. */
export function vitOracleOptions({ mlpRatio, qkvBias, classToken, pool, image, patch, width, depth, heads }: VitCase) {
  return { mlpRatio, qkvBias, classToken, pool, image, patch, width, depth, heads };
}

/** What the network is called in reports. */
export function vitOracleName({ pool, image, imageSize, patch, width, depth, heads, classToken }: VitCase): string {
  const pixels = `${imageSize.join(' x ')} pixels, positions of ${String(image)}, patches of ${String(patch)}`;
  const pooled = classToken ? pool : `${pool}, no class token`;
  return `${pixels}, width ${String(width)}, depth ${String(depth)}, heads ${String(heads)}, ${pooled}`;
}

/** Number i of stream k, in [-1, 1), exact in float32. */
export function noise(k: number, i: number): number {
  let h = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(k + 1, 0x85ebca77);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 12;
  h = Math.imul(h, 0x297a2d39);
  h ^= h >>> 15;
  return (h >>> 20) / 2048 - 1;
}

export function noises(k: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => noise(k, i));
}

/** Tensor n of the state dict, in torch's layout. */
export function vitOracleTensor({ noiseSeed, tensors }: VitCase, n: number): Float32Array {
  const { shape, scale, offset } = tensors[n] ?? { shape: [], scale: NaN, offset: NaN };
  return noises(
    noiseSeed + n,
    shape.reduce((a, b) => a * b, 1),
  ).map((value) => offset + scale * value);
}

/** The images, NCHW. */
export function vitOracleImages({ noiseSeed, batch, imageSize: [height, width] }: VitCase): {
  readonly values: Float32Array;
  readonly shape: [number, number, number, number];
} {
  return { values: noises(noiseSeed + 99, batch * 3 * height * width), shape: [batch, 3, height, width] };
}

/** What the weighted loss multiplies the features with, row by row. */
export function vitOracleWeights({ noiseSeed, batch, width }: VitCase): Float32Array {
  return noises(noiseSeed + 98, batch * width);
}
