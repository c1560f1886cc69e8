// Tensors in and out, and the life of a handle.
#include <torch/version.h>

#include <cstring>

#include "allocator.h"
#include "call.h"
#include "graph.h"
#include "half_copies.h"
#include "upload.h"

namespace tessera {
namespace {

// fromMemory(values: TypedArray, shape, dtype, device); complex numbers are pairs of floats
napi_value fromMemory(Call& c) {
  const auto shape = c.integers(1);
  const auto dtype = dtypeOf(c.integer(2));
  const auto memory = c.memory(0);  // last: reading the shape may run a getter that takes the memory away
  const bool pairs = dtype == at::kComplexFloat;
  if (static_cast<int64_t>(memory.length) % (pairs ? 2 : 1) != 0 || static_cast<int64_t>(memory.length) / (pairs ? 2 : 1) != product(shape))
    throw CodedError(kBadArgument, std::to_string(memory.length) + " values do not fill the shape");
  const auto type = elementType(memory.type);
  const at::Device device = deviceOf(c.integer(3));
  if (memory.length == 0) return c.give(at::empty(shape, at::TensorOptions(dtype).device(device)));
  if (pairs) {
    std::vector<int64_t> twice = shape;
    twice.push_back(2);
    return c.give(at::view_as_complex(device.is_cpu() ? at::from_blob(memory.data, twice, type).to(at::kFloat, false, true)
                                                      : upload(memory.data, twice, type, at::kFloat, device)));
  }
  if (!device.is_cpu()) return c.give(upload(memory.data, shape, type, dtype, device));
  if (type == at::kByte && dtype == at::kBool) {
    at::Tensor out = at::empty(shape, dtype);
    const auto* from = static_cast<const uint8_t*>(memory.data);
    auto* to = static_cast<bool*>(out.data_ptr());
    for (size_t i = 0; i < memory.length; ++i) to[i] = from[i] != 0;
    return c.give(out);
  }
  // copy=true: the JavaScript memory must not be referenced after this call.
  return c.give(at::from_blob(memory.data, shape, type).to(dtype, false, true));
}

// read(handle, into: Float32Array | Int32Array | Uint8Array)
napi_value read(Call& c) {
  const at::Tensor tensor = asPairs(c.tensor(0));
  const auto memory = c.memory(1);
  if (static_cast<int64_t>(memory.length) != tensor.numel())
    throw CodedError(kBadArgument, "the typed array has " + std::to_string(memory.length) + " elements, the tensor " +
                                       std::to_string(tensor.numel()));
  if (memory.length == 0) return c.nothing();
  if (!tensor.is_cpu()) requireNotCapturing("a read");
  const auto type = memory.type == napi_uint8_array && tensor.scalar_type() == at::kBool ? at::kBool : elementType(memory.type);
  at::from_blob(memory.data, tensor.sizes(), type).copy_(tensor);
  return c.nothing();
}

napi_value release(Call& c) {
  std::exception_ptr first;  // a bad handle does not keep the others
  for (double handle : c.numbers(0)) {
    try {
      c.table().release(handle);
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
  return c.nothing();
}

// releaseAll(): the end of a backend
napi_value releaseAll(Call& c) {
  c.table().releaseAll();
  return c.nothing();
}

bool sameKind(at::ScalarType now, at::ScalarType claimed) { return now == claimed || (now == at::kBFloat16 && claimed == at::kFloat); }

// claim(x, shape, dtype): x has this shape, else an error; if its type is another (and not bfloat16 for float32) it is converted
napi_value claim(Call& c) {
  const double handle = c.handle(0);
  const auto shape = c.integers(1);
  const auto dtype = dtypeOf(c.integer(2));
  const at::Tensor& now = c.table().get(handle);
  if (now.sizes() != at::IntArrayRef(shape))
    throw CodedError(kBadArgument, "the result has the shape " + textOf(now.sizes()) + ", expected " + textOf(shape));
  if (!sameKind(now.scalar_type(), dtype)) c.table().update(handle, now.to(dtype));
  return c.nothing();
}

napi_value live(Call& c) { return c.giveNumber(static_cast<double>(c.table().live())); }

napi_value copiesToHalf(Call& c) { return c.giveNumber(static_cast<double>(halfCopies())); }

napi_value shape(Call& c) {
  const auto sizes = c.tensor(0).sizes();
  return c.giveNumbers(std::vector<double>(sizes.begin(), sizes.end()));
}

napi_value dtype(Call& c) { return c.giveText(c10::toString(c.tensor(0).scalar_type())); }

napi_value isContiguous(Call& c) { return c.giveNumber(c.tensor(0).is_contiguous() ? 1 : 0); }

napi_value setThreads(Call& c) {
  const int64_t count = c.integer(0);
  if (count < 1 || count > 1024) throw CodedError(kBadArgument, std::to_string(count) + " threads; use 1 to 1024");
  at::set_num_threads(static_cast<int>(count));
  return c.nothing();
}
napi_value threads(Call& c) { return c.giveNumber(at::get_num_threads()); }
napi_value version(Call& c) { return c.giveText(TORCH_VERSION); }
napi_value cacheBytes(Call& c) { return c.giveNumber(static_cast<double>(cachedBytes())); }
napi_value cacheLimitBytes(Call& c) { return c.giveNumber(static_cast<double>(cacheLimit())); }

}  // namespace

void addMemoryOperations(Operations& ops) {
  ops.insert(ops.end(), {{"fromMemory", fromMemory},
                         {"read", read},
                         {"release", release},
                         {"releaseAll", releaseAll},
                         {"claim", claim},
                         {"live", live},
                         {"halfCopies", copiesToHalf},
                         {"shape", shape},
                         {"dtype", dtype},
                         {"isContiguous", isContiguous},
                         {"setThreads", setThreads},
                         {"threads", threads},
                         {"version", version},
                         {"cacheBytes", cacheBytes},
                         {"cacheLimit", cacheLimitBytes}});
}

}  // namespace tessera
