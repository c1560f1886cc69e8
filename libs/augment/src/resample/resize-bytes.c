// PIL's crop and resize of bytes, bit for bit: weights of 22 bits, bytes between the horizontal and the vertical pass.
//
// A weight w is split as w = high * 2^11 + low, so that both halves fit the 16-bit multiply-add of pairs (i32x4.dot_i16x8_s). Rows that the
// horizontal pass has made wait in a ring just as long as the vertical pass needs them, and so stay in the first-level cache.
#include "resample.h"

enum { BITS = 22, SPLIT = 11 };

// Of each 4 taps of an output: (w0, w1) high, (w2, w3) high, (w0, w1) low, (w2, w3) low; two 16-bit weights in one i32.
typedef struct {
  i32 high[2], low[2];
} Taps4;

static void fixed_weights(const Axis *a, i32 kernel, Reach *reach, Taps4 *taps, f64 *row) {
  for (i32 o = 0; o < a->outputs; o++) {
    reach[o] = weights_of(a, kernel, o, row);
    for (i32 k = 0; k < a->stride; k += 4, taps++) {
      for (i32 pair = 0; pair < 2; pair++) {
        i32 w[2];
        for (i32 i = 0; i < 2; i++) {
          const f64 scaled = row[k + pair * 2 + i] * (1 << BITS);
          w[i] = (i32)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
        }
        const i32 mask = (1 << SPLIT) - 1;
        taps->high[pair] = (w[0] >> SPLIT & 0xffff) | (w[1] >> SPLIT) << 16;
        taps->low[pair] = (w[0] & mask) | (w[1] & mask) << 16;
      }
    }
  }
}

INLINE v128 finish(v128 high, v128 low) {
  const v128 sum = wasm_i32x4_add(wasm_i32x4_shl(high, SPLIT), low);
  return wasm_i32x4_shr(wasm_i32x4_add(sum, wasm_i32x4_splat(1 << (BITS - 1))), BITS);
}

// One output pixel of two lines as (red, green, blue, 0), before clamping.
INLINE void across_pixel(const u8 *line_a, const u8 *line_b, const Reach reach, const Taps4 *taps, v128 *a, v128 *b) {
  // Four pixels as 16-bit pairs of neighbours: r0 r1 g0 g1 b0 b1 0 0, and the same of pixels 2 and 3.
  const v128 first = wasm_i8x16_make(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
  const v128 second = wasm_i8x16_make(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  v128 high_a = wasm_i32x4_splat(0), low_a = high_a, high_b = high_a, low_b = high_a;
  const u8 *at_a = line_a + reach.first * 3, *at_b = line_b + reach.first * 3;
  for (i32 k = 0; k < reach.count; k += 4, at_a += 12, at_b += 12, taps++) {
    const v128 four_a = wasm_v128_load(at_a), four_b = wasm_v128_load(at_b);
    const v128 weights[4] = {wasm_v128_load32_splat(&taps->high[0]), wasm_v128_load32_splat(&taps->low[0]),
                             wasm_v128_load32_splat(&taps->high[1]), wasm_v128_load32_splat(&taps->low[1])};
    const v128 a0 = wasm_i8x16_swizzle(four_a, first), a1 = wasm_i8x16_swizzle(four_a, second);
    high_a = wasm_i32x4_add(high_a, wasm_i32x4_dot_i16x8(a0, weights[0]));
    low_a = wasm_i32x4_add(low_a, wasm_i32x4_dot_i16x8(a0, weights[1]));
    high_a = wasm_i32x4_add(high_a, wasm_i32x4_dot_i16x8(a1, weights[2]));
    low_a = wasm_i32x4_add(low_a, wasm_i32x4_dot_i16x8(a1, weights[3]));
    const v128 b0 = wasm_i8x16_swizzle(four_b, first), b1 = wasm_i8x16_swizzle(four_b, second);
    high_b = wasm_i32x4_add(high_b, wasm_i32x4_dot_i16x8(b0, weights[0]));
    low_b = wasm_i32x4_add(low_b, wasm_i32x4_dot_i16x8(b0, weights[1]));
    high_b = wasm_i32x4_add(high_b, wasm_i32x4_dot_i16x8(b1, weights[2]));
    low_b = wasm_i32x4_add(low_b, wasm_i32x4_dot_i16x8(b1, weights[3]));
  }
  *a = finish(high_a, low_a);
  *b = finish(high_b, low_b);
}

// Two lines at once, which share the weights. May write up to 4 bytes beyond.
static void across(const u8 *line_a, const u8 *line_b, const Axis *axis, const Reach *reach, const Taps4 *taps, u8 *out_a, u8 *out_b) {
  const v128 drop = wasm_i8x16_make(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const i32 step = axis->stride / 4;
  i32 x = 0;
  for (; x + 4 <= axis->outputs; x += 4) {
    v128 a[4], b[4];
    for (i32 i = 0; i < 4; i++, taps += step) across_pixel(line_a, line_b, reach[x + i], taps, &a[i], &b[i]);
    wasm_v128_store(out_a + x * 3, wasm_i8x16_swizzle(narrow(a[0], a[1], a[2], a[3]), drop));
    wasm_v128_store(out_b + x * 3, wasm_i8x16_swizzle(narrow(b[0], b[1], b[2], b[3]), drop));
  }
  for (; x < axis->outputs; x++, taps += step) {
    v128 a, b;
    across_pixel(line_a, line_b, reach[x], taps, &a, &b);
    wasm_v128_store32_lane(out_a + x * 3, narrow(a, a, a, a), 0);
    wasm_v128_store32_lane(out_b + x * 3, narrow(b, b, b, b), 0);
  }
}

// One output row from the rows that it reads. `rows` has an even number of entries; the weight of the last may be 0.
static void down(const u8 *const *rows, i32 pairs, const Taps4 *taps, i32 length, u8 *out) {
  for (i32 x = 0; x < length; x += 16) {
    v128 high[4], low[4];
    for (i32 i = 0; i < 4; i++) high[i] = low[i] = wasm_i32x4_splat(0);
    for (i32 pair = 0; pair < pairs; pair++) {
      const v128 a = wasm_v128_load(rows[2 * pair] + x), b = wasm_v128_load(rows[2 * pair + 1] + x);
      const v128 left = wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const v128 right = wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const v128 both[4] = {wasm_u16x8_extend_low_u8x16(left), wasm_u16x8_extend_high_u8x16(left),
                            wasm_u16x8_extend_low_u8x16(right), wasm_u16x8_extend_high_u8x16(right)};
      const v128 h = wasm_v128_load32_splat(&taps[pair >> 1].high[pair & 1]);
      const v128 l = wasm_v128_load32_splat(&taps[pair >> 1].low[pair & 1]);
      for (i32 i = 0; i < 4; i++) {
        high[i] = wasm_i32x4_add(high[i], wasm_i32x4_dot_i16x8(both[i], h));
        low[i] = wasm_i32x4_add(low[i], wasm_i32x4_dot_i16x8(both[i], l));
      }
    }
    for (i32 i = 0; i < 4; i++) high[i] = finish(high[i], low[i]);
    const v128 done = narrow(high[0], high[1], high[2], high[3]);
    if (x + 16 <= length) wasm_v128_store(out + x, done);
    else {
      u8 tail[16];
      wasm_v128_store(tail, done);
      __builtin_memcpy(out + x, tail, length - x);
    }
  }
}

INLINE i32 pitch_of(i32 width) { return round_up(width * 3 + 16, 16); }

// Room that resize_bytes needs in `work`.
EXPORT(resize_bytes_work) i32 resize_bytes_work(i32 width, i32 height, i32 out_width, i32 out_height) {
  const Axis x = axis_of(width, out_width, BICUBIC), y = axis_of(height, out_height, BICUBIC);
  return (x.stride + y.stride + 8) * 16 + (out_width + out_height) * 8 + (out_width * x.stride + out_height * y.stride) * 4 +
         (y.stride + 1) * (pitch_of(out_width) + 4) + 256;
}

/** Resizes the box of width x height pixels at `box`, whose rows are `pitch` bytes apart. `work`: resize_bytes_work() bytes. */
EXPORT(resize_bytes)
void resize_bytes(const u8 *box, i32 pitch, i32 width, i32 height, i32 out_width, i32 out_height, i32 kernel, u8 *out, u8 *work) {
  const Axis x = axis_of(width, out_width, kernel), y = axis_of(height, out_height, kernel);
  f64 *row = (f64 *)work;
  Reach *reach_x = (Reach *)(row + max_i(x.stride, y.stride)), *reach_y = reach_x + out_width;
  Taps4 *taps_x = (Taps4 *)(reach_y + out_height), *taps_y = taps_x + out_width * x.stride / 4;
  const u8 **rows = (const u8 **)(taps_y + out_height * y.stride / 4);
  u8 *ring = (u8 *)round_up((i32)(rows + y.stride), 16);
  const i32 ring_rows = y.stride + 1, ring_pitch = pitch_of(out_width), length = out_width * 3;
  const int keep_width = width == out_width, keep_height = height == out_height;
  if (!keep_width) fixed_weights(&x, kernel, reach_x, taps_x, row);
  if (keep_height) {
    for (i32 line = 0; line < height; line += 2) {
      const i32 other = min_i(line + 1, height - 1);
      const u8 *sources[2] = {box + line * pitch, box + other * pitch};
      if (!keep_width) {
        across(sources[0], sources[1], &x, reach_x, taps_x, ring, ring + ring_pitch);
        sources[0] = ring;
        sources[1] = ring + ring_pitch;
      }
      __builtin_memcpy(out + line * length, sources[0], length);
      __builtin_memcpy(out + other * length, sources[1], length);
    }
    return;
  }
  fixed_weights(&y, kernel, reach_y, taps_y, row);
  i32 made = 0; // rows of the box that have been resampled; row i is in slot i % ring_rows
  for (i32 line = 0; line < out_height; line++) {
    const Reach reach = reach_y[line];
    for (; made < reach.first + reach.count; made = min_i(made + 2, height)) {
      const i32 other = min_i(made + 1, height - 1); // the last row alone is computed twice
      u8 *slot = ring + made % ring_rows * ring_pitch, *other_slot = ring + other % ring_rows * ring_pitch;
      if (keep_width) {
        __builtin_memcpy(slot, box + made * pitch, length);
        __builtin_memcpy(other_slot, box + other * pitch, length);
      } else across(box + made * pitch, box + other * pitch, &x, reach_x, taps_x, slot, other_slot);
    }
    i32 from = reach.first % ring_rows;
    for (i32 k = 0; k < reach.count; k++, from = from + 1 == ring_rows ? 0 : from + 1) rows[k] = ring + from * ring_pitch;
    if (reach.count & 1) rows[reach.count] = rows[reach.count - 1];
    down(rows, (reach.count + 1) / 2, taps_y + line * y.stride / 4, length, out + line * length);
  }
}
