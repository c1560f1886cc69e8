// Batch normalisation forward: the statistics of rows, and y = relu?(x * scale + bias + residual?).
// Part of row_kernels_impl.h: compiled once per instruction set.
#pragma once

#include "row_kernels.h"
#include "row_kernels_vector.h"

namespace tessera {
namespace TESSERA_ISA {

// Rows that fit the first-level cache together, so that a second look at a cache line is free.
TESSERA_INLINE int64_t chunkRows(int64_t channels) {
  const int64_t rows = 8192 / (channels < 1 ? 1 : channels);
  return rows < 4 ? 4 : rows > 512 ? 512 : rows;
}

template <typename P>
void statsOf(const Rows& r, const void* xv, const float* shift, double* sums) {
  const auto* x = static_cast<const typename P::T*>(xv);
  const int64_t C = r.channels, step = chunkRows(C);
  for (int64_t r0 = r.begin; r0 < r.end; r0 += step) {
    const int64_t r1 = r0 + step < r.end ? r0 + step : r.end;
    int64_t c = 0;
    for (; c + kLanes <= C; c += kLanes) {
      const F s = Full::load(shift + c);
      F a0 = s - s, a1 = a0, a2 = a0, a3 = a0, q0 = a0, q1 = a0, q2 = a0, q3 = a0;
      int64_t i = r0;
      for (; i + 4 <= r1; i += 4) {
        const auto* p = x + i * C + c;
        const F v0 = P::load(p) - s, v1 = P::load(p + C) - s, v2 = P::load(p + 2 * C) - s, v3 = P::load(p + 3 * C) - s;
        a0 += v0, a1 += v1, a2 += v2, a3 += v3;
        q0 += v0 * v0, q1 += v1 * v1, q2 += v2 * v2, q3 += v3 * v3;
      }
      for (; i < r1; ++i) {
        const F v = P::load(x + i * C + c) - s;
        a0 += v;
        q0 += v * v;
      }
      const F a = (a0 + a1) + (a2 + a3), q = (q0 + q1) + (q2 + q3);
      for (int64_t l = 0; l < kLanes; ++l) {
        sums[c + l] += a[l];
        sums[C + c + l] += q[l];
      }
    }
    for (; c < C; ++c) {
      float a = 0, q = 0;
      for (int64_t i = r0; i < r1; ++i) {
        const float v = P::one(x[i * C + c]) - shift[c];
        a += v;
        q += v * v;
      }
      sums[c] += a;
      sums[C + c] += q;
    }
  }
}

template <typename P, bool kResidual, bool kRelu>
void affineOf(const Rows& r, const void* xv, const void* resv, void* yv, const float* scale, const float* bias) {
  const auto* x = static_cast<const typename P::T*>(xv);
  const auto* res = static_cast<const typename P::T*>(resv);
  auto* y = static_cast<typename P::T*>(yv);
  const int64_t C = r.channels, step = chunkRows(C);
  for (int64_t r0 = r.begin; r0 < r.end; r0 += step) {
    const int64_t r1 = r0 + step < r.end ? r0 + step : r.end;
    int64_t c = 0;
    for (; c + kLanes <= C; c += kLanes) {
      const F s = Full::load(scale + c), b = Full::load(bias + c);
      for (int64_t i = r0; i < r1; ++i) {
        const int64_t at = i * C + c;
        F v = P::load(x + at) * s + b;
        if constexpr (kResidual) v += P::load(res + at);
        if constexpr (kRelu) v = relu(v);
        P::store(y + at, v);
      }
    }
    for (; c < C; ++c) {
      for (int64_t i = r0; i < r1; ++i) {
        const int64_t at = i * C + c;
        float v = P::one(x[at]) * scale[c] + bias[c];
        if constexpr (kResidual) v += P::one(res[at]);
        if constexpr (kRelu) v = v < 0 ? 0 : v;
        y[at] = P::from(v);
      }
    }
  }
}

template <typename P>
void affineAny(const Rows& r, const void* x, const void* res, void* y, const float* scale, const float* bias, bool relu) {
  if (res != nullptr) {
    relu ? affineOf<P, true, true>(r, x, res, y, scale, bias) : affineOf<P, true, false>(r, x, res, y, scale, bias);
  } else {
    relu ? affineOf<P, false, true>(r, x, res, y, scale, bias) : affineOf<P, false, false>(r, x, res, y, scale, bias);
  }
}

void stats(const Rows& r, const void* x, const float* shift, double* sums) {
  r.half ? statsOf<Half>(r, x, shift, sums) : statsOf<Full>(r, x, shift, sums);
}
void affine(const Rows& r, const void* x, const void* res, void* y, const float* scale, const float* bias, bool relu) {
  r.half ? affineAny<Half>(r, x, res, y, scale, bias, relu) : affineAny<Full>(r, x, res, y, scale, bias, relu);
}

}  // namespace TESSERA_ISA
}  // namespace tessera
