// How much memory this process may use.
#pragma once

#include <cstddef>

namespace tessera {

/** Bytes: the machine's physical memory, or the control group's limit (a container's, a batch job's) where that is smaller. */
size_t memoryLimit();

}  // namespace tessera
