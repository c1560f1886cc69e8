import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensorMap, Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';

/** A recorded operation, as tfjs's tape holds it; tfjs-core does not export its type. A result without a gradient has null. */
interface TapeNode {
  readonly saved?: readonly Tensor[];
  gradient?: (dys: (Tensor | null)[]) => Record<string, () => Tensor>;
}

/**
 * `tf.variableGrads` with the memory of a backward pass that frees what it has used: the activations that an operation saved, and the
 * gradient of its result, go once its own gradient is computed. tfjs keeps all of them until the last one.
 *
 * The gradients are the same. `loss` must not hand tensors of its forward pass to somebody who differentiates them again.
 * @returns the loss and the gradients by the variables' tfjs names, all the caller's
 * @throws what `tf.variableGrads` and `loss` throw, after which nothing of the forward pass is left
 */
export function variableGradients(
  loss: () => Scalar,
  variables: Variable[],
): { readonly value: Scalar; readonly grads: NamedTensorMap } {
  return tf.variableGrads(() => {
    try {
      const value = loss();
      releaseWhenDone(activeTape());
      return value;
    } catch (error) {
      // tfjs keeps what operations saved for a backward pass that will not come.
      for (const { saved = [] } of activeTape()) for (const tensor of saved) tensor.dispose();
      throw error;
    }
  }, variables);
}

function activeTape(): readonly TapeNode[] {
  return tf.engine().state.activeTape as readonly object[];
}

/** The tape is gone through from the end: when an operation's turn comes, the one before it is done. */
function releaseWhenDone(tape: readonly TapeNode[]): void {
  let done: () => void = () => undefined;
  for (const node of tape) {
    const { gradient, saved = [] } = node;
    if (!gradient) continue;
    node.gradient = (dys) => {
      done();
      const results = new Set<Tensor>();
      done = () => {
        for (const tensor of saved) tensor.dispose();
        // A gradient function may hand its argument on as its result.
        for (const dy of dys) if (dy && !results.has(dy)) dy.dispose();
      };
      return Object.fromEntries(
        Object.entries(gradient(dys)).map(([input, compute]) => [
          input,
          () => {
            const dx = compute();
            results.add(dx);
            return dx;
          },
        ]),
      );
    };
  }
}
