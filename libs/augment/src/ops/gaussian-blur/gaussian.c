// Separable Gaussian, float32 in between: centre * w0 + sum over d of w_d * (left + right), one rounding an operation, as gaussian-floats.ts.
#include "pixels.h"

typedef struct {
  const f32 *weights; // of distance 0..radius
  i32 radius, zero;   // zero: dark outside; else mirrored without repeating the edge
} Kernel;

INLINE i32 mirror(i32 index, i32 count) {
  if (count == 1) return 0;
  const i32 period = 2 * (count - 1), wrapped = (index % period + period) % period;
  return wrapped < count ? wrapped : period - wrapped;
}

// Fills the borders of a line of floats that stands at `line`.
static void extend(f32 *line, i32 width, const Kernel *k) {
  for (i32 i = 1; i <= k->radius; i++)
    for (i32 side = 0; side < 2; side++) {
      const i32 x = side ? width - 1 + i : -i;
      for (i32 c = 0; c < 3; c++) line[x * 3 + c] = k->zero ? 0 : line[mirror(x, width) * 3 + c];
    }
}

static void across(const f32 *line, f32 *out, i32 length, const Kernel *k) {
  for (i32 x = 0; x < length; x += 8) {
    const f32 *at = line + x;
    v128 weight = wasm_v128_load32_splat(k->weights);
    v128 a = wasm_f32x4_mul(weight, wasm_v128_load(at)), b = wasm_f32x4_mul(weight, wasm_v128_load(at + 4));
    for (i32 d = 1; d <= k->radius; d++) {
      const f32 *left = at - d * 3, *right = at + d * 3;
      weight = wasm_v128_load32_splat(k->weights + d);
      a = wasm_f32x4_add(a, wasm_f32x4_mul(weight, wasm_f32x4_add(wasm_v128_load(left), wasm_v128_load(right))));
      b = wasm_f32x4_add(b, wasm_f32x4_mul(weight, wasm_f32x4_add(wasm_v128_load(left + 4), wasm_v128_load(right + 4))));
    }
    wasm_v128_store(out + x, a);
    wasm_v128_store(out + x + 4, b);
  }
}

// 8 values of an output row. @param rows of distance -radius..radius, the centre at rows[0]
INLINE void down8(const f32 *const *rows, i32 x, const Kernel *k, v128 *a, v128 *b) {
  v128 weight = wasm_v128_load32_splat(k->weights);
  *a = wasm_f32x4_mul(weight, wasm_v128_load(rows[0] + x));
  *b = wasm_f32x4_mul(weight, wasm_v128_load(rows[0] + x + 4));
  for (i32 d = 1; d <= k->radius; d++) {
    const f32 *above = rows[-d] + x, *below = rows[d] + x;
    weight = wasm_v128_load32_splat(k->weights + d);
    *a = wasm_f32x4_add(*a, wasm_f32x4_mul(weight, wasm_f32x4_add(wasm_v128_load(above), wasm_v128_load(below))));
    *b = wasm_f32x4_add(*b, wasm_f32x4_mul(weight, wasm_f32x4_add(wasm_v128_load(above + 4), wasm_v128_load(below + 4))));
  }
}

INLINE i32 pitch_of(i32 width) { return round_up(width * 3, 8) + 8; }

EXPORT(gaussian_blur_work) i32 gaussian_blur_work(i32 width, i32 radius) {
  const i32 rows = 2 * radius + 1;
  return (pitch_of(width) * (rows + 1) + width * 3 + 6 * radius + 64 + rows + 16) * 4;
}

// The rows of a band of 2 radius + 1 lines wait in a ring, blurred across. Compiled once for floats and once for bytes.
INLINE void blur(u8 *pixels, i32 bytes, i32 width, i32 height, Kernel k, u8 *work) {
  const i32 length = width * 3, pitch = pitch_of(width), slots = 2 * k.radius + 1;
  f32 *dark = (f32 *)work, *ring = dark + pitch, *line = ring + slots * pitch + 16 + 3 * k.radius;
  const f32 **rows = (const f32 **)(line + length + 3 * k.radius + 32) + k.radius;
  for (i32 i = 0; i < pitch; i++) dark[i] = 0;
  i32 made = 0;
  for (i32 y = 0; y < height; y++) {
    for (; made < height && made <= y + k.radius; made++) {
      if (bytes) {
        const u8 *row = pixels + made * length;
        for (i32 i = 0; i < length; i += 16)
          for (int part = 0; part < 4; part++)
            wasm_v128_store(line + i + 4 * part, to_floats(widen(wasm_v128_load(row + i), part)));
      } else __builtin_memcpy(line, pixels + made * length * 4, length * 4);
      extend(line, width, &k);
      across(line, ring + made % slots * pitch, length, &k);
    }
    for (i32 d = -k.radius; d <= k.radius; d++) {
      const i32 from = y + d, inside = from >= 0 && from < height;
      rows[d] = k.zero && !inside ? dark : ring + mirror(from, height) % slots * pitch;
    }
    for (i32 x = 0; x < length; x += 8) {
      v128 a, b;
      u8 tail[32];
      const i32 left = min_i(8, length - x);
      down8(rows, x, &k, &a, &b);
      if (bytes) {
        a = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(a));
        b = wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(b));
        a = narrow(a, b, a, b);
        u8 *out = pixels + y * length + x;
        if (left == 8) wasm_v128_store64_lane(out, a, 0);
        else {
          wasm_v128_store(tail, a);
          __builtin_memcpy(out, tail, left);
        }
      } else {
        u8 *out = pixels + (y * length + x) * 4;
        if (left == 8) {
          wasm_v128_store(out, a);
          wasm_v128_store(out + 16, b);
        } else {
          wasm_v128_store(tail, a);
          wasm_v128_store(tail + 16, b);
          __builtin_memcpy(out, tail, left * 4);
        }
      }
    }
  }
}

/** In place. @param weights of distance 0..radius @param zero dark outside, else mirrored @param work gaussian_blur_work() bytes */
EXPORT(gaussian_blur_floats)
void gaussian_blur_floats(u8 *pixels, i32 width, i32 height, const f32 *weights, i32 radius, i32 zero, u8 *work) {
  blur(pixels, 0, width, height, (Kernel){weights, radius, zero}, work);
}

/** The same on bytes: rounded half to even at the end, as torchvision. */
EXPORT(gaussian_blur_bytes)
void gaussian_blur_bytes(u8 *pixels, i32 width, i32 height, const f32 *weights, i32 radius, i32 zero, u8 *work) {
  blur(pixels, 1, width, height, (Kernel){weights, radius, zero}, work);
}
