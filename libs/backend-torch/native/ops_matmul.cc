// Matrix products, in bfloat16 where the policy or an operand says so.
#include "call.h"
#include "device_paths.h"

namespace tessera {
namespace {

at::Tensor operand(Call& c, size_t i, bool half) { return half ? c.table().half(c.handle(i)) : exactly(c.tensor(i)); }

at::Tensor transposed(const at::Tensor& t, bool yes) { return yes ? t.transpose(-2, -1) : t; }

at::Tensor activated(const at::Tensor& y, const std::string& activation, double alpha) {
  if (activation == "linear") return y;
  if (activation == "relu") return at::relu(y);
  if (activation == "relu6") return at::clamp(y, 0, 6);
  if (activation == "elu") return at::elu(y);
  if (activation == "sigmoid") return at::sigmoid(y);
  if (activation == "leakyrelu") return at::leaky_relu(y, alpha);
  throw CodedError(kBadArgument, "unknown activation " + activation);
}

// matmul(a, b, transposeA, transposeB, half)
napi_value matmul(Call& c) {
  const bool half = c.boolean(4) || isHalf(c.tensor(0)) || isHalf(c.tensor(1));
  return c.give(rounded(at::matmul(transposed(operand(c, 0, half), c.boolean(2)), transposed(operand(c, 1, half), c.boolean(3)))));
}

// fusedMatmul(a, b, transposeA, transposeB, half, bias?, activation, alpha)
napi_value fusedMatmul(Call& c) {
  const bool half = c.boolean(4) || isHalf(c.tensor(0)) || isHalf(c.tensor(1));
  const at::Tensor a = transposed(operand(c, 0, half), c.boolean(2)), b = transposed(operand(c, 1, half), c.boolean(3));
  at::Tensor y;
  if (c.has(5) && a.dim() == 2 && b.dim() == 2 && c.tensor(5).dim() == 1) {
    y = at::addmm(operand(c, 5, half), a, b);
  } else {
    y = at::matmul(a, b);
    if (c.has(5)) {
      const at::Tensor sum = at::add(y, operand(c, 5, half));
      if (sum.sizes() != y.sizes())
        throw CodedError(kBadArgument, "a bias " + textOf(c.tensor(5).sizes()) + " does not fit a product " + textOf(y.sizes()));
      y = sum;
    }
  }
  return c.give(rounded(activated(y, c.text(6), c.number(7))));
}

// activate(x, activation, alpha): for the fused convolutions
napi_value activate(Call& c) { return c.give(activated(c.tensor(0), c.text(1), c.number(2))); }

// einsum(handles, equation)
napi_value einsum(Call& c) {
  auto all = c.tensors(0);
  for (auto& t : all) t = widen(t);
  return c.give(at::einsum(c.text(1), all));
}

// Rows divided by max(norm, epsilon).
napi_value l2Normalize(Call& c) {
  const at::Tensor x = c.float32(0);
  const at::Tensor norm = at::norm(x, 2, {-1}, true).clamp_min(c.number(1));
  return c.give(at::div(x, norm));
}

// l2NormalizeGrad(dy, x, epsilon)
napi_value l2NormalizeGrad(Call& c) {
  const at::Tensor dy = c.float32(0), x = c.float32(1);
  const at::Tensor norm = at::norm(x, 2, {-1}, true);
  const at::Tensor safe = norm.clamp_min(c.number(2));
  const at::Tensor y = at::div(x, safe);
  // Below epsilon the divisor is a constant.
  const at::Tensor along = at::sum(dy * y, {-1}, true) * norm.ge(c.number(2));
  return c.give(at::div(dy - y * along, safe));
}

}  // namespace

#define NAMED(name) {#name, name}

void addMatmulOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(matmul), NAMED(fusedMatmul), NAMED(activate), NAMED(einsum), NAMED(l2Normalize), NAMED(l2NormalizeGrad)});
}

}  // namespace tessera
