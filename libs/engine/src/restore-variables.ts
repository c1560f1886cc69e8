import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { TesseraError } from '@tessera/core';
import { toFloat32 } from './to-float32.ts';

/**
 * Copies saved values into variables, all or none.
 * @param owner what is being restored, for the message: `encoder`, `optimizer sgd`
 * @param tensors by variable name; borrowed
 * @throws TesseraError `E_STATE_MISMATCH` on a missing or unknown name, another shape or another dtype
 */
export function restoreVariables(
  owner: string,
  variables: readonly { readonly name: string; readonly variable: Variable }[],
  tensors: Readonly<Record<string, Tensor>>,
): void {
  const problems: string[] = [];
  const known = new Set(variables.map(({ name }) => name));
  for (const { name, variable } of variables) {
    const saved = tensors[name];
    if (!saved) problems.push(`'${name}' is missing`);
    else if (String(saved.shape) !== String(variable.shape)) {
      problems.push(`'${name}' is [${String(saved.shape)}], expected [${String(variable.shape)}]`);
    } else if (saved.dtype !== variable.dtype) {
      problems.push(`'${name}' is ${saved.dtype}, expected ${variable.dtype}`);
    }
  }
  for (const name of Object.keys(tensors)) if (!known.has(name)) problems.push(`'${name}' is not known`);
  if (problems.length > 0) {
    const shown = problems.slice(0, 4).join('; ');
    const more = problems.length > 4 ? `; and ${String(problems.length - 4)} more` : '';
    throw new TesseraError({
      code: 'E_STATE_MISMATCH',
      message: `the saved state does not fit the ${owner}: ${shown}${more}`,
      next: 'Restore with the configuration that the state was saved with.',
    });
  }
  for (const { name, variable } of variables) {
    const saved = tensors[name];
    if (saved)
      tf.tidy(() => {
        variable.assign(copyOf(saved));
      });
  }
}

/** New memory with the same values: `clone` shares it, and an optimizer that works in place would then change the saved state. */
function copyOf(x: Tensor): Tensor {
  return tf.tensor(toFloat32(x).dataSync().slice(), x.shape, x.dtype);
}
