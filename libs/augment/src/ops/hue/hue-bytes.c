// PIL's RGB -> HSV -> RGB with the hue turned, bit for bit. PIL computes partly in double; here every step is float32 on whole numbers below
// 2^24, whose equality with PIL's arithmetic has been checked for every colour (RGB -> HSV) and every (h, s, v) (HSV -> RGB).
#include "pixels.h"

// 1.5 * 2^23: added to a float in [-1, 2^22], this rounds it to a whole number, which then stands in the lowest bits.
#define MAGIC 12582912.0f

INLINE v128 f(f32 value) { return wasm_f32x4_splat(value); }
INLINE v128 choose(v128 mask, v128 yes, v128 no) { return wasm_v128_bitselect(yes, no, mask); }
INLINE v128 add(v128 a, v128 b) { return wasm_f32x4_add(a, b); }
INLINE v128 sub(v128 a, v128 b) { return wasm_f32x4_sub(a, b); }
INLINE v128 mul(v128 a, v128 b) { return wasm_f32x4_mul(a, b); }
INLINE v128 divide(v128 a, v128 b) { return wasm_f32x4_div(a, b); }

// Four pixels' results, each in the lowest byte of a lane.
typedef struct {
  v128 saturation, between, sector; // sector 0..6
} Turned4;

// @param rest, base the pixel stands at base + rest / chroma on the hue hexagon, -1..5 @param shift added to the hue, 0..255. All are floats.
INLINE Turned4 turn4(v128 rest, v128 base, v128 chroma, v128 value, v128 shift) {
  Turned4 out;
  v128 turns = divide(add(base, divide(rest, chroma)), f(6));
  turns = add(turns, wasm_v128_and(f(1), wasm_f32x4_lt(turns, f(0))));
  // trunc(255 turns): the nearest whole number, less one where it is above; 256 turns - n is exact.
  v128 h = sub(add(mul(turns, f(255)), f(MAGIC)), f(MAGIC));
  h = sub(h, wasm_v128_and(f(1), wasm_f32x4_lt(sub(mul(turns, f(256)), h), turns)));
  h = add(h, shift);
  h = sub(h, wasm_v128_and(f(256), wasm_f32x4_ge(h, f(256))));

  // 6 h = 255 sector + fraction. The half keeps the quotient away from whole numbers, so that subtracting a half and rounding truncates.
  const v128 h6 = mul(h, f(6));
  out.sector = add(add(mul(h6, f(1.0f / 255)), f(0.5f / 255 - 0.5f)), f(MAGIC));
  const v128 fraction = sub(h6, mul(sub(out.sector, f(MAGIC)), f(255)));
  const v128 odd = wasm_i32x4_shr(wasm_i32x4_shl(out.sector, 31), 31);
  const v128 weight = wasm_f32x4_abs(sub(fraction, wasm_v128_andnot(f(255), odd))); // even: 255 - fraction

  // trunc(255 chroma / value), kept away from whole numbers likewise.
  out.saturation = add(sub(divide(add(mul(chroma, f(255)), f(0.5f)), value), f(0.5f)), f(MAGIC));
  // round(v (1 - s w / 255^2)): the quotient is never closer to a half than its rounding error.
  const v128 inner = sub(f(65025), mul(sub(out.saturation, f(MAGIC)), weight));
  out.between = add(divide(mul(value, inner), f(65025)), f(MAGIC));
  return out;
}

// The lowest byte of each lane of four registers.
INLINE v128 lowest_bytes(v128 a, v128 b, v128 c, v128 d) {
  const v128 byte = wasm_i32x4_splat(255);
  return narrow(wasm_v128_and(a, byte), wasm_v128_and(b, byte), wasm_v128_and(c, byte), wasm_v128_and(d, byte));
}

// Eight of 16 bytes, and of 16 signed bytes, as 16-bit integers.
INLINE v128 half_of(v128 bytes, int high) {
  return whole(high ? wasm_u16x8_extend_high_u8x16(bytes) : wasm_u16x8_extend_low_u8x16(bytes));
}
INLINE v128 signed_half_of(v128 bytes, int high) {
  return whole(high ? wasm_i16x8_extend_high_i8x16(bytes) : wasm_i16x8_extend_low_i8x16(bytes));
}

// Four of eight 16-bit integers as floats.
INLINE v128 floats(v128 integers, int high) {
  return to_floats(high ? wasm_i32x4_extend_high_i16x8(integers) : wasm_i32x4_extend_low_i16x8(integers));
}

// floor(x / 255) of 16-bit x up to 65152.
INLINE v128 over_255(v128 x) {
  const v128 next = wasm_i16x8_add(x, wasm_i16x8_splat(1));
  return wasm_u16x8_shr(wasm_i16x8_add(next, wasm_u16x8_shr(next, 8)), 8);
}

// round(v (1 - s / 255)).
INLINE v128 lowest8(v128 value, v128 saturation) {
  const v128 rest = wasm_i16x8_sub(wasm_i16x8_splat(255), saturation);
  return over_255(wasm_i16x8_add(wasm_i16x8_mul(value, rest), wasm_i16x8_splat(127)));
}

INLINE void hue16(u8 *at, v128 shift) {
  const Rgb16 in = load_rgb16(at);
  const v128 high = wasm_u8x16_max(wasm_u8x16_max(in.r, in.g), in.b), low = wasm_u8x16_min(wasm_u8x16_min(in.r, in.g), in.b);
  const v128 chroma = wasm_i8x16_sub(high, low);
  // The channel that is neither: (r ^ g ^ b) ^ high ^ low.
  const v128 middle = wasm_v128_xor(wasm_v128_xor(wasm_v128_xor(in.r, in.g), in.b), wasm_v128_xor(high, low));
  const v128 from_high = wasm_i8x16_sub(high, middle);
  const v128 r_high = wasm_i8x16_eq(in.r, high), g_high = wasm_i8x16_eq(in.g, high);
  const v128 r_low = wasm_i8x16_eq(in.r, low), b_low = wasm_i8x16_eq(in.b, low);
  // With t = (high - middle) / chroma: 1 - t or t - 1 where red is highest, 1 + t or 3 - t for green, 3 + t or 5 - t for blue.
  const v128 falls = choose(r_high, b_low, wasm_v128_xor(r_low, wasm_v128_not(g_high)));
  const v128 one = wasm_i8x16_splat(1), three = wasm_i8x16_splat(3);
  const v128 base = choose(r_high, wasm_v128_or(one, wasm_v128_not(b_low)),
                           choose(g_high, choose(r_low, three, one), choose(r_low, three, wasm_i8x16_splat(5))));

  Turned4 part[4];
  v128 value8[2];
  for (int half = 0; half < 2; half++) {
    const v128 rest8 = half_of(from_high, half);
    const v128 falls8 = signed_half_of(falls, half);
    const v128 signed8 = wasm_i16x8_sub(wasm_v128_xor(rest8, falls8), falls8); // -x is ~x + 1
    const v128 base8 = signed_half_of(base, half);
    const v128 chroma8 = half_of(chroma, half);
    value8[half] = half_of(high, half);
    for (int i = 0; i < 2; i++)
      part[2 * half + i] = turn4(floats(signed8, i), floats(base8, i), floats(chroma8, i), floats(value8[half], i), shift);
  }
  const v128 saturation = lowest_bytes(part[0].saturation, part[1].saturation, part[2].saturation, part[3].saturation);
  const v128 sector = lowest_bytes(part[0].sector, part[1].sector, part[2].sector, part[3].sector);
  const v128 q = lowest_bytes(part[0].between, part[1].between, part[2].between, part[3].between);
  const v128 p = wasm_u8x16_narrow_i16x8(lowest8(value8[0], wasm_u16x8_extend_low_u8x16(saturation)),
                                         lowest8(value8[1], wasm_u16x8_extend_high_u8x16(saturation)));
  // Where value, q and p go, by sector (6 is 0): v q p p q v for red, q v v q p p for green, p p q v v q for blue.
  const v128 sixth = wasm_i8x16_eq(sector, wasm_i8x16_splat(6));
  const v128 s0 = wasm_v128_or(wasm_i8x16_eq(sector, wasm_i8x16_splat(0)), sixth), s1 = wasm_i8x16_eq(sector, one);
  const v128 s2 = wasm_i8x16_eq(sector, wasm_i8x16_splat(2)), s3 = wasm_i8x16_eq(sector, three);
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
  const v128 shift = f((f32)(turn & 255));
#define HUE(at) hue16(at, shift)
  EACH_16_PIXELS(pixels, count, HUE);
#undef HUE
}
