#include "call.h"

#include <cmath>

#include "accelerator.h"
#include "memory_limit.h"

namespace tessera {

Call::Call(napi_env env, napi_callback_info info, TensorTable& table) : env_(env), table_(table) {
  napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr);
  if (count_ > kMaxArguments) throw CodedError(kBadArgument, "too many arguments");
}

void Call::check(napi_status status, size_t i, const char* expected) const {
  if (status != napi_ok) throw CodedError(kBadArgument, "argument " + std::to_string(i) + " is not " + expected);
}

bool Call::has(size_t i) const {
  if (i >= count_) return false;
  napi_valuetype type;
  check(napi_typeof(env_, values_[i], &type), i, "a value");
  return type != napi_undefined && type != napi_null;
}

double Call::number(size_t i) const {
  double out = 0;
  check(i < count_ ? napi_get_value_double(env_, values_[i], &out) : napi_invalid_arg, i, "a number");
  return out;
}

bool Call::boolean(size_t i) const {
  bool out = false;
  check(i < count_ ? napi_get_value_bool(env_, values_[i], &out) : napi_invalid_arg, i, "a boolean");
  return out;
}

std::string Call::text(size_t i) const {
  size_t length = 0;
  check(i < count_ ? napi_get_value_string_utf8(env_, values_[i], nullptr, 0, &length) : napi_invalid_arg, i, "a string");
  std::string out(length, '\0');
  check(napi_get_value_string_utf8(env_, values_[i], &out[0], length + 1, &length), i, "a string");
  return out;
}

std::vector<double> Call::numbers(size_t i) const {
  uint32_t length = 0;
  check(i < count_ ? napi_get_array_length(env_, values_[i], &length) : napi_invalid_arg, i, "an array of numbers");
  // A sparse array may claim 2^32 - 1 elements and have none.
  if (length > kMaxElements) throw CodedError(kBadArgument, "argument " + std::to_string(i) + " has more than 16777216 numbers");
  std::vector<double> out(length);
  for (uint32_t j = 0; j < length; ++j) {
    napi_value item;
    check(napi_get_element(env_, values_[i], j, &item), i, "an array of numbers");
    check(napi_get_value_double(env_, item, &out[j]), i, "an array of numbers");
  }
  return out;
}

namespace {
// A double outside int64 has no defined conversion; beyond 2^53 it is no exact size, and sums of sizes stay far from an overflow.
int64_t integral(double value, size_t i) {
  if (!(value >= -9007199254740992.0 && value <= 9007199254740992.0) || std::trunc(value) != value)
    throw CodedError(kBadArgument, "argument " + std::to_string(i) + " is not an integer");
  return static_cast<int64_t>(value);
}
}  // namespace

int64_t Call::integer(size_t i) const { return integral(number(i), i); }

std::vector<int64_t> Call::integers(size_t i) const {
  const std::vector<double> values = numbers(i);
  std::vector<int64_t> out(values.size());
  for (size_t j = 0; j < values.size(); ++j) out[j] = integral(values[j], i);
  return out;
}

std::vector<int64_t> Call::integers(size_t i, size_t length) const {
  auto out = integers(i);
  if (out.size() != length)
    throw CodedError(kBadArgument, "argument " + std::to_string(i) + " has " + std::to_string(out.size()) + " numbers instead of " +
                                       std::to_string(length));
  return out;
}

int64_t Call::axis(size_t i, int64_t rank) const {
  const int64_t axis = integer(i), from0 = axis < 0 ? axis + rank : axis;
  if (from0 < 0 || from0 >= rank)
    throw CodedError(kBadArgument, "axis " + std::to_string(axis) + " of a tensor with " + std::to_string(rank) + " axes");
  return from0;
}

at::Tensor Call::full(size_t i) const { return widen(tensor(i)); }

at::Tensor Call::float32(size_t i) const { return tensor(i).to(at::kFloat); }

c10::optional<at::Tensor> Call::optional(size_t i) const {
  if (!has(i)) return c10::nullopt;
  return tensor(i);
}

std::vector<at::Tensor> Call::tensors(size_t i) const {
  const std::vector<double> handles = numbers(i);
  std::vector<at::Tensor> out;
  out.reserve(handles.size());
  for (double h : handles) out.push_back(table_.get(h));
  return out;
}

Call::Memory Call::memory(size_t i) const {
  bool typed = false;
  check(i < count_ ? napi_is_typedarray(env_, values_[i], &typed) : napi_invalid_arg, i, "a typed array");
  if (!typed) throw CodedError(kBadArgument, "argument " + std::to_string(i) + " is not a typed array");
  Memory out{};
  check(napi_get_typedarray_info(env_, values_[i], &out.type, &out.length, &out.data, nullptr, nullptr), i, "a typed array");
  return out;
}

napi_value Call::giveNumber(double value) {
  napi_value out = nullptr;
  napi_create_double(env_, value, &out);
  return out;
}

namespace {
// An expanded tensor may claim more elements than any memory holds: nothing could ever be done with it.
void checkBytes(const at::Tensor& t) {
  int64_t bytes = static_cast<int64_t>(t.element_size());
  bool fits = true;
  for (int64_t size : t.sizes()) fits = fits && !__builtin_mul_overflow(bytes, std::max<int64_t>(1, size), &bytes);
  if (!fits || (t.is_cpu() && static_cast<uint64_t>(bytes) > memoryLimit()))
    throw CodedError(kOutOfMemory, "a result of the shape " + textOf(t.sizes()) + " does not fit into memory");
}
}  // namespace

napi_value Call::give(at::Tensor tensor) {
  checkBytes(tensor);
  return giveNumber(table_.add(std::move(tensor)));
}

napi_value Call::give(std::vector<at::Tensor> tensors) {
  for (const auto& t : tensors) checkBytes(t);
  std::vector<double> handles;
  handles.reserve(tensors.size());
  for (auto& t : tensors) handles.push_back(table_.add(std::move(t)));
  return giveNumbers(handles);
}

napi_value Call::giveNumbers(const std::vector<double>& values) {
  napi_value out = nullptr;
  napi_create_array_with_length(env_, values.size(), &out);
  for (size_t i = 0; i < values.size(); ++i) napi_set_element(env_, out, static_cast<uint32_t>(i), giveNumber(values[i]));
  return out;
}

napi_value Call::giveText(const std::string& value) {
  napi_value out = nullptr;
  napi_create_string_utf8(env_, value.c_str(), value.size(), &out);
  return out;
}

napi_value Call::nothing() {
  napi_value out = nullptr;
  napi_get_undefined(env_, &out);
  return out;
}

int64_t product(at::IntArrayRef shape) {
  int64_t n = 1;
  for (int64_t d : shape)
    if (d < 0 || __builtin_mul_overflow(n, d, &n))
      throw CodedError(kBadArgument, "the shape " + textOf(shape) + " has a negative size or more elements than can be counted");
  return n;
}

std::string textOf(at::IntArrayRef shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) out += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return out + "]";
}

at::ScalarType dtypeOf(int64_t code) {
  switch (code) {
    case 0: return at::kFloat;
    case 1: return at::kInt;
    case 2: return at::kBool;
    case 3: return at::kBFloat16;
    case 4: return at::kComplexFloat;
    default: throw CodedError(kBadArgument, "unknown dtype code " + std::to_string(code));
  }
}

at::ScalarType elementType(napi_typedarray_type type) {
  switch (type) {
    case napi_float32_array: return at::kFloat;
    case napi_float64_array: return at::kDouble;
    case napi_int32_array: return at::kInt;
    case napi_int16_array: return at::kShort;
    case napi_int8_array: return at::kChar;
    case napi_uint8_array:
    case napi_uint8_clamped_array: return at::kByte;
    default: throw CodedError(kBadArgument, "unsupported typed array");
  }
}

at::Device deviceOf(int64_t code) {
  if (code < 0) return at::Device(at::kCPU);
  if (code > 127) throw CodedError(kNoDevice, "there is no device " + std::to_string(code));
  return at::Device(acceleratorType(), static_cast<c10::DeviceIndex>(code));
}

}  // namespace tessera
