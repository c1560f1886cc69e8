// Pooling on NHWC images and NDHWC volumes; the activation's physical type is kept.
#include <cmath>

#include "call.h"
#include "device_paths.h"
#include "images.h"

namespace tessera {
namespace {

struct Window {
  std::vector<int64_t> kernel, strides, pads;  // pads: before and after of each axis; negative ones cut off
  size_t rank() const { return kernel.size(); }
  bool plain() const {  // padding that libtorch's pooling takes itself
    for (size_t i = 0; i < rank(); ++i)
      if (pads[2 * i] != pads[2 * i + 1] || pads[2 * i] < 0 || pads[2 * i] * 2 > kernel[i]) return false;
    return true;
  }
  std::vector<int64_t> padding() const {
    std::vector<int64_t> out(rank(), 0);
    if (plain())
      for (size_t i = 0; i < rank(); ++i) out[i] = pads[2 * i];
    return out;
  }
  at::Tensor around(const at::Tensor& x, double value) const {
    return plain() ? x : padLast(x, pads, value).contiguous(channelsLastFormat(x));
  }
  at::Tensor without(const at::Tensor& x) const { return plain() ? x : padLast(x, negated(pads), 0); }
};

// Where every window covers the whole axis, a smaller window with less padding does too; libtorch counts through padding.
void shrink(int64_t& kernel, int64_t& before, int64_t& after, int64_t stride, int64_t size) {
  const int64_t room = size + before + after - kernel, last = room < 0 ? 0 : room / stride * stride;
  if (size < 1 || room < 0 || after < 0 || before <= last || kernel - before < size) return;
  before = after = last;
  kernel = last + size;
}

// The shared tail of the arguments, kernel, strides and pads, for the images at `x`.
Window window(Call& c, size_t first, size_t x) {
  const auto axes = static_cast<size_t>(c.tensor(x).dim());
  if (axes != 4 && axes != 5) throw CodedError(kBadArgument, "a pool needs images or volumes, not " + textOf(c.tensor(x).sizes()));
  Window w{c.integers(first, axes - 2), c.integers(first + 1, axes - 2), c.integers(first + 2, 2 * axes - 4)};
  requireWindow(w.kernel, "a pool's windows");
  requireWindow(w.strides, "strides");
  requirePads(w.pads);
  for (size_t i = 0; i < w.rank(); ++i) {
    const int64_t size = c.tensor(x).size(static_cast<int64_t>(i) + 1);
    if (w.pads[2 * i] < -size || w.pads[2 * i + 1] < -size) throw CodedError(kBadArgument, "padding that cuts off more than there is");
    shrink(w.kernel[i], w.pads[2 * i], w.pads[2 * i + 1], w.strides[i], size);
  }
  return w;
}

// libtorch's backward passes take the batch of dy on trust.
void checkGradient(const at::Tensor& dy, const at::Tensor& image, const Window& w) {
  std::vector<int64_t> expected{image.size(0), image.size(1)};
  for (size_t i = 0; i < w.rank(); ++i) {
    const int64_t room = image.size(static_cast<int64_t>(i) + 2) + w.pads[2 * i] + w.pads[2 * i + 1] - w.kernel[i];
    if (room < 0) throw CodedError(kBadArgument, "the window is larger than the padded image");
    expected.push_back(room / w.strides[i] + 1);
  }
  if (dy.sizes() != at::IntArrayRef(expected))
    throw CodedError(kBadArgument, "dy has the NCHW shape " + textOf(dy.sizes()) + ", the pool gives " + textOf(expected));
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Volumes compute in float32: libtorch has no bfloat16 for all of their pools.
at::Tensor imagesOf(const at::Tensor& x) {
  return channelsSecond(x.is_floating_point() && !(x.dim() == 5 && isHalf(x)) ? x : x.to(at::kFloat));
}

std::pair<at::Tensor, at::Tensor> maxWithIndices(const at::Tensor& x, const Window& w) {
  const std::vector<int64_t> ones(w.rank(), 1);
  const auto result = w.rank() == 3 ? at::max_pool3d_with_indices(x, w.kernel, w.strides, w.padding(), ones)
                                    : at::max_pool2d_with_indices(x, w.kernel, w.strides, w.padding(), ones);
  return {std::get<0>(result), std::get<1>(result)};
}

// tfjs's maximum passes over NaN, libtorch's returns it. On the CPU a look at the result tells if there is any.
std::pair<at::Tensor, at::Tensor> maximum(const at::Tensor& padded, const Window& w) {
  if (useRowKernels(padded)) {
    auto result = maxWithIndices(padded, w);
    if (!std::isnan(at::sum(result.first, at::kFloat).item<float>())) return result;
  }
  return maxWithIndices(at::nan_to_num(padded, -kInfinity, kInfinity, -kInfinity), w);
}

// maxPool(x, kernel, strides, pads)
napi_value maxPool(Call& c) {
  const Window w = window(c, 1, 0);
  const at::Tensor y = maximum(w.around(imagesOf(c.tensor(0)), -kInfinity), w).first;
  return c.give(channelsLast(y).to(c.tensor(0).scalar_type()));
}

// maxPoolGrad(dy, x, kernel, strides, pads)
napi_value maxPoolGrad(Call& c) {
  const Window w = window(c, 2, 1);
  const at::Tensor image = imagesOf(c.tensor(1)), x = w.around(image, -kInfinity);
  const at::Tensor dy = channelsSecond(c.tensor(0).to(x.scalar_type()));
  checkGradient(dy, image, w);
  const at::Tensor index = maximum(x, w).second;
  const std::vector<int64_t> ones(w.rank(), 1);
  const at::Tensor dx =
      w.rank() == 3 ? at::max_pool3d_with_indices_backward(dy, x, w.kernel, w.strides, w.padding(), ones, false, index)
                    : at::max_pool2d_with_indices_backward(dy, x, w.kernel, w.strides, w.padding(), ones, false, index);
  return c.give(channelsLast(w.without(dx)));
}

// maxPoolWithArgmax(x, kernel, strides, pads, with batch) -> the maxima and their int32 places in x, or in their own image
napi_value maxPoolWithArgmax(Call& c) {
  const Window w = window(c, 1, 0);
  const at::Tensor& x = c.tensor(0);
  if (x.dim() != 4) throw CodedError(kBadArgument, "places of maxima are found in images, not in " + textOf(x.sizes()));
  const int64_t height = x.size(1), width = x.size(2), channels = x.size(3);
  const at::Tensor padded = w.around(imagesOf(x), -kInfinity);
  const auto [y, index] = maximum(padded, w);
  const int64_t top = w.plain() ? 0 : w.pads[0], left = w.plain() ? 0 : w.pads[2];
  // A window without a number in it may point into the padding.
  const at::Tensor row = at::clamp(at::floor_divide(index, padded.size(3)) - top, 0, std::max<int64_t>(height - 1, 0));
  const at::Tensor column = at::clamp(at::remainder(index, padded.size(3)) - left, 0, std::max<int64_t>(width - 1, 0));
  const auto longs = index.options();
  at::Tensor place = (row * width + column) * channels + at::arange(channels, longs).view({1, channels, 1, 1});
  if (c.boolean(4)) place = place + at::arange(x.size(0), longs).view({-1, 1, 1, 1}) * (height * width * channels);
  return c.give(std::vector<at::Tensor>{channelsLast(y).to(x.scalar_type()), channelsLast(place).to(at::kInt)});
}

at::Tensor average(const at::Tensor& x, const Window& w, bool countPadding) {
  return w.rank() == 3 ? at::avg_pool3d(x, w.kernel, w.strides, w.padding(), false, countPadding)
                       : at::avg_pool2d(x, w.kernel, w.strides, w.padding(), false, countPadding);
}
at::Tensor averageGrad(const at::Tensor& dy, const at::Tensor& x, const Window& w, bool countPadding) {
  return w.rank() == 3 ? at::avg_pool3d_backward(dy, x, w.kernel, w.strides, w.padding(), false, countPadding, c10::nullopt)
                       : at::avg_pool2d_backward(dy, x, w.kernel, w.strides, w.padding(), false, countPadding, c10::nullopt);
}

// Which part of each window is image and not padding; of a window without any, one element's, so that its average is 0.
at::Tensor coverage(const at::Tensor& image, const Window& w) {
  auto shape = image.sizes().vec();
  shape[0] = shape[1] = 1;
  double elements = 1;
  for (int64_t size : w.kernel) elements *= static_cast<double>(size);
  return average(w.around(at::ones(shape, image.options().dtype(at::kFloat)), 0), w, true).clamp_min(1 / elements);
}

// avgPool(x, kernel, strides, pads): padding is not counted
napi_value avgPool(Call& c) {
  const Window w = window(c, 1, 0);
  const at::Tensor image = imagesOf(c.tensor(0)), x = w.around(image, 0);
  const at::Tensor y = average(x, w, !w.plain());
  return c.give(channelsLast(w.plain() ? y : at::div(y, coverage(image, w)).to(x.scalar_type())));
}

// avgPoolGrad(dy, x, kernel, strides, pads)
napi_value avgPoolGrad(Call& c) {
  const Window w = window(c, 2, 1);
  const at::Tensor image = imagesOf(c.tensor(1)), x = w.around(image, 0);
  at::Tensor dy = channelsSecond(c.tensor(0).to(x.scalar_type()));
  checkGradient(dy, image, w);
  if (!w.plain()) dy = at::div(dy, coverage(image, w)).to(x.scalar_type()).contiguous(channelsLastFormat(dy));
  return c.give(channelsLast(w.without(averageGrad(dy, x, w, !w.plain()))));
}

// globalAvgPool(x [N, H, W, C]) -> float32 [N, C]
napi_value globalAvgPool(Call& c) {
  if (c.tensor(0).dim() != 4) throw CodedError(kBadArgument, "an average over pixels needs images, not " + textOf(c.tensor(0).sizes()));
  return c.give(at::mean(c.float32(0), {1, 2}));
}

// globalAvgPoolGrad(dy [N, C], x): in x's type
napi_value globalAvgPoolGrad(Call& c) {
  const at::Tensor& x = c.tensor(1);
  if (x.dim() != 4 || c.tensor(0).sizes() != at::IntArrayRef({x.size(0), x.size(3)}))
    throw CodedError(kBadArgument, "dy has the shape " + textOf(c.tensor(0).sizes()) + " for images " + textOf(x.sizes()));
  const double scale = 1.0 / static_cast<double>(x.size(1) * x.size(2));
  const at::Tensor dy = at::mul(c.float32(0), scale).to(x.scalar_type());
  return c.give(dy.view({x.size(0), 1, 1, x.size(3)}).expand(x.sizes()).contiguous());
}

}  // namespace

#define NAMED(name) {#name, name}

void addPoolOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(maxPool), NAMED(maxPoolGrad), NAMED(maxPoolWithArgmax), NAMED(avgPool), NAMED(avgPoolGrad),
                         NAMED(globalAvgPool), NAMED(globalAvgPoolGrad)});
}

}  // namespace tessera
