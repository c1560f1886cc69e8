// All values blended with one.
#include "colour.h"

/** Blends all bytes with one value: brightness with 0, contrast with the mean gray. May write up to 15 bytes beyond. */
EXPORT(blend_bytes) void blend_bytes(u8 *pixels, i32 length, i32 base, f32 factor) {
  const v128 alpha = wasm_f32x4_splat(factor), low = wasm_i32x4_splat(base);
  for (i32 i = 0; i < length; i += 16) {
    const v128 v = wasm_v128_load(pixels + i);
    wasm_v128_store(pixels + i, narrow(blend4(low, widen(v, 0), alpha), blend4(low, widen(v, 1), alpha),
                                       blend4(low, widen(v, 2), alpha), blend4(low, widen(v, 3), alpha)));
  }
}

/** Clamps factor * value + offset to [0, 1]: brightness (offset 0) and contrast. May write up to 3 floats beyond. */
EXPORT(scale_floats) void scale_floats(f32 *pixels, i32 length, f32 factor, f32 offset) {
  const v128 times = wasm_f32x4_splat(factor), plus = wasm_f32x4_splat(offset);
  for (i32 i = 0; i < length; i += 4)
    wasm_v128_store(pixels + i, clamp_unit(wasm_f32x4_add(wasm_f32x4_mul(times, wasm_v128_load(pixels + i)), plus)));
}
