// Memory that ends the process where it is overrun, for hunting kernels that write past their buffers.
#pragma once

#include <cstddef>

namespace tessera {

/** The environment variable TESSERA_TORCH_GUARD: every block of CPU memory, oneDNN's workspaces too, is a guarded one. Slow. */
bool guardBlocks();

/**
 * A block of its own between two pages that nobody may touch, full of NaN. Reading or writing past its end ends the process (SIGSEGV);
 * what was written just before its beginning, or between its end and the next multiple of 64 bytes, is found at `freeGuarded`, which
 * then writes a line and aborts.
 * @return aligned to 64 bytes; null where there is no memory
 */
void* allocateGuarded(size_t bytes);
void freeGuarded(void* data);

}  // namespace tessera
