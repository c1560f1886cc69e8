// Optimizer steps and norms on flat float32 memory.
// Part of row_kernels_impl.h: compiled once per instruction set.
#pragma once

#include <cmath>

#include "row_kernels_vector.h"

namespace tessera {
namespace TESSERA_ISA {

void sgd(int64_t begin, int64_t end, float* __restrict w, const float* __restrict g, float* __restrict m, float lr, float factor,
         float decay, bool nesterov) {
  if (m == nullptr) {
    for (int64_t i = begin; i < end; ++i) w[i] -= lr * (g[i] + decay * w[i]);
  } else if (nesterov) {
    for (int64_t i = begin; i < end; ++i) {
      const float d = g[i] + decay * w[i], buffer = factor * m[i] + d;
      m[i] = buffer;
      w[i] -= lr * (d + factor * buffer);
    }
  } else {
    for (int64_t i = begin; i < end; ++i) {
      const float buffer = factor * m[i] + (g[i] + decay * w[i]);
      m[i] = buffer;
      w[i] -= lr * buffer;
    }
  }
}

void scaledMomentum(int64_t begin, int64_t end, float* __restrict w, const float* __restrict g, float* __restrict m, float gScale,
                    float wScale, float factor, float lr, bool nesterov) {
  if (nesterov) {
    for (int64_t i = begin; i < end; ++i) {
      const float push = gScale * g[i] + wScale * w[i], buffer = factor * m[i] + push;
      m[i] = buffer;
      w[i] -= lr * (push + factor * buffer);
    }
  } else {
    for (int64_t i = begin; i < end; ++i) {
      const float buffer = factor * m[i] + (gScale * g[i] + wScale * w[i]);
      m[i] = buffer;
      w[i] -= lr * buffer;
    }
  }
}

// newFirst is 1 - beta1 and newSecond 1 - beta2, of doubles: in float, 1 - 0.999 is off by 1e-5.
void adamw(int64_t begin, int64_t end, float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v,
           float decay, float newFirst, float beta2, float newSecond, float stepSize, float rootCorrection, float epsilon) {
  for (int64_t i = begin; i < end; ++i) {
    const float first = m[i] + newFirst * (g[i] - m[i]), second = beta2 * v[i] + newSecond * g[i] * g[i];
    m[i] = first;
    v[i] = second;
    w[i] = w[i] * decay - stepSize * first / (std::sqrt(second) / rootCorrection + epsilon);
  }
}

// target = momentum * target + rest * source, rest being 1 - momentum of doubles. As at::lerp has it: what is equal stays equal, and 0 and
// 1 copy and keep exactly, which the plain sum does not.
void momentumAverage(int64_t begin, int64_t end, float* __restrict target, const float* __restrict source, float momentum, float rest) {
  if (rest < 0.5f) {
    for (int64_t i = begin; i < end; ++i) target[i] += rest * (source[i] - target[i]);
  } else {
    for (int64_t i = begin; i < end; ++i) target[i] = source[i] - momentum * (source[i] - target[i]);
  }
}

// Float sums over this many elements at a time lose nothing that matters; the totals are double.
constexpr int64_t kSumChunk = 4096;

TESSERA_INLINE double total(F v) {
  float sum = 0;
  for (int64_t l = 0; l < kLanes; ++l) sum += v[l];
  return sum;
}

double squareSum(int64_t begin, int64_t end, const float* x) {
  double sum = 0;
  for (int64_t start = begin; start < end; start += kSumChunk) {
    const int64_t stop = start + kSumChunk < end ? start + kSumChunk : end;
    F a = {}, b = {};
    float rest = 0;
    int64_t i = start;
    for (; i + 2 * kLanes <= stop; i += 2 * kLanes) {
      const F v0 = Full::load(x + i), v1 = Full::load(x + i + kLanes);
      a += v0 * v0, b += v1 * v1;
    }
    for (; i < stop; ++i) rest += x[i] * x[i];
    sum += total(a + b) + rest;
  }
  return sum;
}

void squareSums(int64_t begin, int64_t end, const float* w, const float* g, float decay, double* sums) {
  for (int64_t start = begin; start < end; start += kSumChunk) {
    const int64_t stop = start + kSumChunk < end ? start + kSumChunk : end;
    F a = {}, b = {};
    float restW = 0, restG = 0;
    int64_t i = start;
    for (; i + kLanes <= stop; i += kLanes) {
      const F wv = Full::load(w + i), d = Full::load(g + i) + wv * decay;
      a += wv * wv, b += d * d;
    }
    for (; i < stop; ++i) {
      const float d = g[i] + decay * w[i];
      restW += w[i] * w[i];
      restG += d * d;
    }
    sums[0] += total(a) + restW;
    sums[1] += total(b) + restG;
  }
}

}  // namespace TESSERA_ISA
}  // namespace tessera
