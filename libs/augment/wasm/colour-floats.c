// torchvision's colour arithmetic on float tensors in [0, 1].
#include "pixels.h"

INLINE v128 gray4(Rgb4 p) {
  const v128 red = wasm_f32x4_mul(wasm_f32x4_splat(0.2989f), p.r), green = wasm_f32x4_mul(wasm_f32x4_splat(0.587f), p.g);
  return wasm_f32x4_add(wasm_f32x4_add(red, green), wasm_f32x4_mul(wasm_f32x4_splat(0.114f), p.b));
}

/** Clamps factor * value + offset to [0, 1]: brightness (offset 0) and contrast. May write up to 3 floats beyond. */
EXPORT(scale_floats) void scale_floats(f32 *pixels, i32 length, f32 factor, f32 offset) {
  const v128 times = wasm_f32x4_splat(factor), plus = wasm_f32x4_splat(offset);
  for (i32 i = 0; i < length; i += 4)
    wasm_v128_store(pixels + i, clamp_unit(wasm_f32x4_add(wasm_f32x4_mul(times, wasm_v128_load(pixels + i)), plus)));
}

/** The sum of all pixels' grays. */
EXPORT(gray_sum_floats) f64 gray_sum_floats(f32 *pixels, i32 count) {
  v128 low = wasm_f64x2_splat(0), high = low;
#define ADD(at)                                                                                       \
  do {                                                                                                \
    const v128 gray = gray4(load_rgb4(at));                                                           \
    low = wasm_f64x2_add(low, wasm_f64x2_promote_low_f32x4(gray));                                    \
    high = wasm_f64x2_add(high, wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(gray, gray, 2, 3, 2, 3))); \
  } while (0)
  EACH_4_PIXELS(pixels, count, ADD);
#undef ADD
  const v128 sum = wasm_f64x2_add(low, high);
  return wasm_f64x2_extract_lane(sum, 0) + wasm_f64x2_extract_lane(sum, 1);
}

INLINE void saturate4(f32 *at, v128 factor, v128 rest) {
  Rgb4 p = load_rgb4(at);
  const v128 gray = wasm_f32x4_mul(rest, gray4(p));
  p.r = clamp_unit(wasm_f32x4_add(wasm_f32x4_mul(factor, p.r), gray));
  p.g = clamp_unit(wasm_f32x4_add(wasm_f32x4_mul(factor, p.g), gray));
  p.b = clamp_unit(wasm_f32x4_add(wasm_f32x4_mul(factor, p.b), gray));
  store_rgb4(at, p);
}

EXPORT(saturation_floats) void saturation_floats(f32 *pixels, i32 count, f32 factor) {
  const v128 times = wasm_f32x4_splat(factor), rest = wasm_f32x4_splat(1 - factor);
#define SATURATE(at) saturate4(at, times, rest)
  EACH_4_PIXELS(pixels, count, SATURATE);
#undef SATURATE
}

INLINE void gray_out4(f32 *at) {
  const v128 gray = gray4(load_rgb4(at));
  store_rgb4(at, (Rgb4){gray, gray, gray});
}

EXPORT(grayscale_floats) void grayscale_floats(f32 *pixels, i32 count) { EACH_4_PIXELS(pixels, count, gray_out4); }

/** Inverts values at or above the threshold. May write up to 3 floats beyond. */
EXPORT(solarize_floats) void solarize_floats(f32 *pixels, i32 length, f32 threshold) {
  const v128 from = wasm_f32x4_splat(threshold), one = wasm_f32x4_splat(1);
  for (i32 i = 0; i < length; i += 4) {
    const v128 v = wasm_v128_load(pixels + i);
    wasm_v128_store(pixels + i, wasm_v128_bitselect(wasm_f32x4_sub(one, v), v, wasm_f32x4_ge(v, from)));
  }
}

// A channel whose height above the lowest is the share `w` of the chroma. The highest stays as it is; others are clamped.
INLINE v128 channel4(v128 high, v128 chroma, v128 w) {
  const v128 one = wasm_f32x4_splat(1), share = clamp_unit(w);
  const v128 value = wasm_f32x4_sub(high, wasm_f32x4_mul(chroma, wasm_f32x4_sub(one, share)));
  return wasm_v128_bitselect(high, clamp_unit(value), wasm_f32x4_ge(w, one));
}

INLINE void hue4(f32 *at, v128 shift) {
  const Rgb4 in = load_rgb4(at);
  const v128 high = wasm_f32x4_pmax(wasm_f32x4_pmax(in.r, in.g), in.b), low = wasm_f32x4_pmin(wasm_f32x4_pmin(in.r, in.g), in.b);
  const v128 chroma = wasm_f32x4_sub(high, low), one = wasm_f32x4_splat(1), two = wasm_f32x4_splat(2), six = wasm_f32x4_splat(6);
  const v128 r_high = wasm_f32x4_eq(high, in.r), g_high = wasm_f32x4_eq(high, in.g);
  // Position on the hue hexagon, in sixths of the circle.
  const v128 from = wasm_v128_bitselect(in.g, wasm_v128_bitselect(in.b, in.r, g_high), r_high);
  const v128 less = wasm_v128_bitselect(in.b, wasm_v128_bitselect(in.r, in.g, g_high), r_high);
  const v128 base = wasm_v128_andnot(wasm_v128_bitselect(two, wasm_f32x4_splat(4), g_high), r_high);
  v128 h = wasm_f32x4_add(wasm_f32x4_add(base, wasm_f32x4_div(wasm_f32x4_sub(from, less), chroma)), shift);
  h = wasm_f32x4_add(h, wasm_v128_and(six, wasm_f32x4_lt(h, wasm_f32x4_splat(0))));
  h = wasm_f32x4_sub(h, wasm_v128_and(six, wasm_f32x4_ge(h, six)));
  Rgb4 out;
  out.r = channel4(high, chroma, wasm_f32x4_sub(wasm_f32x4_abs(wasm_f32x4_sub(h, wasm_f32x4_splat(3))), one));
  out.g = channel4(high, chroma, wasm_f32x4_sub(two, wasm_f32x4_abs(wasm_f32x4_sub(h, two))));
  out.b = channel4(high, chroma, wasm_f32x4_sub(two, wasm_f32x4_abs(wasm_f32x4_sub(h, wasm_f32x4_splat(4)))));
  const v128 gray = wasm_f32x4_eq(chroma, wasm_f32x4_splat(0));
  out.r = wasm_v128_bitselect(in.r, out.r, gray);
  out.g = wasm_v128_bitselect(in.g, out.g, gray);
  out.b = wasm_v128_bitselect(in.b, out.b, gray);
  store_rgb4(at, out);
}

/** @param shift sixths of the hue circle, -3..3 */
EXPORT(hue_floats) void hue_floats(f32 *pixels, i32 count, f32 shift) {
  const v128 by = wasm_f32x4_splat(shift);
#define HUE(at) hue4(at, by)
  EACH_4_PIXELS(pixels, count, HUE);
#undef HUE
}
