// Elementwise functions of two tensors with broadcasting. A float result is bfloat16 only where both operands are and the
// operation is an addition, subtraction, product, maximum or minimum.
#include "call.h"

namespace tessera {
namespace {

struct Pair {
  at::Tensor a, b;
};

// Both in one type; libtorch's own promotion would let a 0-dimensional tensor keep the other's bfloat16.
Pair promoted(Call& c, bool keepHalf) {
  at::Tensor a = c.tensor(0), b = c.tensor(1);
  if (keepHalf && isHalf(a) && isHalf(b)) return {a, b};
  a = widen(a);
  b = widen(b);
  const auto common = c10::promoteTypes(a.scalar_type(), b.scalar_type());
  return {a.to(common), b.to(common)};
}

#define BINARY(name, keepHalf, expression)          \
  napi_value name(Call& c) {                        \
    const auto [a, b] = promoted(c, keepHalf);      \
    return c.give(expression);                      \
  }

BINARY(add, true, at::add(a, b))
BINARY(sub, true, at::sub(a, b))
BINARY(mul, true, at::mul(a, b))
BINARY(maximum, true, at::maximum(a, b))
BINARY(minimum, true, at::minimum(a, b))
BINARY(div, false, a.is_complex() ? at::div(a, b) : at::div(a.to(at::kFloat), b.to(at::kFloat)))
BINARY(squaredDifference, false, at::square(at::sub(a, b)))
BINARY(atan2, false, at::atan2(a, b))
BINARY(prelu, false, at::where(a >= 0, a, at::mul(a, b)))
BINARY(eluGrad, false, at::where(b >= 0, a, at::mul(a, b + 1)))
BINARY(equal, false, at::eq(a, b))
BINARY(notEqual, false, at::ne(a, b))
BINARY(greater, false, at::gt(a, b))
BINARY(greaterEqual, false, at::ge(a, b))
BINARY(less, false, at::lt(a, b))
BINARY(lessEqual, false, at::le(a, b))
BINARY(logicalAnd, false, at::logical_and(a, b))
BINARY(logicalOr, false, at::logical_or(a, b))
BINARY(logicalXor, false, at::logical_xor(a, b))
BINARY(bitwiseAnd, false, at::bitwise_and(a, b))

// Integers go through double: exact for 32 bits, and a zero divisor is no exception.
at::Tensor throughDouble(const Pair& p, at::Tensor (*f)(const at::Tensor&, const at::Tensor&)) {
  if (p.a.is_floating_point()) return f(p.a, p.b);
  const at::Tensor y = f(p.a.to(at::kDouble), p.b.to(at::kDouble));
  return at::where(at::isfinite(y), y, at::zeros({}, y.options())).to(at::kInt);
}

// int32 whatever the operands
napi_value floorDiv(Call& c) {
  return c.give(throughDouble(promoted(c, false), [](const at::Tensor& a, const at::Tensor& b) { return at::floor(at::div(a, b)); }).to(at::kInt));
}
napi_value mod(Call& c) {
  return c.give(throughDouble(promoted(c, false), [](const at::Tensor& a, const at::Tensor& b) { return at::remainder(a, b); }));
}
napi_value pow(Call& c) {
  return c.give(throughDouble(promoted(c, false), [](const at::Tensor& a, const at::Tensor& b) { return at::pow(a, b); }));
}

// addN(handles): the sum of tensors of one shape
napi_value addN(Call& c) {
  auto all = c.tensors(0);
  if (all.empty()) throw CodedError(kBadArgument, "addN needs at least one tensor");
  bool half = true;
  for (const auto& t : all) half = half && isHalf(t);
  at::Tensor sum = half ? all[0].clone() : widen(all[0]).clone();
  for (size_t i = 1; i < all.size(); ++i) sum = sum.add_(half ? all[i] : widen(all[i]));
  return c.give(sum);
}

// select(condition, a, b): a condition of rank 1 chooses rows
napi_value select(Call& c) {
  at::Tensor condition = c.tensor(0).to(at::kBool);
  const at::Tensor a = c.tensor(1), b = c.tensor(2);
  if (condition.dim() == 1 && a.dim() > 1) {
    std::vector<int64_t> shape(a.dim(), 1);
    shape[0] = condition.size(0);
    condition = condition.view(shape);
  }
  const bool half = isHalf(a) && isHalf(b);
  return c.give(half ? at::where(condition, a, b) : at::where(condition, widen(a), widen(b)));
}

}  // namespace

#define NAMED(name) {#name, name}

void addBinaryOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(add), NAMED(sub), NAMED(mul), NAMED(maximum), NAMED(minimum), NAMED(div), NAMED(squaredDifference),
                         NAMED(atan2), NAMED(prelu), NAMED(eluGrad), NAMED(equal), NAMED(notEqual), NAMED(greater), NAMED(greaterEqual),
                         NAMED(less), NAMED(lessEqual), NAMED(logicalAnd), NAMED(logicalOr), NAMED(logicalXor), NAMED(bitwiseAnd), NAMED(floorDiv),
                         NAMED(mod), NAMED(pow), NAMED(addN), NAMED(select)});
}

}  // namespace tessera
