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

}  // namespace tessera
