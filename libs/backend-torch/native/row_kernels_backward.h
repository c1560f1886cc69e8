// Batch normalisation backward: the two sums over rows, and dx from them, through a gate where a ReLU followed.
// Part of row_kernels_impl.h: compiled once per instruction set.
#pragma once

#include "row_kernels_forward.h"

namespace tessera {
namespace TESSERA_ISA {

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

}  // namespace TESSERA_ISA
}  // namespace tessera
