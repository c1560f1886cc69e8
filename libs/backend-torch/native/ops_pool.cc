// Pooling on NHWC images; the activation's physical type is kept.
#include "call.h"

namespace tessera {
namespace {

struct Window {
  std::vector<int64_t> kernel, strides, pads;  // pads: top, bottom, left, right
  bool plain() const {  // padding that libtorch's pooling takes itself
    return pads[0] == pads[1] && pads[2] == pads[3] && pads[0] * 2 <= kernel[0] && pads[2] * 2 <= kernel[1];
  }
  std::vector<int64_t> padding() const { return plain() ? std::vector<int64_t>{pads[0], pads[2]} : std::vector<int64_t>{0, 0}; }
  at::Tensor around(const at::Tensor& x_NCHW, double value) const {
    if (plain()) return x_NCHW;
    return at::constant_pad_nd(x_NCHW, {pads[2], pads[3], pads[0], pads[1]}, value).contiguous(at::MemoryFormat::ChannelsLast);
  }
  at::Tensor without(const at::Tensor& x_NCHW, int64_t height, int64_t width) const {
    return plain() ? x_NCHW : x_NCHW.narrow(2, pads[0], height).narrow(3, pads[2], width);
  }
};

Window window(Call& c, size_t first) {
  Window w{c.integers(first, 2), c.integers(first + 1, 2), c.integers(first + 2, 4)};
  for (size_t i = 0; i < 2; ++i)
    if (std::min(w.kernel[i], w.strides[i]) < 1 || std::max(w.kernel[i], w.strides[i]) > INT32_MAX)
      throw CodedError(kBadArgument, "a pool's window and strides are 1 to 2^31 - 1");
  for (int64_t pad : w.pads)
    if (pad < 0 || pad > INT32_MAX) throw CodedError(kBadArgument, "padding is 0 to 2^31 - 1");
  return w;
}

// libtorch's backward passes take the batch of dy on trust.
void checkGradient(const at::Tensor& dy, const at::Tensor& image, const Window& w) {
  std::vector<int64_t> expected{image.size(0), image.size(1), 0, 0};
  for (size_t i = 0; i < 2; ++i) {
    const int64_t room = image.size(static_cast<int64_t>(i) + 2) + w.pads[2 * i] + w.pads[2 * i + 1] - w.kernel[i];
    if (room < 0) throw CodedError(kBadArgument, "the window is larger than the padded image");
    expected[i + 2] = room / w.strides[i] + 1;
  }
  if (dy.sizes() != at::IntArrayRef(expected))
    throw CodedError(kBadArgument, "dy has the NCHW shape " + textOf(dy.sizes()) + ", the pool gives " + textOf(expected));
}

at::Tensor nchw(const at::Tensor& nhwc) { return nhwc.permute({0, 3, 1, 2}).contiguous(at::MemoryFormat::ChannelsLast); }
at::Tensor nhwc(const at::Tensor& nchw) { return nchw.contiguous(at::MemoryFormat::ChannelsLast).permute({0, 2, 3, 1}); }

constexpr double kLowest = -std::numeric_limits<double>::infinity();

at::Tensor floating(const at::Tensor& x) { return x.is_floating_point() ? x : x.to(at::kFloat); }

// maxPool(x, kernel, strides, pads)
napi_value maxPool(Call& c) {
  const Window w = window(c, 1);
  const at::Tensor x = w.around(nchw(floating(c.tensor(0))), kLowest);
  const at::Tensor y = std::get<0>(at::max_pool2d_with_indices(x, w.kernel, w.strides, w.padding()));
  return c.give(nhwc(y).to(c.tensor(0).scalar_type()));
}

// maxPoolGrad(dy, x, kernel, strides, pads)
napi_value maxPoolGrad(Call& c) {
  const Window w = window(c, 2);
  const at::Tensor image = nchw(c.tensor(1)), x = w.around(image, kLowest), dy = nchw(c.tensor(0).to(x.scalar_type()));
  checkGradient(dy, image, w);
  const at::Tensor index = std::get<1>(at::max_pool2d_with_indices(x, w.kernel, w.strides, w.padding()));
  const at::Tensor dx = at::max_pool2d_with_indices_backward(dy, x, w.kernel, w.strides, w.padding(), {1, 1}, false, index);
  return c.give(nhwc(w.without(dx, image.size(2), image.size(3))));
}

// How many pixels of the image (not of the padding) each output averages.
at::Tensor counts(const at::Tensor& image, const Window& w) {
  const at::Tensor one = at::ones({1, 1, image.size(2), image.size(3)}, image.options().dtype(at::kFloat));
  return at::avg_pool2d(w.around(one, 0), w.kernel, w.strides, {0, 0}, false, true, 1);
}

// avgPool(x, kernel, strides, pads): padding is not counted
napi_value avgPool(Call& c) {
  const Window w = window(c, 1);
  const at::Tensor image = nchw(floating(c.tensor(0))), x = w.around(image, 0);
  if (w.plain()) return c.give(nhwc(at::avg_pool2d(x, w.kernel, w.strides, w.padding(), false, false)));
  const at::Tensor sums = at::avg_pool2d(x, w.kernel, w.strides, {0, 0}, false, true, 1);
  return c.give(nhwc(at::div(sums, counts(image, w)).to(x.scalar_type())));
}

// avgPoolGrad(dy, x, kernel, strides, pads)
napi_value avgPoolGrad(Call& c) {
  const Window w = window(c, 2);
  const at::Tensor image = nchw(c.tensor(1)), x = w.around(image, 0);
  at::Tensor dy = nchw(c.tensor(0).to(x.scalar_type()));
  checkGradient(dy, image, w);
  if (w.plain())
    return c.give(nhwc(at::avg_pool2d_backward(dy, x, w.kernel, w.strides, w.padding(), false, false, c10::nullopt)));
  dy = at::div(dy, counts(image, w)).to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor dx = at::avg_pool2d_backward(dy, x, w.kernel, w.strides, {0, 0}, false, true, 1);
  return c.give(nhwc(w.without(dx, image.size(2), image.size(3))));
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
  ops.insert(ops.end(), {NAMED(maxPool), NAMED(maxPoolGrad), NAMED(avgPool), NAMED(avgPoolGrad), NAMED(globalAvgPool), NAMED(globalAvgPoolGrad)});
}

}  // namespace tessera
