// Sixteen floats at a time, from float32 or bfloat16 memory. GCC's and Clang's portable vectors become one, two or four registers.
// Part of row_kernels_impl.h: compiled once per instruction set.
#pragma once

#include <cstdint>
#include <cstring>
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

}  // namespace TESSERA_ISA
}  // namespace tessera
