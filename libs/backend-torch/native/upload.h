// JavaScript's numbers onto a device.
#pragma once

#include "aten.h"

namespace tessera {

/**
 * A new tensor on a device that is not the CPU. The numbers go through page-locked memory, so that the device fetches them while the
 * program goes on; `data` may be changed or freed after the call. A single number needs no copy at all.
 */
at::Tensor upload(const void* data, at::IntArrayRef shape, at::ScalarType type, at::ScalarType dtype, at::Device device);

/** The same numbers in page-locked memory on the CPU, once the device's work so far is done. */
at::Tensor download(const at::Tensor& tensor, at::ScalarType type);

}  // namespace tessera
