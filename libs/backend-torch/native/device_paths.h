// Which of two implementations an operation takes: our own loops over CPU memory, or ATen's operators on any device.
#pragma once

#include "aten.h"

namespace tessera {

/**
 * True where this tensor's memory may be read and written by our own loops. Every operation that has such loops, or any other
 * use of a data pointer, asks here first and has a path without them. The environment variable TESSERA_TORCH_GENERIC, or
 * setGenericPaths(true), answers no for tensors on the CPU too: that tests the path that a GPU takes.
 */
bool useRowKernels(const at::Tensor& tensor);

/** @return what it was before */
bool setGenericPaths(bool on);

/**
 * Exact sums: float32 convolutions and matrix products multiply and add in float64 and round their result once. Slow; it answers
 * whether two runs differ by rounding or by a mistake.
 * @return what it was before
 */
bool setExactSums(bool on);

/** The tensor in float64 under exact sums if it is float32, else as it is. */
at::Tensor exactly(const at::Tensor& tensor);
/** float64 back to float32; all else as it is. */
at::Tensor rounded(const at::Tensor& tensor);

}  // namespace tessera
