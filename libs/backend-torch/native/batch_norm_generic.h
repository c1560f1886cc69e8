// Batch normalisation from ATen's operators, for tensors on any device; ops_batch_norm.cc checks the arguments.
#pragma once

#include "aten.h"

namespace tessera::generic {

/** x is dense with the channels last, in float32 or bfloat16; vectors are float32. -> y, mean, variance (biased) */
std::vector<at::Tensor> train(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                              const c10::optional<at::Tensor>& residual, double epsilon, bool relu);

/** What the forward pass was given and found. With a ReLU y says where it let the gradient through, or beta from x. */
struct TrainGradInputs {
  const at::Tensor &dy, &x, &gamma, &mean, &variance, &y, &beta;
};
/** -> dx, dGamma, dBeta[, dResidual] */
std::vector<at::Tensor> trainGrad(const TrainGradInputs& in, double epsilon, bool withResidual);

at::Tensor infer(const at::Tensor& x, const at::Tensor& mean, const at::Tensor& variance, const at::Tensor& gamma,
                 const at::Tensor& beta, const c10::optional<at::Tensor>& residual, double epsilon, bool relu);

}  // namespace tessera::generic
