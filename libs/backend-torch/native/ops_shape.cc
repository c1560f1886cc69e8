// Creation, and what moves elements without computing. Views are returned where libtorch has them; memory is shared, and
// whoever writes in place copies first if the memory is shared (see ops_optimizer.cc).
#include "call.h"

namespace tessera {
namespace {

// A view that keeps a far larger buffer alive would be a leak in disguise.
at::Tensor detached(const at::Tensor& view) {
  const auto whole = static_cast<int64_t>(view.storage().nbytes());
  return view.numel() * static_cast<int64_t>(view.element_size()) * 4 < whole ? view.clone(at::MemoryFormat::Contiguous) : view;
}

napi_value reshape(Call& c) { return c.give(at::reshape(c.tensor(0), c.integers(1)).alias()); }
napi_value permute(Call& c) { return c.give(c.tensor(0).permute(c.integers(1))); }
napi_value expand(Call& c) {
  const auto shape = c.integers(1);
  product(shape);  // beside a size of 0 libtorch takes a negative one
  return c.give(c.tensor(0).expand(shape));
}
napi_value tile(Call& c) {
  const at::Tensor& x = c.tensor(0);
  const auto repeats = c.integers(1);
  // libtorch takes quadratic time in the number of axes, and multiplies unchecked
  if (repeats.size() > 64) throw CodedError(kBadArgument, std::to_string(repeats.size()) + " repeats; a tensor has 64 axes at most here");
  auto shape = repeats;
  for (size_t i = 0, first = shape.size() - std::min<size_t>(shape.size(), x.dim()); i < shape.size(); ++i)
    if (i >= first) shape[i] = product({shape[i], x.size(static_cast<int64_t>(i - first))});
  product(shape);
  return c.give(x.repeat(repeats));
}
napi_value flip(Call& c) { return c.give(at::flip(c.tensor(0), c.integers(1))); }
napi_value alias(Call& c) { return c.give(c.tensor(0).alias()); }

// concat(handles, axis)
napi_value concat(Call& c) {
  auto parts = c.tensors(0);
  bool allHalf = true;
  for (const auto& t : parts) allHalf = allHalf && isHalf(t);
  if (!allHalf)
    for (auto& t : parts) t = widen(t);
  return c.give(at::cat(parts, c.integer(1)));
}

// stack(handles, axis)
napi_value stack(Call& c) {
  auto parts = c.tensors(0);
  bool allHalf = true;
  for (const auto& t : parts) allHalf = allHalf && isHalf(t);
  if (!allHalf)
    for (auto& t : parts) t = widen(t);
  return c.give(at::stack(parts, c.integer(1)));
}

// slice(x, begin, size)
napi_value slice(Call& c) {
  at::Tensor x = c.tensor(0);
  const auto begin = c.integers(1), size = c.integers(2, begin.size());
  for (size_t i = 0; i < begin.size(); ++i) x = x.narrow(static_cast<int64_t>(i), begin[i], size[i]);
  return c.give(detached(x));
}

// stridedSlice(x, begin, shape, strides): begin is the first element taken; strides may be negative
napi_value stridedSlice(Call& c) {
  at::Tensor x = c.tensor(0);
  const auto begin = c.integers(1), shape = c.integers(2, begin.size()), strides = c.integers(3, begin.size());
  if (begin.size() > static_cast<size_t>(x.dim()))
    throw CodedError(kBadArgument, "begin has " + std::to_string(begin.size()) + " numbers for a tensor " + textOf(x.sizes()));
  for (size_t i = 0; i < begin.size(); ++i) {
    const auto axis = static_cast<int64_t>(i);
    // Both ends inside, by division: no product here can overflow.
    const int64_t length = x.size(axis), steps = shape[i] - 1, room = strides[i] > 0 ? length - 1 - begin[i] : begin[i];
    const bool inside = begin[i] >= 0 && begin[i] < length && strides[i] != 0 && steps <= room / std::abs(strides[i]);
    if (shape[i] < 0 || (shape[i] > 0 && !inside))
      throw CodedError(kBadArgument, "the slice from " + std::to_string(begin[i]) + " in " + std::to_string(shape[i]) + " steps of " +
                                         std::to_string(strides[i]) + " leaves an axis of " + std::to_string(length));
    if (shape[i] == 0) {
      x = x.narrow(axis, 0, 0);
      continue;
    }
    if (strides[i] > 0) {
      x = x.slice(axis, begin[i], begin[i] + shape[i] * strides[i], strides[i]).narrow(axis, 0, shape[i]);
    } else {
      const at::Tensor index = at::arange(shape[i], x.options().dtype(at::kLong)) * strides[i] + begin[i];
      x = at::index_select(x, axis, index);
    }
  }
  return c.give(detached(x));
}

// split(x, sizes, axis)
napi_value split(Call& c) {
  std::vector<at::Tensor> parts;
  for (const auto& part : at::split_with_sizes(c.tensor(0), c.integers(1), c.integer(2))) parts.push_back(detached(part));
  return c.give(std::move(parts));
}

// unbind(x, axis)
napi_value unbind(Call& c) {
  std::vector<at::Tensor> parts;
  for (const auto& part : at::unbind(c.tensor(0), c.integer(1))) parts.push_back(detached(part));
  return c.give(std::move(parts));
}

// pad(x, before and after per axis, value)
napi_value pad(Call& c) {
  const auto flat = c.integers(1);
  std::vector<int64_t> fromLast;
  for (size_t i = flat.size(); i >= 2; i -= 2) {
    fromLast.push_back(flat[i - 2]);
    fromLast.push_back(flat[i - 1]);
  }
  return c.give(at::constant_pad_nd(c.tensor(0), fromLast, c.number(2)));
}

// full(shape, value, dtype, device)
napi_value full(Call& c) {
  return c.give(at::full(c.integers(0), c.number(1), at::TensorOptions(dtypeOf(c.integer(2))).device(deviceOf(c.integer(3)))));
}

// arithmetic(start, step, count, dtype, device): start + i * step
napi_value arithmetic(Call& c) {
  at::Tensor i = at::arange(c.integer(2), at::TensorOptions(at::kDouble).device(deviceOf(c.integer(4))));
  return c.give((i * c.number(1) + c.number(0)).to(dtypeOf(c.integer(3))));
}

}  // namespace

#define NAMED(name) {#name, name}

void addShapeOperations(Operations& ops) {
  ops.insert(ops.end(), {NAMED(reshape), NAMED(permute), NAMED(expand), NAMED(tile), NAMED(flip), NAMED(alias), NAMED(concat),
                         NAMED(stack), NAMED(slice), NAMED(stridedSlice), NAMED(split), NAMED(unbind), NAMED(pad), NAMED(full),
                         NAMED(arithmetic)});
}

}  // namespace tessera
