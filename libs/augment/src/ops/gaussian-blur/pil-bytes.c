// PIL's GaussianBlur on bytes, bit for bit: three passes of an extended box each way, rounded to bytes after each.
//
// out = (near * inner + far * outer + 2^23) >> 24, near the sum of 2 whole + 1 values, far the sum of the two beyond. The 24-bit weights are
// split in halves of 12 bits for the 16-bit multiply-add of pairs. SimCLR's sigmas have `whole` 0 or 1, so taps are summed directly.
#include "pixels.h"

enum { PASSES = 3, MAX_WHOLE = 60 };

typedef struct {
  v128 high, low; // (inner, outer) as 16-bit pairs
} Weights;

INLINE v128 weigh(v128 near_far, Weights w) {
  const v128 sum = wasm_i32x4_add(wasm_i32x4_shl(wasm_i32x4_dot_i16x8(near_far, w.high), 12), wasm_i32x4_dot_i16x8(near_far, w.low));
  return wasm_u32x4_shr(wasm_i32x4_add(sum, wasm_i32x4_splat(1 << 23)), 24);
}

INLINE v128 weigh8(v128 near, v128 far, Weights w) {
  return wasm_i16x8_narrow_i32x4(weigh(wasm_i16x8_shuffle(near, far, 0, 8, 1, 9, 2, 10, 3, 11), w),
                                 weigh(wasm_i16x8_shuffle(near, far, 4, 12, 5, 13, 6, 14, 7, 15), w));
}

// 16 values from the 2 whole + 3 vectors that `tap(d)`, d from -whole - 1 to whole + 1, gives the address of.
#define BOX16(tap, whole, weights, result)                                                          \
  do {                                                                                              \
    const v128 box_first = wasm_v128_load(tap(-(whole)-1)), box_last = wasm_v128_load(tap((whole) + 1)); \
    v128 box_low = wasm_i16x8_splat(0), box_high = box_low;                                         \
    for (i32 d = -(whole); d <= (whole); d++) {                                                     \
      const v128 box_value = wasm_v128_load(tap(d));                                                \
      box_low = wasm_i16x8_add(box_low, wasm_u16x8_extend_low_u8x16(box_value));                    \
      box_high = wasm_i16x8_add(box_high, wasm_u16x8_extend_high_u8x16(box_value));                 \
    }                                                                                               \
    const v128 far_low = wasm_i16x8_add(wasm_u16x8_extend_low_u8x16(box_first), wasm_u16x8_extend_low_u8x16(box_last));    \
    const v128 far_high = wasm_i16x8_add(wasm_u16x8_extend_high_u8x16(box_first), wasm_u16x8_extend_high_u8x16(box_last)); \
    result = wasm_u8x16_narrow_i16x8(weigh8(box_low, far_low, weights), weigh8(box_high, far_high, weights));              \
  } while (0)

// Repeats the first and the last pixel `reach` times on either side of a line.
INLINE void extend(u8 *line, i32 length, i32 reach) {
  for (i32 i = 1; i <= reach; i++) {
    __builtin_memcpy(line - i * 3, line, 3);
    __builtin_memcpy(line + length + (i - 1) * 3, line + length - 3, 3);
  }
}

INLINE void across(const u8 *from, u8 *to, i32 length, i32 whole, Weights w) {
#define TAP(d) (from + x + (d) * 3)
  for (i32 x = 0; x < length; x += 16) {
    v128 sum;
    BOX16(TAP, whole, w, sum);
    wasm_v128_store(to + x, sum);
  }
#undef TAP
}

INLINE void down(const u8 *from, u8 *to, i32 length, i32 height, i32 whole, Weights w) {
  for (i32 y = 0; y < height; y++) {
#define TAP(d) (from + clamp_i(y + (d), 0, height - 1) * length + x)
    // The last vector of a row reaches into the next row, which is written after it (and beyond the image after the last).
    for (i32 x = 0; x < length; x += 16) {
      v128 sum;
      BOX16(TAP, whole, w, sum);
      wasm_v128_store(to + y * length + x, sum);
    }
#undef TAP
  }
}

INLINE void blur(u8 *pixels, i32 width, i32 height, i32 whole, Weights w, u8 *work) {
  const i32 length = width * 3, reach = whole + 1, pad = round_up(reach * 3, 16) + 16;
  u8 *lines[2] = {work + pad, work + pad + length + 2 * pad}, *other = work + 2 * (length + 2 * pad);
  for (i32 y = 0; y < height; y++) {
    u8 *from = lines[0], *to = lines[1];
    __builtin_memcpy(from, pixels + y * length, length);
    for (i32 pass = 0; pass < PASSES; pass++) {
      extend(from, length, reach);
      across(from, to, length, whole, w);
      u8 *swap = from;
      from = to;
      to = swap;
    }
    __builtin_memcpy(other + y * length, from, length);
  }
  down(other, pixels, length, height, whole, w);
  down(pixels, other, length, height, whole, w);
  down(other, pixels, length, height, whole, w);
}

EXPORT(box_blur_bytes_work) i32 box_blur_bytes_work(i32 width, i32 height) {
  return 2 * (width * 3 + 2 * (MAX_WHOLE * 3 + 48)) + width * height * 3 + 64;
}

/** @param whole at most 60 @param inner, outer weights of 24 bits. May write up to 15 bytes beyond. */
EXPORT(box_blur_bytes) void box_blur_bytes(u8 *pixels, i32 width, i32 height, i32 whole, u32 inner, u32 outer, u8 *work) {
  const Weights w = {wasm_i32x4_splat((i32)(inner >> 12 | outer >> 12 << 16)),
                     wasm_i32x4_splat((i32)((inner & 4095) | (outer & 4095) << 16))};
  if (whole == 0) blur(pixels, width, height, 0, w, work);
  else if (whole == 1) blur(pixels, width, height, 1, w, work);
  else blur(pixels, width, height, whole, w, work);
}
