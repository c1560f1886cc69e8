// How often a float32 tensor was copied to bfloat16.
#pragma once

#include <cstdint>

namespace tessera {

/** Copies that this thread's tensor table has made so far: one for each weight and update, or something is copied twice. */
int64_t halfCopies();

}  // namespace tessera
