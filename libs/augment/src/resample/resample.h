// Weights of a resize along one axis. Antialiased: PIL's precompute_coeffs, in its order of operations. GOOGLE_BICUBIC: TensorFlow's
// resize_bicubic_op.cc, see google-cubic-taps.ts.
#pragma once
#include "pixels.h"

enum { BILINEAR = 0, BICUBIC = 1, GOOGLE_BICUBIC = 2 };

typedef struct {
  f64 ratio, stretch, support;
  i32 inputs, outputs, stride; // stride: taps an output may have, a multiple of 4
} Axis;

// A stretch of inputs that an output reads.
typedef struct {
  i32 first, count;
} Reach;

INLINE Axis axis_of(i32 inputs, i32 outputs, i32 kernel) {
  Axis a;
  a.inputs = inputs;
  a.outputs = outputs;
  a.ratio = (f64)inputs / outputs;
  a.stretch = a.ratio < 1 ? 1 : a.ratio;
  a.support = (kernel == BILINEAR ? 1 : 2) * a.stretch;
  a.stride = round_up((i32)__builtin_ceil(a.support) * 2 + 1, 4);
  return a;
}

INLINE f64 kernel_at(i32 kernel, f64 x) {
  if (x < 0) x = -x;
  if (kernel == BILINEAR) return x < 1 ? 1 - x : 0;
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

// The four inputs around an output, whose place is computed in float and rounded to 1/1024 of a pixel.
INLINE Reach google_weights_of(const Axis *a, i32 output, f64 *row) {
  const f32 at = (f32)(output + 0.5) * (f32)a->ratio - 0.5f, left = __builtin_floorf(at);
  const f64 part = __builtin_rint((at - left) * 1024.0f) / 1024;
  const i32 first = max_i(0, (i32)left - 1), count = min_i(a->inputs, (i32)left + 3) - first;
  f64 sum = 0;
  for (i32 k = 0; k < count; k++) sum += row[k] = kernel_at(BICUBIC, k + first - left - part);
  for (i32 k = 0; k < count; k++) row[k] /= sum;
  for (i32 k = count; k < a->stride; k++) row[k] = 0;
  return (Reach){first, count};
}

// Normalised weights of one output into `row`, zeros up to the stride.
INLINE Reach weights_of(const Axis *a, i32 kernel, i32 output, f64 *row) {
  if (kernel == GOOGLE_BICUBIC) return google_weights_of(a, output, row);
  const f64 centre = (output + 0.5) * a->ratio, scale = 1.0 / a->stretch;
  const i32 first = max_i(0, (i32)(centre - a->support + 0.5));
  const i32 count = min_i(a->inputs, (i32)(centre + a->support + 0.5)) - first;
  f64 sum = 0;
  for (i32 k = 0; k < count; k++) sum += row[k] = kernel_at(kernel, (k + first - centre + 0.5) * scale);
  for (i32 k = 0; k < count; k++) row[k] /= sum;
  for (i32 k = count; k < a->stride; k++) row[k] = 0;
  return (Reach){first, count};
}
