import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs-core';
import { TesseraError, type NamedBuffer, type NamedVariable } from '@tessera/core';
import { withPrecision } from './precision.ts';
import { tryKernel } from './try-kernel.ts';
import { withoutGradient } from './without-gradient.ts';

/** What can be copied: an encoder, a head. */
export interface CopiedNetwork {
  variables(): readonly NamedVariable[];
  buffers(): readonly NamedBuffer[];
  dispose(): void;
}

/** A target variable and what it follows. */
interface Pair {
  readonly target: Variable;
  readonly source: Variable;
}

/**
 * A network that follows another by an exponential moving average: BYOL's target, MoCo's key encoder, DINO's teacher.
 *
 * It starts as a copy of the source, buffers included. {@link update} then moves all variables, weights, biases and norms alike:
 * target = momentum * target + (1 - momentum) * source. Buffers are its own from then on, changed by its own forward passes: no
 * reference averages them.
 *
 * As a part of `composeMethod` it is saved in checkpoints and freed: what it has are buffers, none of them a variable that trains.
 * @example
 * const target = new MomentumCopy(encoder, build('encoder', { scope: 'target' }));
 * composeMethod({ encoder, head, target, objective }, { ..., afterStep: () => target.update(0.996) });
 */
export class MomentumCopy {
  readonly #pairs: readonly Pair[];
  readonly #targets: readonly CopiedNetwork[];

  /**
   * @param source what is followed, a network or several that are followed together; stays its owner's
   * @param target as many networks of the same build, each under a scope of its own; this copy disposes them
   * @throws TesseraError `E_MOMENTUM_COPY` where the two are not alike, or one network is both; nothing is changed then
   */
  constructor(source: CopiedNetwork | readonly CopiedNetwork[], target: CopiedNetwork | readonly CopiedNetwork[]) {
    const [sources, targets] = [[source].flat(), [target].flat()];
    const variablesOf = (networks: readonly CopiedNetwork[]) => networks.flatMap((network) => network.variables());
    const buffersOf = (networks: readonly CopiedNetwork[]) => networks.flatMap((network) => network.buffers());
    this.#targets = targets;
    this.#pairs = paired('variable', variablesOf(sources), variablesOf(targets));
    const buffers = paired('buffer', buffersOf(sources), buffersOf(targets));
    tf.tidy(() => {
      for (const pair of [...this.#pairs, ...buffers]) pair.target.assign(tf.clone<Tensor>(pair.source));
    });
    for (const { target: variable } of this.#pairs) variable.trainable = false;
  }

  /** None: the optimizer has nothing to do with it. */
  variables(): readonly NamedVariable[] {
    return [];
  }

  /** Variables and buffers of the target, for checkpoints. */
  buffers(): readonly NamedBuffer[] {
    return this.#targets.flatMap((network) => [
      ...network.variables().map(({ name, variable }) => ({ name, variable })),
      ...network.buffers(),
    ]);
  }

  /**
   * Moves the target. Call it in `afterStep`, after the optimizer's step; or in `beforeStep` where the reference moves it before the
   * key's forward pass (MoCo), which then sees the variables that the last step left. Never within `embed`, which changes nothing.
   * @param momentum in [0, 1]; 0 copies the source, 1 leaves the target; may follow a schedule
   * @throws TesseraError `E_MOMENTUM_RANGE`
   */
  update(momentum: number): void {
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new TesseraError({
        code: 'E_MOMENTUM_RANGE',
        message: `a momentum copy got the momentum ${momentum}, expected a number from 0 to 1`,
        next: 'Check the schedule that it comes from; usual values are 0.99 to 1.',
        kind: 'failure',
      });
    }
    const inputs: NamedTensorMap = {};
    this.#pairs.forEach(({ target, source }, i) => {
      inputs[`w${i}`] = target;
      inputs[`s${i}`] = source;
    });
    withoutGradient(() => {
      withPrecision('f32', () => {
        const count = this.#pairs.length;
        if (tryKernel('TesseraMomentumAverage', inputs, { count, momentum }) !== undefined) return;
        for (const pair of this.#pairs) pair.target.assign(average(pair, momentum));
      });
    });
  }

  dispose(): void {
    for (const network of this.#targets) network.dispose();
  }
}

/** momentum * target + (1 - momentum) * source, from the nearer end: what is equal stays equal, 0 and 1 are exact. */
function average({ target, source }: Pair, momentum: number): Tensor {
  const way = tf.sub(source, target);
  return momentum > 0.5 ? tf.add(target, tf.mul(way, 1 - momentum)) : tf.sub(source, tf.mul(way, momentum));
}

/** Networks of one build have their variables in one order. */
function paired(kind: string, sources: readonly NamedBuffer[], targets: readonly NamedBuffer[]): readonly Pair[] {
  const refuse = (what: string): TesseraError =>
    new TesseraError({
      code: 'E_MOMENTUM_COPY',
      message: `a momentum copy is not like its source: ${what}`,
      next: "Build both alike, the copy under a scope of its own: new MomentumCopy(encoder, build('encoder', { scope: 'target' })).",
      kind: 'failure',
    });
  if (sources.length !== targets.length)
    throw refuse(`it has ${targets.length} ${kind}s, the source has ${sources.length}`);
  return sources.map(({ name, variable: source }, i) => {
    const other = targets[i];
    if (!other) throw refuse(`it has no ${kind} for '${name}'`); // of equal lengths there is one
    const { variable: target } = other;
    if (target === source) throw refuse(`'${name}' is both, and one network cannot follow itself`);
    if (String(target.shape) !== String(source.shape))
      throw refuse(`'${other.name}' is [${target.shape.join(', ')}], '${name}' is [${source.shape.join(', ')}]`);
    return { source, target };
  });
}
