// Compiled with the flags that build-addon.mjs gives to avx2; empty on other architectures.
#if defined(__x86_64__)
#define TESSERA_ISA avx2
#include "row_kernels_impl.h"
#endif
