// Gathering, scattering, interpolation and sampling.
#include <ATen/CPUGeneratorImpl.h>

#include "call.h"
#include "graph.h"

namespace tessera {
namespace {

void checkRange(const at::Tensor& index, int64_t size) {
  if (index.numel() == 0) return;
  requireNotCapturing("a check of indices");
  const auto low = at::min(index).item<int64_t>(), high = at::max(index).item<int64_t>();
  if (low < 0 || high >= size)
    throw CodedError(kBadArgument, "the index value " + std::to_string(low < 0 ? low : high) + " is not in [0, " +
                                       std::to_string(size - 1) + "]");
}

// indexSelect(x, index, axis): index [N]
napi_value indexSelect(Call& c) {
  const at::Tensor& x = c.tensor(0);
  const at::Tensor index = c.tensor(1).to(at::kLong).reshape({-1});
  checkRange(index, x.size(c.integer(2)));
  return c.give(at::index_select(x, c.integer(2), index));
}

// batchGather(x [B, O, A, I], index [B, N]) -> [B, O, N, I]
napi_value batchGather(Call& c) {
  const at::Tensor& x = c.tensor(0);
  const at::Tensor index = c.tensor(1).to(at::kLong);
  checkRange(index, x.size(2));
  const at::Tensor wide =
      index.view({index.size(0), 1, index.size(1), 1}).expand({x.size(0), x.size(1), index.size(1), x.size(3)});
  return c.give(at::gather(x, 2, wide));
}

// Row numbers of [..., depth] indices into the leading axes `shape`.
at::Tensor flatRows(const at::Tensor& indices, const std::vector<int64_t>& shape) {
  const auto depth = static_cast<int64_t>(shape.size());
  const at::Tensor index = indices.to(at::kLong).reshape({-1, depth});
  at::Tensor rows = at::zeros({index.size(0)}, index.options());
  for (int64_t i = 0; i < depth; ++i) {
    const at::Tensor column = index.select(1, i);
    checkRange(column, shape[static_cast<size_t>(i)]);
    rows = rows * shape[static_cast<size_t>(i)] + column;
  }
  return rows;
}

// gatherNd(x, indices, leading shape indexed)
napi_value gatherNd(Call& c) {
  const at::Tensor& x = c.tensor(0);
  const auto leading = c.integers(2);
  const int64_t rows = product(leading);
  const at::Tensor flat = x.reshape({rows, rows == 0 ? 0 : x.numel() / rows});
  return c.give(at::index_select(flat, 0, flatRows(c.tensor(1), leading)));
}

// scatterNd(indices, updates, leading shape indexed, elements per row): sums duplicates -> [rows, elements]
napi_value scatterNd(Call& c) {
  const auto leading = c.integers(2);
  const int64_t rows = product(leading);
  const at::Tensor updates = c.full(1).reshape({-1, c.integer(3)});
  at::Tensor out = at::zeros({rows, c.integer(3)}, updates.options());
  return c.give(out.index_add_(0, flatRows(c.tensor(0), leading), updates));
}

// scatterUpdate(x, indices, updates, leading shape indexed): x with rows replaced; of duplicates the last one stays
napi_value scatterUpdate(Call& c) {
  const at::Tensor& x = c.tensor(0);
  const auto leading = c.integers(3);
  const int64_t rows = product(leading);
  const int64_t row = rows == 0 ? 0 : x.numel() / rows;
  at::Tensor flat = x.reshape({rows, row}).clone();
  const at::Tensor index = flatRows(c.tensor(1), leading);
  const at::Tensor updates = c.tensor(2).to(x.scalar_type());
  // One value may stand for all.
  flat.index_copy_(0, index, updates.numel() == 1 ? updates.reshape({1, 1}).expand({index.size(0), row}) : updates.reshape({index.size(0), row}));
  return c.give(flat.view(x.sizes()));
}

// searchSorted(sequence [B, N], values [B, M], right) -> int32 [B, M]
napi_value searchSorted(Call& c) {
  const at::Tensor sequence = widen(c.tensor(0)), values = widen(c.tensor(1)).to(sequence.scalar_type());
  return c.give(at::searchsorted(sequence.contiguous(), values.contiguous(), true, c.boolean(2)));
}

// diag(x): a square matrix with the elements of x on its diagonal
napi_value diag(Call& c) {
  const at::Tensor& x = c.tensor(0);
  return c.give(at::diag_embed(x.reshape({-1})));
}

// segmentSum(x, ids, segments): rows of x summed by id; ids outside are dropped
napi_value segmentSum(Call& c) {
  const at::Tensor x = c.full(0);
  const at::Tensor ids = c.tensor(1).to(at::kLong).reshape({-1});
  const int64_t segments = c.integer(2);
  const at::Tensor inside = ids.ge(0).logical_and(ids.lt(segments)).nonzero().reshape({-1});
  if (x.dim() == 0 || ids.numel() != x.size(0)) throw CodedError(kBadArgument, "segmentSum needs one id for each row");
  auto shape = x.sizes().vec();
  shape[0] = segments;
  at::Tensor out = at::zeros(shape, x.options());
  return c.give(out.index_add_(0, ids.index_select(0, inside), x.index_select(0, inside)));
}

// oneHot(indices, depth, on, off, dtype); indices outside give rows of `off`
napi_value oneHot(Call& c) {
  const at::Tensor index = c.tensor(0).to(at::kLong).unsqueeze(-1);
  const at::Tensor hit = index.eq(at::arange(c.integer(1), index.options()));
  const auto options = index.options().dtype(dtypeOf(c.integer(4)));
  return c.give(at::where(hit, at::full({}, c.number(2), options), at::full({}, c.number(3), options)));
}

// Positions and weights from JavaScript, on the device of the tensor that they belong to.
at::Tensor longs(const std::vector<int64_t>& values, const at::Tensor& x) { return at::tensor(values, at::kLong).to(x.device()); }
at::Tensor weightsAlong(const std::vector<double>& values, int64_t axis, const at::Tensor& x) {
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  shape[static_cast<size_t>(axis)] = static_cast<int64_t>(values.size());
  return at::tensor(values, at::kDouble).to(at::kFloat).view(shape).to(x.device());
}

// interpolate(x, axis, low, high, weight): x[low] + (x[high] - x[low]) * weight along one axis
napi_value interpolate(Call& c) {
  const at::Tensor x = c.float32(0);
  const int64_t axis = c.axis(1, x.dim());
  const at::Tensor low = at::index_select(x, axis, longs(c.integers(2), x));
  const at::Tensor high = at::index_select(x, axis, longs(c.integers(3), x));
  return c.give(at::lerp(low, high, weightsAlong(c.numbers(4), axis, x).expand_as(low)));
}

// interpolateGrad(dy, axis, low, high, weight, size): the transpose of interpolate
napi_value interpolateGrad(Call& c) {
  const at::Tensor dy = c.float32(0);
  const int64_t axis = c.axis(1, dy.dim());
  const at::Tensor weight = weightsAlong(c.numbers(4), axis, dy);
  auto shape = dy.sizes().vec();
  shape[static_cast<size_t>(axis)] = c.integer(5);
  at::Tensor dx = at::zeros(shape, dy.options());
  dx.index_add_(axis, longs(c.integers(2), dy), dy * (1 - weight));
  dx.index_add_(axis, longs(c.integers(3), dy), dy * weight);
  return c.give(dx);
}

// take(x, axis, positions) and its transpose takeGrad(dy, axis, positions, size)
napi_value take(Call& c) {
  const at::Tensor& x = c.tensor(0);
  return c.give(at::index_select(x, c.integer(1), longs(c.integers(2), x)));
}
napi_value takeGrad(Call& c) {
  const at::Tensor dy = c.float32(0);
  const int64_t axis = c.axis(1, dy.dim());
  auto shape = dy.sizes().vec();
  shape[static_cast<size_t>(axis)] = c.integer(3);
  return c.give(at::zeros(shape, dy.options()).index_add_(axis, longs(c.integers(2), dy), dy));
}

// multinomial(probabilities [B, K], samples, seed) -> int32 [B, samples]; drawn on the CPU: a seed means the same on every device
napi_value multinomial(Call& c) {
  auto generator = at::detail::createCPUGenerator(static_cast<uint64_t>(c.integer(2)));
  requireNotCapturing("a random draw");
  const at::Tensor p = c.float32(0);
  return c.give(at::multinomial(p.cpu(), c.integer(1), true, generator).to(at::kInt).to(p.device()));
}

}  // namespace

#define NAMED(name) {#name, name}

void addIndexOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(indexSelect), NAMED(batchGather), NAMED(gatherNd), NAMED(scatterNd), NAMED(scatterUpdate), NAMED(searchSorted), NAMED(diag), NAMED(segmentSum), NAMED(oneHot),
                         NAMED(interpolate), NAMED(interpolateGrad), NAMED(take), NAMED(takeGrad), NAMED(multinomial)});
}

}  // namespace tessera
