// Optimizer steps in place, over all variables in one call: by our own loops on the CPU, by optimizer_lists.h elsewhere.
#include "call.h"
#include "device_paths.h"
#include "optimizer_lists.h"
#include "row_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tessera {
namespace {

constexpr int64_t kGrain = 1 << 15;

bool flat(const at::Tensor& t) { return t.scalar_type() == at::kFloat && t.is_non_overlapping_and_dense(); }

void checkFloat(const at::Tensor& t) {
  if (!t.is_floating_point()) throw CodedError(kBadArgument, "an optimizer updates float32 variables only");
}

// The variable's tensor, ready to be written: float32, without gaps, and seen by nobody else. A tensor whose memory is
// shared (a view or a clone of an older value) is copied first, so that the other keeps its numbers.
at::Tensor writable(Call& c, double handle) {
  TensorTable& table = c.table();
  const at::Tensor now = table.get(handle);
  const bool shared = now.storage().use_count() > 1 || now.use_count() > 2;  // the slot and `now`
  if (flat(now) && !shared) {
    table.update(handle, now);
    return now;
  }
  at::Tensor own = flat(now) ? now.clone() : now.to(at::kFloat).clone(at::MemoryFormat::Contiguous);
  table.update(handle, own);
  return own;
}

void checkSame(const at::Tensor& t, const at::Tensor& w, const char* name) {
  if (t.sizes() != w.sizes())
    throw CodedError(kBadArgument, std::string("a ") + name + " has the shape " + textOf(t.sizes()) + ", its variable " + textOf(w.sizes()));
}

// A slot in the memory order of its variable; the reordered slot replaces the old one once.
at::Tensor slotLike(Call& c, double handle, const at::Tensor& w) {
  at::Tensor slot = writable(c, handle);
  if (slot.strides() == w.strides() && slot.device() == w.device()) return slot;
  at::Tensor ordered = at::empty_strided(w.sizes(), w.strides(), w.options()).copy_(slot);
  c.table().update(handle, ordered);
  return ordered;
}

at::Tensor gradientLike(const at::Tensor& g, const at::Tensor& w) {
  if (flat(g) && g.strides() == w.strides() && g.device() == w.device()) return g;
  return at::empty_strided(w.sizes(), w.strides(), w.options()).copy_(g);
}

void checkCounts(size_t expected, std::initializer_list<size_t> counts) {
  for (size_t n : counts)
    if (n != expected) throw CodedError(kBadArgument, "the lists of variables, gradients, slots and settings differ in length");
}

// Before anything is written: an error must not leave half of the variables updated.
void checkAll(Call& c, const std::vector<double>& variables, const std::vector<double>& gradients,
              std::initializer_list<const std::vector<double>*> slots) {
  for (size_t i = 0; i < variables.size(); ++i) {
    const at::Tensor& w = c.table().get(variables[i]);
    checkFloat(w);
    checkSame(c.table().get(gradients[i]), w, "gradient");
    for (const auto* list : slots) {
      const at::Tensor& slot = c.table().get(list->at(i));
      checkFloat(slot);
      checkSame(slot, w, "slot");
    }
  }
}

using Handles = std::vector<double>;

// Whether our own loops can update these variables.
bool byRows(Call& c, const Handles& variables) {
  return std::all_of(variables.begin(), variables.end(), [&](double h) { return useRowKernels(c.table().get(h)); });
}

// Everything as ATen's list operators want it.
OptimizerLists listsOf(Call& c, const Handles& variables, const Handles& gradients, const Handles& first, const Handles& second) {
  OptimizerLists lists;
  for (size_t i = 0; i < variables.size(); ++i) {
    const at::Tensor g = c.table().get(gradients[i]), w = writable(c, variables[i]);
    lists.w.push_back(w);
    lists.g.push_back(gradientLike(g, w));
    if (!first.empty()) lists.m.push_back(slotLike(c, first[i], w));
    if (!second.empty()) lists.v.push_back(slotLike(c, second[i], w));
  }
  return lists;
}

// sgd(variables, gradients, momenta (may be empty), learningRate, momentum, weightDecay per variable, nesterov)
napi_value sgd(Call& c) {
  const auto variables = c.numbers(0), gradients = c.numbers(1), momenta = c.numbers(2), decay = c.numbers(5);
  checkCounts(variables.size(), {gradients.size(), decay.size()});
  if (momenta.empty()) {
    checkAll(c, variables, gradients, {});
  } else {
    checkCounts(variables.size(), {momenta.size()});
    checkAll(c, variables, gradients, {&momenta});
  }
  const auto rate = static_cast<float>(c.number(3)), factor = static_cast<float>(c.number(4));
  const bool nesterov = c.boolean(6);
  if (!byRows(c, variables)) {
    OptimizerLists lists = listsOf(c, variables, gradients, momenta, {});
    sgdLists(lists, c.number(3), c.number(4), decay, nesterov);
    return c.nothing();
  }
  for (size_t i = 0; i < variables.size(); ++i) {
    const at::Tensor g0 = c.table().get(gradients[i]);
    at::Tensor w = writable(c, variables[i]), m;
    if (!momenta.empty()) m = slotLike(c, momenta[i], w);
    const at::Tensor g = gradientLike(g0, w);
    float* wAt = w.data_ptr<float>();
    float* mAt = m.defined() ? m.data_ptr<float>() : nullptr;
    const float* gAt = g.const_data_ptr<float>();
    const auto wd = static_cast<float>(decay[i]);
    at::parallel_for(0, w.numel(), kGrain, [&](int64_t begin, int64_t end) {
      rowKernels().sgd(begin, end, wAt, gAt, mAt, rate, factor, wd, nesterov);
    });
  }
  return c.nothing();
}

// Adds `sum(begin, end, totals)` of shares that do not depend on the number of threads, so that the result does not either.
template <size_t kSums, typename F>
std::array<double, kSums> sharedSums(int64_t n, F sum) {
  const int64_t shares = (n + kGrain - 1) / kGrain;
  std::vector<std::array<double, kSums>> parts(static_cast<size_t>(shares), std::array<double, kSums>{});
  at::parallel_for(0, shares, 1, [&](int64_t first, int64_t last) {
    for (int64_t p = first; p < last; ++p) sum(p * kGrain, std::min(n, (p + 1) * kGrain), parts[static_cast<size_t>(p)].data());
  });
  std::array<double, kSums> total{};
  for (const auto& part : parts)
    for (size_t k = 0; k < kSums; ++k) total[k] += part[k];
  return total;
}

struct Norms {
  double w, g;
};
// Of the variable, and of its gradient with `decay` times the variable added.
Norms normsOf(const at::Tensor& w, const at::Tensor& g, double decay) {
  const float *wAt = w.const_data_ptr<float>(), *gAt = g.const_data_ptr<float>();
  const auto sums = sharedSums<2>(w.numel(), [&](int64_t begin, int64_t end, double* out) {
    rowKernels().squareSums(begin, end, wAt, gAt, static_cast<float>(decay), out);
  });
  return {std::sqrt(sums[0]), std::sqrt(sums[1])};
}

// What LARS and LARC make of one layer: push = g * gradient + w * weight.
struct Scales {
  double gradient, weight;
};

// The step that LARS and LARC share. `scalesOf(i, w, g)` gives one layer's scales, `rate` is what momentum is multiplied by.
template <typename F>
void layerwise(Call& c, const Handles& variables, const Handles& gradients, const Handles& momenta, double momentum, double rate,
               bool nesterov, F scalesOf) {
  for (size_t i = 0; i < variables.size(); ++i) {
    const at::Tensor g0 = c.table().get(gradients[i]), w = writable(c, variables[i]);
    const at::Tensor m = slotLike(c, momenta[i], w), g = gradientLike(g0, w);
    const Scales scales = scalesOf(i, w, g);
    float *wAt = w.data_ptr<float>(), *mAt = m.data_ptr<float>();
    const float* gAt = g.const_data_ptr<float>();
    at::parallel_for(0, w.numel(), kGrain, [&](int64_t begin, int64_t end) {
      rowKernels().scaledMomentum(begin, end, wAt, gAt, mAt, static_cast<float>(scales.gradient), static_cast<float>(scales.weight),
                                  static_cast<float>(momentum), static_cast<float>(rate), nesterov);
    });
  }
}

struct LayerwiseCall {
  Handles variables, gradients, momenta;
  LayerwiseOptions options;
};
// Arguments 0..7: variables, gradients, momenta, learningRate, momentum, trust, weightDecay and adapted (0 or 1) per variable.
LayerwiseCall layerwiseCall(Call& c) {
  LayerwiseCall call{c.numbers(0), c.numbers(1), c.numbers(2), {c.number(3), c.number(4), c.number(5), false, c.numbers(6), c.numbers(7)}};
  checkCounts(call.variables.size(),
              {call.gradients.size(), call.momenta.size(), call.options.decay.size(), call.options.adapted.size()});
  checkAll(c, call.variables, call.gradients, {&call.momenta});
  return call;
}

// lars(.. as layerwiseCall, nesterov)
napi_value lars(Call& c) {
  auto [variables, gradients, momenta, o] = layerwiseCall(c);
  o.nesterov = c.boolean(8);
  if (!byRows(c, variables)) {
    OptimizerLists lists = listsOf(c, variables, gradients, momenta, {});
    larsLists(lists, o);
    return c.nothing();
  }
  const auto& options = o;
  layerwise(c, variables, gradients, momenta, o.momentum, 1, o.nesterov, [&](size_t i, const at::Tensor& w, const at::Tensor& g) -> Scales {
    if (options.adapted[i] == 0) return {options.learningRate, options.learningRate * options.decay[i]};
    const Norms norms = normsOf(w, g, options.decay[i]);
    const double ratio = norms.w > 0 && norms.g > 0 ? options.trust * norms.w / norms.g : 1;
    return {options.learningRate * ratio, options.learningRate * ratio * options.decay[i]};
  });
  return c.nothing();
}

// larc(.. as layerwiseCall, epsilon, clip)
napi_value larc(Call& c) {
  const auto [variables, gradients, momenta, o] = layerwiseCall(c);
  const double epsilon = c.number(8);
  const bool clip = c.boolean(9);
  if (!byRows(c, variables)) {
    OptimizerLists lists = listsOf(c, variables, gradients, momenta, {});
    larcLists(lists, o, epsilon, clip);
    return c.nothing();
  }
  const auto& options = o;
  layerwise(c, variables, gradients, momenta, o.momentum, o.learningRate, false, [&](size_t i, const at::Tensor& w, const at::Tensor& g) -> Scales {
    if (options.adapted[i] == 0) return {1, options.decay[i]};
    const Norms norms = normsOf(w, g, 0);
    if (!(norms.w > 0 && norms.g > 0)) return {1, 0};
    double ratio = options.trust * norms.w / (norms.g + options.decay[i] * norms.w + epsilon);
    if (clip) ratio = options.learningRate > 0 ? std::min(ratio / options.learningRate, 1.0) : 1;
    return {ratio, ratio * options.decay[i]};
  });
  return c.nothing();
}

// adamw(variables, gradients, first moments, second moments, learningRate, beta1, beta2, epsilon, weightDecay, step per variable)
napi_value adamw(Call& c) {
  const auto variables = c.numbers(0), gradients = c.numbers(1), first = c.numbers(2), second = c.numbers(3);
  const auto decay = c.numbers(8), steps = c.numbers(9);
  checkCounts(variables.size(), {gradients.size(), first.size(), second.size(), decay.size(), steps.size()});
  checkAll(c, variables, gradients, {&first, &second});
  for (double step : steps)
    if (!(step >= 1)) throw CodedError(kBadArgument, "step numbers start at 1");
  const double rate = c.number(4), beta1 = c.number(5), beta2 = c.number(6), epsilon = c.number(7);
  if (!byRows(c, variables)) {
    OptimizerLists lists = listsOf(c, variables, gradients, first, second);
    adamwLists(lists, rate, beta1, beta2, epsilon, decay, steps);
    return c.nothing();
  }
  for (size_t i = 0; i < variables.size(); ++i) {
    const at::Tensor g0 = c.table().get(gradients[i]);
    const at::Tensor w = writable(c, variables[i]);
    const at::Tensor m = slotLike(c, first[i], w), v = slotLike(c, second[i], w), g = gradientLike(g0, w);
    const auto stepSize = static_cast<float>(rate / (1 - std::pow(beta1, steps[i])));
    const auto root = static_cast<float>(std::sqrt(1 - std::pow(beta2, steps[i])));
    float *wAt = w.data_ptr<float>(), *mAt = m.data_ptr<float>(), *vAt = v.data_ptr<float>();
    const float* gAt = g.const_data_ptr<float>();
    at::parallel_for(0, w.numel(), kGrain, [&](int64_t begin, int64_t end) {
      rowKernels().adamw(begin, end, wAt, gAt, mAt, vAt, static_cast<float>(1 - rate * decay[i]), static_cast<float>(1 - beta1),
                         static_cast<float>(beta2), static_cast<float>(1 - beta2), stepSize, root, static_cast<float>(epsilon));
    });
  }
  return c.nothing();
}

// momentumAverage(targets, sources, momentum): target = momentum * target + (1 - momentum) * source, in place
napi_value momentumAverage(Call& c) {
  const auto targets = c.numbers(0), sources = c.numbers(1);
  const double momentum = c.number(2);
  checkCounts(targets.size(), {sources.size()});
  for (size_t i = 0; i < targets.size(); ++i) {
    const at::Tensor& target = c.table().get(targets[i]);
    checkFloat(target);
    checkFloat(c.table().get(sources[i]));
    checkSame(c.table().get(sources[i]), target, "source");
  }
  OptimizerLists lists;
  for (size_t i = 0; i < targets.size(); ++i) {
    const at::Tensor source = c.table().get(sources[i]);
    // The target takes its source's memory order once, rather than reordering the source at every step.
    lists.w.push_back(flat(source) ? slotLike(c, targets[i], source) : writable(c, targets[i]));
    lists.g.push_back(gradientLike(source, lists.w.back()));
  }
  if (!byRows(c, targets)) {
    momentumAverageLists(lists, 1 - momentum);
    return c.nothing();
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    float* target = lists.w[i].data_ptr<float>();
    const float* source = lists.g[i].const_data_ptr<float>();
    at::parallel_for(0, lists.w[i].numel(), kGrain, [&](int64_t begin, int64_t end) {
      rowKernels().momentumAverage(begin, end, target, source, static_cast<float>(momentum), static_cast<float>(1 - momentum));
    });
  }
  return c.nothing();
}

// globalNorm(tensors): the Euclidean norm of all entries together, a scalar tensor
napi_value globalNorm(Call& c) {
  std::vector<at::Tensor> tensors = c.tensors(0);
  if (tensors.empty()) return c.give(at::zeros({}, at::kFloat));
  for (auto& t : tensors) t = t.to(at::kFloat);
  if (!std::all_of(tensors.begin(), tensors.end(), useRowKernels)) return c.give(globalNormOfList(tensors));
  double sum = 0;
  for (const auto& t : tensors) {
    const at::Tensor x = flat(t) ? t : t.contiguous();
    const float* at = x.const_data_ptr<float>();
    sum += sharedSums<1>(x.numel(), [&](int64_t begin, int64_t end, double* out) { *out += rowKernels().squareSum(begin, end, at); })[0];
  }
  return c.give(at::full({}, std::sqrt(sum), at::kFloat));
}

}  // namespace

#define NAMED(name) {#name, name}

void addOptimizerOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(sgd), NAMED(lars), NAMED(larc), NAMED(adamw), NAMED(momentumAverage), NAMED(globalNorm)});
}

}  // namespace tessera
