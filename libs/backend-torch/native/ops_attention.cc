// Self-attention over all heads: softmax(q k^T / sqrt(d)) v. On the CPU by libtorch's blocks, which never hold all scores at once and
// sum in float32; elsewhere, and under exact sums, by plain products. Shapes: B images, T tokens, H heads of d channels, D = H d.
// The blocks are computed in float32 in bf16, too, and rounded at the end: libtorch's bfloat16 blocks took 3.5 times as long as plain
// bfloat16 products for 64 images of 65 tokens (a Xeon with AMX), these take as long as the products.
#include <cmath>

#include "call.h"
#include "device_paths.h"

namespace tessera {
namespace {

// Queries, keys and values, [B, H, T, d] each, as views of one [B, T, 3 D].
struct Heads {
  at::Tensor q, k, v;
  int64_t images, tokens, heads, depth;
  double scale() const { return 1 / std::sqrt(static_cast<double>(depth)); }
};

Heads headsOf(const at::Tensor& qkv, int64_t heads) {
  if (heads < 1) throw CodedError(kBadArgument, "an attention has one head at least, got " + std::to_string(heads));
  if (qkv.dim() != 3 || qkv.size(2) == 0 || qkv.size(2) % (3 * heads) != 0)
    throw CodedError(kBadArgument, "qkv has the shape " + textOf(qkv.sizes()) + "; it must be [images, tokens, 3 times the width] for " +
                                       std::to_string(heads) + " heads");
  Heads h{{}, {}, {}, qkv.size(0), qkv.size(1), heads, qkv.size(2) / (3 * heads)};
  const at::Tensor parts = qkv.contiguous().view({h.images, h.tokens, 3, heads, h.depth});
  const auto part = [&](int64_t i) { return parts.select(2, i).transpose(1, 2); };
  h.q = part(0);
  h.k = part(1);
  h.v = part(2);
  return h;
}

bool byBlocks(const at::Tensor& qkv) { return qkv.scalar_type() != at::kDouble && qkv.numel() > 0 && useRowKernels(qkv); }

// [B, T, D] as [B, H, T, d]
at::Tensor split(const at::Tensor& y, const Heads& h) {
  return y.contiguous().view({h.images, h.tokens, h.heads, h.depth}).transpose(1, 2);
}

at::Tensor joined(const at::Tensor& y, const Heads& h) {
  return y.transpose(1, 2).reshape({h.images, h.tokens, h.heads * h.depth});
}

at::Tensor scoresOf(const Heads& h) { return widen(at::matmul(h.q, h.k.transpose(-2, -1))).mul(h.scale()); }

// attention(qkv, heads, half) -> y [B, T, D], bfloat16 if `half` or qkv is; the logarithm of every row's sum [B, H, T] in float32
napi_value attention(Call& c) {
  const bool half = c.boolean(2) || isHalf(c.tensor(0));
  const at::Tensor qkv = half ? c.table().half(c.handle(0)) : exactly(c.float32(0));
  if (byBlocks(qkv)) {
    const Heads h = headsOf(widen(qkv), c.integer(1));
    auto [y, sums] = at::_scaled_dot_product_flash_attention_for_cpu(h.q, h.k, h.v, 0.0, false, {}, h.scale());
    return c.give(std::vector<at::Tensor>{joined(y, h).to(qkv.scalar_type()), sums.to(at::kFloat).contiguous()});
  }
  const Heads h = headsOf(qkv, c.integer(1));
  const at::Tensor scores = scoresOf(h);
  const at::Tensor y = at::matmul(at::softmax(scores, -1).to(h.v.scalar_type()), h.v);
  return c.give(std::vector<at::Tensor>{rounded(joined(y, h)), rounded(at::logsumexp(scores, {-1}))});
}

void checkShape(const at::Tensor& t, at::IntArrayRef shape, const char* name) {
  if (t.sizes() != shape)
    throw CodedError(kBadArgument, std::string(name) + " has the shape " + textOf(t.sizes()) + " instead of " + textOf(shape));
}

// attentionGrad(dy, qkv, y, sums, heads) -> dqkv in y's type
napi_value attentionGrad(Call& c) {
  const bool half = isHalf(c.tensor(2));
  const at::Tensor qkv = half ? c.table().half(c.handle(1)) : exactly(c.float32(1));
  const bool blocks = byBlocks(qkv);
  const Heads h = headsOf(blocks ? widen(qkv) : qkv, c.integer(4));
  const auto type = h.q.scalar_type();
  const std::vector<int64_t> shape{h.images, h.tokens, h.heads * h.depth};
  checkShape(c.tensor(0), shape, "dy");
  checkShape(c.tensor(2), shape, "y");
  checkShape(c.tensor(3), {h.images, h.heads, h.tokens}, "the sums");
  const at::Tensor dy = split(c.tensor(0).to(type), h);
  at::Tensor dq, dk, dv;
  if (blocks) {
    std::tie(dq, dk, dv) = at::_scaled_dot_product_flash_attention_for_cpu_backward(
        dy, h.q, h.k, h.v, split(c.tensor(2).to(type), h), c.float32(3), 0.0, false, {}, h.scale());
  } else {
    const at::Tensor p = at::softmax(scoresOf(h), -1);
    dv = at::matmul(p.to(type).transpose(-2, -1), dy);
    const at::Tensor dp = widen(at::matmul(dy, h.v.transpose(-2, -1)));
    const at::Tensor ds = dp.sub(dp.mul(p).sum({-1}, true)).mul(p).mul(h.scale()).to(type);
    dq = at::matmul(ds, h.k);
    dk = at::matmul(ds.transpose(-2, -1), h.q);
  }
  const at::Tensor dqkv = at::stack({dq.transpose(1, 2), dk.transpose(1, 2), dv.transpose(1, 2)}, 2);
  return c.give(rounded(dqkv.reshape(qkv.sizes()).to(qkv.scalar_type())));
}

}  // namespace

#define NAMED(name) {#name, name}

void addAttentionOperations(Operations& ops) { ops.insert(ops.end(), {NAMED(attention), NAMED(attentionGrad)}); }

}  // namespace tessera
