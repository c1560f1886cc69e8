// Tensors in and out, and the life of a handle.
#include <torch/version.h>

#include <cstring>

#include "allocator.h"
#include "call.h"
#include "device_paths.h"

namespace tessera {
namespace {

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

int64_t product(const std::vector<int64_t>& shape) {
  int64_t n = 1;
  for (int64_t d : shape)
    if (d < 0 || __builtin_mul_overflow(n, d, &n)) throw CodedError(kBadArgument, "a shape with a negative or an overflowing size");
  return n;
}

// fromMemory(values: TypedArray, shape, dtype, device)
napi_value fromMemory(Call& c) {
  const auto memory = c.memory(0);
  const auto shape = c.integers(1);
  const auto dtype = dtypeOf(c.integer(2));
  if (static_cast<int64_t>(memory.length) != product(shape))
    throw CodedError(kBadArgument, std::to_string(memory.length) + " values do not fill the shape");
  const auto type = elementType(memory.type);
  if (memory.length == 0) return c.give(at::empty(shape, at::TensorOptions(dtype).device(deviceOf(c.integer(3)))));
  if (type == at::kByte && dtype == at::kBool) {
    at::Tensor out = at::empty(shape, dtype);
    const auto* from = static_cast<const uint8_t*>(memory.data);
    auto* to = static_cast<bool*>(out.data_ptr());
    for (size_t i = 0; i < memory.length; ++i) to[i] = from[i] != 0;
    return c.give(out.to(deviceOf(c.integer(3))));
  }
  // copy=true: the JavaScript memory must not be referenced after this call.
  return c.give(at::from_blob(memory.data, shape, type).to(deviceOf(c.integer(3)), dtype, false, true));
}

// read(handle, into: Float32Array | Int32Array | Uint8Array)
napi_value read(Call& c) {
  const at::Tensor& tensor = c.tensor(0);
  const auto memory = c.memory(1);
  if (static_cast<int64_t>(memory.length) != tensor.numel())
    throw CodedError(kBadArgument, "the typed array has " + std::to_string(memory.length) + " elements, the tensor " +
                                       std::to_string(tensor.numel()));
  if (memory.length == 0) return c.nothing();
  const auto type = memory.type == napi_uint8_array && tensor.scalar_type() == at::kBool ? at::kBool : elementType(memory.type);
  at::from_blob(memory.data, tensor.sizes(), type).copy_(tensor);
  return c.nothing();
}

napi_value release(Call& c) {
  for (double handle : c.numbers(0)) c.table().release(handle);
  return c.nothing();
}

napi_value live(Call& c) { return c.giveNumber(static_cast<double>(c.table().live())); }

napi_value shape(Call& c) {
  const auto sizes = c.tensor(0).sizes();
  return c.giveNumbers(std::vector<double>(sizes.begin(), sizes.end()));
}

napi_value dtype(Call& c) { return c.giveText(c10::toString(c.tensor(0).scalar_type())); }

napi_value isContiguous(Call& c) { return c.giveNumber(c.tensor(0).is_contiguous() ? 1 : 0); }

napi_value setThreads(Call& c) {
  at::set_num_threads(static_cast<int>(c.integer(0)));
  return c.nothing();
}
napi_value threads(Call& c) { return c.giveNumber(at::get_num_threads()); }
napi_value version(Call& c) { return c.giveText(TORCH_VERSION); }
napi_value cacheBytes(Call& c) { return c.giveNumber(static_cast<double>(cachedBytes())); }
napi_value cacheLimitBytes(Call& c) { return c.giveNumber(static_cast<double>(cacheLimit())); }
napi_value emptyCache(Call& c) {
  releaseCachedBlocks();
  return c.nothing();
}

// setGenericPaths(on): returns what it was before
napi_value genericPaths(Call& c) { return c.giveNumber(setGenericPaths(c.boolean(0)) ? 1 : 0); }

}  // namespace

void addMemoryOperations(Operations& ops) {
  ops.insert(ops.end(), {{"fromMemory", fromMemory},
                         {"read", read},
                         {"release", release},
                         {"live", live},
                         {"shape", shape},
                         {"dtype", dtype},
                         {"isContiguous", isContiguous},
                         {"setThreads", setThreads},
                         {"threads", threads},
                         {"version", version},
                         {"cacheBytes", cacheBytes},
                         {"cacheLimit", cacheLimitBytes},
                         {"emptyCache", emptyCache},
                         {"setGenericPaths", genericPaths}});
}

}  // namespace tessera
