// How much memory this process may use.
#pragma once

#include <cstddef>

namespace tessera {

/** Bytes: the machine's physical memory, or a limit of the control group (a container, a batch job), or half of one of the process, where that is smaller. */
size_t memoryLimit();

}  // namespace tessera
