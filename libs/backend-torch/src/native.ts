/** What the C++ addon exports; see native/*.cc for the meaning of each argument. */

/** A tensor of the addon. Using one after its release is an error with the code TORCH_BAD_HANDLE. */
export type Handle = number;

/** Codes of native/call.h. bfloat16 is physical only: tfjs calls such a tensor float32. */
export const NATIVE_DTYPE = { float32: 0, int32: 1, bool: 2, bfloat16: 3, complex64: 4 } as const;
export type NativeDtype = (typeof NATIVE_DTYPE)[keyof typeof NATIVE_DTYPE];

/** The CPU; CUDA device n is n. */
export const CPU_DEVICE = -1;

type Ints = readonly number[];
type Handles = readonly Handle[];
type Values = Float32Array | Int32Array | Uint8Array | Float64Array | Uint8ClampedArray;
type Unary = (x: Handle) => Handle;
type Binary = (a: Handle, b: Handle) => Handle;
type Reduce = (x: Handle, axes: Ints, keepDims: boolean) => Handle;
type Optional = Handle | undefined;
type Activation = string;

/** Names of the addon's functions with one tensor and no attributes. */
export type UnaryName =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'rsqrt'
  | 'reciprocal'
  | 'sigmoid'
  | 'softplus'
  | 'tanh'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'erf'
  | 'elu'
  | 'selu'
  | 'square'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'abs'
  | 'neg'
  | 'relu'
  | 'relu6'
  | 'isNan'
  | 'isInf'
  | 'isFinite'
  | 'logicalNot'
  | 'toFloat32'
  | 'alias';

/** Names of the addon's functions with two broadcasting tensors. */
export type BinaryName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'maximum'
  | 'minimum'
  | 'div'
  | 'squaredDifference'
  | 'atan2'
  | 'prelu'
  | 'eluGrad'
  | 'equal'
  | 'notEqual'
  | 'greater'
  | 'greaterEqual'
  | 'less'
  | 'lessEqual'
  | 'logicalAnd'
  | 'logicalOr'
  | 'logicalXor'
  | 'bitwiseAnd'
  | 'floorDiv'
  | 'mod'
  | 'pow';

export type ReduceName = 'sum' | 'mean' | 'prod' | 'max' | 'min' | 'all' | 'any';

export interface NativeAddon extends Record<UnaryName, Unary>, Record<BinaryName, Binary>, Record<ReduceName, Reduce> {
  fromMemory(values: Values, shape: Ints, dtype: NativeDtype, device: number): Handle;
  read(x: Handle, into: Float32Array | Int32Array | Uint8Array): void;
  release(handles: Handles): void;
  /** Frees every tensor of this thread. */
  releaseAll(): void;
  /** Throws unless x has this shape; converts x where it has another type (bfloat16 passes for float32). */
  claim(x: Handle, shape: Ints, dtype: NativeDtype): void;
  live(): number;
  /** float32 tensors copied to bfloat16 so far: a copy is kept until its tensor changes or goes. */
  halfCopies(): number;
  shape(x: Handle): number[];
  /** 'Float', 'BFloat16', 'Int', 'Bool' or 'ComplexFloat' */
  dtype(x: Handle): string;
  isContiguous(x: Handle): number;
  setThreads(count: number): void;
  threads(): number;
  version(): string;
  simd(): string;
  cacheBytes(): number;
  /** What cacheBytes never exceeds: a quarter of the memory that this process may use. */
  cacheLimit(): number;
  /** Gives back freed memory that is kept for later, the CPU's and the devices'. */
  emptyCache(): void;

  /** 1 if the addon was built for CUDA. */
  cudaBuild(): number;
  deviceCount(): number;
  deviceName(device: number): string;
  /** Bytes: in use, kept by libtorch's allocator, the most ever in use, all of the device (0: unknown). */
  deviceMemory(device: number): [number, number, number, number];
  /** Makes it this thread's device. */
  useDevice(device: number): void;
  synchronize(device: number): void;
  /** Float32 products and convolutions in TensorFloat-32, for the whole process; CUDA only. */
  setTf32(on: boolean): void;
  /** Of a tensor that is not on the CPU. */
  readAsync(x: Handle, into: Float32Array | Int32Array | Uint8Array): Promise<void>;
  /** New numbers in the memory of `to`. */
  copyInto(to: Handle, from: Handle): void;

  graphBegin(device: number): void;
  graphEnd(): number;
  graphAbort(): void;
  graphReplay(graph: number): void;
  graphRelease(graph: number): void;
  /** True: operations on the CPU take the path that every other device takes, without our own loops. Returns 1 if they did before. */
  setGenericPaths(on: boolean): number;
  /** Convolutions and matrix products of float32 sum in float64; 1 if they did before, else 0. */
  setExactSums(on: boolean): number;

  complex(real: Handle, imaginary: Handle): Handle;
  real(x: Handle): Handle;
  imag(x: Handle): Handle;
  fft(x: Handle, inverse: boolean): Handle;

  cast(x: Handle, dtype: NativeDtype): Handle;
  leakyRelu(x: Handle, alpha: number): Handle;
  clip(x: Handle, low: number, high: number): Handle;
  step(x: Handle, alpha: number): Handle;
  softmax(x: Handle, axis: number): Handle;
  logSoftmax(x: Handle, axis: number): Handle;
  addN(handles: Handles): Handle;
  select(condition: Handle, a: Handle, b: Handle): Handle;
  argMax(x: Handle, axis: number): Handle;
  argMin(x: Handle, axis: number): Handle;
  cumulative(x: Handle, axis: number, exclusive: boolean, reverse: boolean, product: boolean): Handle;
  topK(x: Handle, k: number): [Handle, Handle];
  bincount(x: Handle, weights: Optional, size: number, binary: boolean): Handle;

  reshape(x: Handle, shape: Ints): Handle;
  permute(x: Handle, axes: Ints): Handle;
  expand(x: Handle, shape: Ints): Handle;
  tile(x: Handle, repeats: Ints): Handle;
  flip(x: Handle, axes: Ints): Handle;
  concat(handles: Handles, axis: number): Handle;
  stack(handles: Handles, axis: number): Handle;
  slice(x: Handle, begin: Ints, size: Ints): Handle;
  stridedSlice(x: Handle, begin: Ints, shape: Ints, strides: Ints): Handle;
  split(x: Handle, sizes: Ints, axis: number): Handle[];
  unbind(x: Handle, axis: number): Handle[];
  pad(x: Handle, beforeAfter: Ints, value: number): Handle;
  full(shape: Ints, value: number, dtype: NativeDtype, device: number): Handle;
  arithmetic(start: number, step: number, count: number, dtype: NativeDtype, device: number): Handle;

  indexSelect(x: Handle, index: Handle, axis: number): Handle;
  batchGather(x: Handle, index: Handle): Handle;
  gatherNd(x: Handle, indices: Handle, leading: Ints): Handle;
  scatterNd(indices: Handle, updates: Handle, leading: Ints, elementsPerRow: number): Handle;
  scatterUpdate(x: Handle, indices: Handle, updates: Handle, leading: Ints): Handle;
  searchSorted(sequence: Handle, values: Handle, right: boolean): Handle;
  diag(x: Handle): Handle;
  segmentSum(x: Handle, ids: Handle, segments: number): Handle;
  oneHot(indices: Handle, depth: number, on: number, off: number, dtype: NativeDtype): Handle;
  interpolate(x: Handle, axis: number, low: Ints, high: Ints, weight: readonly number[]): Handle;
  interpolateGrad(dy: Handle, axis: number, low: Ints, high: Ints, weight: readonly number[], size: number): Handle;
  take(x: Handle, axis: number, positions: Ints): Handle;
  takeGrad(dy: Handle, axis: number, positions: Ints, size: number): Handle;
  multinomial(probabilities: Handle, samples: number, seed: number): Handle;

  matmul(a: Handle, b: Handle, transposeA: boolean, transposeB: boolean, half: boolean): Handle;
  fusedMatmul(
    a: Handle,
    b: Handle,
    transposeA: boolean,
    transposeB: boolean,
    half: boolean,
    bias: Optional,
    activation: Activation,
    alpha: number,
  ): Handle;
  activate(x: Handle, activation: Activation, alpha: number): Handle;
  einsum(handles: Handles, equation: string): Handle;
  l2Normalize(x: Handle, epsilon: number): Handle;
  l2NormalizeGrad(dy: Handle, x: Handle, epsilon: number): Handle;

  conv(
    x: Handle,
    filter: Handle,
    bias: Optional,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    half: boolean,
    depthwise: boolean,
  ): Handle;
  convInputGrad(
    dy: Handle,
    filter: Handle,
    inputShape: Ints,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    half: boolean,
    depthwise: boolean,
  ): Handle;
  convFilterGrad(
    x: Handle,
    dy: Handle,
    filterShape: Ints,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    half: boolean,
    depthwise: boolean,
  ): Handle;
  conv3d(x: Handle, filter: Handle, strides: Ints, dilations: Ints, pads: Ints, half: boolean): Handle;
  conv3dInputGrad(
    dy: Handle,
    filter: Handle,
    inputShape: Ints,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    half: boolean,
  ): Handle;
  conv3dFilterGrad(
    x: Handle,
    dy: Handle,
    filterShape: Ints,
    strides: Ints,
    dilations: Ints,
    pads: Ints,
    half: boolean,
  ): Handle;
  maxPool(x: Handle, kernel: Ints, strides: Ints, pads: Ints): Handle;
  maxPoolGrad(dy: Handle, x: Handle, kernel: Ints, strides: Ints, pads: Ints): Handle;
  maxPoolWithArgmax(x: Handle, kernel: Ints, strides: Ints, pads: Ints, withBatch: boolean): [Handle, Handle];
  avgPool(x: Handle, kernel: Ints, strides: Ints, pads: Ints): Handle;
  avgPoolGrad(dy: Handle, x: Handle, kernel: Ints, strides: Ints, pads: Ints): Handle;
  globalAvgPool(x: Handle): Handle;
  globalAvgPoolGrad(dy: Handle, x: Handle): Handle;

  lrn(x: Handle, radius: number, bias: number, alpha: number, beta: number): Handle;
  lrnGrad(dy: Handle, x: Handle, y: Handle, radius: number, bias: number, alpha: number, beta: number): Handle;
  dilation(x: Handle, filter: Handle, strides: Ints, dilations: Ints, pads: Ints): Handle;
  dilationInputGrad(x: Handle, filter: Handle, dy: Handle, strides: Ints, dilations: Ints, pads: Ints): Handle;
  dilationFilterGrad(x: Handle, filter: Handle, dy: Handle, strides: Ints, dilations: Ints, pads: Ints): Handle;
  cropAndResize(
    image: Handle,
    boxes: Handle,
    imageOfBox: Handle,
    height: number,
    width: number,
    nearest: boolean,
    outside: number,
  ): Handle;
  transform(
    image: Handle,
    transforms: Handle,
    height: number,
    width: number,
    nearest: boolean,
    fillMode: string,
    fillValue: number,
  ): Handle;
  rotate(
    image: Handle,
    sine: number,
    cosine: number,
    centreX: number,
    centreY: number,
    fill: readonly number[],
  ): Handle;

  batchNormTrain(
    x: Handle,
    gamma: Handle,
    beta: Handle,
    residual: Optional,
    epsilon: number,
    relu: boolean,
  ): [Handle, Handle, Handle];
  batchNormTrainGrad(
    dy: Handle,
    x: Handle,
    gamma: Handle,
    mean: Handle,
    variance: Handle,
    y: Optional,
    epsilon: number,
    residual: boolean,
    beta: Optional,
  ): Handle[];
  batchNormInfer(
    x: Handle,
    mean: Handle,
    variance: Handle,
    gamma: Optional,
    beta: Optional,
    residual: Optional,
    epsilon: number,
    relu: boolean,
  ): Handle;
  batchNormGeneral(x: Handle, mean: Handle, variance: Handle, gamma: Optional, beta: Optional, epsilon: number): Handle;
  reluGrad(dy: Handle, y: Handle): Handle;
  addRelu(a: Handle, b: Handle): Handle;

  sgd(
    variables: Handles,
    gradients: Handles,
    momenta: Handles,
    learningRate: number,
    momentum: number,
    weightDecay: readonly number[],
    nesterov: boolean,
  ): void;
  /** adapted: 0 or 1 per variable */
  lars(
    variables: Handles,
    gradients: Handles,
    momenta: Handles,
    learningRate: number,
    momentum: number,
    trust: number,
    weightDecay: readonly number[],
    adapted: Ints,
    nesterov: boolean,
  ): void;
  larc(
    variables: Handles,
    gradients: Handles,
    momenta: Handles,
    learningRate: number,
    momentum: number,
    trust: number,
    weightDecay: readonly number[],
    adapted: Ints,
    epsilon: number,
    clip: boolean,
  ): void;
  adamw(
    variables: Handles,
    gradients: Handles,
    first: Handles,
    second: Handles,
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: readonly number[],
    step: Ints,
  ): void;
  momentumAverage(targets: Handles, sources: Handles, momentum: number): void;
  globalNorm(handles: Handles): Handle;

  logSumExp(x: Handle, axis: number, keepDims: boolean): Handle;
  logSumExpGrad(dy: Handle, x: Handle, axis: number): Handle;
  softmaxCrossEntropy(logits: Handle, targets: Handle, temperature: number): Handle;
  softmaxCrossEntropyGrad(dy: Handle, logits: Handle, targets: Handle, temperature: number): Handle;
  ntXent(u: Handle, all: Optional, temperature: number, rank: number, gradient: boolean): Handle[];

  attention(qkv: Handle, heads: number, half: boolean): [Handle, Handle];
  attentionGrad(dy: Handle, qkv: Handle, y: Handle, sums: Handle, heads: number): Handle;
}
