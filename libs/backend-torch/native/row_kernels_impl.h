// The loops of row_kernels.h. Included by one file per instruction set, which defines TESSERA_ISA and is compiled for it: all that
// these headers define lies in the namespace of that name.

#include <cmath>

#include "row_kernels.h"
#include "row_kernels_backward.h"
#include "row_kernels_forward.h"
#include "row_kernels_update.h"
#include "row_kernels_vector.h"

namespace tessera {
namespace TESSERA_ISA {

template <typename P>
void reluGradOf(int64_t i, int64_t end, const void* dyv, const void* yv, void* dxv) {
  const auto* dy = static_cast<const typename P::T*>(dyv);
  const auto* y = static_cast<const typename P::T*>(yv);
  auto* dx = static_cast<typename P::T*>(dxv);
  for (; i + kLanes <= end; i += kLanes) P::store(dx + i, where(P::load(y + i), P::load(dy + i)));
  for (; i < end; ++i) dx[i] = P::one(y[i]) > 0 ? dy[i] : typename P::T{};
}

template <typename P>
void addReluOf(int64_t i, int64_t end, const void* av, const void* bv, void* yv) {
  const auto* a = static_cast<const typename P::T*>(av);
  const auto* b = static_cast<const typename P::T*>(bv);
  auto* y = static_cast<typename P::T*>(yv);
  for (; i + kLanes <= end; i += kLanes) P::store(y + i, relu(P::load(a + i) + P::load(b + i)));
  for (; i < end; ++i) {
    const float v = P::one(a[i]) + P::one(b[i]);
    y[i] = P::from(v < 0 ? 0 : v);
  }
}

void reluGrad(bool half, int64_t begin, int64_t end, const void* dy, const void* y, void* dx) {
  half ? reluGradOf<Half>(begin, end, dy, y, dx) : reluGradOf<Full>(begin, end, dy, y, dx);
}
void addRelu(bool half, int64_t begin, int64_t end, const void* a, const void* b, void* y) {
  half ? addReluOf<Half>(begin, end, a, b, y) : addReluOf<Full>(begin, end, a, b, y);
}

#define TESSERA_TEXT_(x) #x
#define TESSERA_TEXT(x) TESSERA_TEXT_(x)
extern const RowKernels kernels;
const RowKernels kernels = {TESSERA_TEXT(TESSERA_ISA), stats, affine, gradSums, gradApply, reluGrad, addRelu,
                            sgd, scaledMomentum, adamw, momentumAverage, squareSum, squareSums};

}  // namespace TESSERA_ISA
}  // namespace tessera
