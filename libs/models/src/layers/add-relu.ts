import { toFloat32, tryKernel } from '@tessera/engine';
import { add, customGrad, mul, relu, step, tidy, type GradSaveFunc, type Tensor } from '@tensorflow/tfjs-core';

/**
 * relu(a + b) in one pass over memory where the engine has it; for a residual addition that no normalisation precedes (after one,
 * createBatchNorm adds and activates itself). Shapes must be equal. In bf16 where both are. Gradient: dy where y > 0, to both.
 */
export function addRelu<T extends Tensor>(a: T, b: T): T {
  const operation = customGrad<T>((...args) => {
    const save = args.at(-1) as GradSaveFunc;
    const y = (tryKernel('TesseraAddRelu', { a, b })?.[0] ?? relu(add(a, b))) as T;
    save([y]);
    return {
      value: y,
      gradFunc: (dy, [saved]) =>
        tidy(() => {
          const g = tryKernel('TesseraReluGrad', { dy, y: saved as T })?.[0] ?? mul(dy, step(toFloat32(saved as T)));
          return [g, g.clone()];
        }),
    };
  });
  return operation(a, b);
}
