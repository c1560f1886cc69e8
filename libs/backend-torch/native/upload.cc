#include "upload.h"

#include <cstring>

#include "graph.h"

namespace tessera {

at::Tensor upload(const void* data, at::IntArrayRef shape, at::ScalarType type, at::ScalarType dtype, at::Device device) {
  // Only read: from_blob wants a pointer that may be written.
  const at::Tensor source = at::from_blob(const_cast<void*>(data), shape, type);
  if (source.numel() == 1) return at::full(shape, source.item(), at::TensorOptions(dtype).device(device));
  requireNotCapturing("an upload of numbers");
  const at::Tensor staging = at::empty(shape, at::TensorOptions(type).pinned_memory(true));
  std::memcpy(staging.data_ptr(), data, source.nbytes());
  // libtorch's allocator of page-locked memory hands a block out again only after the copies from it.
  const at::Tensor there = staging.to(device, /*non_blocking=*/true);
  return dtype == at::kBool ? there.ne(0) : there.to(dtype);
}

at::Tensor download(const at::Tensor& tensor, at::ScalarType type) {
  const at::Tensor source = tensor.to(type).contiguous();
  at::Tensor staging = at::empty(source.sizes(), at::TensorOptions(type).pinned_memory(true));
  return staging.copy_(source, /*non_blocking=*/true);
}

}  // namespace tessera
