// Keeps freed CPU memory for the next tensor of about the same size.
#pragma once

#include <cstdint>

namespace tessera {

/**
 * Training frees and allocates the same large buffers every step. glibc maps and unmaps those above 32 MB, and every
 * page is then faulted in again, which cost 30 to 50 % of a step. This replaces libtorch's CPU allocator by one that
 * keeps large blocks in free lists by size class, up to a quarter of the memory that this process may use. Idempotent.
 */
void installCachingAllocator();
int64_t cacheLimit();
int64_t cachedBytes();
void releaseCachedBlocks();

}  // namespace tessera
