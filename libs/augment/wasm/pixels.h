// What every kernel needs: types, loads of pixels, and steps between bytes and wider lanes.
// Pixels are interleaved RGB, rows without padding. Kernels may read (never use) up to 64 bytes beyond a region; the caller leaves that room.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define INLINE static inline __attribute__((always_inline))

typedef uint8_t u8;
typedef int32_t i32;
typedef uint32_t u32;
typedef float f32;
typedef double f64;
typedef v128_t v128;

INLINE i32 min_i(i32 a, i32 b) { return a < b ? a : b; }
INLINE i32 max_i(i32 a, i32 b) { return a > b ? a : b; }
INLINE i32 clamp_i(i32 x, i32 low, i32 high) { return min_i(max_i(x, low), high); }
INLINE i32 round_up(i32 x, i32 to) { return (x + to - 1) / to * to; }

// 16 pixels of bytes, one register a channel.
typedef struct {
  v128 r, g, b;
} Rgb16;

INLINE Rgb16 load_rgb16(const u8 *at) {
  const v128 a = wasm_v128_load(at), b = wasm_v128_load(at + 16), c = wasm_v128_load(at + 32);
  Rgb16 p;
  p.r = wasm_i8x16_shuffle(wasm_i8x16_shuffle(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0), c,
                           0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
  p.g = wasm_i8x16_shuffle(wasm_i8x16_shuffle(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0), c,
                           0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
  p.b = wasm_i8x16_shuffle(wasm_i8x16_shuffle(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0), c,
                           0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
  return p;
}

INLINE void store_rgb16(u8 *at, Rgb16 p) {
  const v128 a = wasm_i8x16_shuffle(p.r, p.g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  const v128 b = wasm_i8x16_shuffle(p.r, p.g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  const v128 c = wasm_i8x16_shuffle(p.r, p.g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  wasm_v128_store(at, wasm_i8x16_shuffle(a, p.b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  wasm_v128_store(at + 16, wasm_i8x16_shuffle(b, p.b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15));
  wasm_v128_store(at + 32, wasm_i8x16_shuffle(c, p.b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31));
}

// 4 pixels of floats, one register a channel.
typedef struct {
  v128 r, g, b;
} Rgb4;

INLINE Rgb4 load_rgb4(const f32 *at) {
  const v128 a = wasm_v128_load(at), b = wasm_v128_load(at + 4), c = wasm_v128_load(at + 8);
  Rgb4 p;
  p.r = wasm_i32x4_shuffle(wasm_i32x4_shuffle(a, b, 0, 3, 6, 6), c, 0, 1, 2, 5);
  p.g = wasm_i32x4_shuffle(wasm_i32x4_shuffle(a, b, 1, 4, 7, 7), c, 0, 1, 2, 6);
  p.b = wasm_i32x4_shuffle(wasm_i32x4_shuffle(a, b, 2, 5, 5, 5), c, 0, 1, 4, 7);
  return p;
}

INLINE void store_rgb4(f32 *at, Rgb4 p) {
  wasm_v128_store(at, wasm_i32x4_shuffle(wasm_i32x4_shuffle(p.r, p.g, 0, 4, 1, 1), p.b, 0, 1, 4, 2));
  wasm_v128_store(at + 4, wasm_i32x4_shuffle(wasm_i32x4_shuffle(p.g, p.b, 1, 5, 2, 2), p.r, 0, 1, 6, 2));
  wasm_v128_store(at + 8, wasm_i32x4_shuffle(wasm_i32x4_shuffle(p.b, p.r, 2, 7, 3, 3), p.g, 0, 1, 7, 2));
}

// The value itself, of which the compiler does not know where it comes from: clang 14 takes some widenings and conversions of widened bytes
// apart into operations on single lanes.
INLINE v128 whole(v128 value) {
  __asm__("" : "+r"(value));
  return value;
}

INLINE v128 to_floats(v128 integers) { return wasm_f32x4_convert_i32x4(whole(integers)); }

// Lanes 4 * part .. 4 * part + 3 of 16 bytes, as integers.
INLINE v128 widen(v128 bytes, int part) {
  const v128 half = part < 2 ? wasm_u16x8_extend_low_u8x16(bytes) : wasm_u16x8_extend_high_u8x16(bytes);
  return part & 1 ? wasm_u32x4_extend_high_u16x8(half) : wasm_u32x4_extend_low_u16x8(half);
}

// 4 x 4 integers as 16 bytes, clamped to 0..255.
INLINE v128 narrow(v128 a, v128 b, v128 c, v128 d) {
  return wasm_u8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(a, b), wasm_i16x8_narrow_i32x4(c, d));
}

INLINE v128 clamp_unit(v128 x) { return wasm_f32x4_pmin(wasm_f32x4_pmax(x, wasm_f32x4_splat(0)), wasm_f32x4_splat(1)); }

// Applies `kernel` (u8 *at, 16 pixels in place) to all pixels; the last few go through a buffer.
#define EACH_16_PIXELS(pixels, count, kernel)                                       \
  do {                                                                              \
    i32 each_i = 0;                                                                 \
    for (; each_i + 16 <= (count); each_i += 16) kernel((pixels) + each_i * 3);     \
    if (each_i < (count)) {                                                         \
      u8 each_tail[48] = {0};                                                       \
      __builtin_memcpy(each_tail, (pixels) + each_i * 3, ((count) - each_i) * 3);   \
      kernel(each_tail);                                                            \
      __builtin_memcpy((pixels) + each_i * 3, each_tail, ((count) - each_i) * 3);   \
    }                                                                               \
  } while (0)

// The same for 4 pixels of floats.
#define EACH_4_PIXELS(pixels, count, kernel)                                        \
  do {                                                                              \
    i32 each_i = 0;                                                                 \
    for (; each_i + 4 <= (count); each_i += 4) kernel((pixels) + each_i * 3);       \
    if (each_i < (count)) {                                                         \
      f32 each_tail[12] = {0};                                                      \
      __builtin_memcpy(each_tail, (pixels) + each_i * 3, ((count) - each_i) * 12);  \
      kernel(each_tail);                                                            \
      __builtin_memcpy((pixels) + each_i * 3, each_tail, ((count) - each_i) * 12);  \
    }                                                                               \
  } while (0)
