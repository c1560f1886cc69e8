// Every pixel blended with its own gray.
#include "colour.h"

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
