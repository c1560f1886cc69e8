/**
 * Self-attention (Vaswani et al. 2017): softmax(q k^T / sqrt(d)) v for every head. Legend: B images, T tokens, D width, H heads of d = D / H
 * channels.
 */
import { toFloat32, tryKernel } from '@tessera/engine';
import {
  concat,
  customGrad,
  matMul,
  mul,
  reshape,
  softmax,
  split,
  sub,
  sum,
  tidy,
  transpose,
  type GradSaveFunc,
  type Rank,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';

/**
 * The softmax is float32 in bf16, too; there the result is bf16, as a matrix product's is.
 * @param qkv_BTE queries, keys and values of every token, each head by head, [B, T, 3 D] @param heads they divide D @returns [B, T, D]
 */
export function attention(qkv_BTE: Tensor3D, heads: number): Tensor3D {
  const operation = customGrad<Tensor3D>((...args) => {
    const [qkv, save] = args as [Tensor3D, GradSaveFunc];
    const [y, sums] = tryKernel('TesseraAttention', { qkv }, { heads }) ?? [];
    if (y && sums) {
      save([qkv, y, sums]);
      return { value: y as Tensor3D, gradFunc: (dy, saved) => fusedGradient(dy, saved, heads) };
    }
    const [composed, weights_BHTT] = tidy(() => composedForward(qkv, heads));
    save([qkv, weights_BHTT]);
    return {
      value: composed,
      gradFunc: (dy, saved) => tidy(() => composedGradient(dy, saved as [Tensor3D, Tensor4D], heads)),
    };
  });
  return operation(qkv_BTE);
}

function fusedGradient(dy: Tensor, saved: Tensor[], heads: number): Tensor {
  const [qkv, y, sums] = saved as [Tensor, Tensor, Tensor];
  const [dqkv] = tryKernel('TesseraAttentionGrad', { dy, qkv, y, sums }, { heads }) as [Tensor];
  return dqkv;
}

/** [B, T, D] -> [B, H, T, d] */
function byHead(x_BTD: Tensor3D, heads: number): Tensor4D {
  const [images, tokens, width] = x_BTD.shape;
  return transpose(reshape(x_BTD, [images, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** [B, H, T, d] -> [B, T, D] */
function together(x_BHTd: Tensor4D): Tensor3D {
  const [images, heads, tokens, depth] = x_BHTd.shape;
  return reshape<Rank.R3>(transpose(x_BHTd, [0, 2, 1, 3]), [images, tokens, heads * depth]);
}

function parts(qkv_BTE: Tensor3D, heads: number): [q: Tensor4D, k: Tensor4D, v: Tensor4D] {
  return split<Tensor3D>(qkv_BTE, 3, 2).map((part) => byHead(part, heads)) as [Tensor4D, Tensor4D, Tensor4D];
}

const scaleOf = (q_BHTd: Tensor4D): number => 1 / Math.sqrt(q_BHTd.shape[3]);

function composedForward(qkv_BTE: Tensor3D, heads: number): [y_BTD: Tensor3D, weights_BHTT: Tensor4D] {
  const [q, k, v] = parts(qkv_BTE, heads);
  const weights_BHTT = softmax<Tensor4D>(mul(matMul(q, k, false, true), scaleOf(q)));
  return [together(matMul(weights_BHTT, v)), weights_BHTT];
}

/** With p the softmax: dv = p^T dy; dp = dy v^T; ds = p (dp - sum(p dp)) / sqrt(d), the sum over a row; dq = ds k; dk = ds^T q. */
function composedGradient(dy_BTD: Tensor3D, [qkv_BTE, p_BHTT]: [Tensor3D, Tensor4D], heads: number): Tensor {
  const [q, k, v] = parts(qkv_BTE, heads);
  const dy = byHead(dy_BTD, heads);
  const dp_BHTT = toFloat32(matMul<Tensor4D>(dy, v, false, true));
  const weighted_BHTT = mul<Tensor4D>(dp_BHTT, p_BHTT);
  const ds_BHTT = mul<Tensor4D>(sub(weighted_BHTT, mul(p_BHTT, sum(weighted_BHTT, 3, true))), scaleOf(q));
  const gradients = [matMul(ds_BHTT, k), matMul(ds_BHTT, q, true, false), matMul(p_BHTT, dy, true, false)];
  return concat(
    gradients.map((one) => together(one as Tensor4D)),
    2,
  );
}
