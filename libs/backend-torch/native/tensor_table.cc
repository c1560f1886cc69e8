#include "tensor_table.h"

#include <cmath>

#include "errors.h"

namespace tessera {
namespace {
constexpr double kGeneration = 16777216.0;  // 2^24 indices
constexpr uint32_t kGenerationMask = (1u << 28) - 1;
}  // namespace

double TensorTable::add(at::Tensor tensor) {
  uint32_t index;
  if (free_.empty()) {
    index = static_cast<uint32_t>(slots_.size());
    if (index >= static_cast<uint32_t>(kGeneration)) throw CodedError(kOutOfMemory, "more than 16777216 live tensors");
    slots_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Slot& s = slots_[index];
  s.tensor = std::move(tensor);
  ++live_;
  return index + s.generation * kGeneration;
}

const TensorTable::Slot& TensorTable::slot(double handle) const {
  if (handle >= 0 && handle < 9007199254740992.0 && std::floor(handle) == handle) {
    const double generation = std::floor(handle / kGeneration);
    const auto index = static_cast<size_t>(handle - generation * kGeneration);
    if (index < slots_.size()) {
      const Slot& s = slots_[index];
      if (s.generation == static_cast<uint32_t>(generation) && s.tensor.defined()) return s;
    }
  }
  throw CodedError(kBadHandle, "no tensor has handle " + std::to_string(handle) + "; it was freed or never made");
}

const at::Tensor& TensorTable::get(double handle) const { return slot(handle).tensor; }

const at::Tensor& TensorTable::half(double handle) {
  Slot& s = slot(handle);
  if (s.tensor.scalar_type() == at::kBFloat16) return s.tensor;
  if (!s.half.defined()) s.half = s.tensor.to(at::kBFloat16);
  return s.half;
}

void TensorTable::relayout(double handle, at::Tensor tensor) { slot(handle).tensor = std::move(tensor); }

void TensorTable::update(double handle, at::Tensor tensor) {
  Slot& s = slot(handle);
  s.tensor = std::move(tensor);
  s.half = at::Tensor();
}

bool TensorTable::owned(double handle) const {
  const at::Tensor& t = slot(handle).tensor;
  return t.use_count() == 1 && t.storage().use_count() == 1;
}

void TensorTable::release(double handle) {
  Slot& s = slot(handle);
  s.tensor = at::Tensor();
  s.half = at::Tensor();
  s.generation = (s.generation + 1) & kGenerationMask;
  const double generation = std::floor(handle / kGeneration);
  free_.push_back(static_cast<uint32_t>(handle - generation * kGeneration));
  --live_;
}

void TensorTable::releaseAll() {
  for (size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].tensor.defined()) release(static_cast<double>(i) + slots_[i].generation * kGeneration);
}

}  // namespace tessera
