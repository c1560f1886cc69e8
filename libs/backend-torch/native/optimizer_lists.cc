#include "optimizer_lists.h"

#include <cmath>

namespace tessera {
namespace {

std::vector<at::Scalar> scalars(const std::vector<double>& values) { return {values.begin(), values.end()}; }

template <typename F>
std::vector<double> each(const std::vector<double>& values, F f) {
  std::vector<double> out(values.size());
  for (size_t i = 0; i < values.size(); ++i) out[i] = f(i);
  return out;
}

// g + decay * w, in new memory
std::vector<at::Tensor> decayed(const OptimizerLists& lists, const std::vector<double>& decay) {
  auto d = at::_foreach_mul(lists.w, scalars(decay));
  at::_foreach_add_(d, lists.g);
  return d;
}

// m = momentum * m + push; w -= learningRate * (nesterov ? push + momentum * m : m). Writes over `push`.
void momentumStep(OptimizerLists& lists, std::vector<at::Tensor>& push, double momentum, double learningRate, bool nesterov) {
  at::_foreach_mul_(lists.m, momentum);
  at::_foreach_add_(lists.m, push);
  if (nesterov) at::_foreach_add_(push, lists.m, momentum);
  at::_foreach_add_(lists.w, nesterov ? push : lists.m, -learningRate);
}

// One number per variable, on the variables' device.
at::Tensor perVariable(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(values, at::kFloat).to(like.device());
}
at::Tensor norms(const std::vector<at::Tensor>& tensors) { return at::stack(at::_foreach_norm(tensors, 2)); }

}  // namespace

void sgdLists(OptimizerLists& lists, double learningRate, double momentum, const std::vector<double>& decay, bool nesterov) {
  auto d = decayed(lists, decay);
  if (lists.m.empty()) {
    at::_foreach_add_(lists.w, d, -learningRate);
  } else {
    momentumStep(lists, d, momentum, learningRate, nesterov);
  }
}

void larsLists(OptimizerLists& lists, const LayerwiseOptions& o) {
  auto push = decayed(lists, o.decay);
  const at::Tensor wNorm = norms(lists.w), gNorm = norms(push);
  const at::Tensor applies = wNorm.gt(0).logical_and(gNorm.gt(0)).logical_and(perVariable(o.adapted, wNorm).ne(0));
  const at::Tensor one = at::ones_like(wNorm);
  const at::Tensor ratio = at::where(applies, wNorm * o.trust / gNorm, one) * o.learningRate;
  at::_foreach_mul_(push, ratio.unbind());
  momentumStep(lists, push, o.momentum, 1, o.nesterov);
}

void larcLists(OptimizerLists& lists, const LayerwiseOptions& o, double epsilon, bool clip) {
  const at::Tensor wNorm = norms(lists.w), gNorm = norms(lists.g), decay = perVariable(o.decay, wNorm);
  at::Tensor ratio = wNorm * o.trust / (gNorm + wNorm * decay + epsilon);
  if (clip) ratio = o.learningRate > 0 ? (ratio / o.learningRate).clamp_max(1) : at::ones_like(ratio);
  const at::Tensor adapted = perVariable(o.adapted, wNorm).ne(0);
  const at::Tensor applies = wNorm.gt(0).logical_and(gNorm.gt(0)).logical_and(adapted);
  const at::Tensor gScale = at::where(applies, ratio, at::ones_like(ratio));
  const at::Tensor wScale = at::where(applies, ratio * decay, at::where(adapted, at::zeros_like(ratio), decay));
  auto push = at::_foreach_mul(lists.g, gScale.unbind());
  at::_foreach_add_(push, at::_foreach_mul(lists.w, wScale.unbind()));
  momentumStep(lists, push, o.momentum, o.learningRate, o.nesterov);
}

void adamwLists(OptimizerLists& lists, double learningRate, double beta1, double beta2, double epsilon, const std::vector<double>& decay,
                const std::vector<double>& step) {
  at::_foreach_lerp_(lists.m, lists.g, 1 - beta1);
  at::_foreach_mul_(lists.v, beta2);
  at::_foreach_addcmul_(lists.v, lists.g, lists.g, 1 - beta2);
  auto denominator = at::_foreach_sqrt(lists.v);
  at::_foreach_div_(denominator, scalars(each(step, [&](size_t i) { return std::sqrt(1 - std::pow(beta2, step[i])); })));
  at::_foreach_add_(denominator, epsilon);
  at::_foreach_mul_(lists.w, scalars(each(decay, [&](size_t i) { return 1 - learningRate * decay[i]; })));
  at::_foreach_addcdiv_(lists.w, lists.m, denominator,
                        scalars(each(step, [&](size_t i) { return -learningRate / (1 - std::pow(beta1, step[i])); })));
}

void momentumAverageLists(OptimizerLists& lists, double rest) {
  if (!lists.w.empty()) at::_foreach_lerp_(lists.w, lists.g, rest);
}

at::Tensor globalNormOfList(const std::vector<at::Tensor>& tensors) { return at::norm(norms(tensors)); }

}  // namespace tessera
