// Crop and resize of bytes to floats in [0, 1]: torchvision's resized_crop with antialias on float tensors. The same walk as resize-bytes.c.
#include "resample.h"

static void float_weights(const Axis *a, i32 kernel, f64 scale, Reach *reach, f32 *taps, f64 *row) {
  for (i32 o = 0; o < a->outputs; o++, taps += a->stride) {
    reach[o] = weights_of(a, kernel, o, row);
    for (i32 k = 0; k < a->stride; k++) taps[k] = (f32)(row[k] * scale);
  }
}

// One row of bytes as floats, four a pixel. Writes up to 3 pixels more.
static void spread(const u8 *line, i32 width, f32 *out) {
  for (i32 x = 0; x < width; x += 4) {
    const v128 four = wasm_i8x16_swizzle(wasm_v128_load(line + x * 3), wasm_i8x16_make(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
    for (int i = 0; i < 4; i++) wasm_v128_store(out + (x + i) * 4, to_floats(widen(four, i)));
  }
}

static void across(const f32 *line, const Axis *a, const Reach *reach, const f32 *taps, f32 *out) {
  for (i32 x = 0; x < a->outputs; x++, taps += a->stride) {
    const f32 *at = line + reach[x].first * 4;
    v128 sum = wasm_f32x4_splat(0);
    for (i32 k = 0; k < reach[x].count; k++)
      sum = wasm_f32x4_add(sum, wasm_f32x4_mul(wasm_v128_load32_splat(taps + k), wasm_v128_load(at + k * 4)));
    wasm_v128_store(out + x * 3, sum);
  }
}

static void down(const f32 *const *rows, i32 count, const f32 *taps, i32 length, f32 *out) {
  for (i32 x = 0; x < length; x += 8) {
    v128 a = wasm_f32x4_splat(0), b = a;
    for (i32 k = 0; k < count; k++) {
      const v128 weight = wasm_v128_load32_splat(taps + k);
      a = wasm_f32x4_add(a, wasm_f32x4_mul(weight, wasm_v128_load(rows[k] + x)));
      b = wasm_f32x4_add(b, wasm_f32x4_mul(weight, wasm_v128_load(rows[k] + x + 4)));
    }
    if (x + 8 <= length) {
      wasm_v128_store(out + x, a);
      wasm_v128_store(out + x + 4, b);
    } else {
      f32 tail[8];
      wasm_v128_store(tail, a);
      wasm_v128_store(tail + 4, b);
      __builtin_memcpy(out + x, tail, (length - x) * 4);
    }
  }
}

INLINE i32 pitch_of(i32 width) { return round_up(width * 3 + 8, 4); } // floats

EXPORT(resize_floats_work) i32 resize_floats_work(i32 width, i32 height, i32 out_width, i32 out_height) {
  const Axis x = axis_of(width, out_width, BICUBIC), y = axis_of(height, out_height, BICUBIC);
  return (x.stride + y.stride + 8) * 16 + (out_width + out_height) * 8 + (out_width * x.stride + out_height * y.stride) * 4 +
         (width + 8) * 16 + y.stride * (pitch_of(out_width) + 1) * 4 + 256;
}

EXPORT(resize_floats)
void resize_floats(const u8 *box, i32 pitch, i32 width, i32 height, i32 out_width, i32 out_height, i32 kernel, f32 *out, u8 *work) {
  const Axis x = axis_of(width, out_width, kernel), y = axis_of(height, out_height, kernel);
  f64 *row = (f64 *)work;
  Reach *reach_x = (Reach *)(row + max_i(x.stride, y.stride)), *reach_y = reach_x + out_width;
  f32 *taps_x = (f32 *)(reach_y + out_height), *taps_y = taps_x + out_width * x.stride;
  const f32 **rows = (const f32 **)(taps_y + out_height * y.stride);
  f32 *line = (f32 *)round_up((i32)(rows + y.stride), 16), *ring = line + (width + 4) * 4;
  const i32 ring_rows = y.stride, ring_pitch = pitch_of(out_width), length = out_width * 3;
  float_weights(&x, kernel, 1.0 / 255, reach_x, taps_x, row);
  float_weights(&y, kernel, 1, reach_y, taps_y, row);
  i32 made = 0, slot = 0;
  for (i32 o = 0; o < out_height; o++) {
    const Reach reach = reach_y[o];
    for (; made < reach.first + reach.count; made++, slot = slot + 1 == ring_rows ? 0 : slot + 1) {
      spread(box + made * pitch, width, line);
      across(line, &x, reach_x, taps_x, ring + slot * ring_pitch);
    }
    i32 from = reach.first % ring_rows;
    for (i32 k = 0; k < reach.count; k++, from = from + 1 == ring_rows ? 0 : from + 1) rows[k] = ring + from * ring_pitch;
    down(rows, reach.count, taps_y + o * y.stride, length, out + o * length);
  }
}
