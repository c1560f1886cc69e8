// A recorded sequence of device work that is started again as one.
#pragma once

#include "aten.h"

namespace tessera {

/** True between graphBegin and graphEnd, in this process. */
bool capturing();
/** @throws CodedError TORCH_CAPTURE: what needs the device's numbers, or memory of JavaScript's, cannot be recorded */
void requireNotCapturing(const char* what);

}  // namespace tessera
