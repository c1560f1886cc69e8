#include "batch_norm_generic.h"

namespace tessera::generic {
namespace {

// Rows of channels: what libtorch's CUDA kernels know as channels_last, whatever the number of axes.
at::Tensor rows(const at::Tensor& x) { return x.view({-1, x.size(-1)}); }

at::Tensor finished(const at::Tensor& y, const at::Tensor& x, const c10::optional<at::Tensor>& residual, bool relu) {
  at::Tensor out = y.view(x.sizes());
  if (residual) out.add_(*residual);
  return relu ? out.relu_() : out;
}

}  // namespace

std::vector<at::Tensor> train(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                              const c10::optional<at::Tensor>& residual, double epsilon, bool relu) {
  const auto [y, mean, rstd] = at::native_batch_norm(rows(x), gamma, beta, c10::nullopt, c10::nullopt, true, 0, epsilon);
  // libtorch keeps 1 / sqrt(variance + epsilon); a variance of nearly nothing must not come back negative.
  const at::Tensor variance = rstd.to(at::kDouble).pow(-2).sub(epsilon).clamp_min(0).to(at::kFloat);
  return {finished(y, x, residual, relu), mean.to(at::kFloat), variance};
}

std::vector<at::Tensor> trainGrad(const TrainGradInputs& in, double epsilon, bool withResidual) {
  const at::Tensor rstd = at::rsqrt(in.variance + epsilon);
  at::Tensor dy = in.dy;
  if (in.y.defined()) {
    dy = at::threshold_backward(dy, in.y, 0);
  } else if (in.beta.defined()) {
    const at::Tensor scale = in.gamma * rstd;
    const at::Tensor linear = at::addcmul(in.beta - in.mean * scale, in.x, scale);
    dy = at::where(linear.gt(0), dy, 0);
  }
  if (in.x.numel() == 0) {
    std::vector<at::Tensor> none{at::empty_like(in.x), at::zeros_like(in.gamma), at::zeros_like(in.gamma)};
    if (withResidual) none.push_back(at::empty_like(in.x));
    return none;
  }
  const auto [dx, dGamma, dBeta] = at::native_batch_norm_backward(rows(dy), rows(in.x), in.gamma, c10::nullopt, c10::nullopt, in.mean,
                                                                  rstd, true, epsilon, {true, true, true});
  std::vector<at::Tensor> out{dx.view(in.x.sizes()), dGamma.to(at::kFloat), dBeta.to(at::kFloat)};
  if (withResidual) out.push_back(dy.is_same(in.dy) ? dy.alias() : dy);
  return out;
}

at::Tensor infer(const at::Tensor& x, const at::Tensor& mean, const at::Tensor& variance, const at::Tensor& gamma,
                 const at::Tensor& beta, const c10::optional<at::Tensor>& residual, double epsilon, bool relu) {
  if (x.numel() == 0) return at::empty_like(x);
  const at::Tensor y = std::get<0>(at::native_batch_norm(rows(x), gamma, beta, mean, variance, false, 0, epsilon));
  return finished(y, x, residual, relu);
}

}  // namespace tessera::generic
