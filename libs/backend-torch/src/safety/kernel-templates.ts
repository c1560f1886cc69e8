/**
 * A sensible call of every kernel, from which the property tests start. One line a kernel, a table: a kernel that is registered
 * and has no line here fails the test by name. Lines of kernels that this backend does not have (yet) do no harm.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as k from '../kernel-specs.ts';
import type { Draw, Template } from './draws.ts';
import type { TensorPlan } from './fuzz-case.ts';

type Make = (d: Draw) => Template;
type Shape = readonly number[];

const plan =
  (dtype: TensorPlan['dtype'], fill: TensorPlan['fill']) =>
  (shape: Shape): TensorPlan => ({ shape, dtype, fill, state: 'plain' });
const f = plan('float32', 'ramp');
const positive = plan('float32', 'one');
const i = plan('int32', 'index');
const one = plan('int32', 'one');
const ascending = plan('int32', 'ascending');
const b = plan('bool', 'index');
const text = plan('string', 'index');
const complex = plan('complex64', 'ramp');

const x: Make = ({ s }) => ({ inputs: { x: f(s) } });
const xBool: Make = ({ s }) => ({ inputs: { x: b(s) } });
const ab: Make = ({ s, yes }) => ({ inputs: { a: f(s), b: f(yes ? s : s.slice(1)) } });
const abInt: Make = ({ s, yes }) => ({ inputs: { a: i(s), b: i(yes ? s : s.slice(1)) } });
const abBool: Make = ({ s }) => ({ inputs: { a: b(s), b: b(s) } });
const inAxis = ({ s, axis }: Draw): number => (s.length === 0 ? 0 : axis % s.length);
const reduce =
  (name: string, input: (shape: Shape) => TensorPlan = f): Make =>
  (d) => ({
    inputs: { x: input(d.s) },
    attrs: { [name]: d.s.length === 0 ? [] : d.yes ? [inAxis(d)] : d.s.map((_, j) => j), keepDims: d.no },
  });
const scan: Make = (d) => ({
  inputs: { x: f([...d.s, d.n]) },
  attrs: { axis: d.s.length, exclusive: d.yes, reverse: d.no },
});
const along =
  (attr: string, input = 'x'): Make =>
  (d) => ({ inputs: { [input]: f([...d.s, d.n]) }, attrs: { [attr]: d.axis % (d.s.length + 1) } });
const alongLast =
  (attr: string, input: string): Make =>
  (d) => ({ inputs: { [input]: f([...d.s, d.n]) }, attrs: { [attr]: d.s.length } });

const image = ({ n, h, w, c }: Draw): Shape => [n, h + 2, w + 2, c];
const volume = ({ n, h, w, c, m }: Draw): Shape => [n, h + 1, w + 1, m + 1, c];
/** What a window of `size` leaves of the image's axis 1 or 2 under the drawn padding. */
const out = (length: number, axis: 1 | 2, { k, pad, stride }: Draw): number => {
  if (pad === 'same') return Math.ceil(length / stride);
  const around = Array.isArray(pad) ? (pad as number[][])[axis] : undefined;
  const [before = 0, after = 0] = around ?? (typeof pad === 'number' ? [pad, pad] : []);
  return Math.max(0, Math.floor((length + before + after - k) / stride) + 1);
};
const grid = (d: Draw): number[] => [out(d.h + 2, 1, d), out(d.w + 2, 2, d)];
const geometry = (d: Draw): Record<string, unknown> => ({
  strides: [d.stride, d.stride],
  pad: d.pad,
  dataFormat: 'NHWC',
  dilations: d.stride > 1 ? [1, 1] : [d.dilation, d.dilation],
});
const gradGeometry = (d: Draw): Record<string, unknown> => ({ ...geometry(d), dilations: [1, 1] });
const geometry3 = (d: Draw): Record<string, unknown> => ({
  strides: [d.stride, d.stride, d.stride],
  pad: d.yes ? 'same' : 'valid',
  dataFormat: 'NDHWC',
  dilations: [1, 1, 1],
});
const pool = (d: Draw): Record<string, unknown> => ({
  filterSize: [d.k, d.k],
  strides: [d.stride, d.stride],
  pad: d.pad,
});
const pool3 = (d: Draw): Record<string, unknown> => ({
  filterSize: [d.k, d.k, d.k],
  strides: [d.stride, d.stride, d.stride],
  pad: d.yes ? 'same' : 'valid',
  dataFormat: 'NDHWC',
});
const grid3 = (d: Draw): number[] =>
  [d.h + 1, d.w + 1, d.m + 1].map((length) => Math.max(0, Math.ceil((d.yes ? length : length - d.k + 1) / d.stride)));
const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'];
const fusedAttrs = (d: Draw): Record<string, unknown> => ({
  activation: ACTIVATIONS[d.pick % ACTIVATIONS.length],
  leakyreluAlpha: 0.1,
});
const boxes = (d: Draw): Record<string, TensorPlan> => ({ boxes: f([d.n, 4]), scores: f([d.n]) });
const suppression = (d: Draw): Record<string, unknown> => ({
  maxOutputSize: d.k,
  iouThreshold: 0.5,
  scoreThreshold: 0,
  padToMaxOutputSize: d.yes,
  softNmsSigma: d.no ? 0.5 : 0,
});
const resize = (d: Draw): Record<string, unknown> => ({
  size: [d.m, d.k],
  alignCorners: d.yes,
  halfPixelCenters: !d.yes && d.no,
});
const bn = (d: Draw): Record<string, unknown> => ({ epsilon: 1e-5, relu: d.yes, residual: d.no });
const list = (letters: readonly string[], shape: Shape, count: number): Record<string, TensorPlan> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, j) => letters.map((l) => [`${l}${String(j)}`, f(shape)] as const)).flat(),
  );
const layerwise = (count: number, yes: boolean): Record<string, unknown> => ({
  count,
  learningRate: 0.1,
  momentum: 0.9,
  trustCoefficient: 0.001,
  weightDecay: Array(count).fill(0.1) as number[],
  adapted: Array(count).fill(yes) as boolean[],
});
/** Of one process, of one that gathers nevertheless, or of two. */
const embeddings = (d: Draw): Record<string, TensorPlan> => ({
  u: f([2 * d.n, d.c]),
  ...(d.no ? { all: f([2 * d.n * (d.yes ? 2 : 1), d.c]) } : {}),
});
const segments: Make = (d) => ({
  inputs: { data: f([d.n, d.c]), indices: plan('int32', 'zero')([d.m]), segmentIds: plan('int32', 'zero')([d.m]) },
});

/** By the kernel's name. */
export const kernelTemplates: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(
    [tf.Abs, tf.Acos, tf.Acosh, tf.Asin, tf.Asinh, tf.Atan, tf.Atanh, tf.Ceil, tf.Cos, tf.Cosh, tf.Elu, tf.Erf, tf.Exp, tf.Expm1, tf.Floor,
      tf.Identity, tf.IsFinite, tf.IsInf, tf.IsNan, tf.Log, tf.Log1p, tf.Neg, tf.OnesLike, tf.Reciprocal, tf.Relu, tf.Relu6, tf.Round,
      tf.Rsqrt, tf.Selu, tf.Sigmoid, tf.Sign, tf.Sin, tf.Sinh, tf.Softplus, tf.Sqrt, tf.Square, tf.Tan, tf.Tanh, tf.ZerosLike, tf.Diag,
      k.TESSERA_TO_FLOAT32].map((name) => [name, x]),
  ), // prettier-ignore
  ...Object.fromEntries(
    [tf.Add, tf.Atan2, tf.Equal, tf.FloorDiv, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual, tf.Maximum, tf.Minimum, tf.Mod,
      tf.Multiply, tf.NotEqual, tf.Pow, tf.RealDiv, tf.SquaredDifference, tf.Sub].map((name) => [name, ab]),
  ), // prettier-ignore
  [tf.LogicalAnd]: abBool,
  [tf.LogicalOr]: abBool,
  [tf.LogicalXor]: abBool,
  [tf.LogicalNot]: xBool,
  [tf.BitwiseAnd]: abInt,
  BitwiseOr: abInt,
  BitwiseXor: abInt,
  [tf.AddN]: ({ s, k: count }) => ({
    inputs: Object.fromEntries(Array.from({ length: count }, (_, j) => [String(j), f(s)])),
  }),
  [tf.Prelu]: ({ s }) => ({ inputs: { x: f(s), alpha: f(s.slice(1)) } }),
  [tf.EluGrad]: ({ s }) => ({ inputs: { dy: f(s), y: f(s) } }),
  [tf.LeakyRelu]: ({ s, real }) => ({ inputs: { x: f(s) }, attrs: { alpha: real } }),
  [tf.Step]: ({ s, real }) => ({ inputs: { x: f(s) }, attrs: { alpha: real } }),
  [tf.ClipByValue]: ({ s, real }) => ({ inputs: { x: f(s) }, attrs: { clipValueMin: -1, clipValueMax: real } }),
  [tf.Select]: ({ s, yes }) => ({ inputs: { condition: b(yes ? s : s.slice(0, 1)), t: f(s), e: f(s) } }),
  [tf.Cast]: ({ s, pick }) => ({
    inputs: { x: f(s) },
    attrs: { dtype: ['float32', 'int32', 'bool', 'complex64'][pick % 4] },
  }),
  [tf.Sum]: reduce('axis'),
  [tf.Mean]: reduce('axis'),
  [tf.Prod]: reduce('axis'),
  [tf.Max]: reduce('reductionIndices'),
  [tf.Min]: reduce('axis'),
  [tf.All]: reduce('axis', b),
  [tf.Any]: reduce('axis', b),
  [tf.ArgMax]: along('axis'),
  [tf.ArgMin]: along('axis'),
  [tf.Cumsum]: scan,
  [tf.Cumprod]: scan,
  [tf.Softmax]: alongLast('dim', 'logits'),
  [tf.LogSoftmax]: alongLast('axis', 'logits'),
  [tf.TopK]: (d) => ({ inputs: { x: f([...d.s, d.n + 3]) }, attrs: { k: d.k, sorted: d.yes } }),
  [tf.Bincount]: (d) => ({ inputs: { x: i([d.n]), weights: d.yes ? f([d.n]) : i([0]) }, attrs: { size: d.m } }),
  [tf.DenseBincount]: (d) => ({
    inputs: { x: i(d.no ? [d.n] : [d.m, d.n]), weights: d.yes ? f(d.no ? [d.n] : [d.m, d.n]) : i([0]) },
    attrs: { size: d.m, binaryOutput: d.no },
  }),
  [tf.Unique]: along('axis'),
  [tf.LowerBound]: (d) => ({ inputs: { sortedSequence: f([d.n, d.m]), values: f([d.n, d.c]) } }),
  [tf.UpperBound]: (d) => ({ inputs: { sortedSequence: f([d.n, d.m]), values: f([d.n, d.c]) } }),
  [tf.SearchSorted]: (d) => ({
    inputs: { sortedSequence: f([d.n, d.m]), values: f([d.n, d.c]) },
    attrs: { side: d.yes ? 'left' : 'right' },
  }),

  [tf.Reshape]: ({ s, yes }) => ({ inputs: { x: f(s) }, attrs: { shape: yes ? [-1] : [...s].reverse() } }),
  [tf.ExpandDims]: (d) => ({ inputs: { input: f(d.s) }, attrs: { dim: inAxis(d) } }),
  [tf.Transpose]: ({ s }) => ({ inputs: { x: f(s) }, attrs: { perm: s.map((_, j) => s.length - 1 - j) } }),
  [tf.BroadcastTo]: ({ s, n }) => ({ inputs: { x: f(s) }, attrs: { shape: [n, ...s], inputShape: s } }),
  [tf.BroadcastArgs]: ({ n }) => ({ inputs: { s0: one([n]), s1: one([n]) } }),
  [tf.Tile]: ({ s, k: reps }) => ({ inputs: { x: f(s) }, attrs: { reps: s.map(() => reps) } }),
  [tf.Reverse]: (d) => ({ inputs: { x: f(d.s) }, attrs: { dims: d.s.length === 0 ? [] : [inAxis(d)] } }),
  [tf.Concat]: (d) => ({ inputs: { 0: f([d.n, ...d.s]), 1: f([d.m, ...d.s]) }, attrs: { axis: 0 } }),
  [tf.Pack]: (d) => ({ inputs: { 0: f(d.s), 1: f(d.s) }, attrs: { axis: inAxis(d) } }),
  [tf.Unpack]: along('axis', 'value'),
  [tf.SplitV]: (d) => ({
    inputs: { x: f([d.n * d.k, ...d.s]) },
    attrs: { numOrSizeSplits: d.yes ? d.k : [d.n, -1], axis: 0 },
  }),
  [tf.Slice]: ({ s }) => ({
    inputs: { x: f(s) },
    attrs: { begin: s.map((size) => Math.min(1, size)), size: s.map(() => -1) },
  }),
  [tf.StridedSlice]: ({ s, stride, yes, pick }) => ({
    inputs: { x: f(s) },
    attrs: {
      begin: s.map(() => (yes ? 0 : -1)),
      end: s.map((size) => (yes ? size : -size - 1)),
      strides: s.map(() => (yes ? stride : -stride)),
      beginMask: pick % 4,
      endMask: pick % 3,
      ellipsisMask: 0,
      newAxisMask: pick > 20 ? 1 : 0,
      shrinkAxisMask: pick === 20 ? 1 : 0,
    },
  }),
  [tf.PadV2]: ({ s, k: width, real }) => ({
    inputs: { x: f(s) },
    attrs: { paddings: s.map(() => [width, 1]), constantValue: real },
  }),
  [tf.MirrorPad]: ({ s, yes }) => ({
    inputs: { x: f(s) },
    attrs: { paddings: s.map((size) => [Math.max(0, size - 1), 0]), mode: yes ? 'reflect' : 'symmetric' },
  }),
  [tf.SpaceToBatchND]: (d) => ({
    inputs: { x: f([d.n, d.h * d.k, d.w * d.k, d.c]) },
    attrs: {
      blockShape: [d.k, d.k],
      paddings: [
        [0, 0],
        [0, 0],
      ],
    },
  }),
  [tf.BatchToSpaceND]: (d) => ({
    inputs: { x: f([d.n * d.k * d.k, d.h, d.w, d.c]) },
    attrs: {
      blockShape: [d.k, d.k],
      crops: [
        [0, 0],
        [0, 0],
      ],
    },
  }),
  [tf.DepthToSpace]: (d) => ({
    inputs: { x: f([d.n, d.h, d.w, d.c * (d.k + 1) ** 2]) },
    attrs: { blockSize: d.k + 1, dataFormat: 'NHWC' },
  }),
  [tf.MatrixBandPart]: (d) => ({ inputs: { input: f([d.n, d.h, d.w]), numLower: one([]), numUpper: one([]) } }),

  [tf.Fill]: ({ s, real, yes }) => ({
    inputs: {},
    attrs: { shape: s, value: yes ? real : 'text', dtype: yes ? 'float32' : 'string' },
  }),
  [tf.Range]: ({ n, real }) => ({
    inputs: {},
    attrs: { start: 0, stop: n, step: real > 1e9 || real < 1e-3 ? 1 : real, dtype: 'float32' },
  }),
  [tf.LinSpace]: ({ n }) => ({ inputs: {}, attrs: { start: 0, stop: 1, num: n } }),
  [tf.OneHot]: ({ s, n, real }) => ({
    inputs: { indices: i(s) },
    attrs: { depth: n, onValue: 1, offValue: real, dtype: 'float32' },
  }),
  [tf.Multinomial]: ({ n, m, yes }) => ({
    inputs: { logits: positive([n, m]) },
    attrs: { numSamples: 3, seed: 0.5, normalized: yes },
  }),

  [tf.GatherV2]: (d) => ({
    inputs: { x: f([d.n + 3, d.h + 3, ...d.s]), indices: i(d.yes ? [d.n + 3, d.m] : [d.m]) },
    attrs: { axis: d.yes ? 1 : 0, batchDims: d.yes ? 1 : 0 },
  }),
  [tf.GatherNd]: (d) => ({ inputs: { params: f([d.n + 3, d.h + 3, d.c]), indices: i([d.m, d.k]) } }),
  [tf.ScatterNd]: (d) => ({ inputs: { indices: i([d.n, 1]), updates: f([d.n, d.c]) }, attrs: { shape: [4, d.c] } }),
  [tf.TensorScatterUpdate]: (d) => ({ inputs: { tensor: f([4, d.c]), indices: i([d.n, 1]), updates: f([d.n, d.c]) } }),
  [tf.UnsortedSegmentSum]: (d) => ({
    inputs: { x: f([d.n, ...d.s]), segmentIds: i([d.n]) },
    attrs: { numSegments: d.m },
  }),
  [tf.SparseToDense]: (d) => ({
    inputs: { sparseIndices: i([d.n]), sparseValues: f([d.n]), defaultValue: f([]) },
    attrs: { outputShape: [4] },
  }),
  [tf.SparseFillEmptyRows]: (d) => ({
    inputs: {
      indices: plan('int32', d.yes ? 'zero' : 'index')([d.n, 2]),
      values: f([d.n]),
      denseShape: plan('int32', d.yes ? 'one' : 'thousands')([2]),
      defaultValue: f([]),
    },
  }),
  [tf.SparseReshape]: (d) => ({
    inputs: { inputIndices: plan('int32', 'zero')([d.n, 2]), inputShape: one([2]), newShape: one([d.k]) },
  }),
  [tf.SparseSegmentMean]: segments,
  [tf.SparseSegmentSum]: segments,
  [tf.RaggedGather]: (d) => ({
    inputs: {
      ...(d.yes ? { 'paramsNestedSplits[0]': ascending([2]), 'paramsNestedSplits[1]': ascending([d.n + 3]) } : {}),
      ...(d.yes ? {} : { 'paramsNestedSplits[0]': ascending([d.n + 3]) }),
      paramsDenseValues: f([d.n + 4, ...d.s]),
      indices: plan('int32', d.yes ? 'zero' : 'index')([d.m]),
    },
    attrs: { outputRaggedRank: d.yes ? 2 : 1 },
  }),
  [tf.RaggedRange]: (d) => ({ inputs: { starts: i([d.n]), limits: i([d.n]), deltas: one([d.n]) } }),
  [tf.RaggedTensorToTensor]: (d) => ({
    inputs: {
      shape: plan('int32', d.also ? 'negative' : 'one')(d.also ? [] : [2 + d.s.length]),
      values: f([d.n, ...d.s]),
      defaultValue: f(d.no ? [] : d.s),
      'rowPartitionTensors[0]': d.yes ? ascending([d.n + 1]) : one([]),
      ...(d.yes ? {} : { 'rowPartitionTensors[1]': plan('int32', 'zero')([d.n]) }),
    },
    attrs: { rowPartitionTypes: d.yes ? ['ROW_SPLITS'] : ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'] },
  }),

  [tf.ResizeBilinear]: (d) => ({ inputs: { images: f(image(d)) }, attrs: resize(d) }),
  [tf.ResizeNearestNeighbor]: (d) => ({ inputs: { images: f(image(d)) }, attrs: resize(d) }),
  [tf.ResizeBilinearGrad]: (d) => ({
    inputs: { images: f(image(d)), dy: f([d.n, d.m, d.k, d.c]) },
    attrs: { alignCorners: d.yes, halfPixelCenters: false },
  }),
  [tf.ResizeNearestNeighborGrad]: (d) => ({
    inputs: { images: f(image(d)), dy: f([d.n, d.m, d.k, d.c]) },
    attrs: { alignCorners: d.yes, halfPixelCenters: false },
  }),
  [tf.CropAndResize]: (d) => ({
    inputs: { image: f(image(d)), boxes: f([d.m, 4]), boxInd: plan('int32', 'zero')([d.m]) },
    attrs: { cropSize: [d.k, d.k], method: d.yes ? 'bilinear' : 'nearest', extrapolationValue: 0 },
  }),
  [tf.FlipLeftRight]: (d) => ({ inputs: { image: f(image(d)) } }),
  [tf.RotateWithOffset]: (d) => ({
    inputs: { image: f(image(d)) },
    attrs: { radians: d.real, fillValue: 0, center: 0.5 },
  }),
  [tf.Transform]: (d) => ({
    inputs: { image: f(image(d)), transforms: f([d.yes ? d.n : 1, 8]) },
    attrs: {
      interpolation: d.no ? 'nearest' : 'bilinear',
      fillMode: ['constant', 'reflect', 'wrap', 'nearest'][d.pick % 4],
      fillValue: 0,
      outputShape: [d.k, d.k],
    },
  }),
  [tf.NonMaxSuppressionV3]: (d) => ({ inputs: boxes(d), attrs: suppression(d) }),
  [tf.NonMaxSuppressionV4]: (d) => ({ inputs: boxes(d), attrs: suppression(d) }),
  [tf.NonMaxSuppressionV5]: (d) => ({ inputs: boxes(d), attrs: suppression(d) }),
  [tf.LRN]: (d) => ({ inputs: { x: f(image(d)) }, attrs: { depthRadius: d.k, bias: 1, alpha: 1, beta: 0.5 } }),
  [tf.LRNGrad]: (d) => ({
    inputs: { x: f(image(d)), y: f(image(d)), dy: f(image(d)) },
    attrs: { depthRadius: d.k, bias: 1, alpha: 1, beta: 0.5 },
  }),
  [tf.Dilation2D]: (d) => ({
    inputs: { x: f(image(d)), filter: f([d.k, d.k, d.c]) },
    attrs: { strides: [d.stride, d.stride], pad: d.yes ? 'same' : 'valid', dilations: [1, 1] },
  }),
  [tf.Dilation2DBackpropInput]: (d) => ({
    inputs: { x: f(image(d)), filter: f([1, 1, d.c]), dy: f(image(d)) },
    attrs: { strides: [1, 1], pad: 'same', dilations: [1, 1] },
  }),
  [tf.Dilation2DBackpropFilter]: (d) => ({
    inputs: { x: f(image(d)), filter: f([1, 1, d.c]), dy: f(image(d)) },
    attrs: { strides: [1, 1], pad: 'same', dilations: [1, 1] },
  }),

  [tf.Conv2D]: (d) => ({ inputs: { x: f(image(d)), filter: f([d.k, d.k, d.c, d.m]) }, attrs: geometry(d) }),
  [tf.FusedConv2D]: (d) => ({
    inputs: {
      x: f(image(d)),
      filter: f([d.k, d.k, d.c, d.m]),
      ...(d.yes ? { bias: f([d.m]) } : {}),
      ...(d.no ? { preluActivationWeights: f([d.m]) } : {}),
    },
    attrs: { ...geometry(d), ...fusedAttrs(d) },
  }),
  [tf.Conv2DBackpropInput]: (d) => ({
    inputs: { dy: f([d.n, ...grid(d), d.m]), filter: f([d.k, d.k, d.c, d.m]) },
    attrs: { ...gradGeometry(d), inputShape: image(d) },
  }),
  [tf.Conv2DBackpropFilter]: (d) => ({
    inputs: { x: f(image(d)), dy: f([d.n, ...grid(d), d.m]) },
    attrs: { ...gradGeometry(d), filterShape: [d.k, d.k, d.c, d.m] },
  }),
  [tf.DepthwiseConv2dNative]: (d) => ({
    inputs: { x: f(image(d)), filter: f([d.k, d.k, d.c, d.m]) },
    attrs: geometry(d),
  }),
  [tf.FusedDepthwiseConv2D]: (d) => ({
    inputs: { x: f(image(d)), filter: f([d.k, d.k, d.c, d.m]), ...(d.yes ? { bias: f([d.c * d.m]) } : {}) },
    attrs: { ...geometry(d), ...fusedAttrs(d) },
  }),
  [tf.DepthwiseConv2dNativeBackpropInput]: (d) => ({
    inputs: { dy: f([d.n, ...grid(d), d.c * d.m]), filter: f([d.k, d.k, d.c, d.m]) },
    attrs: { ...gradGeometry(d), inputShape: image(d) },
  }),
  [tf.DepthwiseConv2dNativeBackpropFilter]: (d) => ({
    inputs: { x: f(image(d)), dy: f([d.n, ...grid(d), d.c * d.m]) },
    attrs: { ...gradGeometry(d), filterShape: [d.k, d.k, d.c, d.m] },
  }),
  [tf.Conv3D]: (d) => ({ inputs: { x: f(volume(d)), filter: f([d.k, d.k, d.k, d.c, d.m]) }, attrs: geometry3(d) }),
  [tf.Conv3DBackpropInputV2]: (d) => ({
    inputs: { dy: f([d.n, ...grid3(d), d.m]), filter: f([d.k, d.k, d.k, d.c, d.m]) },
    attrs: { ...geometry3(d), inputShape: volume(d) },
  }),
  [tf.Conv3DBackpropFilterV2]: (d) => ({
    inputs: { x: f(volume(d)), dy: f([d.n, ...grid3(d), d.m]) },
    attrs: { ...geometry3(d), filterShape: [d.k, d.k, d.k, d.c, d.m] },
  }),
  [tf.MaxPool]: (d) => ({ inputs: { x: f(image(d)) }, attrs: pool(d) }),
  [tf.AvgPool]: (d) => ({ inputs: { x: f(image(d)) }, attrs: pool(d) }),
  [tf.MaxPoolGrad]: (d) => ({
    inputs: { dy: f([d.n, ...grid(d), d.c]), input: f(image(d)), output: f([d.n, ...grid(d), d.c]) },
    attrs: pool(d),
  }),
  [tf.AvgPoolGrad]: (d) => ({ inputs: { dy: f([d.n, ...grid(d), d.c]), input: f(image(d)) }, attrs: pool(d) }),
  [tf.MaxPoolWithArgmax]: (d) => ({
    inputs: { x: f(image(d)) },
    attrs: { ...pool(d), pad: 'same', includeBatchInIndex: d.no },
  }),
  [tf.MaxPool3D]: (d) => ({ inputs: { x: f(volume(d)) }, attrs: pool3(d) }),
  [tf.AvgPool3D]: (d) => ({ inputs: { x: f(volume(d)) }, attrs: pool3(d) }),
  [tf.MaxPool3DGrad]: (d) => ({
    inputs: { dy: f([d.n, ...grid3(d), d.c]), input: f(volume(d)), output: f([d.n, ...grid3(d), d.c]) },
    attrs: pool3(d),
  }),
  [tf.AvgPool3DGrad]: (d) => ({ inputs: { dy: f([d.n, ...grid3(d), d.c]), input: f(volume(d)) }, attrs: pool3(d) }),

  [tf.BatchMatMul]: (d) => ({
    inputs: { a: f([...d.s.slice(0, 2), d.n, d.m]), b: f([...d.s.slice(0, 2), d.yes ? d.c : d.m, d.yes ? d.m : d.c]) },
    attrs: { transposeA: false, transposeB: d.yes },
  }),
  [tf._FusedMatMul]: (d) => ({
    inputs: {
      a: f([d.n, d.m]),
      b: f([d.m, d.c]),
      ...(d.yes ? { bias: f([d.c]) } : {}),
      ...(d.no ? { preluActivationWeights: f([d.c]) } : {}),
    },
    attrs: { transposeA: false, transposeB: false, ...fusedAttrs(d) },
  }),
  [tf.Einsum]: (d) => ({
    inputs: { 0: f([d.n, d.m]), 1: f([d.m, d.c]) },
    attrs: { equation: d.yes ? 'ij,jk->ik' : 'ij,jk->' },
  }),
  [tf.FusedBatchNorm]: (d) => ({
    inputs: { x: f([...d.s, d.c]), mean: f([d.c]), variance: positive([d.c]), scale: f([d.c]), offset: f([d.c]) },
    attrs: { varianceEpsilon: 1e-3 },
  }),

  [tf.Complex]: ({ s }) => ({ inputs: { real: f(s), imag: f(s) } }),
  [tf.ComplexAbs]: ({ s }) => ({ inputs: { x: complex(s) } }),
  [tf.Real]: ({ s }) => ({ inputs: { input: complex(s) } }),
  [tf.Imag]: ({ s }) => ({ inputs: { input: complex(s) } }),
  [tf.FFT]: (d) => ({ inputs: { input: complex([d.n, d.m]) } }),
  [tf.IFFT]: (d) => ({ inputs: { input: complex([d.n, d.m]) } }),
  [tf.StringNGrams]: (d) => ({
    inputs: { data: text([d.n]), dataSplits: ascending([d.n + 1]) },
    attrs: {
      separator: '|',
      nGramWidths: [d.k, d.m],
      leftPad: 'left',
      rightPad: '',
      padWidth: d.no ? -1 : d.k,
      preserveShortSequences: d.yes,
    },
  }),
  [tf.StringSplit]: (d) => ({ inputs: { input: text([d.n]), delimiter: text([]) }, attrs: { skipEmpty: d.yes } }),
  [tf.StringToHashBucketFast]: (d) => ({ inputs: { input: text(d.s) }, attrs: { numBuckets: d.n } }),
  [tf.StaticRegexReplace]: (d) => ({
    inputs: { x: text(d.s) },
    attrs: { pattern: '[0-9]', rewrite: 'x', replaceGlobal: d.yes },
  }),
  [tf.FromPixels]: () => ({ inputs: {}, attrs: { numChannels: 3 } }),
  [tf.Draw]: (d) => ({ inputs: { image: f([d.h, d.w, 3]) }, attrs: {} }),

  [k.TESSERA_BATCH_NORM_TRAIN]: (d) => ({
    inputs: { x: f([...d.s, d.c]), gamma: f([d.c]), beta: f([d.c]), ...(d.no ? { residual: f([...d.s, d.c]) } : {}) },
    attrs: bn(d),
  }),
  [k.TESSERA_BATCH_NORM_TRAIN_GRAD]: (d) => {
    const xs = [...d.s, d.c];
    return {
      inputs: {
        dy: f(xs),
        x: f(xs),
        gamma: f([d.c]),
        mean: f([d.c]),
        variance: positive([d.c]),
        y: f(xs),
        ...(d.also ? { beta: f([d.c]) } : {}),
      },
      attrs: bn(d),
    };
  },
  [k.TESSERA_BATCH_NORM_INFER]: (d) => ({
    inputs: {
      x: f([...d.s, d.c]),
      gamma: f([d.c]),
      beta: f([d.c]),
      mean: f([d.c]),
      variance: positive([d.c]),
      ...(d.no ? { residual: f([...d.s, d.c]) } : {}),
    },
    attrs: bn(d),
  }),
  [k.TESSERA_RELU_GRAD]: ({ s }) => ({ inputs: { dy: f(s), y: f(s) } }),
  [k.TESSERA_ADD_RELU]: ({ s }) => ({ inputs: { a: f(s), b: f(s) } }),
  [k.TESSERA_GLOBAL_AVG_POOL]: (d) => ({ inputs: { x: f(image(d)) } }),
  [k.TESSERA_GLOBAL_AVG_POOL_GRAD]: (d) => ({ inputs: { dy: f([d.n, d.c]), x: f(image(d)) } }),
  [k.TESSERA_L2_NORMALIZE]: (d) => ({ inputs: { x: f([...d.s, d.c]) }, attrs: { epsilon: 1e-12 } }),
  [k.TESSERA_L2_NORMALIZE_GRAD]: (d) => ({
    inputs: { dy: f([...d.s, d.c]), x: f([...d.s, d.c]) },
    attrs: { epsilon: 1e-12 },
  }),
  [k.TESSERA_SGD_UPDATE]: ({ s, k: count, yes, no }) => ({
    inputs: list(['w', 'g', 'm'], s, count),
    attrs: {
      count,
      learningRate: 0.1,
      momentum: yes ? 0.9 : 0,
      nesterov: no,
      weightDecay: Array(count).fill(0) as number[],
    },
  }),
  [k.TESSERA_LARS_UPDATE]: ({ s, k: count, yes, no }) => ({
    inputs: list(['w', 'g', 'm'], s, count),
    attrs: { ...layerwise(count, yes), nesterov: no },
  }),
  [k.TESSERA_LARC_UPDATE]: ({ s, k: count, yes, no }) => ({
    inputs: list(['w', 'g', 'm'], s, count),
    attrs: { ...layerwise(count, yes), epsilon: 1e-8, clip: no },
  }),
  [k.TESSERA_MOMENTUM_AVERAGE]: ({ s, k: count }) => ({
    inputs: list(['w', 's'], s, count),
    attrs: { count, momentum: 0.9 },
  }),
  [k.TESSERA_GLOBAL_NORM]: ({ s, k: count }) => ({ inputs: list(['g'], s, count), attrs: { count } }),
  [k.TESSERA_LOG_SUM_EXP]: (d) => ({ inputs: { x: f([...d.s, d.n]) }, attrs: { axis: d.s.length, keepDims: d.yes } }),
  [k.TESSERA_LOG_SUM_EXP_GRAD]: (d) => ({
    inputs: { dy: f(d.s), x: f([...d.s, d.n]) },
    attrs: { axis: d.s.length },
  }),
  [k.TESSERA_SOFTMAX_CROSS_ENTROPY]: (d) => ({
    inputs: { logits: f([d.n, d.c]), targets: f([d.n, d.c]) },
    attrs: { temperature: 0.1 },
  }),
  [k.TESSERA_SOFTMAX_CROSS_ENTROPY_GRAD]: (d) => ({
    inputs: { dy: f([d.n]), logits: f([d.n, d.c]), targets: f([d.n, d.c]) },
    attrs: { temperature: 0.1 },
  }),
  [k.TESSERA_ATTENTION]: (d) => ({ inputs: { qkv: f([d.n, d.h, 3 * d.k * d.c]) }, attrs: { heads: d.k } }),
  [k.TESSERA_ATTENTION_GRAD]: (d) => ({
    inputs: {
      dy: f([d.n, d.h, d.k * d.c]),
      qkv: f([d.n, d.h, 3 * d.k * d.c]),
      y: f([d.n, d.h, d.k * d.c]),
      sums: f([d.n, d.k, d.h]),
    },
    attrs: { heads: d.k },
  }),
  [k.TESSERA_NT_XENT]: (d) => ({ inputs: embeddings(d), attrs: { temperature: 0.5, rank: 0, gradient: d.yes } }),
  [k.TESSERA_ADAMW_UPDATE]: ({ s, k: count }) => ({
    inputs: list(['w', 'g', 'm', 'v'], s, count),
    attrs: {
      count,
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: Array(count).fill(0) as number[],
      step: Array(count).fill(1) as number[],
    },
  }),
};
