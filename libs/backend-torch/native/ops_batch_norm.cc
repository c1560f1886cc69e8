// Batch normalisation fused with the residual addition and the ReLU, forward and backward, over rows of channels.
#include "batch_norm_generic.h"
#include "call.h"
#include "device_paths.h"
#include "row_kernels.h"

namespace tessera {
namespace {

constexpr int64_t kRowElements = 1 << 15;  // the least work worth a thread

at::Tensor dense(const at::Tensor& t, at::ScalarType dtype) { return t.to(dtype).contiguous(); }
at::Tensor vectorOf(const at::Tensor& t) { return t.to(at::kFloat).contiguous().view({-1}); }

struct Shape {
  int64_t rows, channels, grain;
  bool half;
};

Shape rowsOf(const at::Tensor& x) {
  if (x.dim() == 0) throw CodedError(kBadArgument, "batch norm needs a channel axis");
  const int64_t channels = x.size(-1), rows = channels == 0 ? 0 : x.numel() / channels;
  return {rows, channels, std::max<int64_t>(1, kRowElements / std::max<int64_t>(1, channels)), isHalf(x)};
}

void checkVector(const at::Tensor& v, int64_t channels, const char* name) {
  if (v.numel() != channels)
    throw CodedError(kBadArgument, std::string(name) + " has " + std::to_string(v.numel()) + " elements for " +
                                       std::to_string(channels) + " channels");
}
void checkSame(const at::Tensor& t, const at::Tensor& x, const char* name) {
  if (t.sizes() != x.sizes())
    throw CodedError(kBadArgument, std::string(name) + " has the shape " + textOf(t.sizes()) + " instead of " + textOf(x.sizes()));
}

// Runs `add(rows, sums)` on every thread's share; the shares are added in order, so that the result repeats.
template <typename F>
std::vector<double> threadSums(const Shape& s, F add) {
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), s.rows / s.grain));
  const size_t width = static_cast<size_t>(2 * s.channels), stride = width + 16;
  std::vector<double> partial(static_cast<size_t>(parts) * stride, 0.0);
  at::parallel_for(0, parts, 1, [&](int64_t p0, int64_t p1) {
    for (int64_t p = p0; p < p1; ++p)
      add(Rows{s.rows * p / parts, s.rows * (p + 1) / parts, s.channels, s.half}, partial.data() + static_cast<size_t>(p) * stride);
  });
  std::vector<double> total(width, 0.0);
  for (int64_t p = 0; p < parts; ++p)
    for (size_t i = 0; i < width; ++i) total[i] += partial[static_cast<size_t>(p) * stride + i];
  return total;
}

template <typename F>
void overRows(const Shape& s, F run) {
  at::parallel_for(0, s.rows, s.grain, [&](int64_t begin, int64_t end) { run(Rows{begin, end, s.channels, s.half}); });
}

at::Tensor affine(const at::Tensor& x, const c10::optional<at::Tensor>& residual, const float* scale, const float* bias, bool relu) {
  const Shape s = rowsOf(x);
  at::Tensor y = at::empty(x.sizes(), x.options());
  const void* res = residual ? residual->const_data_ptr() : nullptr;
  overRows(s, [&](const Rows& r) { rowKernels().affine(r, x.const_data_ptr(), res, y.data_ptr(), scale, bias, relu); });
  return y;
}

// The row kernels know these two types only.
at::Tensor floating(const at::Tensor& x) { return dense(x, isHalf(x) ? at::kBFloat16 : at::kFloat); }

c10::optional<at::Tensor> residualOf(Call& c, size_t i, const at::Tensor& x) {
  if (!c.has(i)) return c10::nullopt;
  checkSame(c.tensor(i), x, "residual");
  return dense(c.tensor(i), x.scalar_type());
}

// y = x * scale + bias, from the float32 statistics that the caller gets: the backward pass finds the same numbers.
void affineOf(const at::Tensor& gamma, const at::Tensor& beta, const at::Tensor& mean, const at::Tensor& variance, double epsilon,
              std::vector<float>& scale, std::vector<float>& bias) {
  for (size_t i = 0; i < scale.size(); ++i) {
    const double a = gamma.const_data_ptr<float>()[i] / std::sqrt(static_cast<double>(variance.const_data_ptr<float>()[i]) + epsilon);
    scale[i] = static_cast<float>(a);
    bias[i] = static_cast<float>(beta.const_data_ptr<float>()[i] - mean.const_data_ptr<float>()[i] * a);
  }
}

// batchNormTrain(x, gamma, beta, residual?, epsilon, relu) -> y, mean, variance (biased)
napi_value batchNormTrain(Call& c) {
  const at::Tensor x = floating(c.tensor(0)), gamma = vectorOf(c.tensor(1)), beta = vectorOf(c.tensor(2));
  const auto residual = residualOf(c, 3, x);
  const double epsilon = c.number(4);
  const Shape s = rowsOf(x);
  checkVector(gamma, s.channels, "gamma");
  checkVector(beta, s.channels, "beta");
  if (s.rows == 0) throw CodedError(kBadArgument, "batch norm in training needs at least one row");
  if (!useRowKernels(x)) return c.give(generic::train(x, gamma, beta, residual, epsilon, c.boolean(5)));
  // Sums of differences from one row lose no precision when the mean is far from 0.
  const at::Tensor shift = x.view({s.rows, s.channels}).select(0, 0).to(at::kFloat).contiguous();
  const float* shiftAt = shift.const_data_ptr<float>();
  const auto sums = threadSums(s, [&](const Rows& r, double* out) { rowKernels().stats(r, x.const_data_ptr(), shiftAt, out); });
  at::Tensor mean = at::empty({s.channels}, at::kFloat), variance = at::empty({s.channels}, at::kFloat);
  auto* meanAt = mean.data_ptr<float>();
  auto* varianceAt = variance.data_ptr<float>();
  std::vector<float> scale(static_cast<size_t>(s.channels)), bias(scale.size());
  for (int64_t i = 0; i < s.channels; ++i) {
    const auto at = static_cast<size_t>(i);
    const double n = static_cast<double>(s.rows), off = sums[at] / n;
    const double var = std::max(0.0, sums[at + scale.size()] / n - off * off), mu = off + shiftAt[i];
    meanAt[i] = static_cast<float>(mu);
    varianceAt[i] = static_cast<float>(var);
  }
  affineOf(gamma, beta, mean, variance, epsilon, scale, bias);
  at::Tensor y = affine(x, residual, scale.data(), bias.data(), c.boolean(5));
  return c.give(std::vector<at::Tensor>{y, mean, variance});
}

// batchNormTrainGrad(dy, x, gamma, mean, variance, y?, epsilon, residual, beta?) -> dx, dGamma, dBeta[, dResidual]
// With a ReLU and no residual, beta may stand in for y: where y > 0 then follows from x, and y need not be read.
napi_value batchNormTrainGrad(Call& c) {
  const at::Tensor x = floating(c.tensor(1)), dy = dense(c.tensor(0), x.scalar_type());
  const at::Tensor gamma = vectorOf(c.tensor(2)), mean = vectorOf(c.tensor(3)), variance = vectorOf(c.tensor(4));
  at::Tensor y;
  checkSame(dy, x, "dy");
  if (c.has(5)) {
    checkSame(c.tensor(5), x, "y");
    y = dense(c.tensor(5), x.scalar_type());
  }
  const double epsilon = c.number(6);
  const bool withResidual = c.boolean(7);
  const Shape s = rowsOf(x);
  checkVector(gamma, s.channels, "gamma");
  checkVector(mean, s.channels, "mean");
  checkVector(variance, s.channels, "variance");
  at::Tensor beta;
  if (c.has(8)) {
    beta = vectorOf(c.tensor(8));
    checkVector(beta, s.channels, "beta");
  }
  if (!useRowKernels(x)) return c.give(generic::trainGrad({dy, x, gamma, mean, variance, y, beta}, epsilon, withResidual));
  const float* meanAt = mean.const_data_ptr<float>();
  std::vector<float> scale, bias;
  Gate gate{y.defined() ? y.const_data_ptr() : nullptr, nullptr, nullptr};
  if (beta.defined()) {
    scale.resize(static_cast<size_t>(s.channels));
    bias.resize(scale.size());
    affineOf(gamma, beta, mean, variance, epsilon, scale, bias);
    gate = {nullptr, scale.data(), bias.data()};
  }
  const bool gated = gate.y != nullptr || gate.scale != nullptr;
  const auto sums = threadSums(
      s, [&](const Rows& r, double* out) { rowKernels().gradSums(r, dy.const_data_ptr(), x.const_data_ptr(), gate, meanAt, out); });
  at::Tensor dGamma = at::empty({s.channels}, at::kFloat), dBeta = at::empty({s.channels}, at::kFloat);
  std::vector<float> a(static_cast<size_t>(s.channels)), b(a.size()), k(a.size());
  for (int64_t i = 0; i < s.channels; ++i) {
    const auto at = static_cast<size_t>(i);
    const double n = static_cast<double>(s.rows), rstd = 1 / std::sqrt(variance.const_data_ptr<float>()[i] + epsilon);
    const double sumDy = sums[at], sumDyX = sums[at + a.size()], slopeDy = gamma.const_data_ptr<float>()[i] * rstd;
    dGamma.data_ptr<float>()[i] = static_cast<float>(sumDyX * rstd);
    dBeta.data_ptr<float>()[i] = static_cast<float>(sumDy);
    const double slope = -slopeDy * rstd * rstd * sumDyX / n;
    a[at] = static_cast<float>(slopeDy);
    b[at] = static_cast<float>(slope);
    k[at] = static_cast<float>(-slopeDy * sumDy / n - slope * meanAt[i]);
  }
  at::Tensor dx = at::empty(x.sizes(), x.options()), dResidual;
  if (withResidual) dResidual = gated ? at::empty(x.sizes(), x.options()) : dy.alias();
  void* drAt = withResidual && gated ? dResidual.data_ptr() : nullptr;
  overRows(s, [&](const Rows& r) {
    rowKernels().gradApply(r, dy.const_data_ptr(), x.const_data_ptr(), gate, dx.data_ptr(), drAt, a.data(), b.data(), k.data());
  });
  std::vector<at::Tensor> out{dx, dGamma, dBeta};
  if (withResidual) out.push_back(dResidual);
  return c.give(std::move(out));
}

// batchNormInfer(x, mean, variance, gamma?, beta?, residual?, epsilon, relu)
napi_value batchNormInfer(Call& c) {
  const at::Tensor x = floating(c.tensor(0)), mean = vectorOf(c.tensor(1)), variance = vectorOf(c.tensor(2));
  const Shape s = rowsOf(x);
  const at::Tensor gamma = c.has(3) ? vectorOf(c.tensor(3)) : at::ones({s.channels}, mean.options());
  const at::Tensor beta = c.has(4) ? vectorOf(c.tensor(4)) : at::zeros({s.channels}, mean.options());
  const auto residual = residualOf(c, 5, x);
  checkVector(mean, s.channels, "mean");
  checkVector(variance, s.channels, "variance");
  checkVector(gamma, s.channels, "gamma");
  checkVector(beta, s.channels, "beta");
  if (!useRowKernels(x)) return c.give(generic::infer(x, mean, variance, gamma, beta, residual, c.number(6), c.boolean(7)));
  const at::Tensor scale = gamma / at::sqrt(variance + c.number(6));
  const at::Tensor bias = beta - mean * scale;
  return c.give(affine(x, residual, scale.const_data_ptr<float>(), bias.const_data_ptr<float>(), c.boolean(7)));
}

// batchNormGeneral(x, mean, variance, gamma?, beta?, epsilon): parameters of any shape that broadcasts
napi_value batchNormGeneral(Call& c) {
  const at::Tensor x = c.float32(0);
  at::Tensor scale = at::rsqrt(c.float32(2) + c.number(5));
  if (c.has(3)) scale = scale * c.float32(3);
  at::Tensor y = (x - c.float32(1)) * scale;
  if (c.has(4)) y = y + c.float32(4);
  checkSame(y, x, "the result");
  return c.give(y.to(isHalf(c.tensor(0)) ? at::kBFloat16 : at::kFloat));
}

template <typename F>
void overElements(int64_t n, F run) {
  at::parallel_for(0, n, kRowElements, run);
}

// reluGrad(dy, y): in y's type
napi_value reluGrad(Call& c) {
  const at::Tensor y = floating(c.tensor(1)), dy = dense(c.tensor(0), y.scalar_type());
  checkSame(dy, y, "dy");
  if (!useRowKernels(y)) return c.give(at::threshold_backward(dy, y, 0));
  at::Tensor dx = at::empty(y.sizes(), y.options());
  overElements(y.numel(), [&](int64_t begin, int64_t end) {
    rowKernels().reluGrad(isHalf(y), begin, end, dy.const_data_ptr(), y.const_data_ptr(), dx.data_ptr());
  });
  return c.give(dx);
}

// addRelu(a, b): bfloat16 if both are
napi_value addRelu(Call& c) {
  checkSame(c.tensor(1), c.tensor(0), "b");
  const auto dtype = isHalf(c.tensor(0)) && isHalf(c.tensor(1)) ? at::kBFloat16 : at::kFloat;
  const at::Tensor a = dense(c.tensor(0), dtype), b = dense(c.tensor(1), dtype);
  if (!useRowKernels(a)) return c.give(at::add(a, b).relu_());
  at::Tensor y = at::empty(a.sizes(), a.options());
  overElements(y.numel(), [&](int64_t begin, int64_t end) {
    rowKernels().addRelu(dtype == at::kBFloat16, begin, end, a.const_data_ptr(), b.const_data_ptr(), y.data_ptr());
  });
  return c.give(y);
}

napi_value simd(Call& c) { return c.giveText(rowKernels().name); }

}  // namespace

#define NAMED(name) {#name, name}

void addBatchNormOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(batchNormTrain), NAMED(batchNormTrainGrad), NAMED(batchNormInfer), NAMED(batchNormGeneral),
                         NAMED(reluGrad), NAMED(addRelu), NAMED(simd)});
}

}  // namespace tessera
