// Convolutions. tfjs images are NHWC and filters HWIO; libtorch sees both through permute as channels_last tensors.
#include "call.h"

namespace tessera {
namespace {

struct Geometry {
  std::vector<int64_t> strides, dilations, pads;  // pads: top, bottom, left, right
  bool half, depthwise;
  bool symmetric() const { return pads[0] == pads[1] && pads[2] == pads[3]; }
  std::vector<int64_t> padding() const { return symmetric() ? std::vector<int64_t>{pads[0], pads[2]} : std::vector<int64_t>{0, 0}; }
};

// The shared tail of the arguments: strides, dilations, pads, half, depthwise.
Geometry geometry(Call& c, size_t first) {
  return {c.integers(first), c.integers(first + 1), c.integers(first + 2), c.boolean(first + 3), c.boolean(first + 4)};
}

at::Tensor nchw(const at::Tensor& nhwc) { return nhwc.permute({0, 3, 1, 2}).contiguous(at::MemoryFormat::ChannelsLast); }
at::Tensor nhwc(const at::Tensor& nchw) { return nchw.contiguous(at::MemoryFormat::ChannelsLast).permute({0, 2, 3, 1}); }

at::Tensor padded(const at::Tensor& x_NCHW, const Geometry& g) {
  if (g.symmetric()) return x_NCHW;
  return at::constant_pad_nd(x_NCHW, {g.pads[2], g.pads[3], g.pads[0], g.pads[1]}).contiguous(at::MemoryFormat::ChannelsLast);
}

// HWIO -> OIHW; a depthwise filter HWCM -> [C*M, 1, H, W]
at::Tensor oihw(const at::Tensor& filter, bool depthwise) {
  if (!depthwise) return filter.permute({3, 2, 0, 1}).contiguous(at::MemoryFormat::ChannelsLast);
  return filter.permute({2, 3, 0, 1}).reshape({filter.size(2) * filter.size(3), 1, filter.size(0), filter.size(1)});
}
at::Tensor hwio(const at::Tensor& w, bool depthwise, int64_t channels) {
  if (!depthwise) return w.permute({2, 3, 1, 0});
  return w.reshape({channels, w.size(0) / channels, w.size(2), w.size(3)}).permute({2, 3, 0, 1});
}

// The filter as libtorch wants it. A plain filter is kept physically OHWI from its first use on: the layout of its
// gradients and of its bfloat16 copy, so that no later step transposes anything.
at::Tensor filterOf(Call& c, size_t i, const Geometry& g) {
  const double handle = c.handle(i);
  if (!g.depthwise) {
    const at::Tensor& now = c.table().get(handle);
    if (!now.permute({3, 2, 0, 1}).is_contiguous(at::MemoryFormat::ChannelsLast))
      c.table().relayout(handle, oihw(now, false).permute({2, 3, 1, 0}));
  }
  return oihw(g.half ? c.table().half(handle) : c.tensor(i), g.depthwise);
}

at::Tensor imageOf(Call& c, size_t i, const Geometry& g) { return nchw(g.half ? c.table().half(c.handle(i)) : c.tensor(i)); }

void useHalf(Call& c, Geometry& g) { g.half = g.half || isHalf(c.tensor(0)) || isHalf(c.tensor(1)); }

// conv(x, filter, bias?, strides, dilations, pads, half, depthwise)
napi_value conv(Call& c) {
  Geometry g = geometry(c, 3);
  useHalf(c, g);
  const at::Tensor x = padded(imageOf(c, 0, g), g), w = filterOf(c, 1, g);
  c10::optional<at::Tensor> bias;
  if (c.has(2)) bias = (g.half ? c.table().half(c.handle(2)) : c.tensor(2)).reshape({-1});
  const int64_t groups = w.size(1) == 0 ? 1 : x.size(1) / w.size(1);
  return c.give(nhwc(at::convolution(x, w, bias, g.strides, g.padding(), g.dilations, false, {0, 0}, groups)));
}

// convInputGrad(dy, filter, input shape NHWC, strides, dilations, pads, half, depthwise)
napi_value convInputGrad(Call& c) {
  Geometry g = geometry(c, 3);
  useHalf(c, g);
  const auto shape = c.integers(2);
  const at::Tensor dy = imageOf(c, 0, g), w = filterOf(c, 1, g);
  std::vector<int64_t> size{shape[0], shape[3], shape[1], shape[2]};
  if (!g.symmetric()) {
    size[2] += g.pads[0] + g.pads[1];
    size[3] += g.pads[2] + g.pads[3];
  }
  const at::Tensor likeInput = at::empty(size, dy.options(), at::MemoryFormat::ChannelsLast);  // only its shape is used
  const int64_t groups = w.size(1) == 0 ? 1 : size[1] / w.size(1);
  at::Tensor dx = std::get<0>(at::convolution_backward(dy, likeInput, w, c10::nullopt, g.strides, g.padding(), g.dilations, false,
                                                       {0, 0}, groups, {true, false, false}));
  if (!g.symmetric()) dx = dx.narrow(2, g.pads[0], shape[1]).narrow(3, g.pads[2], shape[2]);
  return c.give(nhwc(dx));
}

// convFilterGrad(x, dy, filter shape HWIO, strides, dilations, pads, half, depthwise): always float32
napi_value convFilterGrad(Call& c) {
  Geometry g = geometry(c, 3);
  useHalf(c, g);
  const auto shape = c.integers(2);
  const at::Tensor x = padded(imageOf(c, 0, g), g), dy = imageOf(c, 1, g);
  const std::vector<int64_t> size = g.depthwise ? std::vector<int64_t>{shape[2] * shape[3], 1, shape[0], shape[1]}
                                                : std::vector<int64_t>{shape[3], shape[2], shape[0], shape[1]};
  const at::Tensor likeFilter = at::empty(size, x.options(), g.depthwise ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast);
  const int64_t groups = size[1] == 0 ? 1 : x.size(1) / size[1];
  at::Tensor dw = std::get<1>(at::convolution_backward(dy, x, likeFilter, c10::nullopt, g.strides, g.padding(), g.dilations, false,
                                                       {0, 0}, groups, {false, true, false}));
  return c.give(hwio(dw.to(at::kFloat), g.depthwise, shape[2]));
}

}  // namespace

#define NAMED(name) {#name, name}

void addConvOperations(Operations& ops) { ops.insert(ops.end(), {NAMED(conv), NAMED(convInputGrad), NAMED(convFilterGrad)}); }

}  // namespace tessera
