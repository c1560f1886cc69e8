// What devices there are, and their settings.
#include "accelerator.h"
#include "allocator.h"
#include "call.h"
#include "device_paths.h"

namespace tessera {
namespace {

int64_t existing(Call& c) {
  const int64_t index = c.integer(0), count = deviceCount();
  if (index < 0 || index >= count)
    throw CodedError(kNoDevice, "there is no device " + std::to_string(index) + "; libtorch sees " + std::to_string(count));
  return index;
}

napi_value cudaBuild(Call& c) { return c.giveNumber(builtForCuda() ? 1 : 0); }
napi_value devices(Call& c) { return c.giveNumber(static_cast<double>(deviceCount())); }
napi_value name(Call& c) { return c.giveText(deviceName(existing(c))); }

// deviceMemory(device) -> bytes: in use, held by the cache, the most ever in use, all of the device
napi_value memory(Call& c) {
  const DeviceMemory m = deviceMemory(existing(c));
  return c.giveNumbers({static_cast<double>(m.allocated), static_cast<double>(m.reserved), static_cast<double>(m.peak),
                        static_cast<double>(m.total)});
}

napi_value use(Call& c) {
  useDevice(existing(c));
  return c.nothing();
}
napi_value wait(Call& c) {
  synchronize(existing(c));
  return c.nothing();
}
napi_value tf32(Call& c) {
  setTf32(c.boolean(0));
  return c.nothing();
}

napi_value emptyCache(Call& c) {
  releaseCachedBlocks();
  emptyDeviceCache();
  return c.nothing();
}

// setExactSums(on): returns what it was before
napi_value exactSums(Call& c) { return c.giveNumber(setExactSums(c.boolean(0)) ? 1 : 0); }

// setGenericPaths(on): returns what it was before
napi_value genericPaths(Call& c) { return c.giveNumber(setGenericPaths(c.boolean(0)) ? 1 : 0); }

}  // namespace

void addDeviceOperations(Operations& ops) {
  ops.insert(ops.end(), {{"cudaBuild", cudaBuild},
                         {"deviceCount", devices},
                         {"deviceName", name},
                         {"deviceMemory", memory},
                         {"useDevice", use},
                         {"synchronize", wait},
                         {"setTf32", tf32},
                         {"emptyCache", emptyCache},
                         {"setExactSums", exactSums}, {"setGenericPaths", genericPaths}});
}

}  // namespace tessera
