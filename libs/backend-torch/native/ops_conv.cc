// Convolutions. tfjs images are NHWC and filters HWIO; libtorch sees both through permute as channels_last tensors.
#include "call.h"
#include "convolution.h"
#include "device_paths.h"
#include "wide_rows.h"

namespace tessera {
namespace {

// oneDNN multiplies steps and sizes in 32 bits, and an overflow there ends the process.
constexpr int64_t kMostStep = 65535;

struct Geometry {
  std::vector<int64_t> strides, dilations, pads;  // pads: top, bottom, left, right; negative ones cut off
  bool half, depthwise;
  bool symmetric() const { return pads[0] == pads[1] && pads[2] == pads[3] && pads[0] >= 0 && pads[2] >= 0; }
  std::vector<int64_t> padding() const { return symmetric() ? std::vector<int64_t>{pads[0], pads[2]} : std::vector<int64_t>{0, 0}; }
  Steps steps(int64_t groups) const { return {strides, padding(), dilations, groups}; }
};

// What oneDNN counts with; sums and products of two stay within 64 bits.
bool inRange(int64_t value, int64_t least) { return value >= least && value <= INT32_MAX; }

// The shared tail of the arguments: strides, dilations, pads, half, depthwise.
Geometry geometry(Call& c, size_t first) {
  Geometry g{c.integers(first, 2), c.integers(first + 1, 2), c.integers(first + 2, 4), c.boolean(first + 3), c.boolean(first + 4)};
  for (size_t i = 0; i < 2; ++i)
    if (std::min(g.strides[i], g.dilations[i]) < 1 || std::max(g.strides[i], g.dilations[i]) > kMostStep)
      throw CodedError(kBadArgument, "strides and dilations are 1 to 65535");
  for (int64_t pad : g.pads)
    if (!inRange(pad, -INT32_MAX)) throw CodedError(kBadArgument, "padding is less than 2^31");
  return g;
}

// Refuses shapes that do not belong together, before any raw pointer: x NHWC, filter HWIO (depthwise HWCM), dy NHWC or none.
void checkShapes(const Geometry& g, at::IntArrayRef x, at::IntArrayRef filter, at::IntArrayRef dy = {}) {
  const auto fail = [&](const char* what) {
    throw CodedError(kBadArgument, std::string(what) + ": images " + textOf(x) + ", filter " + textOf(filter) +
                                       (dy.empty() ? "" : ", dy " + textOf(dy)));
  };
  if (x.size() != 4 || filter.size() != 4 || (!dy.empty() && dy.size() != 4)) fail("images and filters have 4 axes");
  for (size_t i = 0; i < 4; ++i)
    if (!inRange(x[i], 0) || !inRange(filter[i], 1)) fail("a filter without elements, or a size outside 0 to 2^31 - 1");
  if (g.depthwise ? filter[2] != x[3] : x[3] % filter[2] != 0) fail("the channels of images and filter differ");
  const int64_t groups = g.depthwise ? 1 : x[3] / filter[2];
  if (groups == 0) fail("images without channels");
  if (filter[3] % groups != 0) fail("the filter's outputs are no multiple of the groups");
  std::vector<int64_t> out{x[0], 0, 0, g.depthwise ? filter[2] * filter[3] : filter[3]};
  for (size_t i = 0; i < 2; ++i) {
    const int64_t room = x[i + 1] + g.pads[2 * i] + g.pads[2 * i + 1] - g.dilations[i] * (filter[i] - 1) - 1;
    if (room < 0 || g.pads[2 * i] < -x[i + 1] || g.pads[2 * i + 1] < -x[i + 1]) fail("the filter is larger than the padded image");
    out[i + 1] = room / g.strides[i] + 1;
  }
  if (!dy.empty() && dy != at::IntArrayRef(out)) fail(("the result has the shape " + textOf(out)).c_str());
}

at::Tensor nchw(const at::Tensor& nhwc) { return nhwc.permute({0, 3, 1, 2}).contiguous(at::MemoryFormat::ChannelsLast); }
at::Tensor nhwc(const at::Tensor& nchw) { return nchw.contiguous(at::MemoryFormat::ChannelsLast).permute({0, 2, 3, 1}); }

at::Tensor padded(const at::Tensor& x_NCHW, const Geometry& g) {
  if (g.symmetric()) return x_NCHW;
  return at::constant_pad_nd(x_NCHW, {g.pads[2], g.pads[3], g.pads[0], g.pads[1]}).contiguous(x_NCHW.suggest_memory_format());
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

// oneDNN's float32 kernels for channels_last sum all of a filter's products in one chain, so rounding grows with its size; those for
// planar images sum 16 channels at a time: 2e-7 of the result's deviation whatever the size, where the others reach 1e-6 at 512
// channels. With many channels they are faster too, copies included (512 channels of 4 x 4 pixels: 26 ms instead of 42); with 128 or
// fewer the copies cost more than they save.
constexpr int64_t kPlanarChannels = 256;
bool planar(const Geometry& g, const at::Tensor& image, at::IntArrayRef filterHWIO) {
  return useRowKernels(image) && !g.half && !g.depthwise && filterHWIO[0] * filterHWIO[1] > 1 && filterHWIO[2] >= kPlanarChannels &&
         filterHWIO[3] >= kPlanarChannels;
}

// The filter as libtorch wants it. A plain filter is kept physically OHWI (OIHW where `inPlanes`) from its first use on: the layout
// of its gradients and of its bfloat16 copy, so that no later step transposes anything.
at::Tensor filterOf(Call& c, size_t i, const Geometry& g, bool inPlanes) {
  const double handle = c.handle(i);
  const auto format = inPlanes ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
  if (!g.depthwise) {
    const at::Tensor now = c.table().get(handle).permute({3, 2, 0, 1});
    if (!now.is_contiguous(format)) c.table().relayout(handle, now.contiguous(format).permute({2, 3, 1, 0}));
    if (inPlanes) return c.tensor(i).permute({3, 2, 0, 1});
  }
  return oihw(g.half ? c.table().half(handle) : c.tensor(i), g.depthwise);
}

at::Tensor imageOf(Call& c, size_t i, const Geometry& g, bool inPlanes = false) {
  const at::Tensor& image = g.half ? c.table().half(c.handle(i)) : c.tensor(i);
  return inPlanes ? image.permute({0, 3, 1, 2}).contiguous() : nchw(image);
}

// Whether images side by side pay off, and how (see wide_rows.h).
c10::optional<WideRows> wideRows(const Geometry& g, const at::Tensor& x, int64_t images, int64_t inWidth, int64_t outWidth,
                                 int64_t kernelWidth, int64_t groups, int64_t limit) {
  const int64_t pad = g.pads[2], stride = g.strides[1];
  const bool sameWidth = g.symmetric() && kernelWidth == 2 * pad + 1 && pad > 0 && outWidth * stride == inWidth;
  if (!useRowKernels(x) || !g.half || g.depthwise || groups != 1 || !sameWidth || outWidth > limit || g.dilations[1] != 1 || images < 8) return c10::nullopt;
  const int64_t periodOut = (inWidth + pad + stride - 1) / stride;
  return WideRows{std::min<int64_t>(16, images), stride * periodOut, periodOut};
}

at::Tensor nhwcOf(const at::Tensor& nchw) { return nchw.permute({0, 2, 3, 1}); }
at::Tensor nchwOf(const at::Tensor& nhwc) { return nhwc.permute({0, 3, 1, 2}); }

// A scalar must not pass for "no dy".
at::IntArrayRef sizesOfGradient(Call& c, size_t i) {
  if (c.tensor(i).dim() != 4) throw CodedError(kBadArgument, "dy has the shape " + textOf(c.tensor(i).sizes()) + " and not 4 axes");
  return c.tensor(i).sizes();
}

void useHalf(Call& c, Geometry& g) { g.half = g.half || isHalf(c.tensor(0)) || isHalf(c.tensor(1)); }

// conv(x, filter, bias?, strides, dilations, pads, half, depthwise)
napi_value conv(Call& c) {
  Geometry g = geometry(c, 3);
  checkShapes(g, c.tensor(0).sizes(), c.tensor(1).sizes());
  useHalf(c, g);
  const bool inPlanes = planar(g, c.tensor(0), c.tensor(1).sizes());
  const at::Tensor x = exactly(padded(imageOf(c, 0, g, inPlanes), g)), w = exactly(filterOf(c, 1, g, inPlanes));
  c10::optional<at::Tensor> bias;
  if (c.has(2)) bias = exactly((g.half ? c.table().half(c.handle(2)) : c.tensor(2)).reshape({-1}));
  const int64_t groups = w.size(1) == 0 ? 1 : x.size(1) / w.size(1);
  const int64_t outWidth = (x.size(3) + 2 * g.padding()[1] - g.dilations[1] * (w.size(3) - 1) - 1) / g.strides[1] + 1;
  if (const auto wide = wideRows(g, x, x.size(0), x.size(3), outWidth, w.size(3), groups, kWideForward)) {
    const at::Tensor xs = nchwOf(sideBySide(nhwcOf(x), wide->group, wide->periodIn));
    const at::Tensor ys = convolution(xs, w, bias, g.steps(groups));
    return c.give(apart(nhwc(ys), wide->group, wide->periodOut, x.size(0), outWidth));
  }
  return c.give(rounded(nhwc(convolution(x, w, bias, g.steps(groups)))));
}

// convInputGrad(dy, filter, input shape NHWC, strides, dilations, pads, half, depthwise)
napi_value convInputGrad(Call& c) {
  Geometry g = geometry(c, 3);
  const auto shape = c.integers(2, 4);
  checkShapes(g, shape, c.tensor(1).sizes(), sizesOfGradient(c, 0));
  useHalf(c, g);
  const bool inPlanes = planar(g, c.tensor(0), c.tensor(1).sizes());
  const at::Tensor dy = exactly(imageOf(c, 0, g, inPlanes)), w = exactly(filterOf(c, 1, g, inPlanes));
  std::vector<int64_t> size{shape[0], shape[3], shape[1], shape[2]};
  if (!g.symmetric()) {
    size[2] += g.pads[0] + g.pads[1];
    size[3] += g.pads[2] + g.pads[3];
  }
  const int64_t groups = w.size(1) == 0 ? 1 : size[1] / w.size(1);
  const auto gradient = [&](const at::Tensor& dyNow, const std::vector<int64_t>& sizeNow) {
    return rounded(convolutionInputGrad(dyNow, w, sizeNow, g.steps(groups)));
  };
  if (const auto wide = wideRows(g, dy, size[0], size[3], dy.size(3), w.size(3), groups, kWideForward)) {
    const at::Tensor dys = nchwOf(sideBySide(nhwcOf(dy), wide->group, wide->periodOut));
    const at::Tensor dxs = gradient(dys, {dys.size(0), size[1], size[2], wide->group * wide->periodIn});
    return c.give(apart(nhwc(dxs), wide->group, wide->periodIn, size[0], size[3]));
  }
  at::Tensor dx = gradient(dy, size);
  if (!g.symmetric()) dx = at::constant_pad_nd(dx, {-g.pads[2], -g.pads[3], -g.pads[0], -g.pads[1]});
  return c.give(nhwc(dx));
}

// convFilterGrad(x, dy, filter shape HWIO, strides, dilations, pads, half, depthwise): always float32
napi_value convFilterGrad(Call& c) {
  Geometry g = geometry(c, 3);
  const auto shape = c.integers(2, 4);
  checkShapes(g, c.tensor(0).sizes(), shape, sizesOfGradient(c, 1));
  useHalf(c, g);
  at::Tensor x = exactly(padded(imageOf(c, 0, g), g)), dy = exactly(imageOf(c, 1, g));
  const std::vector<int64_t> size = g.depthwise ? std::vector<int64_t>{shape[2] * shape[3], 1, shape[0], shape[1]}
                                                : std::vector<int64_t>{shape[3], shape[2], shape[0], shape[1]};
  const int64_t groups = size[1] == 0 ? 1 : x.size(1) / size[1];
  if (const auto wide = wideRows(g, x, x.size(0), x.size(3), dy.size(3), size[3], groups, kWideFilterGrad)) {
    x = nchwOf(sideBySide(nhwcOf(x), wide->group, wide->periodIn));
    dy = nchwOf(sideBySide(nhwcOf(dy), wide->group, wide->periodOut));
  }
  const auto format = g.depthwise ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
  const at::Tensor dw = convolutionFilterGrad(x, dy, size, format, g.steps(groups));
  return c.give(hwio(dw.to(at::kFloat), g.depthwise, shape[2]));
}

}  // namespace

#define NAMED(name) {#name, name}

void addConvOperations(Operations& ops) { ops.insert(ops.end(), {NAMED(conv), NAMED(convInputGrad), NAMED(convFilterGrad)}); }

}  // namespace tessera
