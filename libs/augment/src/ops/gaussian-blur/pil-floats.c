// PIL's GaussianBlur on floats, without its rounding: three passes of an extended box each way.
#include "pixels.h"

enum { PASSES = 3, MAX_WHOLE = 60 };

typedef struct {
  v128 inner, outer;
} Weights;

#define BOX4(tap, whole, weights, result)                                                               \
  do {                                                                                                  \
    v128 box_sum = wasm_v128_load(tap(-(whole)));                                                       \
    for (i32 d = 1 - (whole); d <= (whole); d++) box_sum = wasm_f32x4_add(box_sum, wasm_v128_load(tap(d))); \
    const v128 box_far = wasm_f32x4_add(wasm_v128_load(tap(-(whole)-1)), wasm_v128_load(tap((whole) + 1)));  \
    result = wasm_f32x4_add(wasm_f32x4_mul(weights.inner, box_sum), wasm_f32x4_mul(weights.outer, box_far)); \
  } while (0)

INLINE void across(const f32 *from, f32 *to, i32 length, i32 whole, Weights w) {
#define TAP(d) (from + x + (d) * 3)
  for (i32 x = 0; x < length; x += 4) {
    v128 sum;
    BOX4(TAP, whole, w, sum);
    wasm_v128_store(to + x, sum);
  }
#undef TAP
}

INLINE void down(const f32 *from, f32 *to, i32 length, i32 height, i32 whole, Weights w) {
  for (i32 y = 0; y < height; y++) {
#define TAP(d) (from + clamp_i(y + (d), 0, height - 1) * length + x)
    for (i32 x = 0; x < length; x += 4) {
      v128 sum;
      BOX4(TAP, whole, w, sum);
      wasm_v128_store(to + y * length + x, sum);
    }
#undef TAP
  }
}

INLINE void extend(f32 *line, i32 length, i32 reach) {
  for (i32 i = 1; i <= reach; i++)
    for (i32 c = 0; c < 3; c++) {
      line[c - i * 3] = line[c];
      line[length + (i - 1) * 3 + c] = line[length - 3 + c];
    }
}

INLINE void blur(f32 *pixels, i32 width, i32 height, i32 whole, Weights w, f32 *work) {
  const i32 length = width * 3, reach = whole + 1, pad = round_up(reach * 3, 4) + 4;
  f32 *lines[2] = {work + pad, work + pad + length + 2 * pad}, *other = work + 2 * (length + 2 * pad);
  for (i32 y = 0; y < height; y++) {
    f32 *from = lines[0], *to = lines[1];
    __builtin_memcpy(from, pixels + y * length, length * 4);
    for (i32 pass = 0; pass < PASSES; pass++) {
      extend(from, length, reach);
      across(from, to, length, whole, w);
      f32 *swap = from;
      from = to;
      to = swap;
    }
    __builtin_memcpy(other + y * length, from, length * 4);
  }
  down(other, pixels, length, height, whole, w);
  down(pixels, other, length, height, whole, w);
  down(other, pixels, length, height, whole, w);
}

EXPORT(box_blur_floats_work) i32 box_blur_floats_work(i32 width, i32 height) {
  return (2 * (width * 3 + 2 * (MAX_WHOLE * 3 + 16)) + width * height * 3 + 16) * 4;
}

/** @param whole at most 60. May write up to 3 floats beyond. */
EXPORT(box_blur_floats) void box_blur_floats(f32 *pixels, i32 width, i32 height, i32 whole, f32 inner, f32 outer, f32 *work) {
  const Weights w = {wasm_f32x4_splat(inner), wasm_f32x4_splat(outer)};
  if (whole == 0) blur(pixels, width, height, 0, w, work);
  else if (whole == 1) blur(pixels, width, height, 1, w, work);
  else blur(pixels, width, height, whole, w, work);
}
