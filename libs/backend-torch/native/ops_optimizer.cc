// Optimizer steps in place, over all variables in one call.
#include "call.h"
#include "row_kernels.h"

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
  if (slot.strides() == w.strides()) return slot;
  at::Tensor ordered = at::empty_strided(w.sizes(), w.strides(), w.options()).copy_(slot);
  c.table().update(handle, ordered);
  return ordered;
}

at::Tensor gradientLike(const at::Tensor& g, const at::Tensor& w) {
  if (flat(g) && g.strides() == w.strides()) return g;
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

// adamw(variables, gradients, first moments, second moments, learningRate, beta1, beta2, epsilon, weightDecay, step per variable)
napi_value adamw(Call& c) {
  const auto variables = c.numbers(0), gradients = c.numbers(1), first = c.numbers(2), second = c.numbers(3);
  const auto decay = c.numbers(8), steps = c.numbers(9);
  checkCounts(variables.size(), {gradients.size(), first.size(), second.size(), decay.size(), steps.size()});
  checkAll(c, variables, gradients, {&first, &second});
  for (double step : steps)
    if (!(step >= 1)) throw CodedError(kBadArgument, "step numbers start at 1");
  const double rate = c.number(4), beta1 = c.number(5), beta2 = c.number(6), epsilon = c.number(7);
  for (size_t i = 0; i < variables.size(); ++i) {
    const at::Tensor g0 = c.table().get(gradients[i]);
    const at::Tensor w = writable(c, variables[i]);
    const at::Tensor m = slotLike(c, first[i], w), v = slotLike(c, second[i], w), g = gradientLike(g0, w);
    const auto stepSize = static_cast<float>(rate / (1 - std::pow(beta1, steps[i])));
    const auto root = static_cast<float>(std::sqrt(1 - std::pow(beta2, steps[i])));
    float *wAt = w.data_ptr<float>(), *mAt = m.data_ptr<float>(), *vAt = v.data_ptr<float>();
    const float* gAt = g.const_data_ptr<float>();
    at::parallel_for(0, w.numel(), kGrain, [&](int64_t begin, int64_t end) {
      rowKernels().adamw(begin, end, wAt, gAt, mAt, vAt, static_cast<float>(1 - rate * decay[i]), static_cast<float>(beta1),
                         static_cast<float>(beta2), stepSize, root, static_cast<float>(epsilon));
    });
  }
  return c.nothing();
}

}  // namespace

void addOptimizerOperations(Operations& ops) { ops.insert(ops.end(), {{"sgd", sgd}, {"adamw", adamw}}); }

}  // namespace tessera
