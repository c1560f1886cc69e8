// Optimizer steps by ATen's list operators: any device, a handful of launches for all variables together.
#pragma once

#include "aten.h"

namespace tessera {

/** Variables, their gradients and their first (and second) slots: float32, each gradient and slot in its variable's memory order. */
struct OptimizerLists {
  std::vector<at::Tensor> w, g, m, v;
};

/** How LARS and LARC scale a layer; decay and `adapted` (0 or 1) have one entry per variable. */
struct LayerwiseOptions {
  double learningRate, momentum, trust;
  bool nesterov;
  std::vector<double> decay, adapted;
};

void sgdLists(OptimizerLists& lists, double learningRate, double momentum, const std::vector<double>& decay, bool nesterov);
void larsLists(OptimizerLists& lists, const LayerwiseOptions& options);
void larcLists(OptimizerLists& lists, const LayerwiseOptions& options, double epsilon, bool clip);
void adamwLists(OptimizerLists& lists, double learningRate, double beta1, double beta2, double epsilon, const std::vector<double>& decay,
                const std::vector<double>& step);
/** w moves by `rest` (1 - momentum) of its way to g. */
void momentumAverageLists(OptimizerLists& lists, double rest);
/** The Euclidean norm of all tensors together, a scalar on their device. */
at::Tensor globalNormOfList(const std::vector<at::Tensor>& tensors);

}  // namespace tessera
