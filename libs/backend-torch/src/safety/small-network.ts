/**
 * A small convolutional network with a contrastive loss, trained through tfjs's own tape: what a training run does to the backend,
 * in a few milliseconds a step. Shapes: R = 2N rows (two views), H W pixels, C channels, D features.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Precision, TorchBackend } from '../backend.ts';
import * as k from '../kernel-specs.ts';

type T = tf.Tensor;
type GradFunction = (dy: T, saved: T[]) => T[];

const ROWS = 16;
const SIZE = 12;
const TEMPERATURE = 0.5;
const EPSILON = 1e-5;

const run = (name: string, inputs: Record<string, T>, attrs: object = {}): T[] =>
  ([] as T[]).concat(tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap));
const one = (name: string, inputs: Record<string, T>, attrs: object = {}): T => run(name, inputs, attrs)[0] as T;

/** tf.customGrad over any number of tensors, with the types that it has. */
function withGradient(inputs: T[], forward: (save: (saved: T[]) => void) => T, gradient: GradFunction): T {
  const f = tf.customGrad((...args) => {
    const save = args[inputs.length] as unknown as (saved: T[]) => void;
    return { value: forward(save), gradFunc: (dy: T, saved: T[]) => gradient(dy, saved) };
  });
  return f(...inputs);
}

function conv(x: T, filter: T): T {
  const attrs = { strides: [1, 1], pad: 1, dataFormat: 'NHWC', dilations: [1, 1] };
  return withGradient(
    [x, filter],
    (save) => {
      save([x, filter]);
      return one(tf.Conv2D, { x, filter }, attrs);
    },
    (dy, [sx, sf]) => {
      const [x0, f0] = [sx as T, sf as T];
      return [
        one(tf.Conv2DBackpropInput, { dy, filter: f0 }, { ...attrs, inputShape: x0.shape }),
        one(tf.Conv2DBackpropFilter, { x: x0, dy }, { ...attrs, filterShape: f0.shape }),
      ];
    },
  );
}

function normRelu(x: T, gamma: T, beta: T): T {
  const attrs = { epsilon: EPSILON, relu: true, residual: false };
  return withGradient(
    [x, gamma, beta],
    (save) => {
      const [y, mean, variance] = run(k.TESSERA_BATCH_NORM_TRAIN, { x, gamma, beta }, attrs) as [T, T, T];
      save([x, gamma, beta, mean, variance]);
      return y;
    },
    (dy, saved) => {
      const [x0, g0, b0, mean, variance] = saved as [T, T, T, T, T];
      return run(k.TESSERA_BATCH_NORM_TRAIN_GRAD, { dy, x: x0, gamma: g0, beta: b0, mean, variance }, attrs);
    },
  );
}

function pool(x: T): T {
  const attrs = { filterSize: [2, 2], strides: [2, 2], pad: 0 };
  return withGradient(
    [x],
    (save) => {
      const y = one(tf.MaxPool, { x }, attrs);
      save([x, y]);
      return y;
    },
    (dy, [x0, y0]) => [one(tf.MaxPoolGrad, { dy, input: x0 as T, output: y0 as T }, attrs)],
  );
}

function average(x: T): T {
  return withGradient(
    [x],
    (save) => {
      save([x]);
      return one(k.TESSERA_GLOBAL_AVG_POOL, { x });
    },
    (dy, [x0]) => [one(k.TESSERA_GLOBAL_AVG_POOL_GRAD, { dy, x: x0 as T })],
  );
}

/** NT-Xent: cross-entropy of every row's similarities, its other view being the right answer. */
function ntXent(z_RD: T, self_RR: T, positive_RR: T): T {
  return withGradient(
    [z_RD],
    (save) => {
      const u_RD = one(k.TESSERA_L2_NORMALIZE, { x: z_RD }, { epsilon: 1e-12 });
      const s_RR = tf.sub(
        tf.div(tf.matMul(u_RD as tf.Tensor2D, u_RD as tf.Tensor2D, false, true), TEMPERATURE),
        self_RR,
      );
      const p_RR = tf.softmax(s_RR as tf.Tensor2D);
      save([z_RD, u_RD, p_RR]);
      return tf.neg(tf.mean(tf.sum(tf.mul(positive_RR, tf.log(tf.add(p_RR, 1e-20))), 1)));
    },
    (dy, saved) => {
      const [z, u_RD, p_RR] = saved as [T, tf.Tensor2D, T];
      const d_RR = tf.mul<tf.Tensor2D>(tf.sub(p_RR, positive_RR), tf.div(dy, ROWS * TEMPERATURE));
      const du = tf.add(tf.matMul(d_RR, u_RD), tf.matMul(d_RR, u_RD, true, false));
      return [one(k.TESSERA_L2_NORMALIZE_GRAD, { dy: du, x: z }, { epsilon: 1e-12 })];
    },
  );
}

/** A network, its data and its optimizer's slots. */
export class SmallNetwork {
  private readonly variables: tf.Variable[];
  private readonly slots: tf.Variable[];
  private readonly x: T;
  private readonly self_RR: T;
  private readonly positive_RR: T;

  constructor(
    private readonly backend: TorchBackend,
    private readonly precision: Precision,
  ) {
    const filter = (cin: number, cout: number): T =>
      tf.randomNormal([3, 3, cin, cout], 0, Math.sqrt(2 / (9 * cin)), 'float32', cout);
    const initial = [filter(3, 8), tf.ones([8]), tf.zeros([8]), filter(8, 16), tf.ones([16]), tf.zeros([16])];
    this.variables = initial.map((t) => tf.variable(t));
    this.slots = initial.map((t) => tf.tidy(() => tf.variable(tf.zerosLike(t))));
    tf.dispose(initial);
    this.x = tf.randomNormal([ROWS, SIZE, SIZE, 3], 0, 1, 'float32', 7);
    this.self_RR = tf.tidy(() => tf.mul(tf.eye(ROWS), 1e30));
    const half = ROWS / 2;
    this.positive_RR = tf.tidy(() =>
      tf.oneHot(
        tf.tensor1d(
          Array.from({ length: ROWS }, (_, i) => (i + half) % ROWS),
          'int32',
        ),
        ROWS,
        1,
        0,
        'float32',
      ),
    );
  }

  private loss(): tf.Scalar {
    const [f1, g1, b1, f2, g2, b2] = this.variables as unknown as [T, T, T, T, T, T];
    this.backend.precision = this.precision;
    try {
      const h = pool(normRelu(conv(this.x, f1), g1, b1));
      return ntXent(average(normRelu(conv(h, f2), g2, b2)), this.self_RR, this.positive_RR) as tf.Scalar;
    } finally {
      this.backend.precision = 'f32';
    }
  }

  /** One training step; returns the loss. */
  step(): number {
    return tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => this.loss(), this.variables);
      const named = (letter: string, tensors: readonly T[]): [string, T][] =>
        tensors.map((t, i) => [`${letter}${String(i)}`, t]);
      const gradients = this.variables.map((v) => grads[v.name] as T);
      run(
        k.TESSERA_SGD_UPDATE,
        Object.fromEntries([...named('w', this.variables), ...named('g', gradients), ...named('m', this.slots)]),
        {
          count: this.variables.length,
          learningRate: 0.05,
          momentum: 0.9,
          nesterov: false,
          weightDecay: this.variables.map(() => 1e-4),
        },
      );
      return value.dataSync()[0] ?? NaN;
    });
  }

  dispose(): void {
    tf.dispose([...this.variables, ...this.slots, this.x, this.self_RR, this.positive_RR]);
  }
}
