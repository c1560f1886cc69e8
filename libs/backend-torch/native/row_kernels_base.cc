// Any processor; and the choice among the builds.
#define TESSERA_ISA base
#include "row_kernels_impl.h"

namespace tessera {

#if defined(__x86_64__)
namespace avx2 { extern const RowKernels kernels; }
namespace avx512 { extern const RowKernels kernels; }
namespace avx512bf16 { extern const RowKernels kernels; }
#endif

const RowKernels& rowKernels() {
#if defined(__x86_64__)
  static const RowKernels& chosen = []() -> const RowKernels& {
    __builtin_cpu_init();
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (wide && __builtin_cpu_supports("avx512bf16")) return avx512bf16::kernels;
    if (wide) return avx512::kernels;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2::kernels;
    return base::kernels;
  }();
  return chosen;
#else
  return base::kernels;
#endif
}

}  // namespace tessera
