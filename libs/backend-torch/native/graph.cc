#include "graph.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <atomic>
#include <map>
#include <memory>

#include "accelerator.h"
#include "call.h"

// libtorch 2.13 has a graph for any kind of device; before it there is CUDA's own, whose header wants the CUDA toolkit's.
#if __has_include(<ATen/accelerator/Graph.h>)
#include <ATen/accelerator/Graph.h>
#define TESSERA_GRAPH at::accelerator::Graph
#elif defined(TESSERA_CUDA) && __has_include(<cuda_runtime_api.h>) && __has_include(<crt/host_config.h>)
#include <ATen/cuda/CUDAGraph.h>
#define TESSERA_GRAPH at::cuda::CUDAGraph
#endif

namespace tessera {
namespace {

std::atomic<bool> recording{false};

#ifdef TESSERA_GRAPH

struct Captured {
  TESSERA_GRAPH graph;
  c10::Stream stream, before;
  // Memory that existed when the recording began and that the graph may use: it lives as long as the graph.
  std::shared_ptr<TensorTable::Keeper> kept;
  c10::DeviceIndex device() const { return stream.device_index(); }
};

c10::impl::VirtualGuardImpl guard() { return c10::impl::VirtualGuardImpl(acceleratorType()); }

// One per JavaScript environment, as tensors are.
struct Graphs {
  std::map<int64_t, std::unique_ptr<Captured>> done;
  std::unique_ptr<Captured> now;
  int64_t last = 0;
};
thread_local Graphs graphs;

void leave(TensorTable& table) {
  recording = false;
  table.endCapture();
  guard().exchangeStream(graphs.now->before);
}

// graphBegin(device): from here on the device's work is recorded and not done
napi_value begin(Call& c) {
  const c10::Device device(acceleratorType(), static_cast<c10::DeviceIndex>(c.integer(0)));
  if (graphs.now) throw CodedError(kCapture, "a recording is already under way");
  if (c.integer(0) < 0 || c.integer(0) >= deviceCount()) throw CodedError(kNoDevice, "only the work of a CUDA device can be recorded");
  // Neither the CPU's default stream nor work under way elsewhere may get into the recording.
  guard().synchronizeDevice(device.index());
  const c10::Stream stream = guard().getStreamFromGlobalPool(device, false);
  graphs.now.reset(new Captured{{}, stream, guard().exchangeStream(stream), c.table().beginCapture()});
  try {
    graphs.now->graph.capture_begin();
  } catch (...) {
    leave(c.table());
    graphs.now.reset();
    throw;
  }
  recording = true;
  return c.nothing();
}

// graphEnd() -> the graph's number
napi_value end(Call& c) {
  if (!graphs.now) throw CodedError(kCapture, "no recording is under way");
  try {
    graphs.now->graph.capture_end();
  } catch (...) {
    leave(c.table());
    graphs.now.reset();
    throw;
  }
  leave(c.table());
  graphs.done[++graphs.last] = std::move(graphs.now);
  return c.giveNumber(static_cast<double>(graphs.last));
}

// graphAbort(): ends a recording that failed; it never throws
napi_value abort(Call& c) {
  if (!graphs.now) return c.nothing();
  try {
    graphs.now->graph.capture_end();
  } catch (...) {  // the first error was reported already
  }
  leave(c.table());
  graphs.now.reset();
  return c.nothing();
}

// graphReplay(graph): does the recorded work
napi_value replay(Call& c) {
  const auto found = graphs.done.find(c.integer(0));
  if (found == graphs.done.end()) throw CodedError(kBadHandle, "no graph has the number " + std::to_string(c.integer(0)));
  requireNotCapturing("a replay");
  c.table().dropHalves();  // the graph may write what they are copies of
  found->second->graph.replay();
  return c.nothing();
}

napi_value release(Call& c) {
  const auto found = graphs.done.find(c.integer(0));
  if (found == graphs.done.end()) return c.nothing();
  guard().synchronizeDevice(found->second->device());  // it may still run
  graphs.done.erase(found);
  return c.nothing();
}

#else

napi_value unsupported(Call&) {
  throw CodedError(kCapture, "this build cannot record graphs: it needs a CUDA libtorch, and before version 2.13 the CUDA headers");
}
constexpr Operation begin = unsupported, end = unsupported, abort = unsupported, replay = unsupported, release = unsupported;

#endif

// copyInto(to, from): new numbers in old memory
napi_value copyInto(Call& c) {
  const at::Tensor to = c.tensor(0), from = c.tensor(1);
  if (to.sizes() != from.sizes()) throw CodedError(kBadArgument, textOf(from.sizes()) + " does not fit " + textOf(to.sizes()));
  to.copy_(from);
  c.table().update(c.handle(0), to);
  return c.nothing();
}

}  // namespace

bool capturing() { return recording.load(std::memory_order_relaxed); }

void requireNotCapturing(const char* what) {
  if (capturing()) throw CodedError(kCapture, std::string(what) + " cannot be recorded in a graph: do it before or after");
}

void addGraphOperations(Operations& ops) {
  ops.insert(ops.end(), {{"graphBegin", begin},
                         {"graphEnd", end},
                         {"graphAbort", abort},
                         {"graphReplay", replay},
                         {"graphRelease", release},
                         {"copyInto", copyInto}});
}

}  // namespace tessera
