// Fused loops over rows of channels (NHWC seen as [rows, channels]), on raw memory: no libtorch here, so that the same
// source is compiled once per instruction set and chosen when the addon loads.
#pragma once

#include <cstdint>

namespace tessera {

/** One range of rows; the caller splits rows over threads. `half`: elements are bfloat16, else float32. */
struct Rows {
  int64_t begin, end, channels;
  bool half;
};

/** Where a ReLU let the gradient through: y > 0; or, with scale, x * scale + bias > 0; or, with neither, everywhere. */
struct Gate {
  const void* y;
  const float* scale;
  const float* bias;
};

struct RowKernels {
  const char* name;
  /** sums[c] += sum(x - shift), sums[channels + c] += sum((x - shift)^2) */
  void (*stats)(const Rows&, const void* x, const float* shift, double* sums);
  /** y = relu?(x * scale + bias + residual?) */
  void (*affine)(const Rows&, const void* x, const void* residual, void* y, const float* scale, const float* bias, bool relu);
  /** With dy' = dy where the gate is open: sums[c] += sum(dy'), sums[channels + c] += sum(dy' * (x - shift)) */
  void (*gradSums)(const Rows&, const void* dy, const void* x, const Gate& gate, const float* shift, double* sums);
  /** dx = a * dy' + b * x + k; dResidual (may be null) = dy' */
  void (*gradApply)(const Rows&, const void* dy, const void* x, const Gate& gate, void* dx, void* dResidual, const float* a,
                    const float* b, const float* k);
  /** Flat: dx = y > 0 ? dy : 0 */
  void (*reluGrad)(bool half, int64_t begin, int64_t end, const void* dy, const void* y, void* dx);
  /** Flat: y = relu(a + b) */
  void (*addRelu)(bool half, int64_t begin, int64_t end, const void* a, const void* b, void* y);
  /** torch.optim.SGD on flat float32 memory; momentum may be null */
  void (*sgd)(int64_t begin, int64_t end, float* w, const float* g, float* momentum, float learningRate, float momentumFactor,
              float weightDecay, bool nesterov);
  /** LARS and LARC, their scales known: push = gScale * g + wScale * w, then momentum and step as in torch.optim.SGD */
  void (*scaledMomentum)(int64_t begin, int64_t end, float* w, const float* g, float* momentum, float gScale, float wScale,
                         float momentumFactor, float learningRate, bool nesterov);
  /** torch.optim.AdamW on flat float32 memory; newFirst is 1 - beta1, newSecond 1 - beta2 */
  void (*adamw)(int64_t begin, int64_t end, float* w, const float* g, float* m, float* v, float decay, float newFirst, float beta2,
                float newSecond, float stepSize, float rootCorrection, float epsilon);
  /** target = momentum * target + rest * source on flat float32 memory; rest is 1 - momentum */
  void (*momentumAverage)(int64_t begin, int64_t end, float* target, const float* source, float momentum, float rest);
  /** The sum of x^2 */
  double (*squareSum)(int64_t begin, int64_t end, const float* x);
  /** sums[0] += sum(w^2), sums[1] += sum((g + decay * w)^2) */
  void (*squareSums)(int64_t begin, int64_t end, const float* w, const float* g, float decay, double* sums);
};

/** The best build for this processor. */
const RowKernels& rowKernels();

}  // namespace tessera
