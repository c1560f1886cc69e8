// PIL's colour arithmetic on bytes, bit for bit: ImageEnhance's blends, the conversion to L, solarize.
#include "pixels.h"

// ImagingBlend: trunc(base + alpha (value - base)) in float32, clamped.
INLINE v128 blend4(v128 base, v128 value, v128 alpha) {
  const v128 mixed = wasm_f32x4_add(to_floats(base),
                                    wasm_f32x4_mul(alpha, to_floats(wasm_i32x4_sub(value, base))));
  return wasm_i32x4_trunc_sat_f32x4(mixed);
}

// The gray of lanes 4 * part .. 4 * part + 3: (19595 R + 38470 G + 7471 B + 2^15) >> 16. Green is halved to fit 16 bits and comes twice.
typedef struct {
  v128 gray[4];
} Gray16;

INLINE Gray16 gray16(Rgb16 p) {
  const v128 with_red = wasm_i32x4_splat(19595 | 19235 << 16), with_blue = wasm_i32x4_splat(19235 | 7471 << 16);
  const v128 half = wasm_i32x4_splat(1 << 15);
  Gray16 out;
  for (int part = 0; part < 4; part++) {
    const v128 rg = part < 2 ? wasm_i8x16_shuffle(p.r, p.g, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
                             : wasm_i8x16_shuffle(p.r, p.g, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const v128 gb = part < 2 ? wasm_i8x16_shuffle(p.g, p.b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
                             : wasm_i8x16_shuffle(p.g, p.b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const v128 rg16 = part & 1 ? wasm_u16x8_extend_high_u8x16(rg) : wasm_u16x8_extend_low_u8x16(rg);
    const v128 gb16 = part & 1 ? wasm_u16x8_extend_high_u8x16(gb) : wasm_u16x8_extend_low_u8x16(gb);
    const v128 sum = wasm_i32x4_add(wasm_i32x4_dot_i16x8(rg16, with_red), wasm_i32x4_dot_i16x8(gb16, with_blue));
    out.gray[part] = wasm_u32x4_shr(wasm_i32x4_add(sum, half), 16);
  }
  return out;
}

/** Blends all bytes with one value: brightness with 0, contrast with the mean gray. May write up to 15 bytes beyond. */
EXPORT(blend_bytes) void blend_bytes(u8 *pixels, i32 length, i32 base, f32 factor) {
  const v128 alpha = wasm_f32x4_splat(factor), low = wasm_i32x4_splat(base);
  for (i32 i = 0; i < length; i += 16) {
    const v128 v = wasm_v128_load(pixels + i);
    wasm_v128_store(pixels + i, narrow(blend4(low, widen(v, 0), alpha), blend4(low, widen(v, 1), alpha),
                                       blend4(low, widen(v, 2), alpha), blend4(low, widen(v, 3), alpha)));
  }
}

/** The sum of all pixels' grays. */
EXPORT(gray_sum_bytes) f64 gray_sum_bytes(u8 *pixels, i32 count) {
  f64 total = 0;
  v128 sum = wasm_i32x4_splat(0);
  i32 rounds = 0;
#define ADD(at)                                                                                                       \
  do {                                                                                                                \
    const Gray16 y = gray16(load_rgb16(at));                                                                          \
    sum = wasm_i32x4_add(sum, wasm_i32x4_add(wasm_i32x4_add(y.gray[0], y.gray[1]), wasm_i32x4_add(y.gray[2], y.gray[3]))); \
    if (++rounds == 1 << 20) {                                                                                        \
      total += (f64)(u32)wasm_i32x4_extract_lane(sum, 0) + (u32)wasm_i32x4_extract_lane(sum, 1) +                     \
               (u32)wasm_i32x4_extract_lane(sum, 2) + (u32)wasm_i32x4_extract_lane(sum, 3);                           \
      sum = wasm_i32x4_splat(0);                                                                                      \
      rounds = 0;                                                                                                     \
    }                                                                                                                 \
  } while (0)
  EACH_16_PIXELS(pixels, count, ADD);
#undef ADD
  return total + (f64)(u32)wasm_i32x4_extract_lane(sum, 0) + (u32)wasm_i32x4_extract_lane(sum, 1) +
         (u32)wasm_i32x4_extract_lane(sum, 2) + (u32)wasm_i32x4_extract_lane(sum, 3);
}

INLINE v128 blend16(Gray16 y, v128 channel, v128 alpha) {
  return narrow(blend4(y.gray[0], widen(channel, 0), alpha), blend4(y.gray[1], widen(channel, 1), alpha),
                blend4(y.gray[2], widen(channel, 2), alpha), blend4(y.gray[3], widen(channel, 3), alpha));
}

INLINE void saturate16(u8 *at, v128 alpha) {
  Rgb16 p = load_rgb16(at);
  const Gray16 y = gray16(p);
  p.r = blend16(y, p.r, alpha);
  p.g = blend16(y, p.g, alpha);
  p.b = blend16(y, p.b, alpha);
  store_rgb16(at, p);
}

EXPORT(saturation_bytes) void saturation_bytes(u8 *pixels, i32 count, f32 factor) {
  const v128 alpha = wasm_f32x4_splat(factor);
#define SATURATE(at) saturate16(at, alpha)
  EACH_16_PIXELS(pixels, count, SATURATE);
#undef SATURATE
}

INLINE void gray_out16(u8 *at) {
  const Gray16 y = gray16(load_rgb16(at));
  const v128 gray = narrow(y.gray[0], y.gray[1], y.gray[2], y.gray[3]);
  store_rgb16(at, (Rgb16){gray, gray, gray});
}

EXPORT(grayscale_bytes) void grayscale_bytes(u8 *pixels, i32 count) { EACH_16_PIXELS(pixels, count, gray_out16); }

/** Inverts bytes at or above the threshold (0..256). May write up to 15 bytes beyond. */
EXPORT(solarize_bytes) void solarize_bytes(u8 *pixels, i32 length, i32 threshold) {
  if (threshold > 255) return;
  const v128 from = wasm_i8x16_splat((int8_t)threshold);
  for (i32 i = 0; i < length; i += 16) {
    const v128 v = wasm_v128_load(pixels + i);
    wasm_v128_store(pixels + i, wasm_v128_xor(v, wasm_u8x16_ge(v, from)));
  }
}
