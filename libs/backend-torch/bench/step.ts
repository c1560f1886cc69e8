/// <reference types="node" />
/**
 * One SimCLR training step from raw kernels, timed: the work of a PyTorch script with the same shapes (basic-block ResNet with
 * the CIFAR stem, head Linear-ReLU-Linear(128), NT-Xent, SGD 0.9 with weight decay 5e-4), the backward pass written by hand.
 *
 *   npx tsx --tsconfig tsconfig.base.json --conditions=@tessera/source libs/backend-torch/bench/step.ts \
 *     [--width 16] [--blocks 1,1,1,1] [--batch 256] [--steps 8] [--precision bf16] [--profile]
 *
 * Prints one line of JSON: pairs/s (median without the first step), the losses, and with --profile the time per native call.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { TorchBackend, registerTorchBackend } from '../src/index.ts';
import * as k from '../src/kernel-specs.ts';

type T = tf.Tensor;
const { values: options } = parseArgs({
  options: {
    width: { type: 'string', default: '16' },
    blocks: { type: 'string', default: '1,1,1,1' },
    batch: { type: 'string', default: '256' },
    steps: { type: 'string', default: '8' },
    precision: { type: 'string', default: 'bf16' },
    threads: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});

registerTorchBackend(options.threads === undefined ? {} : { threads: Number(options.threads) });
await tf.setBackend('torch');
const backend = tf.backend();
if (!(backend instanceof TorchBackend)) throw new Error('the torch backend did not start');

const run = (name: string, inputs: Record<string, T>, attrs: object = {}): T[] =>
  ([] as T[]).concat(tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap));
const one = (name: string, inputs: Record<string, T>, attrs: object = {}): T => run(name, inputs, attrs)[0];

interface Parameter {
  w: tf.Variable;
  m: tf.Variable;
  g?: T;
}
const parameters: Parameter[] = [];
function parameter(initial: T): Parameter {
  const p = { w: tf.variable(initial), m: tf.variable(tf.zerosLike(initial)) };
  parameters.push(p);
  return p;
}

interface Layer {
  forward(x: T): T;
  backward(dy: T, needInput?: boolean): T;
}

function conv(size: number, cin: number, cout: number, stride: number): Layer {
  const p = parameter(
    tf.randomNormal([size, size, cin, cout], 0, Math.sqrt(2 / (size * size * cout)), 'float32', cin * cout + size),
  );
  const attrs = { strides: [stride, stride], pad: (size - 1) / 2, dataFormat: 'NHWC', dilations: [1, 1] };
  let x: T;
  return {
    forward: (input) => one(tf.Conv2D, { x: (x = input), filter: p.w }, attrs),
    backward: (dy, needInput = true) => {
      p.g = one(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: p.w.shape });
      const dx = needInput ? one(tf.Conv2DBackpropInput, { dy, filter: p.w }, { ...attrs, inputShape: x.shape }) : dy;
      dy.dispose(); // as a tape would
      return dx;
    },
  };
}

interface Norm {
  forward(x: T, relu: boolean, residual?: T): T;
  backward(dy: T): { dx: T; dResidual?: T };
}
function norm(channels: number): Norm {
  const [gamma, beta] = [parameter(tf.ones([channels])), parameter(tf.zeros([channels]))];
  const epsilon = 1e-5;
  let saved: { x: T; y: T; mean: T; variance: T; relu: boolean; residual: boolean };
  return {
    forward(x, relu, residual) {
      const [y, mean, variance] = run(
        k.TESSERA_BATCH_NORM_TRAIN,
        { x, gamma: gamma.w, beta: beta.w, ...(residual && { residual }) },
        { epsilon, relu },
      ) as [T, T, T];
      saved = { x, y, mean, variance, relu, residual: residual !== undefined };
      return y;
    },
    backward(dy) {
      const { x, y, mean, variance, relu, residual } = saved;
      const [dx, dGamma, dBeta, dResidual] = run(
        k.TESSERA_BATCH_NORM_TRAIN_GRAD,
        { dy, x, gamma: gamma.w, mean, variance, ...(relu && (residual ? { y } : { beta: beta.w })) },
        { epsilon, relu, residual },
      ) as [T, T, T, T?];
      dy.dispose();
      gamma.g = dGamma;
      beta.g = dBeta;
      return { dx, ...(dResidual && { dResidual }) };
    },
  };
}

function block(cin: number, cout: number, stride: number): Layer {
  const [conv1, norm1, conv2, norm2] = [conv(3, cin, cout, stride), norm(cout), conv(3, cout, cout, 1), norm(cout)];
  const short = stride === 1 && cin === cout ? undefined : { conv: conv(1, cin, cout, stride), norm: norm(cout) };
  return {
    forward(x) {
      const residual = short ? short.norm.forward(short.conv.forward(x), false) : x;
      return norm2.forward(conv2.forward(norm1.forward(conv1.forward(x), true)), true, residual);
    },
    backward(dy) {
      const { dx, dResidual } = norm2.backward(dy);
      const through = conv1.backward(norm1.backward(conv2.backward(dx)).dx);
      const skip = short ? short.conv.backward(short.norm.backward(dResidual as T).dx) : (dResidual as T);
      const dx1 = tf.add(through, skip);
      tf.dispose([through, skip]);
      return dx1;
    },
  };
}

function linear(cin: number, cout: number): Layer {
  const p = parameter(tf.randomUniform([cin, cout], -1 / Math.sqrt(cin), 1 / Math.sqrt(cin), 'float32', cin));
  const b = parameter(tf.zeros([cout]));
  let x: T;
  const mm = (a: T, c: T, transposeA: boolean, transposeB: boolean): T =>
    one(tf.BatchMatMul, { a, b: c }, { transposeA, transposeB });
  return {
    forward: (input) =>
      one(
        tf._FusedMatMul,
        { a: (x = input), b: p.w, bias: b.w },
        { transposeA: false, transposeB: false, activation: 'linear' },
      ),
    backward(dy) {
      p.g = mm(x, dy, true, false);
      b.g = one(tf.Sum, { x: dy }, { axis: [0], keepDims: false });
      return mm(dy, p.w, false, true);
    },
  };
}

const [width, batch, steps] = [Number(options.width), Number(options.batch), Number(options.steps)];
const blocks = options.blocks.split(',').map(Number);
const stem = { conv: conv(3, 3, width, 1), norm: norm(width) };
const layers: Layer[] = [];
let channels = width;
blocks.forEach((count, stage) => {
  for (let i = 0; i < count; i++) {
    layers.push(block(channels, width << stage, stage > 0 && i === 0 ? 2 : 1));
    channels = width << stage;
  }
});
const [fc1, fc2] = [linear(channels, channels), linear(channels, 128)];

function ntXent(z: T, tau: number): { loss: T; dz: T } {
  const n = 2 * batch;
  const u = one(k.TESSERA_L2_NORMALIZE, { x: z }, { epsilon: 1e-12 });
  const s = tf.sub(tf.div(one(tf.BatchMatMul, { a: u, b: u }, { transposeA: false, transposeB: true }), tau), mask);
  const logP = one(tf.LogSoftmax, { logits: s }, { axis: 1 });
  const loss = tf.div(tf.neg(tf.sum(tf.mul(logP, positives))), n);
  const dS = tf.div(tf.sub(tf.exp(logP), positives), n * tau);
  const du = tf.add(tf.matMul(dS, u), tf.matMul(dS, u, true, false));
  return { loss, dz: one(k.TESSERA_L2_NORMALIZE_GRAD, { dy: du, x: z }, { epsilon: 1e-12 }) };
}

const x = tf.keep(tf.randomNormal([2 * batch, 32, 32, 3], 0, 1, 'float32', 1));
const mask = tf.keep(tf.mul(tf.eye(2 * batch), 1e9));
const partner = tf.tensor1d(
  Array.from({ length: 2 * batch }, (_, i) => (i + batch) % (2 * batch)),
  'int32',
);
const positives = tf.keep(tf.oneHot(partner, 2 * batch, 1, 0, 'float32'));

function step(): number {
  const loss = tf.tidy(() => {
    backend.precision = options.precision === 'bf16' ? 'bf16' : 'f32';
    let h: T = stem.norm.forward(stem.conv.forward(x), true);
    for (const layer of layers) h = layer.forward(h);
    const maps = h;
    h = fc1.forward(one(k.TESSERA_GLOBAL_AVG_POOL, { x: maps }));
    const hidden = tf.relu(h);
    const z = one(k.TESSERA_TO_FLOAT32, { x: fc2.forward(hidden) });
    backend.precision = 'f32';
    const { loss, dz } = ntXent(z, 0.5);
    let d = fc1.backward(one(k.TESSERA_RELU_GRAD, { dy: fc2.backward(dz), y: hidden }));
    d = one(k.TESSERA_GLOBAL_AVG_POOL_GRAD, { dy: d, x: maps });
    for (const layer of [...layers].reverse()) d = layer.backward(d);
    stem.conv.backward(stem.norm.backward(d).dx, false);
    const inputs: Record<string, T> = {};
    parameters.forEach((p, i) => {
      inputs[`w${String(i)}`] = p.w;
      inputs[`g${String(i)}`] = p.g as T;
      inputs[`m${String(i)}`] = p.m;
    });
    const count = parameters.length;
    run(k.TESSERA_SGD_UPDATE, inputs, {
      count,
      learningRate: 0.01,
      momentum: 0.9,
      nesterov: false,
      weightDecay: new Array(count).fill(5e-4),
    });
    return loss;
  });
  const value = loss.dataSync()[0];
  loss.dispose();
  return value;
}

const spent = new Map<string, { ms: number; calls: number }>();
if (options.profile) {
  const native = backend.native as unknown as Record<string, (...args: unknown[]) => unknown>;
  const timed: typeof native = {};
  for (const [name, f] of Object.entries(native)) {
    timed[name] = (...args) => {
      const start = performance.now();
      const out = f(...args);
      const entry = spent.get(name) ?? { ms: 0, calls: 0 };
      spent.set(name, { ms: entry.ms + performance.now() - start, calls: entry.calls + 1 });
      return out;
    };
  }
  Object.defineProperty(backend, 'native', { value: timed });
}

const times: number[] = [];
const cpuTimes: number[] = []; // steadier than wall time where other programs share the cores
const losses: number[] = [];
for (let i = 0; i < steps; i++) {
  if (i === 1) spent.clear();
  const start = performance.now();
  const cpu = process.cpuUsage();
  losses.push(step());
  times.push(performance.now() - start);
  const { user, system } = process.cpuUsage(cpu);
  cpuTimes.push((user + system) / 1000);
}
const sorted = times.slice(1).sort((a, b) => a - b);
const median = sorted[Math.floor(sorted.length / 2)];
const report = {
  engine: 'torch',
  version: backend.native.version(),
  simd: backend.native.simd(),
  threads: backend.native.threads(),
  width,
  blocks,
  batch,
  precision: options.precision,
  pairsPerSecond: Math.round((batch / median) * 1000),
  stepMs: times.map(Math.round),
  cpuMs: cpuTimes.map(Math.round),
  losses: losses.map((l) => Number(l.toFixed(4))),
  tensors: tf.memory().numTensors,
  native: backend.native.live(),
  peakMB: Math.round(process.resourceUsage().maxRSS / 1024),
};
console.log(JSON.stringify(report));
for (const [name, { ms, calls }] of [...spent].sort((a, b) => b[1].ms - a[1].ms).slice(0, 16)) {
  console.log(
    `${name.padEnd(20)} ${(ms / (steps - 1)).toFixed(2).padStart(9)} ms  ${(calls / (steps - 1)).toFixed(1).padStart(7)} calls`,
  );
}
