// Layouts: tfjs keeps channels last, libtorch numbers them second. Both see the same memory through a permute.
#pragma once

#include "aten.h"
#include "errors.h"

namespace tessera {

inline at::MemoryFormat channelsLastFormat(const at::Tensor& x) {
  if (x.dim() == 4) return at::MemoryFormat::ChannelsLast;
  if (x.dim() == 5) return at::MemoryFormat::ChannelsLast3d;
  throw CodedError(kBadArgument, "images have 4 axes and volumes 5, got " + std::to_string(x.dim()));
}

/** oneDNN's and libtorch's pools count in 32 bits. */
inline void requireWindow(const std::vector<int64_t>& kernelOrStrides, const char* what) {
  for (int64_t value : kernelOrStrides)
    if (value < 1 || value > INT32_MAX) throw CodedError(kBadArgument, std::string(what) + " are 1 to 2^31 - 1");
}
inline void requirePads(const std::vector<int64_t>& pads) {
  for (int64_t pad : pads)
    if (pad < -INT32_MAX || pad > INT32_MAX) throw CodedError(kBadArgument, "padding is less than 2^31");
}

/** [N, (D,) H, W, C] -> [N, C, (D,) H, W], physically channels last */
inline at::Tensor channelsSecond(const at::Tensor& x) { return x.movedim(-1, 1).contiguous(channelsLastFormat(x)); }
/** The inverse. */
inline at::Tensor channelsLast(const at::Tensor& x) { return x.contiguous(channelsLastFormat(x)).movedim(1, -1); }

/** Pads the last axes; pads: before and after of each of them, in order. Negative ones cut off. */
inline at::Tensor padLast(const at::Tensor& x, const std::vector<int64_t>& pads, double value) {
  std::vector<int64_t> fromLast;
  for (size_t i = pads.size(); i >= 2; i -= 2) {
    fromLast.push_back(pads[i - 2]);
    fromLast.push_back(pads[i - 1]);
  }
  return at::constant_pad_nd(x, fromLast, value);
}

inline std::vector<int64_t> negated(std::vector<int64_t> pads) {
  for (auto& pad : pads) pad = -pad;
  return pads;
}

}  // namespace tessera
