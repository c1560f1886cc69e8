// PIL's RGB -> HSV -> RGB with the hue turned, bit for bit. PIL computes partly in double; here all is float32 and exact integers, whose
// equality with PIL's arithmetic has been checked for every colour (RGB -> HSV) and every (h, s, v) (HSV -> RGB).
#include "pixels.h"

INLINE v128 as_float(v128 integers) { return wasm_f32x4_convert_i32x4(integers); }
INLINE v128 choose(v128 mask, v128 yes, v128 no) { return wasm_v128_bitselect(yes, no, mask); }

typedef struct {
  v128 saturation, between; // i32x4
  v128 sector;              // i32x4, 0..5
} Turned4;

// @param r, g, b, high, low i32x4, of four pixels. Where high equals low the result means nothing.
INLINE Turned4 turn4(v128 r, v128 g, v128 b, v128 high, v128 low, v128 shift) {
  const v128 one = wasm_f32x4_splat(1), three = wasm_f32x4_splat(3);
  const v128 chroma = as_float(wasm_i32x4_sub(high, low)), value = as_float(high);
  const v128 middle = wasm_i32x4_sub(wasm_i32x4_add(wasm_i32x4_add(r, g), b), wasm_i32x4_add(high, low));
  const v128 t = wasm_f32x4_div(as_float(wasm_i32x4_sub(high, middle)), chroma);
  const v128 r_high = wasm_i32x4_eq(r, high), g_high = wasm_i32x4_eq(g, high);
  const v128 r_low = wasm_i32x4_eq(r, low), b_low = wasm_i32x4_eq(b, low);
  // Position on the hue hexagon, -1..5: 1 - t or t - 1 where red is highest, 1 + t or 3 - t for green, 3 + t or 5 - t for blue.
  const v128 falls = choose(r_high, b_low, choose(g_high, r_low, wasm_v128_not(r_low)));
  v128 base = choose(g_high, choose(r_low, three, one), choose(r_low, three, wasm_f32x4_splat(5)));
  base = choose(r_high, choose(b_low, one, wasm_f32x4_splat(-1)), base);
  const v128 sign = wasm_v128_and(falls, wasm_i32x4_splat((i32)0x80000000));
  v128 turns = wasm_f32x4_div(wasm_f32x4_add(base, wasm_v128_xor(t, sign)), wasm_f32x4_splat(6));
  turns = wasm_f32x4_add(turns, wasm_v128_and(one, wasm_f32x4_lt(turns, wasm_f32x4_splat(0))));
  // trunc(255 turns) without the product's rounding: 256 turns - n is exact, and below `turns` where n is one too many.
  v128 h = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_mul(turns, wasm_f32x4_splat(255)));
  const v128 rest = wasm_f32x4_sub(wasm_f32x4_mul(turns, wasm_f32x4_splat(256)), as_float(h));
  h = wasm_i32x4_add(h, wasm_f32x4_lt(rest, turns));
  h = wasm_v128_and(wasm_i32x4_add(h, shift), wasm_i32x4_splat(255));

  // 6 h = 255 sector + rest; sector 6 is sector 0.
  const v128 h6 = wasm_i32x4_add(wasm_i32x4_shl(h, 2), wasm_i32x4_shl(h, 1));
  v128 sector = wasm_u32x4_shr(wasm_i32x4_add(wasm_i32x4_add(wasm_i32x4_shl(h6, 8), h6), wasm_i32x4_splat(257)), 16);
  const v128 fraction = wasm_i32x4_sub(h6, wasm_i32x4_sub(wasm_i32x4_shl(sector, 8), sector));
  const v128 odd = wasm_i32x4_eq(wasm_v128_and(sector, wasm_i32x4_splat(1)), wasm_i32x4_splat(1));
  sector = wasm_v128_andnot(sector, wasm_i32x4_eq(sector, wasm_i32x4_splat(6)));
  const v128 weight = as_float(choose(odd, fraction, wasm_i32x4_sub(wasm_i32x4_splat(255), fraction)));

  Turned4 out;
  out.sector = sector;
  out.saturation = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_mul(wasm_f32x4_div(chroma, value), wasm_f32x4_splat(255)));
  // round(v (1 - s w / 255^2)): every number below 2^24, so exact; the quotient may be one too small or too large.
  const v128 full = wasm_f32x4_splat(65025);
  const v128 inner = wasm_f32x4_sub(full, wasm_f32x4_mul(as_float(out.saturation), weight));
  const v128 number = wasm_f32x4_add(wasm_f32x4_mul(value, inner), wasm_f32x4_splat(32512));
  v128 q = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_mul(number, wasm_f32x4_splat(1.0f / 65025)));
  const v128 left = wasm_f32x4_sub(number, wasm_f32x4_mul(as_float(q), full));
  q = wasm_i32x4_add(q, wasm_f32x4_lt(left, wasm_f32x4_splat(0)));
  out.between = wasm_i32x4_sub(q, wasm_f32x4_ge(left, full));
  return out;
}

// floor(x / 255) of 16-bit x up to 65152.
INLINE v128 over_255(v128 x) {
  const v128 next = wasm_i16x8_add(x, wasm_i16x8_splat(1));
  return wasm_u16x8_shr(wasm_i16x8_add(next, wasm_u16x8_shr(next, 8)), 8);
}

INLINE v128 lowest8(v128 value, v128 saturation) {
  const v128 rest = wasm_i16x8_sub(wasm_i16x8_splat(255), saturation);
  return over_255(wasm_i16x8_add(wasm_i16x8_mul(value, rest), wasm_i16x8_splat(127)));
}

INLINE void hue16(u8 *at, v128 shift) {
  const Rgb16 in = load_rgb16(at);
  const v128 high = wasm_u8x16_max(wasm_u8x16_max(in.r, in.g), in.b), low = wasm_u8x16_min(wasm_u8x16_min(in.r, in.g), in.b);
  Turned4 part[4];
  for (int i = 0; i < 4; i++)
    part[i] = turn4(widen(in.r, i), widen(in.g, i), widen(in.b, i), widen(high, i), widen(low, i), shift);
  const v128 saturation = narrow(part[0].saturation, part[1].saturation, part[2].saturation, part[3].saturation);
  const v128 sector = narrow(part[0].sector, part[1].sector, part[2].sector, part[3].sector);
  const v128 q = narrow(part[0].between, part[1].between, part[2].between, part[3].between);
  const v128 p = wasm_u8x16_narrow_i16x8(
      lowest8(wasm_u16x8_extend_low_u8x16(high), wasm_u16x8_extend_low_u8x16(saturation)),
      lowest8(wasm_u16x8_extend_high_u8x16(high), wasm_u16x8_extend_high_u8x16(saturation)));
  const v128 s0 = wasm_i8x16_eq(sector, wasm_i8x16_splat(0)), s1 = wasm_i8x16_eq(sector, wasm_i8x16_splat(1));
  const v128 s2 = wasm_i8x16_eq(sector, wasm_i8x16_splat(2)), s3 = wasm_i8x16_eq(sector, wasm_i8x16_splat(3));
  const v128 s4 = wasm_i8x16_eq(sector, wasm_i8x16_splat(4)), s5 = wasm_i8x16_eq(sector, wasm_i8x16_splat(5));
  const v128 gray = wasm_i8x16_eq(high, low);
  Rgb16 out;
  out.r = choose(wasm_v128_or(wasm_v128_or(s0, s5), gray), high, choose(wasm_v128_or(s1, s4), q, p));
  out.g = choose(wasm_v128_or(wasm_v128_or(s1, s2), gray), high, choose(wasm_v128_or(s0, s3), q, p));
  out.b = choose(wasm_v128_or(wasm_v128_or(s3, s4), gray), high, choose(wasm_v128_or(s2, s5), q, p));
  store_rgb16(at, out);
}

/** @param turn added to the hue's byte, modulo 256 */
EXPORT(hue_bytes) void hue_bytes(u8 *pixels, i32 count, i32 turn) {
  const v128 shift = wasm_i32x4_splat(turn & 255);
#define HUE(at) hue16(at, shift)
  EACH_16_PIXELS(pixels, count, HUE);
#undef HUE
}
