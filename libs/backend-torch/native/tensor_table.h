// Handles that JavaScript holds in place of tensors.
#pragma once

#include <memory>

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

  /** Tensors that a graph may use; they must not be freed before it. */
  struct Keeper {
    uint64_t before;  // of slots made earlier than this
    std::vector<at::Tensor> tensors;
  };
  /**
   * While the keeper lives, tensors made before this call that are dropped go to it. Until endCapture none of them may move to other
   * memory: a graph would go on reading the old numbers.
   */
  std::shared_ptr<Keeper> beginCapture();
  void endCapture();
  void dropHalves();
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
    uint64_t serial = 0;
  };
  void retire(const Slot& s, const at::Tensor& tensor);
  void requireInPlace(const Slot& s, const at::Tensor& tensor) const;
  const Slot& slot(double handle) const;
  Slot& slot(double handle) { return const_cast<Slot&>(static_cast<const TensorTable*>(this)->slot(handle)); }

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  int64_t live_ = 0;
  uint64_t made_ = 0;
  uint64_t captureBefore_ = 0;  // 0: no capture
  std::vector<std::weak_ptr<Keeper>> keepers_;
};

}  // namespace tessera
