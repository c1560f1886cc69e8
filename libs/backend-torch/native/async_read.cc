// Reads that wait for the device on another thread, so that the event loop runs on meanwhile.
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cstring>
#include <memory>

#include "call.h"
#include "graph.h"
#include "upload.h"

namespace tessera {
namespace {

struct PendingRead {
  at::Tensor staging;
  c10::Event copied;
  napi_deferred promise = nullptr;
  napi_ref target = nullptr;
  napi_async_work work = nullptr;
  std::string error;
};

void wait(napi_env, void* data) {
  auto* read = static_cast<PendingRead*>(data);
  try {
    read->copied.synchronize();
  } catch (const c10::Error& e) {
    read->error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    read->error = e.what();
  }
}

void reject(napi_env env, napi_deferred promise, const std::string& message) {
  napi_value code, text, error;
  napi_create_string_utf8(env, kOpFailed, NAPI_AUTO_LENGTH, &code);
  napi_create_string_utf8(env, ("readAsync: " + message.substr(0, message.find('\n'))).c_str(), NAPI_AUTO_LENGTH, &text);
  napi_create_error(env, code, text, &error);
  napi_reject_deferred(env, promise, error);
}

void finish(napi_env env, napi_status status, void* data) {
  const std::unique_ptr<PendingRead> read(static_cast<PendingRead*>(data));
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value target = nullptr, nothing;
  napi_get_reference_value(env, read->target, &target);
  void* memory = nullptr;
  size_t length = 0;
  const bool there = target != nullptr && napi_get_typedarray_info(env, target, nullptr, &length, &memory, nullptr, nullptr) == napi_ok;
  // A buffer that was transferred to another thread meanwhile has no memory left.
  if (status != napi_ok || !there || memory == nullptr || static_cast<int64_t>(length) != read->staging.numel()) {
    if (read->error.empty()) read->error = "the read was given up";
  }
  if (read->error.empty()) {
    std::memcpy(memory, read->staging.const_data_ptr(), read->staging.nbytes());
    napi_get_undefined(env, &nothing);
    napi_resolve_deferred(env, read->promise, nothing);
  } else {
    reject(env, read->promise, read->error);
  }
  napi_delete_reference(env, read->target);
  napi_delete_async_work(env, read->work);
  napi_close_handle_scope(env, scope);
}

// readAsync(handle, into: Float32Array | Int32Array | Uint8Array) -> Promise; of a tensor that is not on the CPU
napi_value readAsync(Call& c) {
  const at::Tensor tensor = asPairs(c.tensor(0));
  const auto memory = c.memory(1);
  requireNotCapturing("a read");
  if (tensor.is_cpu()) throw CodedError(kBadArgument, "the tensor is on the CPU: read it at once");
  if (static_cast<int64_t>(memory.length) != tensor.numel() || memory.length == 0)
    throw CodedError(kBadArgument, "the typed array has " + std::to_string(memory.length) + " elements, the tensor " +
                                       std::to_string(tensor.numel()));
  const auto type = memory.type == napi_uint8_array && tensor.scalar_type() == at::kBool ? at::kBool : elementType(memory.type);
  auto read = std::make_unique<PendingRead>(PendingRead{download(tensor, type), c10::Event(tensor.device().type())});
  read->copied.record(c10::impl::VirtualGuardImpl(tensor.device().type()).getStream(tensor.device()));
  napi_env env = c.env();
  napi_value promise, name;
  napi_create_string_utf8(env, "tessera read", NAPI_AUTO_LENGTH, &name);
  const bool started = napi_create_promise(env, &read->promise, &promise) == napi_ok &&
                       napi_create_reference(env, c.value(1), 1, &read->target) == napi_ok &&
                       napi_create_async_work(env, nullptr, name, wait, finish, read.get(), &read->work) == napi_ok &&
                       napi_queue_async_work(env, read->work) == napi_ok;
  if (!started) throw CodedError(kOpFailed, "the read could not be started");
  read.release();
  return promise;
}

}  // namespace

void addAsyncReadOperations(Operations& ops) { ops.insert(ops.end(), {{"readAsync", readAsync}}); }

}  // namespace tessera
