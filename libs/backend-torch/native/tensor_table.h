// Handles that JavaScript holds in place of tensors.
#pragma once

#include "aten.h"

namespace tessera {

/**
 * Tensors of one JavaScript environment (a worker thread has its own table). A handle is index + generation * 2^24, an
 * exact double, so that a handle used after its tensor was freed is an error and not somebody else's tensor.
 */
class TensorTable {
 public:
  double add(at::Tensor tensor);
  const at::Tensor& get(double handle) const;
  /** The tensor in bfloat16; a copy of a float32 tensor is kept until the tensor changes or is freed. */
  const at::Tensor& half(double handle);
  /** Puts another tensor of equal value behind a handle (a change of memory layout); cached copies stay. */
  void relayout(double handle, at::Tensor tensor);
  /** Puts a tensor of a new value behind a handle and drops cached copies. */
  void update(double handle, at::Tensor tensor);
  /** True if nobody else can see this tensor's memory. */
  bool owned(double handle) const;
  void release(double handle);
  /** Frees every tensor; their handles stay invalid. */
  void releaseAll();
  int64_t live() const { return live_; }
  /** True while a call of the addon runs in this environment. */
  bool busy = false;

 private:
  struct Slot {
    at::Tensor tensor;
    at::Tensor half;
    uint32_t generation = 0;
  };
  const Slot& slot(double handle) const;
  Slot& slot(double handle) { return const_cast<Slot&>(static_cast<const TensorTable*>(this)->slot(handle)); }

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  int64_t live_ = 0;
};

}  // namespace tessera
