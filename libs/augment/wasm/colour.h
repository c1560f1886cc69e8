// What the colour ops share: PIL's blend and gray of bytes, torchvision's gray of floats.
#pragma once
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

INLINE v128 gray4(Rgb4 p) {
  const v128 red = wasm_f32x4_mul(wasm_f32x4_splat(0.2989f), p.r), green = wasm_f32x4_mul(wasm_f32x4_splat(0.587f), p.g);
  return wasm_f32x4_add(wasm_f32x4_add(red, green), wasm_f32x4_mul(wasm_f32x4_splat(0.114f), p.b));
}
