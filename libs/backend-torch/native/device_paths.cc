#include "device_paths.h"

#include <atomic>
#include <cstdlib>

namespace tessera {
namespace {

std::atomic<bool>& generic() {
  static std::atomic<bool> on{std::getenv("TESSERA_TORCH_GENERIC") != nullptr};
  return on;
}

std::atomic<bool> exact{false};

}  // namespace

bool useRowKernels(const at::Tensor& tensor) { return tensor.is_cpu() && !generic().load(std::memory_order_relaxed); }

bool setGenericPaths(bool on) { return generic().exchange(on); }

bool setExactSums(bool on) { return exact.exchange(on); }

at::Tensor exactly(const at::Tensor& tensor) {
  return exact.load(std::memory_order_relaxed) && tensor.scalar_type() == at::kFloat ? tensor.to(at::kDouble) : tensor;
}
at::Tensor rounded(const at::Tensor& tensor) { return tensor.scalar_type() == at::kDouble ? tensor.to(at::kFloat) : tensor; }

}  // namespace tessera
