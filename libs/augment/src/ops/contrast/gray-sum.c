// What the mean of the gray image is made of.
#include "colour.h"

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
