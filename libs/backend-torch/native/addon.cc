// The module: one trampoline for all operations, so that no C++ exception ever reaches node.
#include <ATen/Version.h>
#include <torch/version.h>

#include "allocator.h"
#include "call.h"

namespace tessera {
namespace {

std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// Reading an argument can run JavaScript (a getter, a proxy), and that can call the addon again: under a call that already
// holds references into the table of tensors.
class Entered {
 public:
  explicit Entered(TensorTable& table) : table_(table) {
    if (table.busy) throw CodedError(kBadArgument, "called while an argument of another call is being read; pass plain arrays and numbers");
    table.busy = true;
  }
  ~Entered() { table_.busy = false; }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  TensorTable& table_;
};

// libtorch says in several ways that a size is beyond any memory.
bool saysOutOfMemory(const std::string& message) {
  for (const char* part : {"can't allocate memory", "Storage size calculation overflowed", "integer multiplication overflow"})
    if (message.find(part) != std::string::npos) return true;
  return false;
}

const Operations& operations() {
  static const Operations all = [] {
    Operations ops;
    addMemoryOperations(ops);
    addAsyncReadOperations(ops);
    addDeviceOperations(ops);
    addGraphOperations(ops);
    addUnaryOperations(ops);
    addBinaryOperations(ops);
    addReduceOperations(ops);
    addShapeOperations(ops);
    addIndexOperations(ops);
    addComplexOperations(ops);
    addMatmulOperations(ops);
    addConvOperations(ops);
    addConv3dOperations(ops);
    addPoolOperations(ops);
    addWindowOperations(ops);
    addImageOperations(ops);
    addBatchNormOperations(ops);
    addOptimizerOperations(ops);
    addLossOperations(ops);
    addAttentionOperations(ops);
    return ops;
  }();
  return all;
}

napi_value trampoline(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  void* instance = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  napi_get_instance_data(env, &instance);
  const auto* op = static_cast<const NamedOperation*>(data);
  const auto fail = [&](const char* code, const std::string& message) {
    napi_throw_error(env, code, (std::string(op->name) + ": " + firstLine(message)).c_str());
    return static_cast<napi_value>(nullptr);
  };
  try {
    if (instance == nullptr) throw CodedError(kOpFailed, "the environment is shutting down");
    c10::InferenceMode guard;
    auto& table = *static_cast<TensorTable*>(instance);
    const Entered entered(table);
    Call call(env, info, table);
    return op->run(call);
  } catch (const CodedError& e) {
    return fail(e.code, e.what());
  } catch (const c10::OutOfMemoryError& e) {
    return fail(kOutOfMemory, e.what_without_backtrace());
  } catch (const c10::Error& e) {
    const std::string message = e.what_without_backtrace();
    return fail(saysOutOfMemory(message) ? kOutOfMemory : kOpFailed, message);
  } catch (const std::bad_alloc&) {
    return fail(kOutOfMemory, "out of memory");
  } catch (const std::exception& e) {
    return fail(kOpFailed, e.what());
  } catch (...) {
    return fail(kOpFailed, "unknown C++ exception");
  }
}

// "2.13.0" of "2.13.0+cpu" and of "2.13.0, USE_CUDA=ON, .."
std::string release(const std::string& version) { return version.substr(0, version.find_first_not_of("0123456789.")); }

// The libtorch that the linker found, which need not be the one that the headers belong to.
std::string loadedVersion() {
  const std::string config = at::show_config(), key = "TORCH_VERSION=";
  const auto at = config.find(key);
  return at == std::string::npos ? "of an unknown version" : release(config.substr(at + key.size()));
}

napi_value initialise(napi_env env, napi_value exports) {
  // C++ has no stable binary interface: with another version the first call may do anything.
  const std::string compiled = release(TORCH_VERSION), loaded = loadedVersion();
  if (compiled != loaded) {
    const std::string message = "the torch addon was built against libtorch " + compiled + " and found libtorch " + loaded;
    napi_throw_error(env, "TORCH_VERSION_MISMATCH", message.c_str());
    return nullptr;
  }
  installCachingAllocator();
  napi_set_instance_data(
      env, new TensorTable(), [](napi_env, void* table, void*) { delete static_cast<TensorTable*>(table); }, nullptr);
  for (const NamedOperation& op : operations()) {
    napi_value function;
    napi_create_function(env, op.name, NAPI_AUTO_LENGTH, trampoline, const_cast<NamedOperation*>(&op), &function);
    napi_set_named_property(env, exports, op.name, function);
  }
  return exports;
}

}  // namespace
}  // namespace tessera

NAPI_MODULE(tessera_torch, tessera::initialise)
