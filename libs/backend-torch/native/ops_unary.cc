// Elementwise functions of one tensor. All compute in float32 except those whose result is exact in the input's type.
#include "call.h"

namespace tessera {
namespace {

// float32 result, whatever the input
#define FLOAT_UNARY(name, expression)         \
  napi_value name(Call& c) {                  \
    const at::Tensor x = c.float32(0);        \
    return c.give(expression);                \
  }
// the input's type, bfloat16 included (the results are exact)
#define SAME_UNARY(name, expression)          \
  napi_value name(Call& c) {                  \
    const at::Tensor& x = c.tensor(0);        \
    return c.give(expression);                \
  }
// the input's type; bfloat16 widens
#define WIDE_UNARY(name, expression)          \
  napi_value name(Call& c) {                  \
    const at::Tensor x = c.full(0);           \
    return c.give(expression);                \
  }

FLOAT_UNARY(exp, at::exp(x))
FLOAT_UNARY(expm1, at::expm1(x))
FLOAT_UNARY(log, at::log(x))
FLOAT_UNARY(log1p, at::log1p(x))
FLOAT_UNARY(sqrt, at::sqrt(x))
FLOAT_UNARY(rsqrt, at::rsqrt(x))
FLOAT_UNARY(reciprocal, at::reciprocal(x))
FLOAT_UNARY(sigmoid, at::sigmoid(x))
FLOAT_UNARY(softplus, at::softplus(x))
FLOAT_UNARY(tanh, at::tanh(x))
FLOAT_UNARY(sin, at::sin(x))
FLOAT_UNARY(cos, at::cos(x))
FLOAT_UNARY(tan, at::tan(x))
FLOAT_UNARY(asin, at::asin(x))
FLOAT_UNARY(acos, at::acos(x))
FLOAT_UNARY(atan, at::atan(x))
FLOAT_UNARY(sinh, at::sinh(x))
FLOAT_UNARY(cosh, at::cosh(x))
FLOAT_UNARY(asinh, at::asinh(x))
FLOAT_UNARY(acosh, at::acosh(x))
FLOAT_UNARY(atanh, at::atanh(x))
FLOAT_UNARY(erf, at::erf(x))
FLOAT_UNARY(elu, at::elu(x))
FLOAT_UNARY(selu, at::selu(x))
FLOAT_UNARY(leakyRelu, at::leaky_relu(x, c.number(1)))

WIDE_UNARY(square, at::mul(x, x))
WIDE_UNARY(sign, at::sign(x))
WIDE_UNARY(floor, x.is_floating_point() ? at::floor(x) : x.clone())
WIDE_UNARY(ceil, x.is_floating_point() ? at::ceil(x) : x.clone())
WIDE_UNARY(round, x.is_floating_point() ? at::round(x) : x.clone())

SAME_UNARY(abs, at::abs(x))
SAME_UNARY(neg, at::neg(x))
SAME_UNARY(relu, at::relu(x))
SAME_UNARY(relu6, at::clamp(x, 0, 6))
SAME_UNARY(clip, at::clamp(x, c.number(1), c.number(2)).to(x.scalar_type()))

// step(x, alpha): 1 above 0, else alpha; NaN stays; of the type of x
WIDE_UNARY(step, at::where(at::isnan(x), x, at::where(x > 0, at::ones({}, x.options()), at::full({}, c.number(1), x.options()))))

napi_value isNan(Call& c) { return c.give(at::isnan(c.tensor(0))); }
napi_value isInf(Call& c) { return c.give(at::isinf(c.tensor(0))); }
napi_value isFinite(Call& c) { return c.give(at::isfinite(c.tensor(0))); }
napi_value logicalNot(Call& c) { return c.give(at::logical_not(c.tensor(0))); }

// cast(x, dtype): a cast to float32 leaves bfloat16 as it is, because tfjs calls both float32.
napi_value cast(Call& c) {
  const at::Tensor& x = c.tensor(0);
  const auto dtype = dtypeOf(c.integer(1));
  if (dtype == at::kFloat && isHalf(x)) return c.give(x.alias());
  if (x.is_complex()) return c.give(dtype == at::kComplexFloat ? x.alias() : at::real(x).to(dtype, false, true));
  if (dtype == at::kInt && x.is_floating_point()) return c.give(at::trunc(widen(x)).to(dtype));
  return c.give(x.to(dtype, false, true));
}

napi_value toFloat32(Call& c) { return c.give(isHalf(c.tensor(0)) ? c.tensor(0).to(at::kFloat) : c.tensor(0).alias()); }

napi_value softmax(Call& c) { return c.give(at::softmax(c.float32(0), c.integer(1))); }
napi_value logSoftmax(Call& c) { return c.give(at::log_softmax(c.float32(0), c.integer(1))); }

}  // namespace

#define NAMED(name) {#name, name}

void addUnaryOperations(Operations& ops) {
  ops.insert(ops.end(),
             {NAMED(exp),   NAMED(expm1),   NAMED(log),      NAMED(log1p),      NAMED(sqrt),      NAMED(rsqrt),   NAMED(reciprocal),
              NAMED(sigmoid), NAMED(softplus), NAMED(tanh),   NAMED(sin),        NAMED(cos),       NAMED(tan),     NAMED(asin),
              NAMED(acos),  NAMED(atan),    NAMED(sinh),     NAMED(cosh),       NAMED(asinh),     NAMED(acosh),   NAMED(atanh),
              NAMED(erf),   NAMED(elu),     NAMED(selu),     NAMED(leakyRelu),  NAMED(square),    NAMED(sign),    NAMED(floor),
              NAMED(ceil),  NAMED(round),   NAMED(abs),      NAMED(neg),        NAMED(relu),      NAMED(relu6),   NAMED(clip),
              NAMED(step),  NAMED(isNan),   NAMED(isInf),    NAMED(isFinite),   NAMED(logicalNot), NAMED(cast),   NAMED(toFloat32),
              NAMED(softmax), NAMED(logSoftmax)});
}

}  // namespace tessera
