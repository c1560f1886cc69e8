// libtorch's convolutions, and their gradients, kept away from the kernels that get them wrong.
#pragma once

#include "aten.h"

namespace tessera {

/** How a filter moves, one number for each axis of space (two or three); padding is the same before and after. */
struct Steps {
  std::vector<int64_t> strides, padding, dilations;
  int64_t groups;
};

/**
 * Images [N, C, ..], filters [O, C / groups, ..]. libtorch's convolutions, except on the CPU
 * - a filter of one pixel with a stride or padding is one with neither over every stride-th pixel: oneDNN 3.12 writes past its workspace in
 *   that filter's gradient where there are fewer channels than its block has (uxlfoundation/oneDNN, issue 6035);
 * - an axis along which a strided filter stops once, or along which one of its taps sees nothing but padding, is cut to what the filter
 *   covers, zeros included, and has neither stride nor padding: oneDNN reads the wrong rows in the former case (forward, AVX-512 and AMX),
 *   and never writes the gradients of the latter's taps (bfloat16);
 * - the bfloat16 gradient of a filter with dilation, or of volumes, is computed in float32: oneDNN's kernel without AMX is wrong;
 * - bfloat16 on a processor for which oneDNN has no such kernels is computed in float32 and rounded once: libtorch's own loops round the
 *   filter's gradient after every image.
 * `npm run hunt:convolutions` looks for more.
 */
at::Tensor convolution(const at::Tensor& x, const at::Tensor& filter, const c10::optional<at::Tensor>& bias, const Steps& steps);
/** @param size of the input */
at::Tensor convolutionInputGrad(const at::Tensor& dy, const at::Tensor& filter, at::IntArrayRef size, const Steps& steps);
/** @param size of the filter; the gradient has `format` */
at::Tensor convolutionFilterGrad(const at::Tensor& x, const at::Tensor& dy, at::IntArrayRef size, at::MemoryFormat format,
                                 const Steps& steps);

}  // namespace tessera
