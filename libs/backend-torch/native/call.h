// One call from JavaScript: typed access to its arguments and to its results.
#pragma once

#include <node_api.h>

#include "aten.h"
#include "errors.h"
#include "tensor_table.h"

namespace tessera {

class Call {
 public:
  static constexpr size_t kMaxArguments = 16;
  static constexpr uint32_t kMaxElements = 1u << 24;
  Call(napi_env env, napi_callback_info info, TensorTable& table);

  TensorTable& table() { return table_; }
  bool has(size_t i) const;
  double number(size_t i) const;
  int64_t integer(size_t i) const;
  bool boolean(size_t i) const;
  std::string text(size_t i) const;
  std::vector<int64_t> integers(size_t i) const;
  /** The same, of exactly `length` numbers. */
  std::vector<int64_t> integers(size_t i, size_t length) const;
  /** An axis of a tensor of this rank; negative ones count from the end. */
  int64_t axis(size_t i, int64_t rank) const;
  std::vector<double> numbers(size_t i) const;

  double handle(size_t i) const { return number(i); }
  const at::Tensor& tensor(size_t i) const { return table_.get(number(i)); }
  /** The tensor as float32 if it is bfloat16, else as it is. */
  at::Tensor full(size_t i) const;
  /** The tensor as float32, whatever it was. */
  at::Tensor float32(size_t i) const;
  c10::optional<at::Tensor> optional(size_t i) const;
  std::vector<at::Tensor> tensors(size_t i) const;

  /** The memory of a typed array argument; its length in bytes and its element type. */
  struct Memory {
    void* data;
    size_t length;
    napi_typedarray_type type;
  };
  Memory memory(size_t i) const;

  napi_value give(at::Tensor tensor);
  napi_value give(std::vector<at::Tensor> tensors);
  napi_value giveNumber(double value);
  napi_value giveNumbers(const std::vector<double>& values);
  napi_value giveText(const std::string& value);
  napi_env env() const { return env_; }
  napi_value value(size_t i) const { return values_[i]; }
  napi_value nothing();

 private:
  void check(napi_status status, size_t i, const char* expected) const;
  napi_env env_;
  size_t count_ = kMaxArguments;
  napi_value values_[kMaxArguments];
  TensorTable& table_;
};

using Operation = napi_value (*)(Call&);
struct NamedOperation {
  const char* name;
  Operation run;
};
using Operations = std::vector<NamedOperation>;

void addMemoryOperations(Operations& ops);
void addAsyncReadOperations(Operations& ops);
void addDeviceOperations(Operations& ops);
void addGraphOperations(Operations& ops);
void addUnaryOperations(Operations& ops);
void addBinaryOperations(Operations& ops);
void addReduceOperations(Operations& ops);
void addShapeOperations(Operations& ops);
void addIndexOperations(Operations& ops);
void addComplexOperations(Operations& ops);
void addMatmulOperations(Operations& ops);
void addConvOperations(Operations& ops);
void addConv3dOperations(Operations& ops);
void addPoolOperations(Operations& ops);
void addWindowOperations(Operations& ops);
void addImageOperations(Operations& ops);
void addBatchNormOperations(Operations& ops);
void addOptimizerOperations(Operations& ops);
void addLossOperations(Operations& ops);
void addAttentionOperations(Operations& ops);

/** The number of elements. Throws where a size is negative or the product overflows. */
int64_t product(at::IntArrayRef shape);
/** "[2, 3]", for messages */
std::string textOf(at::IntArrayRef shape);

inline bool isHalf(const at::Tensor& t) { return t.scalar_type() == at::kBFloat16; }
/** Complex numbers as pairs of floats along a further axis; others as they are. */
inline at::Tensor asPairs(const at::Tensor& t) { return t.is_complex() ? at::view_as_real(t.resolve_conj()) : t; }
inline at::Tensor widen(const at::Tensor& t) { return isHalf(t) ? t.to(at::kFloat) : t; }

/** Dtype codes shared with src/native.ts. */
at::ScalarType dtypeOf(int64_t code);
at::ScalarType elementType(napi_typedarray_type type);
/** Device codes shared with src/native.ts: -1 is the CPU, n is device n of the accelerator. */
at::Device deviceOf(int64_t code);

}  // namespace tessera
