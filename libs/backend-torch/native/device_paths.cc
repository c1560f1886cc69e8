#include "device_paths.h"

#include <atomic>
#include <cstdlib>

namespace tessera {
namespace {

std::atomic<bool>& generic() {
  static std::atomic<bool> on{std::getenv("TESSERA_TORCH_GENERIC") != nullptr};
  return on;
}

}  // namespace

bool useRowKernels(const at::Tensor& tensor) { return tensor.is_cpu() && !generic().load(std::memory_order_relaxed); }

bool setGenericPaths(bool on) { return generic().exchange(on); }

}  // namespace tessera
