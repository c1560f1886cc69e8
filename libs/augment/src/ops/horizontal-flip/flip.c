// Left and right mirrored, in place.
#include "pixels.h"

/** @param work (width * 3 + 32) bytes */
EXPORT(flip_bytes) void flip_bytes(u8 *pixels, i32 width, i32 height, u8 *work) {
  // Five pixels a step, reversed into lanes 1..15; lane 0 is overwritten by the next step, which lies to its left.
  const v128 reversed = wasm_i8x16_make(-1, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2);
  const i32 length = width * 3;
  u8 *line = work + 16;
  for (i32 y = 0; y < height; y++, pixels += length) {
    i32 x = 0;
    for (; x + 15 <= length; x += 15)
      wasm_v128_store(line + length - x - 16, wasm_i8x16_swizzle(wasm_v128_load(pixels + x), reversed));
    for (; x < length; x += 3) __builtin_memcpy(line + length - x - 3, pixels + x, 3);
    __builtin_memcpy(pixels, line, length);
  }
}

/** @param work (width * 12 + 32) bytes */
EXPORT(flip_floats) void flip_floats(f32 *pixels, i32 width, i32 height, f32 *work) {
  const i32 length = width * 3;
  for (i32 y = 0; y < height; y++, pixels += length) {
    // Four floats a step; the fourth is overwritten by the next step, which lies to its right.
    for (i32 x = 0; x < length; x += 3) wasm_v128_store(work + x, wasm_v128_load(pixels + length - 3 - x));
    __builtin_memcpy(pixels, work, length * 4);
  }
}
