// Bright values inverted.
#include "pixels.h"

/** Inverts bytes at or above the threshold (0..256). May write up to 15 bytes beyond. */
EXPORT(solarize_bytes) void solarize_bytes(u8 *pixels, i32 length, i32 threshold) {
  if (threshold > 255) return;
  const v128 from = wasm_i8x16_splat((int8_t)threshold);
  for (i32 i = 0; i < length; i += 16) {
    const v128 v = wasm_v128_load(pixels + i);
    wasm_v128_store(pixels + i, wasm_v128_xor(v, wasm_u8x16_ge(v, from)));
  }
}

/** Inverts values at or above the threshold. May write up to 3 floats beyond. */
EXPORT(solarize_floats) void solarize_floats(f32 *pixels, i32 length, f32 threshold) {
  const v128 from = wasm_f32x4_splat(threshold), one = wasm_f32x4_splat(1);
  for (i32 i = 0; i < length; i += 4) {
    const v128 v = wasm_v128_load(pixels + i);
    wasm_v128_store(pixels + i, wasm_v128_bitselect(wasm_f32x4_sub(one, v), v, wasm_f32x4_ge(v, from)));
  }
}
