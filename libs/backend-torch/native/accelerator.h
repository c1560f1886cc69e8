// The accelerator beside the CPU, CUDA as a rule: its devices, settings and memory. No CUDA header is needed: libtorch's
// device-neutral interfaces answer in every build, and say "no device" in one for the CPU.
#pragma once

#include <string>
#include <utility>

#include "aten.h"

namespace tessera {

/** The kind of device that device numbers from 0 on mean. */
c10::DeviceType acceleratorType();
/** True if the addon was compiled and linked for CUDA. */
bool builtForCuda();
/** Devices that can be used now; 0 without a driver, too. */
int64_t deviceCount();
/** "NVIDIA H200", or "" where the driver does not say. */
std::string deviceName(int64_t index);
/** Bytes: in use by tensors, held by libtorch's caching allocator, the most ever in use, free on the device, all of the device. */
struct DeviceMemory {
  int64_t allocated, reserved, peak, free, total;
};
DeviceMemory deviceMemory(int64_t index);
/** Gives memory that no tensor uses back to the device; nothing where none was used yet. */
void emptyDeviceCache();
/** Waits until the device has done all it was given. */
void synchronize(int64_t index);
/** Makes this thread's new tensors and streams belong to the device, and lets cuDNN measure its algorithms. */
void useDevice(int64_t index);
/** Float32 products and convolutions in TensorFloat-32 (10 bits of mantissa), for the whole process. */
void setTf32(bool on);

}  // namespace tessera
