// The loops of row_kernels.h. Included by one file per instruction set, which defines TESSERA_ISA and is compiled for it.
// GCC's and Clang's portable vectors of 16 floats become one, two or four registers.

#include <cmath>
#include <cstring>

#include "row_kernels.h"
#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

namespace tessera {
namespace TESSERA_ISA {

constexpr int64_t kLanes = 16;
using F = float __attribute__((vector_size(64)));
using U = uint32_t __attribute__((vector_size(64)));
using H = uint16_t __attribute__((vector_size(32)));
#define TESSERA_INLINE inline __attribute__((always_inline))

struct Full {
  using T = float;
  static TESSERA_INLINE F load(const T* p) {
    F v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }
  static TESSERA_INLINE void store(T* p, F v) { std::memcpy(p, &v, sizeof v); }
  static TESSERA_INLINE float one(T v) { return v; }
  static TESSERA_INLINE T from(float v) { return v; }
};

struct Half {
  using T = uint16_t;
  static TESSERA_INLINE F load(const T* p) {
    H h;
    std::memcpy(&h, p, sizeof h);
    const U wide = __builtin_convertvector(h, U) << 16;
    F v;
    std::memcpy(&v, &wide, sizeof v);
    return v;
  }
  static TESSERA_INLINE void store(T* p, F v) {
#if defined(__AVX512BF16__)
    __m512 m;
    std::memcpy(&m, &v, sizeof m);
    const __m256bh h = _mm512_cvtneps_pbh(m);
    std::memcpy(p, &h, sizeof h);
#else
    U bits;
    std::memcpy(&bits, &v, sizeof bits);
    const U rounded = (bits + (((bits >> 16) & 1) + 0x7fff)) >> 16;
    const U nan = (U)(v != v);
    const H h = __builtin_convertvector((rounded & ~nan) | (nan & 0x7fc0), H);
    std::memcpy(p, &h, sizeof h);
#endif
  }
  static TESSERA_INLINE float one(T v) {
    const uint32_t bits = static_cast<uint32_t>(v) << 16;
    float out;
    std::memcpy(&out, &bits, sizeof out);
    return out;
  }
  static TESSERA_INLINE T from(float v) {
    if (v != v) return 0x7fc0;
    uint32_t bits;
    std::memcpy(&bits, &v, sizeof bits);
    return static_cast<T>((bits + ((bits >> 16) & 1) + 0x7fff) >> 16);
  }
};

// NaN stays NaN, as in libtorch's relu.
TESSERA_INLINE F relu(F v) {
  const U keep = ~(U)(v < 0.0f);
  U bits;
  std::memcpy(&bits, &v, sizeof bits);
  bits &= keep;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}
TESSERA_INLINE F where(F condition, F v) {
  const U keep = (U)(condition > 0.0f);
  U bits;
  std::memcpy(&bits, &v, sizeof bits);
  bits &= keep;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

// The three kinds of Gate, chosen at compile time.
enum class GateKind { kOpen, kOutput, kAffine };

template <typename P, GateKind kGate>
TESSERA_INLINE F gated(F d, F x, const typename P::T* y, F scale, F bias) {
  if constexpr (kGate == GateKind::kOutput) return where(P::load(y), d);
  if constexpr (kGate == GateKind::kAffine) return where(x * scale + bias, d);
  return d;
}
template <typename P, GateKind kGate>
TESSERA_INLINE float gatedOne(float d, float x, const typename P::T* y, float scale, float bias) {
  if constexpr (kGate == GateKind::kOutput) return P::one(*y) > 0 ? d : 0;
  if constexpr (kGate == GateKind::kAffine) return x * scale + bias > 0 ? d : 0;
  return d;
}

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

template <typename P, GateKind kGate>
void gradSumsOf(const Rows& r, const void* dyv, const void* xv, const Gate& gate, const float* shift, double* sums) {
  const auto* dy = static_cast<const typename P::T*>(dyv);
  const auto* x = static_cast<const typename P::T*>(xv);
  const auto* y = static_cast<const typename P::T*>(gate.y);
  constexpr bool kAffine = kGate == GateKind::kAffine;
  const int64_t C = r.channels, step = chunkRows(C);
  for (int64_t r0 = r.begin; r0 < r.end; r0 += step) {
    const int64_t r1 = r0 + step < r.end ? r0 + step : r.end;
    int64_t c = 0;
    for (; c + kLanes <= C; c += kLanes) {
      const F s = Full::load(shift + c);
      const F gs = kAffine ? Full::load(gate.scale + c) : s, gb = kAffine ? Full::load(gate.bias + c) : s;
      F a0 = s - s, a1 = a0, q0 = a0, q1 = a0;
      int64_t i = r0;
      for (; i + 2 <= r1; i += 2) {
        const int64_t at = i * C + c, next = at + C;
        const F x0 = P::load(x + at), x1 = P::load(x + next);
        const F d0 = gated<P, kGate>(P::load(dy + at), x0, y + at, gs, gb);
        const F d1 = gated<P, kGate>(P::load(dy + next), x1, y + next, gs, gb);
        a0 += d0, a1 += d1;
        q0 += d0 * (x0 - s), q1 += d1 * (x1 - s);
      }
      for (; i < r1; ++i) {
        const int64_t at = i * C + c;
        const F x0 = P::load(x + at), d = gated<P, kGate>(P::load(dy + at), x0, y + at, gs, gb);
        a0 += d;
        q0 += d * (x0 - s);
      }
      const F a = a0 + a1, q = q0 + q1;
      for (int64_t l = 0; l < kLanes; ++l) {
        sums[c + l] += a[l];
        sums[C + c + l] += q[l];
      }
    }
    for (; c < C; ++c) {
      const float gs = kAffine ? gate.scale[c] : 0, gb = kAffine ? gate.bias[c] : 0;
      float a = 0, q = 0;
      for (int64_t i = r0; i < r1; ++i) {
        const int64_t at = i * C + c;
        const float x0 = P::one(x[at]), d = gatedOne<P, kGate>(P::one(dy[at]), x0, y + at, gs, gb);
        a += d;
        q += d * (x0 - shift[c]);
      }
      sums[c] += a;
      sums[C + c] += q;
    }
  }
}

template <typename P, GateKind kGate, bool kResidual>
void gradApplyOf(const Rows& r, const void* dyv, const void* xv, const Gate& gate, void* dxv, void* drv, const float* a,
                 const float* b, const float* k) {
  const auto* dy = static_cast<const typename P::T*>(dyv);
  const auto* x = static_cast<const typename P::T*>(xv);
  const auto* y = static_cast<const typename P::T*>(gate.y);
  auto* dx = static_cast<typename P::T*>(dxv);
  auto* dr = static_cast<typename P::T*>(drv);
  constexpr bool kAffine = kGate == GateKind::kAffine;
  const int64_t C = r.channels, step = chunkRows(C);
  for (int64_t r0 = r.begin; r0 < r.end; r0 += step) {
    const int64_t r1 = r0 + step < r.end ? r0 + step : r.end;
    int64_t c = 0;
    for (; c + kLanes <= C; c += kLanes) {
      const F av = Full::load(a + c), bv = Full::load(b + c), kv = Full::load(k + c);
      const F gs = kAffine ? Full::load(gate.scale + c) : av, gb = kAffine ? Full::load(gate.bias + c) : av;
      for (int64_t i = r0; i < r1; ++i) {
        const int64_t at = i * C + c;
        const F x0 = P::load(x + at), d = gated<P, kGate>(P::load(dy + at), x0, y + at, gs, gb);
        if constexpr (kResidual) P::store(dr + at, d);
        P::store(dx + at, d * av + (x0 * bv + kv));
      }
    }
    for (; c < C; ++c) {
      const float gs = kAffine ? gate.scale[c] : 0, gb = kAffine ? gate.bias[c] : 0;
      for (int64_t i = r0; i < r1; ++i) {
        const int64_t at = i * C + c;
        const float x0 = P::one(x[at]), d = gatedOne<P, kGate>(P::one(dy[at]), x0, y + at, gs, gb);
        if constexpr (kResidual) dr[at] = P::from(d);
        dx[at] = P::from(d * a[c] + (x0 * b[c] + k[c]));
      }
    }
  }
}

template <typename P>
void reluGradOf(int64_t i, int64_t end, const void* dyv, const void* yv, void* dxv) {
  const auto* dy = static_cast<const typename P::T*>(dyv);
  const auto* y = static_cast<const typename P::T*>(yv);
  auto* dx = static_cast<typename P::T*>(dxv);
  for (; i + kLanes <= end; i += kLanes) P::store(dx + i, where(P::load(y + i), P::load(dy + i)));
  for (; i < end; ++i) dx[i] = P::one(y[i]) > 0 ? dy[i] : typename P::T{};
}

template <typename P>
void addReluOf(int64_t i, int64_t end, const void* av, const void* bv, void* yv) {
  const auto* a = static_cast<const typename P::T*>(av);
  const auto* b = static_cast<const typename P::T*>(bv);
  auto* y = static_cast<typename P::T*>(yv);
  for (; i + kLanes <= end; i += kLanes) P::store(y + i, relu(P::load(a + i) + P::load(b + i)));
  for (; i < end; ++i) {
    const float v = P::one(a[i]) + P::one(b[i]);
    y[i] = P::from(v < 0 ? 0 : v);
  }
}

void stats(const Rows& r, const void* x, const float* shift, double* sums) {
  r.half ? statsOf<Half>(r, x, shift, sums) : statsOf<Full>(r, x, shift, sums);
}
void affine(const Rows& r, const void* x, const void* res, void* y, const float* scale, const float* bias, bool relu) {
  r.half ? affineAny<Half>(r, x, res, y, scale, bias, relu) : affineAny<Full>(r, x, res, y, scale, bias, relu);
}
template <typename P>
void gradSumsAny(const Rows& r, const void* dy, const void* x, const Gate& gate, const float* shift, double* sums) {
  if (gate.scale != nullptr) return gradSumsOf<P, GateKind::kAffine>(r, dy, x, gate, shift, sums);
  if (gate.y != nullptr) return gradSumsOf<P, GateKind::kOutput>(r, dy, x, gate, shift, sums);
  gradSumsOf<P, GateKind::kOpen>(r, dy, x, gate, shift, sums);
}
void gradSums(const Rows& r, const void* dy, const void* x, const Gate& gate, const float* shift, double* sums) {
  r.half ? gradSumsAny<Half>(r, dy, x, gate, shift, sums) : gradSumsAny<Full>(r, dy, x, gate, shift, sums);
}
template <typename P, GateKind kGate>
void gradApplyGated(const Rows& r, const void* dy, const void* x, const Gate& gate, void* dx, void* dr, const float* a,
                    const float* b, const float* k) {
  dr != nullptr ? gradApplyOf<P, kGate, true>(r, dy, x, gate, dx, dr, a, b, k)
                : gradApplyOf<P, kGate, false>(r, dy, x, gate, dx, dr, a, b, k);
}
template <typename P>
void gradApplyAny(const Rows& r, const void* dy, const void* x, const Gate& gate, void* dx, void* dr, const float* a, const float* b,
                  const float* k) {
  if (gate.scale != nullptr) return gradApplyGated<P, GateKind::kAffine>(r, dy, x, gate, dx, dr, a, b, k);
  if (gate.y != nullptr) return gradApplyGated<P, GateKind::kOutput>(r, dy, x, gate, dx, dr, a, b, k);
  gradApplyGated<P, GateKind::kOpen>(r, dy, x, gate, dx, dr, a, b, k);
}
void gradApply(const Rows& r, const void* dy, const void* x, const Gate& gate, void* dx, void* dr, const float* a, const float* b,
               const float* k) {
  r.half ? gradApplyAny<Half>(r, dy, x, gate, dx, dr, a, b, k) : gradApplyAny<Full>(r, dy, x, gate, dx, dr, a, b, k);
}
void reluGrad(bool half, int64_t begin, int64_t end, const void* dy, const void* y, void* dx) {
  half ? reluGradOf<Half>(begin, end, dy, y, dx) : reluGradOf<Full>(begin, end, dy, y, dx);
}
void addRelu(bool half, int64_t begin, int64_t end, const void* a, const void* b, void* y) {
  half ? addReluOf<Half>(begin, end, a, b, y) : addReluOf<Full>(begin, end, a, b, y);
}

void sgd(int64_t begin, int64_t end, float* __restrict w, const float* __restrict g, float* __restrict m, float lr, float factor,
         float decay, bool nesterov) {
  if (m == nullptr) {
    for (int64_t i = begin; i < end; ++i) w[i] -= lr * (g[i] + decay * w[i]);
  } else if (nesterov) {
    for (int64_t i = begin; i < end; ++i) {
      const float d = g[i] + decay * w[i], buffer = factor * m[i] + d;
      m[i] = buffer;
      w[i] -= lr * (d + factor * buffer);
    }
  } else {
    for (int64_t i = begin; i < end; ++i) {
      const float buffer = factor * m[i] + (g[i] + decay * w[i]);
      m[i] = buffer;
      w[i] -= lr * buffer;
    }
  }
}

void adamw(int64_t begin, int64_t end, float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v,
           float decay, float beta1, float beta2, float stepSize, float rootCorrection, float epsilon) {
  for (int64_t i = begin; i < end; ++i) {
    const float first = m[i] + (1 - beta1) * (g[i] - m[i]), second = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    m[i] = first;
    v[i] = second;
    w[i] = w[i] * decay - stepSize * first / (std::sqrt(second) / rootCorrection + epsilon);
  }
}

#define TESSERA_TEXT_(x) #x
#define TESSERA_TEXT(x) TESSERA_TEXT_(x)
extern const RowKernels kernels;
const RowKernels kernels = {TESSERA_TEXT(TESSERA_ISA), stats, affine, gradSums, gradApply, reluGrad, addRelu, sgd, adamw};

}  // namespace TESSERA_ISA
}  // namespace tessera
