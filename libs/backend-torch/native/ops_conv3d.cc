// Convolutions of volumes: NDHWC and DHWIO, seen by libtorch through permute as channels_last_3d tensors.
#include "call.h"
#include "convolution.h"
#include "images.h"

namespace tessera {
namespace {

struct Geometry {
  std::vector<int64_t> strides, dilations, pads;  // pads: before and after of depth, height and width; negative ones cut off
  bool half;
  bool symmetric() const {
    for (size_t i = 0; i < 3; ++i)
      if (pads[2 * i] != pads[2 * i + 1] || pads[2 * i] < 0) return false;
    return true;
  }
  Steps steps() const { return {strides, padding(), dilations, 1}; }
  std::vector<int64_t> padding() const { return symmetric() ? std::vector<int64_t>{pads[0], pads[2], pads[4]} : std::vector<int64_t>{0, 0, 0}; }
};

// The shared tail of the arguments: strides, dilations, pads, half.
Geometry geometry(Call& c, size_t first) {
  Geometry g{c.integers(first, 3), c.integers(first + 1, 3), c.integers(first + 2, 6), c.boolean(first + 3)};
  g.half = g.half || isHalf(c.tensor(0)) || isHalf(c.tensor(1));
  // oneDNN multiplies steps and sizes in 32 bits, and an overflow there ends the process.
  for (const auto* steps : {&g.strides, &g.dilations})
    for (int64_t step : *steps)
      if (step < 1 || step > 65535) throw CodedError(kBadArgument, "strides and dilations are 1 to 65535");
  requirePads(g.pads);
  return g;
}

// Refuses shapes that do not belong together; the shape of the result.
std::vector<int64_t> resultShape(const Geometry& g, at::IntArrayRef x, at::IntArrayRef filter) {
  const auto fail = [&](const char* what) {
    throw CodedError(kBadArgument, std::string(what) + ": volumes " + textOf(x) + ", filter " + textOf(filter));
  };
  if (x.size() != 5 || filter.size() != 5) fail("volumes and filters have 5 axes");
  for (size_t i = 0; i < 5; ++i)
    if (x[i] < 0 || filter[i] < 1 || std::max(x[i], filter[i]) > INT32_MAX) fail("sizes are 1 to 2^31 - 1, those of volumes maybe 0");
  if (x[4] != filter[3]) fail("the channels of volumes and filter differ");
  std::vector<int64_t> out{x[0], 0, 0, 0, filter[4]};
  for (size_t i = 0; i < 3; ++i) {
    const int64_t room = x[i + 1] + g.pads[2 * i] + g.pads[2 * i + 1] - g.dilations[i] * (filter[i] - 1) - 1;
    if (room < 0 || g.pads[2 * i] < -x[i + 1] || g.pads[2 * i + 1] < -x[i + 1]) fail("the filter is larger than the padded volume");
    out[i + 1] = room / g.strides[i] + 1;
  }
  return out;
}

void checkGradient(const at::Tensor& dy, const std::vector<int64_t>& expected) {
  if (dy.sizes() != at::IntArrayRef(expected))
    throw CodedError(kBadArgument, "dy has the shape " + textOf(dy.sizes()) + ", the result has " + textOf(expected));
}

at::Tensor operand(Call& c, size_t i, const Geometry& g) { return g.half ? c.table().half(c.handle(i)) : c.float32(i); }
at::Tensor padded(const at::Tensor& x, const Geometry& g) { return g.symmetric() ? x : padLast(x, g.pads, 0); }
// DHWIO <-> OIDHW
at::Tensor oidhw(const at::Tensor& filter) { return filter.permute({4, 3, 0, 1, 2}).contiguous(at::MemoryFormat::ChannelsLast3d); }
at::Tensor dhwio(const at::Tensor& w) { return w.permute({2, 3, 4, 1, 0}); }

// conv3d(x, filter, strides, dilations, pads, half)
napi_value conv3d(Call& c) {
  const Geometry g = geometry(c, 2);
  resultShape(g, c.tensor(0).sizes(), c.tensor(1).sizes());
  const at::Tensor x = padded(channelsSecond(operand(c, 0, g)), g), w = oidhw(operand(c, 1, g));
  return c.give(channelsLast(convolution(x, w, c10::nullopt, g.steps())));
}

// conv3dInputGrad(dy, filter, input shape, strides, dilations, pads, half)
napi_value conv3dInputGrad(Call& c) {
  const Geometry g = geometry(c, 3);
  const auto shape = c.integers(2, 5);
  checkGradient(c.tensor(0), resultShape(g, shape, c.tensor(1).sizes()));
  const at::Tensor dy = channelsSecond(operand(c, 0, g)), w = oidhw(operand(c, 1, g));
  std::vector<int64_t> size{shape[0], shape[4], shape[1], shape[2], shape[3]};
  if (!g.symmetric())
    for (size_t i = 0; i < 3; ++i) size[i + 2] += g.pads[2 * i] + g.pads[2 * i + 1];
  const at::Tensor dx = convolutionInputGrad(dy, w, size, g.steps());
  return c.give(channelsLast(g.symmetric() ? dx : padLast(dx, negated(g.pads), 0)));
}

// conv3dFilterGrad(x, dy, filter shape, strides, dilations, pads, half): always float32
napi_value conv3dFilterGrad(Call& c) {
  const Geometry g = geometry(c, 3);
  const auto shape = c.integers(2, 5);
  checkGradient(c.tensor(1), resultShape(g, c.tensor(0).sizes(), shape));
  const at::Tensor x = padded(channelsSecond(operand(c, 0, g)), g), dy = channelsSecond(operand(c, 1, g));
  const std::vector<int64_t> size{shape[4], shape[3], shape[0], shape[1], shape[2]};
  const at::Tensor dw = convolutionFilterGrad(x, dy, size, at::MemoryFormat::ChannelsLast3d, g.steps());
  return c.give(dhwio(dw.to(at::kFloat)));
}

}  // namespace

#define NAMED(name) {#name, name}

void addConv3dOperations(Operations& ops) { ops.insert(ops.end(), {NAMED(conv3d), NAMED(conv3dInputGrad), NAMED(conv3dFilterGrad)}); }

}  // namespace tessera
