#include "convolution.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include "device_paths.h"
#include "wide_rows.h"

namespace tessera {
namespace {

/** Whether oneDNN computes in bfloat16 here; without a oneDNN nobody does better than libtorch's own loops. */
bool hasHalfKernels() {
  static const bool has = [] {
    const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_is_mkldnn_bf16_supported", ""});
    return found.has_value() && found->typed<bool()>().call();
  }();
  return has;
}

bool computesInFull(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kBFloat16 && !hasHalfKernels(); }
at::Tensor full(const at::Tensor& x) { return x.to(at::kFloat); }
at::Tensor half(const at::Tensor& x) { return x.to(at::kBFloat16); }

/** A filter of one pixel that does not see every pixel once: strides or padding, on the CPU. */
bool skips(const at::Tensor& x, at::IntArrayRef filter, const Steps& s) {
  const auto is = [](at::IntArrayRef list, int64_t value) {
    return std::all_of(list.begin(), list.end(), [&](int64_t v) { return v == value; });
  };
  return x.is_cpu() && is(filter.slice(2), 1) && !(is(s.strides, 1) && is(s.padding, 0));
}

Steps atEachPixel(const Steps& s) {
  const std::vector<int64_t> ones(s.strides.size(), 1);
  return {ones, std::vector<int64_t>(s.strides.size(), 0), ones, s.groups};
}

bool padded(const Steps& s) {
  return std::any_of(s.padding.begin(), s.padding.end(), [](int64_t p) { return p != 0; });
}

at::MemoryFormat channelsLastOf(const at::Tensor& x) { return x.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d; }

/** The pixels that a filter of one pixel sees. A loop of our own copies them no faster. */
at::Tensor seen(const at::Tensor& x, const Steps& s) {
  at::Tensor y = x;
  if (padded(s)) {
    std::vector<int64_t> around;
    for (size_t i = s.padding.size(); i-- > 0;) around.insert(around.end(), {s.padding[i], s.padding[i]});
    y = at::constant_pad_nd(y, around);
  }
  for (size_t i = 0; i < s.strides.size(); ++i) y = at::slice(y, static_cast<int64_t>(i) + 2, 0, y.size(static_cast<int64_t>(i) + 2), s.strides[i]);
  return y.contiguous(channelsLastOf(x));
}

/** The inverse: `small` where the filter saw a pixel of an input of this size, else 0. */
at::Tensor unseen(const at::Tensor& small, at::IntArrayRef size, const Steps& s) {
  if (small.dim() == 4 && !padded(s) && useRowKernels(small)) {
    const at::Tensor rows = small.permute({0, 2, 3, 1}).contiguous();
    return spread(rows, size[2], size[3], s.strides[0], s.strides[1]).permute({0, 3, 1, 2});
  }
  std::vector<int64_t> around = size.vec();
  for (size_t i = 0; i < s.padding.size(); ++i) around[i + 2] += 2 * s.padding[i];
  const at::Tensor whole = at::zeros(around, small.options()).contiguous(channelsLastOf(small));
  at::Tensor hit = whole, inside = whole;
  for (size_t i = 0; i < s.strides.size(); ++i) {
    const auto axis = static_cast<int64_t>(i) + 2;
    hit = at::slice(hit, axis, 0, hit.size(axis), s.strides[i]);
    inside = at::narrow(inside, axis, s.padding[i], size[axis]);
  }
  hit.copy_(small);
  return inside.contiguous(channelsLastOf(small));
}

/** Zeros around each axis of space (negative: pixels cut off), and the steps over what is then there. */
struct Cover {
  std::vector<int64_t> before, after;
  Steps steps;
};

/** Whether every tap of the filter sees a pixel of this axis from somewhere. */
bool seesPixels(int64_t size, int64_t taps, int64_t out, int64_t stride, int64_t dilation, int64_t padding) {
  for (int64_t tap = 0; tap < taps; ++tap) {
    const int64_t offset = padding - tap * dilation;  // of the place that looks at pixel 0
    const int64_t first = offset <= 0 ? 0 : (offset + stride - 1) / stride;
    const int64_t last = size - 1 + offset;
    if (last < 0 || first > std::min(last / stride, out - 1)) return false;
  }
  return true;
}

/** How to cut the axes that oneDNN gets wrong; nothing where there are none. */
c10::optional<Cover> coverOf(at::IntArrayRef size, at::IntArrayRef filter, const Steps& s) {
  Cover cover{std::vector<int64_t>(s.strides.size(), 0), std::vector<int64_t>(s.strides.size(), 0), s};
  bool any = false;
  for (size_t i = 0; i < s.strides.size(); ++i) {
    const int64_t pixels = size[i + 2], taps = filter[i + 2], covered = s.dilations[i] * (taps - 1) + 1;
    const int64_t out = (pixels + 2 * s.padding[i] - covered) / s.strides[i] + 1;
    const bool once = out == 1 && s.strides[i] > 1;
    if (pixels == 0 || !(once || !seesPixels(pixels, taps, out, s.strides[i], s.dilations[i], s.padding[i]))) continue;
    any = true;
    cover.before[i] = s.padding[i];
    cover.after[i] = (out - 1) * s.strides[i] + covered - pixels - s.padding[i];
    cover.steps.padding[i] = 0;
    if (once) cover.steps.strides[i] = 1;
  }
  return any ? c10::optional<Cover>(cover) : c10::nullopt;
}

/** @param sign -1 takes away what 1 adds */
at::Tensor withZeros(const at::Tensor& x, const Cover& cover, int64_t sign) {
  std::vector<int64_t> around;
  for (size_t i = cover.before.size(); i-- > 0;) around.insert(around.end(), {sign * cover.before[i], sign * cover.after[i]});
  return at::constant_pad_nd(x, around).contiguous(x.suggest_memory_format());
}

std::vector<int64_t> withZeros(at::IntArrayRef size, const Cover& cover) {
  std::vector<int64_t> all = size.vec();
  for (size_t i = 0; i < cover.before.size(); ++i) all[i + 2] += cover.before[i] + cover.after[i];
  return all;
}

bool dilated(const Steps& s) {
  return std::any_of(s.dilations.begin(), s.dilations.end(), [](int64_t d) { return d != 1; });
}

std::array<at::Tensor, 2> backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& filter, const Steps& s, bool input) {
  const std::vector<int64_t> none(s.strides.size(), 0);
  auto [dx, dw, db] = at::convolution_backward(dy, x, filter, c10::nullopt, s.strides, s.padding, s.dilations, false, none, s.groups,
                                               {input, !input, false});
  return {dx, dw};
}

}  // namespace

at::Tensor convolution(const at::Tensor& x, const at::Tensor& filter, const c10::optional<at::Tensor>& bias, const Steps& s) {
  if (computesInFull(x)) {
    const auto fullBias = bias.has_value() ? c10::optional<at::Tensor>(full(*bias)) : c10::nullopt;
    return half(convolution(full(x), full(filter), fullBias, s));
  }
  if (skips(x, filter.sizes(), s)) return convolution(seen(x, s), filter, bias, atEachPixel(s));
  if (const auto cover = x.is_cpu() ? coverOf(x.sizes(), filter.sizes(), s) : c10::nullopt)
    return convolution(withZeros(x, *cover, 1), filter, bias, cover->steps);
  const std::vector<int64_t> none(s.strides.size(), 0);
  return at::convolution(x, filter, bias, s.strides, s.padding, s.dilations, false, none, s.groups);
}

at::Tensor convolutionInputGrad(const at::Tensor& dy, const at::Tensor& filter, at::IntArrayRef size, const Steps& s) {
  if (computesInFull(dy)) return half(convolutionInputGrad(full(dy), full(filter), size, s));
  if (skips(dy, filter.sizes(), s)) {
    std::vector<int64_t> small = dy.sizes().vec();
    small[1] = size[1];
    return unseen(convolutionInputGrad(dy, filter, small, atEachPixel(s)), size, s);
  }
  if (const auto cover = dy.is_cpu() ? coverOf(size, filter.sizes(), s) : c10::nullopt)
    return withZeros(convolutionInputGrad(dy, filter, withZeros(size, *cover), cover->steps), *cover, -1);
  // only the shape of the input is used
  const at::Tensor likeInput = at::empty(size, dy.options(), dy.suggest_memory_format());
  return backward(dy, likeInput, filter, s, true)[0];
}

at::Tensor convolutionFilterGrad(const at::Tensor& x, const at::Tensor& dy, at::IntArrayRef size, at::MemoryFormat format, const Steps& s) {
  const bool halfIsWrong = x.is_cpu() && x.scalar_type() == at::kBFloat16 && (dilated(s) || x.dim() == 5);
  if (computesInFull(x) || halfIsWrong)
    return convolutionFilterGrad(full(x), full(dy), size, format, s);
  if (skips(x, size, s)) return convolutionFilterGrad(seen(x, s), dy, size, format, atEachPixel(s));
  if (const auto cover = x.is_cpu() ? coverOf(x.sizes(), size, s) : c10::nullopt)
    return convolutionFilterGrad(withZeros(x, *cover, 1), dy, size, format, cover->steps);
  return backward(dy, x, at::empty(size, x.options(), format), s, false)[1];
}

}  // namespace tessera
