#include "accelerator.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

namespace tessera {
namespace {

c10::impl::VirtualGuardImpl guard() { return c10::impl::VirtualGuardImpl(acceleratorType()); }

c10::Device device(int64_t index) { return {acceleratorType(), static_cast<c10::DeviceIndex>(index)}; }

c10::DeviceAllocator* allocator() {
  auto* found = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(acceleratorType()));
  return found != nullptr && found->initialized() ? found : nullptr;
}

// The driver's own library, which has no header here: a stable C interface. It numbers devices as libtorch does.
template <typename F>
F driver(const char* name) {
  static void* library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  return library == nullptr ? nullptr : reinterpret_cast<F>(dlsym(library, name));
}

bool driverDevice(int64_t index, int& handle) {
  const auto init = driver<int (*)(unsigned)>("cuInit");
  const auto get = driver<int (*)(int*, int)>("cuDeviceGet");
  return init != nullptr && get != nullptr && init(0) == 0 && get(&handle, static_cast<int>(index)) == 0;
}

int64_t driverTotal(int64_t index) {
  int handle = 0;
  size_t bytes = 0;
  const auto total = driver<int (*)(size_t*, int)>("cuDeviceTotalMem_v2");
  return total != nullptr && driverDevice(index, handle) && total(&bytes, handle) == 0 ? static_cast<int64_t>(bytes) : 0;
}

}  // namespace

c10::DeviceType acceleratorType() {
  // Found once: a process has one kind of accelerator, and this is asked for every new tensor.
  static const c10::DeviceType type = at::accelerator::getAccelerator(false).value_or(at::kCUDA);
  return type;
}

bool builtForCuda() {
#ifdef TESSERA_CUDA
  return true;
#else
  return false;
#endif
}

int64_t deviceCount() { return at::accelerator::deviceCount(); }

std::string deviceName(int64_t index) {
  int handle = 0;
  char name[256] = "";
  const auto ask = driver<int (*)(char*, int, int)>("cuDeviceGetName");
  if (acceleratorType() != at::kCUDA || ask == nullptr || !driverDevice(index, handle)) return "";
  return ask(name, sizeof name, handle) == 0 ? name : "";
}

DeviceMemory deviceMemory(int64_t index) {
  DeviceMemory out{0, 0, 0, 0, acceleratorType() == at::kCUDA ? driverTotal(index) : 0};
  if (auto* memory = allocator()) {
    const auto at = static_cast<c10::DeviceIndex>(index);
    const auto stats = memory->getDeviceStats(at);
    const auto& allocated = stats.allocated_bytes[0];  // the aggregate of all pools
    out.allocated = allocated.current;
    out.peak = allocated.peak;
    out.reserved = stats.reserved_bytes[0].current;
  }
  out.free = out.total > 0 ? std::max<int64_t>(0, out.total - out.reserved) : 0;
  return out;
}

void emptyDeviceCache() {
  if (auto* memory = allocator()) memory->emptyCache();
}

void synchronize(int64_t index) { guard().synchronizeDevice(static_cast<c10::DeviceIndex>(index)); }

void useDevice(int64_t index) {
  at::globalContext().lazyInitDevice(acceleratorType());
  guard().setDevice(device(index));
  at::globalContext().setBenchmarkCuDNN(true);
}

void setTf32(bool on) {
  at::globalContext().setAllowTF32CuBLAS(on);
  at::globalContext().setAllowTF32CuDNN(on);
}

}  // namespace tessera
