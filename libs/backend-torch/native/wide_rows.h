// Images side by side, for convolutions whose rows are too short for the matrix units.
#pragma once

#include "aten.h"

namespace tessera {

/**
 * oneDNN's bfloat16 kernels work along an image row: with 4 or 8 pixels a row most of a matrix tile is padding, and the
 * weights are read again for every image. Copies of `group` images side by side, with a gap of zeros at least as wide as
 * the padding between them, have long rows and give the same numbers: in the filter's gradient the gaps of dy are zero, in
 * the other two the gaps of the result are thrown away. Measured at 4 x 4 pixels: filter gradient 3.5 to 5 times faster,
 * forward and input gradient up to twice; at 8 x 8 only the filter gradient gains.
 */
struct WideRows {
  int64_t group, periodIn, periodOut;
};

/** Pixels per output row up to which the layout pays. */
inline constexpr int64_t kWideForward = 4;
inline constexpr int64_t kWideFilterGrad = 8;

/** images [N, H, W, C] (contiguous, bfloat16) -> [ceil(N / group), H, group * period, C] */
at::Tensor sideBySide(const at::Tensor& images_NHWC, int64_t group, int64_t period);
/** The inverse: the first `count` images, `width` pixels of each period */
at::Tensor apart(const at::Tensor& wide_NHWC, int64_t group, int64_t period, int64_t count, int64_t width);

/** dx of a 1 x 1 convolution with a stride: the small gradient at every stride-th pixel of [N, height, width, C], else 0 */
at::Tensor spread(const at::Tensor& small_NHWC, int64_t height, int64_t width, int64_t strideH, int64_t strideW);

}  // namespace tessera
