// Losses over rows: log-sum-exp, softmax cross entropy and NT-Xent. All by ATen's operators, so on any device, a block of rows at a
// time: no matrix of all similarities or probabilities is ever in memory, and a block on the CPU stays in its cache.
#include <algorithm>
#include <cmath>
#include <limits>

#include "call.h"

namespace tessera {
namespace {

// Losses lose their meaning in TF32, whose ten bits cannot tell similarities of 0.99 and 0.995 apart at a low temperature.
using Exact = at::NoTF32Guard;

// Rows of `columns` numbers that make a block: 1 MiB on the CPU, 256 MiB elsewhere, where launches cost more than memory.
int64_t blockRows(const at::Tensor& like, int64_t columns) {
  const int64_t elements = like.is_cpu() ? int64_t{1} << 18 : int64_t{1} << 26;
  return std::max<int64_t>(64, elements / std::max<int64_t>(1, columns));
}

double positiveNumber(Call& c, size_t i, const char* name) {
  const double value = c.number(i);
  if (!(value > 0) || !std::isfinite(value)) throw CodedError(kBadArgument, std::string(name) + " must be a number above 0");
  return value;
}

void checkShape(const at::Tensor& t, at::IntArrayRef shape, const char* name) {
  if (t.sizes() != shape)
    throw CodedError(kBadArgument, std::string(name) + " has the shape " + textOf(t.sizes()) + " instead of " + textOf(shape));
}

at::Tensor matrix(Call& c, size_t i, const char* name) {
  const at::Tensor t = c.float32(i);
  if (t.dim() != 2) throw CodedError(kBadArgument, std::string(name) + " has the shape " + textOf(t.sizes()) + "; it must be a matrix");
  return t;
}

// logSumExp(x, axis, keepDims)
napi_value logSumExp(Call& c) {
  const at::Tensor x = c.float32(0);
  return c.give(at::logsumexp(x, {c.axis(1, x.dim())}, c.boolean(2)));
}

// logSumExpGrad(dy, x, axis) -> dy softmax(x): not exp(x - y), whose y is rounded, by 4 where x is 1e8. dy with or without the axis
napi_value logSumExpGrad(Call& c) {
  const at::Tensor x = c.float32(1);
  const int64_t axis = c.axis(2, x.dim());
  auto kept = x.sizes().vec();
  kept[static_cast<size_t>(axis)] = 1;
  return c.give(at::softmax(x, axis).mul_(c.float32(0).reshape(kept)));
}

// softmaxCrossEntropy(logits, targets, temperature) -> loss of every row
napi_value softmaxCrossEntropy(Call& c) {
  const at::Tensor x = matrix(c, 0, "logits"), targets = c.float32(1);
  checkShape(targets, x.sizes(), "targets");
  const double temperature = positiveNumber(c, 2, "temperature");
  const int64_t rows = x.size(0), block = blockRows(x, x.size(1));
  at::Tensor loss = at::empty({rows}, x.options());
  for (int64_t r = 0; r < rows; r += block) {
    const int64_t n = std::min(block, rows - r);
    at::Tensor s = x.narrow(0, r, n).div(temperature);
    at::_log_softmax_out(s, s, 1, false);
    at::Tensor out = loss.narrow(0, r, n);
    at::sum_out(out, s.mul_(targets.narrow(0, r, n)), at::IntArrayRef{1});
    out.neg_();
  }
  return c.give(loss);
}

// softmaxCrossEntropyGrad(dy, logits, targets, temperature) -> (softmax * sum of the row's targets - targets) * dy / temperature
napi_value softmaxCrossEntropyGrad(Call& c) {
  const at::Tensor x = matrix(c, 1, "logits"), targets = c.float32(2);
  const double temperature = positiveNumber(c, 3, "temperature");
  const int64_t rows = x.size(0), block = blockRows(x, x.size(1));
  const at::Tensor dy = c.float32(0);
  checkShape(dy, {rows}, "dy");
  checkShape(targets, x.sizes(), "targets");
  at::Tensor dx = at::empty(x.sizes(), x.options());
  for (int64_t r = 0; r < rows; r += block) {
    const int64_t n = std::min(block, rows - r);
    const at::Tensor t = targets.narrow(0, r, n);
    at::Tensor out = dx.narrow(0, r, n);
    at::div_out(out, x.narrow(0, r, n), at::scalar_tensor(temperature, x.options()));
    at::_softmax_out(out, out, 1, false);
    out.mul_(t.sum(1, true)).sub_(t);
    out.mul_(dy.narrow(0, r, n).unsqueeze(1) / temperature);
  }
  return c.give(dx);
}

// The rows of one process and the columns of all of them, as ntXent's caller lays them out.
struct Pairs {
  at::Tensor u;    // [2N, D]: first views, then second ones
  at::Tensor all;  // [W * 2N, D], rank-major; u itself where there is one process
  int64_t images, ranks, rank;
  double temperature;

  int64_t rows() const { return u.size(0); }
  int64_t own() const { return rank * rows(); }  // the column of row 0
};

// Arguments `at`..: u, all (may be missing), temperature, rank
Pairs pairsOf(Call& c, size_t at) {
  Pairs p{matrix(c, at, "u"), {}, 0, 1, c.integer(at + 3), positiveNumber(c, at + 2, "temperature")};
  p.all = c.has(at + 1) ? matrix(c, at + 1, "all") : p.u;
  const int64_t rows = p.rows();
  if (rows == 0 || rows % 2 != 0) throw CodedError(kBadArgument, "u has " + std::to_string(rows) + " rows; it must have two for an image");
  p.images = rows / 2;
  p.ranks = p.all.size(0) / rows;
  if (p.all.size(0) % rows != 0 || p.all.size(1) != p.u.size(1))
    throw CodedError(kBadArgument, "all has the shape " + textOf(p.all.sizes()) + ", u " + textOf(p.u.sizes()));
  if (p.rank < 0 || p.rank >= p.ranks)
    throw CodedError(kBadArgument, "rank " + std::to_string(p.rank) + " of " + std::to_string(p.ranks));
  return p;
}

// A block of rows of one view, so that its positives are one diagonal.
struct Block {
  int64_t row, count, self, positive;  // the columns of the block's first row and of its positive
  bool firstView;
  at::Tensor logits;  // [count, columns]: similarity / temperature, -infinity for a row and itself
  at::Tensor diagonal(int64_t column) const { return logits.narrow(1, column, count).diagonal(); }
};

// Runs `use` on every block, with the similarities still whole; `use` masks.
template <typename F>
void overBlocks(const Pairs& p, F use) {
  const int64_t most = blockRows(p.u, p.all.size(0));
  const at::Tensor columns = p.all.t();
  for (int64_t view = 0; view < 2; ++view) {
    for (int64_t i = 0; i < p.images; i += most) {
      const int64_t row = view * p.images + i, count = std::min(most, p.images - i);
      const int64_t self = p.own() + row, positive = self + (view == 0 ? p.images : -p.images);
      Block block{row, count, self, positive, view == 0, at::mm(p.u.narrow(0, row, count) / p.temperature, columns)};
      use(block);
    }
  }
}

constexpr double kNever = -std::numeric_limits<double>::infinity();

// ntXent(u, all?, temperature, rank, gradient) -> mean loss, accuracy, entropy: the last two as kernel-specs.ts says; and with `gradient`
// that of the loss to u and, with `all`, to all. A row's probabilities must come from the numbers that make its sum: computed again for
// the transposed block they are others by their rounding, which a temperature of 1e-8 makes exp(10). So the slope of a block is
// multiplied from both sides while it is there, and nothing of it is computed twice.
napi_value ntXent(Call& c) {
  const Exact exact;
  const Pairs p = pairsOf(c, 0);
  const bool gathered = c.has(1), gradient = c.boolean(4);
  at::Tensor loss = at::zeros({}, p.u.options()), accuracy = at::zeros({}, p.u.options()), entropy = at::zeros({}, p.u.options());
  at::Tensor du, dAll;
  if (gradient) du = at::zeros(p.u.sizes(), p.u.options());
  if (gradient) dAll = gathered ? at::zeros(p.all.sizes(), p.u.options()) : du;
  overBlocks(p, [&](Block& b) {
    if (b.firstView) {
      // First views against the second views of every rank, nothing masked.
      const at::Tensor second = b.logits.view({b.count, p.ranks, 2, p.images}).select(2, 1).reshape({b.count, p.ranks * p.images});
      const int64_t own = p.rank * p.images + b.row;
      const at::Tensor index = at::arange(own, own + b.count, second.options().dtype(at::kLong));
      accuracy.add_(second.argmax(1).eq(index).sum());
      const at::Tensor logProbability = at::log_softmax(second, 1);
      entropy.sub_(logProbability.exp().mul_(logProbability).sum());
    }
    b.diagonal(b.self).fill_(kNever);
    // The maximum goes off before the logarithm of the sum: their sum would be rounded, by 4 where a similarity / temperature is 1e8.
    at::_log_softmax_out(b.logits, b.logits, 1, false);
    at::Tensor positive = b.diagonal(b.positive);
    loss.sub_(positive.sum());
    if (!gradient) return;
    // softmax - positive, but at the positive minus all the others: the same without the digits that a probability near 1 loses.
    positive.fill_(kNever);
    const at::Tensor slope = b.logits.exp_();
    positive.sub_(slope.sum(1));
    at::Tensor rows = du.narrow(0, b.row, b.count);
    rows.addmm_(slope, p.all);
    dAll.addmm_(slope.t(), p.u.narrow(0, b.row, b.count));
  });
  const auto images = static_cast<double>(p.images);
  std::vector<at::Tensor> out{loss.div_(2 * images), accuracy.div_(images), entropy.div_(images)};
  const double scale = static_cast<double>(p.rows()) * p.temperature;
  if (gradient) out.push_back(du.div_(scale));
  if (gradient && gathered) out.push_back(dAll.div_(scale));
  return c.give(std::move(out));
}

}  // namespace

#define NAMED(name) {#name, name}

void addLossOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(logSumExp), NAMED(logSumExpGrad), NAMED(softmaxCrossEntropy), NAMED(softmaxCrossEntropyGrad),
                         NAMED(ntXent)});
}

}  // namespace tessera
