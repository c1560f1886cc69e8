// Windows that slide without a product or a pool: local response normalisation over channels, grey-scale dilation over pixels.
#include "call.h"
#include "images.h"

namespace tessera {
namespace {

void checkSame(const at::Tensor& t, const at::Tensor& x, const char* what) {
  if (t.sizes() != x.sizes())
    throw CodedError(kBadArgument, std::string(what) + " has the shape " + textOf(t.sizes()) + ", expected " + textOf(x.sizes()));
}

// Sums over the channels at most `radius` away.
at::Tensor neighbourSum(const at::Tensor& x, int64_t radius) {
  if (radius >= x.size(-1)) return x.sum(-1, true).expand_as(x);  // a radius may be far beyond what can be unfolded
  return at::constant_pad_nd(x, {radius, radius}).unfold(-1, 2 * radius + 1, 1).sum(-1);
}

// Krizhevsky et al. 2012, section 3.3: y = x / norm^beta, norm = bias + alpha * the sum of x^2 over neighbouring channels.
struct Response {
  double bias, alpha, beta;
  int64_t radius;
  at::Tensor norm(const at::Tensor& x) const { return neighbourSum(x * x, radius) * alpha + bias; }
};

// The shared tail of the arguments, radius, bias, alpha and beta, for the images x.
Response response(Call& c, size_t first, const at::Tensor& x) {
  const int64_t radius = c.integer(first);
  if (x.dim() < 1) throw CodedError(kBadArgument, "normalisation over channels needs a channel axis");
  if (radius < 0) throw CodedError(kBadArgument, "the depth radius is " + std::to_string(radius) + ", expected 0 or more");
  return {c.number(first + 1), c.number(first + 2), c.number(first + 3), std::min(radius, x.size(-1))};
}

// lrn(x, radius, bias, alpha, beta)
napi_value lrn(Call& c) {
  const at::Tensor x = c.float32(0);
  const Response r = response(c, 1, x);
  return c.give(x * at::pow(r.norm(x), -r.beta));
}

// lrnGrad(dy, x, y, radius, bias, alpha, beta)
napi_value lrnGrad(Call& c) {
  const at::Tensor dy = c.float32(0), x = c.float32(1), y = c.float32(2);
  checkSame(dy, x, "dy");
  checkSame(y, x, "y");
  const Response r = response(c, 3, x);
  const at::Tensor norm = r.norm(x);
  return c.give(dy * at::pow(norm, -r.beta) - x * neighbourSum(dy * y / norm, r.radius) * (2 * r.alpha * r.beta));
}

/** y[n, h, w, c] = max over the filter's i, j of x[n, h * stride + i * dilation - pad, .., c] + filter[i, j, c] */
struct Dilation {
  at::Tensor padded, filter;
  std::vector<int64_t> strides, dilations, pads, out;

  // The pixels that element (i, j) of the filter meets, of an image of the padded one's size.
  at::Tensor under(const at::Tensor& image, int64_t i, int64_t j) const {
    const int64_t top = i * dilations[0], left = j * dilations[1];
    return image.slice(1, top, top + (out[1] - 1) * strides[0] + 1, strides[0])
        .slice(2, left, left + (out[2] - 1) * strides[1] + 1, strides[1]);
  }
  template <typename F>
  void overFilter(F run) const {
    for (int64_t i = 0; i < filter.size(0); ++i)
      for (int64_t j = 0; j < filter.size(1); ++j) run(i, j);
  }
  // Which element of the filter won; the first of equal ones.
  at::Tensor winner() const {
    at::Tensor best = at::full(out, -std::numeric_limits<double>::infinity(), padded.options());
    at::Tensor index = at::zeros(out, padded.options().dtype(at::kLong));
    overFilter([&](int64_t i, int64_t j) {
      const at::Tensor value = under(padded, i, j) + filter[i][j];
      const at::Tensor better = value.gt(best);
      best = at::where(better, value, best);
      index.masked_fill_(better, i * filter.size(1) + j);
    });
    return index;
  }
};

// The arguments: x NHWC, filter HWC, ..., and from `first` on strides, dilations, pads.
Dilation dilationOf(Call& c, size_t first) {
  const at::Tensor x = c.full(0), filter = c.full(1);
  const auto fail = [&](const char* what) {
    throw CodedError(kBadArgument, std::string(what) + ": images " + textOf(x.sizes()) + ", filter " + textOf(filter.sizes()));
  };
  if (x.dim() != 4 || filter.dim() != 3) fail("images have 4 axes and the filter of a dilation 3");
  if (filter.size(0) < 1 || filter.size(1) < 1) fail("a filter without elements");
  if (filter.size(2) != x.size(3)) fail("the channels of images and filter differ");
  Dilation d{{}, {}, c.integers(first, 2), c.integers(first + 1, 2), c.integers(first + 2, 4), {x.size(0), 0, 0, x.size(3)}};
  requireWindow(d.strides, "strides");
  requireWindow(d.dilations, "dilations");
  requirePads(d.pads);
  for (size_t i = 0; i < 2; ++i) {
    const auto axis = static_cast<int64_t>(i);
    const int64_t size = x.size(axis + 1), before = d.pads[2 * i], after = d.pads[2 * i + 1];
    const int64_t room = size + before + after - d.dilations[i] * (filter.size(axis) - 1) - 1;
    if (before < -size || after < -size || room < 0) fail("the filter is larger than the padded image");
    d.out[i + 1] = room / d.strides[i] + 1;
  }
  // int32 is exact in double
  const auto type = x.is_floating_point() && filter.is_floating_point() ? at::kFloat : at::kDouble;
  d.padded = padLast(x.to(type), {d.pads[0], d.pads[1], d.pads[2], d.pads[3], 0, 0}, -std::numeric_limits<double>::infinity());
  d.filter = filter.to(type);
  return d;
}

at::Tensor gradientOf(Call& c, const Dilation& d) {
  const at::Tensor dy = c.float32(2);
  if (dy.sizes() != at::IntArrayRef(d.out))
    throw CodedError(kBadArgument, "dy has the shape " + textOf(dy.sizes()) + ", the result has " + textOf(d.out));
  return dy;
}

// dilation(x, filter, strides, dilations, pads): in x's type
napi_value dilation(Call& c) {
  const Dilation d = dilationOf(c, 2);
  at::Tensor best = at::full(d.out, -std::numeric_limits<double>::infinity(), d.padded.options());
  d.overFilter([&](int64_t i, int64_t j) { best = at::fmax(best, d.under(d.padded, i, j) + d.filter[i][j]); });
  return c.give(best.to(c.tensor(0).scalar_type()));
}

// dilationInputGrad(x, filter, dy, strides, dilations, pads)
napi_value dilationInputGrad(Call& c) {
  const Dilation d = dilationOf(c, 3);
  const at::Tensor dy = gradientOf(c, d), winner = d.winner();
  at::Tensor dx = at::zeros(d.padded.sizes(), dy.options());
  d.overFilter([&](int64_t i, int64_t j) { d.under(dx, i, j).add_(dy * winner.eq(i * d.filter.size(1) + j)); });
  return c.give(padLast(dx, negated({d.pads[0], d.pads[1], d.pads[2], d.pads[3], 0, 0}), 0));
}

// dilationFilterGrad(x, filter, dy, strides, dilations, pads)
napi_value dilationFilterGrad(Call& c) {
  const Dilation d = dilationOf(c, 3);
  const at::Tensor dy = gradientOf(c, d), winner = d.winner();
  at::Tensor dw = at::zeros(d.filter.sizes(), dy.options());
  d.overFilter([&](int64_t i, int64_t j) {
    dw[i][j].copy_(at::sum(dy * winner.eq(i * d.filter.size(1) + j), {0, 1, 2}));
  });
  return c.give(dw);
}

}  // namespace

#define NAMED(name) {#name, name}

void addWindowOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(lrn), NAMED(lrnGrad), NAMED(dilation), NAMED(dilationInputGrad), NAMED(dilationFilterGrad)});
}

}  // namespace tessera
