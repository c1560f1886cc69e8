import { toFloat32 } from '@tessera/engine';
import { add, customGrad, erf, exp, mul, square, tidy, type GradSaveFunc, type Tensor } from '@tensorflow/tfjs-core';

/**
 * x Phi(x) with Phi the standard normal distribution (Hendrycks and Gimpel 2016), by erf and not by its tanh approximation; torch's
 * `GELU()`. In float32. Gradient: dy (Phi(x) + x phi(x)), from x alone.
 */
export function gelu<T extends Tensor>(x: T): T {
  const operation = customGrad<T>((...args) => {
    const [x_, save] = args as [T, GradSaveFunc];
    save([x_]);
    const value = tidy(() => {
      const x32 = toFloat32(x_);
      return mul<T>(x32, distribution(x32));
    });
    return { value, gradFunc: (dy, [saved]) => tidy(() => mul(toFloat32(dy), slope(toFloat32(saved as T)))) };
  });
  return operation(x);
}

/** Phi(x) = (1 + erf(x / sqrt 2)) / 2 */
function distribution(x: Tensor): Tensor {
  return add(mul(erf(mul(x, Math.SQRT1_2)), 0.5), 0.5);
}

function slope(x: Tensor): Tensor {
  const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(distribution(x), mul(x, density));
}
