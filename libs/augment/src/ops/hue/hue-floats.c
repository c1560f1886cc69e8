// torchvision's adjust_hue on float tensors in [0, 1].
#include "pixels.h"

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
