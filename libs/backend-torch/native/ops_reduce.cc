// Reductions: float32 results, accumulated in float32 by libtorch.
#include "call.h"

namespace tessera {
namespace {

// All take (x, axes, keepDims); axes are never negative and never empty unless x is a scalar.
napi_value sum(Call& c) {
  const at::Tensor x = c.full(0);
  const auto dtype = x.is_complex() ? at::kComplexFloat : x.is_floating_point() ? at::kFloat : at::kInt;
  return c.give(at::sum(x, c.integers(1), c.boolean(2), dtype));
}

napi_value mean(Call& c) { return c.give(at::mean(c.float32(0), c.integers(1), c.boolean(2))); }

template <typename F>
at::Tensor overAxes(at::Tensor x, std::vector<int64_t> axes, bool keepDims, F reduceOne) {
  std::sort(axes.rbegin(), axes.rend());  // from the last, so that earlier axes keep their numbers
  for (int64_t axis : axes) x = reduceOne(x, axis, keepDims);
  return x;
}

napi_value prod(Call& c) {
  const at::Tensor x = c.full(0);
  const auto dtype = x.is_floating_point() ? at::kFloat : at::kInt;
  return c.give(overAxes(x.to(dtype), c.integers(1), c.boolean(2),
                         [](const at::Tensor& t, int64_t axis, bool keep) { return at::prod(t, axis, keep); }));
}

at::Tensor extreme(Call& c, bool largest) {
  const at::Tensor& x = c.tensor(0);
  const auto axes = c.integers(1);
  if (x.numel() == 0) {  // libtorch refuses an empty reduction; tfjs gives the neutral element
    const at::Tensor shape = at::sum(x, axes, c.boolean(2));
    if (!x.is_floating_point()) return at::full_like(shape, largest ? INT32_MIN : INT32_MAX, at::kInt);
    const double infinity = std::numeric_limits<double>::infinity();
    return at::full_like(shape, largest ? -infinity : infinity, at::kFloat);
  }
  if (axes.empty()) return widen(x).clone();
  return widen(largest ? at::amax(x, axes, c.boolean(2)) : at::amin(x, axes, c.boolean(2)));
}
napi_value max(Call& c) { return c.give(extreme(c, true)); }
napi_value min(Call& c) { return c.give(extreme(c, false)); }

napi_value all(Call& c) {
  return c.give(overAxes(c.tensor(0).to(at::kBool), c.integers(1), c.boolean(2),
                         [](const at::Tensor& t, int64_t axis, bool keep) { return at::all(t, axis, keep); }));
}
napi_value any(Call& c) {
  return c.give(overAxes(c.tensor(0).to(at::kBool), c.integers(1), c.boolean(2),
                         [](const at::Tensor& t, int64_t axis, bool keep) { return at::any(t, axis, keep); }));
}

// argMax(x, axis)
// NaN is never an extreme, unless there is nothing else; of equals the first.
at::Tensor comparable(const at::Tensor& x, double least) {
  if (x.is_floating_point()) return at::where(at::isnan(x), at::full({}, least, x.options()), x);
  return x.scalar_type() == at::kBool ? x.to(at::kInt) : x;
}
napi_value argMax(Call& c) {
  return c.give(at::argmax(comparable(c.tensor(0), -std::numeric_limits<double>::infinity()), c.integer(1)).to(at::kInt));
}
napi_value argMin(Call& c) {
  return c.give(at::argmin(comparable(c.tensor(0), std::numeric_limits<double>::infinity()), c.integer(1)).to(at::kInt));
}

// cumulative(x, axis, exclusive, reverse, product)
napi_value cumulative(Call& c) {
  at::Tensor x = c.full(0);
  const int64_t axis = c.axis(1, x.dim());
  const bool exclusive = c.boolean(2), reverse = c.boolean(3), product = c.boolean(4);
  if (x.size(axis) == 0) return c.give(x.clone());
  if (reverse) x = at::flip(x, {axis});
  if (exclusive) {
    auto first = x.sizes().vec();
    first[axis] = 1;
    x = at::cat({at::full(first, product ? 1 : 0, x.options()), x.narrow(axis, 0, x.size(axis) - 1)}, axis);
  }
  at::Tensor y = product ? at::cumprod(x, axis, x.scalar_type()) : at::cumsum(x, axis, x.scalar_type());
  return c.give(reverse ? at::flip(y, {axis}) : y);
}

// topK(x, k): values and int32 indices along the last axis, descending; of equals the first comes first
napi_value topK(Call& c) {
  const at::Tensor x = c.full(0);
  const int64_t k = c.integer(1);
  if (x.dim() == 0 || k < 0 || k > x.size(-1))
    throw CodedError(kBadArgument, "the largest " + std::to_string(k) + " of a tensor " + textOf(x.sizes()));
  if (k == 0) return c.give(std::vector<at::Tensor>{x.narrow(-1, 0, 0).clone(), at::empty(x.narrow(-1, 0, 0).sizes(), x.options().dtype(at::kInt))});
  // libtorch orders equals as it likes, which shows only where there are any, the first one left out included. Sorting all is slow.
  const int64_t seen = std::min(k + 1, x.size(-1));
  auto [values, indices] = at::topk(x, seen, -1, true, true);
  const bool equals = seen > 1 && values.narrow(-1, 0, seen - 1).eq(values.narrow(-1, 1, seen - 1)).any().item<bool>();
  if (equals) std::tie(values, indices) = at::sort(x, c10::optional<bool>(true), -1, true);
  return c.give(std::vector<at::Tensor>{values.narrow(-1, 0, k).clone(), indices.narrow(-1, 0, k).to(at::kInt)});
}

// bincount(x, weights?, size, binary): x [N] or [R, N]
napi_value bincount(Call& c) {
  const at::Tensor x = c.tensor(0).to(at::kLong);
  const int64_t size = c.integer(2);
  const bool binary = c.boolean(3), weighted = c.has(1) && c.tensor(1).numel() > 0;
  const at::Tensor rows = x.dim() == 1 ? x.unsqueeze(0) : x;
  at::Tensor inside = rows.lt(size).logical_and(rows.ge(0));
  at::Tensor weights = weighted ? c.float32(1).view_as(rows) : at::ones(rows.sizes(), rows.options().dtype(at::kFloat));
  weights = weights * inside;
  at::Tensor out = at::zeros({rows.size(0), size}, rows.options().dtype(at::kFloat));
  if (size > 0) out.scatter_add_(1, rows.clamp(0, size - 1), weights);
  if (binary) out = out.ne(0).to(at::kFloat);
  return c.give(x.dim() == 1 ? out.squeeze(0) : out);
}

}  // namespace

#define NAMED(name) {#name, name}

void addReduceOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(sum), NAMED(mean), NAMED(prod), NAMED(max), NAMED(min), NAMED(all), NAMED(any), NAMED(argMax),
                         NAMED(argMin), NAMED(cumulative), NAMED(topK), NAMED(bincount)});
}

}  // namespace tessera
