#include "tensor_table.h"

#include <algorithm>
#include <cmath>

#include "errors.h"
#include "half_copies.h"

namespace tessera {
namespace {
constexpr double kGeneration = 16777216.0;  // 2^24 indices
constexpr uint32_t kGenerationMask = (1u << 28) - 1;
thread_local int64_t copies = 0;  // a table belongs to one thread
}  // namespace

int64_t halfCopies() { return copies; }

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
  s.serial = ++made_;
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
  if (!s.half.defined()) {
    s.half = s.tensor.to(at::kBFloat16);
    ++copies;
  }
  return s.half;
}

void TensorTable::retire(const Slot& s, const at::Tensor& tensor) {
  if (keepers_.empty() || !tensor.defined()) return;
  for (const auto& each : keepers_)
    if (const auto keeper = each.lock(); keeper && s.serial < keeper->before) keeper->tensors.push_back(tensor);
}

void TensorTable::requireInPlace(const Slot& s, const at::Tensor& tensor) const {
  if (s.serial < captureBefore_ && !tensor.is_same(s.tensor))
    throw CodedError(kCapture, "a tensor would move to other memory while a graph is recorded: run the step once more before");
}

void TensorTable::relayout(double handle, at::Tensor tensor) {
  Slot& s = slot(handle);
  requireInPlace(s, tensor);
  retire(s, s.tensor);
  s.tensor = std::move(tensor);
}

void TensorTable::update(double handle, at::Tensor tensor) {
  Slot& s = slot(handle);
  requireInPlace(s, tensor);
  if (!tensor.is_same(s.tensor)) retire(s, s.tensor);
  retire(s, s.half);
  s.tensor = std::move(tensor);
  s.half = at::Tensor();
}

std::shared_ptr<TensorTable::Keeper> TensorTable::beginCapture() {
  dropHalves();  // a copy made now would never follow its weight
  keepers_.erase(std::remove_if(keepers_.begin(), keepers_.end(), [](const auto& each) { return each.expired(); }), keepers_.end());
  captureBefore_ = ++made_;
  auto keeper = std::make_shared<Keeper>(Keeper{captureBefore_, {}});
  keepers_.push_back(keeper);
  return keeper;
}

void TensorTable::endCapture() {
  captureBefore_ = 0;
  dropHalves();  // those made in a recording hold nothing before the first replay
}

void TensorTable::dropHalves() {
  for (Slot& s : slots_) {
    if (s.tensor.defined()) retire(s, s.half);
    s.half = at::Tensor();
  }
}

bool TensorTable::owned(double handle) const {
  const at::Tensor& t = slot(handle).tensor;
  return t.use_count() == 1 && t.storage().use_count() == 1;
}

void TensorTable::release(double handle) {
  Slot& s = slot(handle);
  retire(s, s.tensor);
  retire(s, s.half);
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
