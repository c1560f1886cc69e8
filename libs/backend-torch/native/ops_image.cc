// Sampling NHWC images at computed places: crops, projective transforms, rotations.
#include "call.h"

namespace tessera {
namespace {

void checkImages(const at::Tensor& image) {
  if (image.dim() != 4) throw CodedError(kBadArgument, "images have 4 axes, got " + textOf(image.sizes()));
}

at::Tensor places(int64_t count, const at::Tensor& like) { return at::arange(count, like.options().dtype(at::kDouble)); }
// Math.round: halves go up.
at::Tensor rounded(const at::Tensor& x) { return at::floor(x + 0.5); }

// Places as an index that is inside whatever they were, NaN and infinity too; `inside` says elsewhere which of them count.
at::Tensor safeIndex(const at::Tensor& place, int64_t size) {
  return at::nan_to_num(place, 0, 0, 0).clamp(0, static_cast<double>(size - 1)).to(at::kLong);
}

// image[batch, y, x, :] for whole-numbered y and x; the three broadcast.
at::Tensor pick(const at::Tensor& image, const at::Tensor& batch, const at::Tensor& y, const at::Tensor& x) {
  const c10::List<c10::optional<at::Tensor>> index({batch, safeIndex(y, image.size(1)), safeIndex(x, image.size(2))});
  return at::index(image, index);
}

at::Tensor within(const at::Tensor& place, int64_t size) { return place.ge(0).logical_and(place.le(static_cast<double>(size - 1))); }

// cropAndResize(image, boxes [N, 4], image of each box [N], height, width, nearest, value outside) -> float32 [N, height, width, C]
napi_value cropAndResize(Call& c) {
  const at::Tensor image = c.float32(0), boxes = c.tensor(1).to(at::kDouble), owner = c.tensor(2).to(at::kLong);
  const int64_t height = c.integer(3), width = c.integer(4);
  checkImages(image);
  if (boxes.dim() != 2 || boxes.size(1) != 4 || owner.dim() != 1 || owner.size(0) != boxes.size(0))
    throw CodedError(kBadArgument, "boxes are [N, 4] with an image each, got " + textOf(boxes.sizes()) + " and " + textOf(owner.sizes()));
  if (height < 1 || width < 1) throw CodedError(kBadArgument, "the size of a crop is at least 1 x 1");
  const int64_t count = boxes.size(0);
  if (image.numel() == 0) return c.give(at::full({count, height, width, image.size(3)}, c.number(6), image.options()));
  const auto along = [&](int64_t from, int64_t to, int64_t size, int64_t crop) {
    const at::Tensor low = boxes.select(1, from).unsqueeze(1), high = boxes.select(1, to).unsqueeze(1);
    const auto last = static_cast<double>(size - 1);
    if (crop == 1) return at::Tensor((low + high) * (0.5 * last));
    return at::Tensor(low * last + places(crop, boxes) * ((high - low) * last / static_cast<double>(crop - 1)));
  };
  const at::Tensor y = along(0, 2, image.size(1), height).unsqueeze(2), x = along(1, 3, image.size(2), width).unsqueeze(1);
  const at::Tensor batch = owner.clamp(0, image.size(0) - 1).view({count, 1, 1});
  at::Tensor out;
  if (c.boolean(5)) {
    out = pick(image, batch, rounded(y), rounded(x));
  } else {
    const at::Tensor top = at::floor(y), left = at::floor(x), bottom = at::ceil(y), right = at::ceil(x);
    const at::Tensor down = (y - top).to(at::kFloat).unsqueeze(3), across = (x - left).to(at::kFloat).unsqueeze(3);
    const auto row = [&](const at::Tensor& at) {
      const at::Tensor first = pick(image, batch, at, left);
      return at::Tensor(first + (pick(image, batch, at, right) - first) * across);
    };
    const at::Tensor upper = row(top);
    out = upper + (row(bottom) - upper) * down;
  }
  const at::Tensor inside = within(y, image.size(1)).logical_and(within(x, image.size(2))).unsqueeze(3);
  out = at::where(inside, out, at::full({}, c.number(6), image.options()));
  // A box of an image that is not there stays zero.
  const at::Tensor exists = owner.ge(0).logical_and(owner.lt(image.size(0))).view({count, 1, 1, 1});
  return c.give(at::where(exists, out, at::zeros({}, image.options())));
}

// Pixels at y and x [B or 1, H, W] in double; `fill` [C] outside the image.
at::Tensor sample(const at::Tensor& image, const at::Tensor& y, const at::Tensor& x, bool nearest, const at::Tensor& fill) {
  const at::Tensor batch = at::arange(image.size(0), image.options().dtype(at::kLong)).view({-1, 1, 1});
  const auto read = [&](const at::Tensor& row, const at::Tensor& column) {
    const at::Tensor inside = within(row, image.size(1)).logical_and(within(column, image.size(2))).unsqueeze(3);
    return at::where(inside, pick(image, batch, row, column), fill);
  };
  if (nearest) return read(rounded(y), rounded(x));
  const at::Tensor top = at::floor(y), left = at::floor(x);
  const at::Tensor down = (y - top).to(at::kFloat).unsqueeze(3), across = (x - left).to(at::kFloat).unsqueeze(3);
  const at::Tensor upper = read(top, left) * (1 - across) + read(top, left + 1) * across;
  const at::Tensor lower = read(top + 1, left) * (1 - across) + read(top + 1, left + 1) * across;
  return upper * (1 - down) + lower * down;
}

// TensorFlow's continuations of an axis of `size` pixels beyond its ends.
at::Tensor continued(const at::Tensor& place, int64_t size, const std::string& mode) {
  if (mode == "constant") return place;
  const auto n = static_cast<double>(size);
  const auto clamped = [&](const at::Tensor& p) { return at::clamp(p, 0, n - 1); };
  if (mode == "nearest" || size == 1) return clamped(place);
  if (mode == "reflect") {  // dcba|abcd|dcba
    const at::Tensor shifted = at::trunc(-place / (2 * n)) * (2 * n) + place;
    const at::Tensor below = at::where(shifted.lt(-n), shifted + 2 * n, -shifted - 1);
    const at::Tensor folded = place - at::trunc(place / (2 * n)) * (2 * n);
    const at::Tensor above = at::where(folded.ge(n), 2 * n - folded - 1, folded);
    return clamped(at::where(place.lt(0), below, at::where(place.gt(n - 1), above, place)));
  }
  if (mode == "wrap") {  // abcd|abcd|abcd
    const at::Tensor below = place + (at::trunc(-place / (n - 1)) + 1) * n;
    const at::Tensor above = place - at::trunc(place / (n - 1)) * n;
    return clamped(at::where(place.lt(0), below, at::where(place.gt(n - 1), above, place)));
  }
  throw CodedError(kBadArgument, "unknown fill mode " + mode);
}

// transform(image, transforms [1 or B, 8], height, width, nearest, fill mode, fill value): in the image's type
napi_value transform(Call& c) {
  const at::Tensor image = c.float32(0), t = c.tensor(1).to(at::kDouble);
  const int64_t height = c.integer(2), width = c.integer(3);
  checkImages(image);
  if (t.dim() != 2 || t.size(1) != 8 || (t.size(0) != 1 && t.size(0) != image.size(0)))
    throw CodedError(kBadArgument, "transforms are [1 or " + std::to_string(image.size(0)) + ", 8], got " + textOf(t.sizes()));
  if (height < 0 || width < 0) throw CodedError(kBadArgument, "a negative output size");
  const std::vector<int64_t> shape{image.size(0), height, width, image.size(3)};
  const at::Tensor fill = at::full({1}, c.number(6), image.options());
  if (image.numel() == 0) return c.give(at::full(shape, c.number(6), c.tensor(0).options()));
  const auto k = [&](int64_t i) { return t.select(1, i).view({-1, 1, 1}); };
  const at::Tensor outY = places(height, t).view({1, -1, 1}), outX = places(width, t).view({1, 1, -1});
  const at::Tensor scale = k(6) * outX + k(7) * outY + 1;
  const auto projected = [&](int64_t i, int64_t size) {
    return continued((k(i) * outX + k(i + 1) * outY + k(i + 2)) / scale, size, c.text(5));
  };
  const at::Tensor out = sample(image, projected(3, image.size(1)), projected(0, image.size(2)), c.boolean(4), fill);
  return c.give(at::where(scale.eq(0).unsqueeze(3), fill, out).to(c.tensor(0).scalar_type()));
}

// rotate(image, sine, cosine, centre x, centre y, fill [C]): nearest pixels, in the image's type
napi_value rotate(Call& c) {
  const at::Tensor image = c.float32(0);
  checkImages(image);
  const double sine = c.number(1), cosine = c.number(2), centreX = c.number(3), centreY = c.number(4);
  const auto colour = c.numbers(5);
  if (static_cast<int64_t>(colour.size()) != image.size(3))
    throw CodedError(kBadArgument, std::to_string(colour.size()) + " fill values for " + std::to_string(image.size(3)) + " channels");
  if (image.numel() == 0) return c.give(c.tensor(0).clone());
  const at::Tensor fill = at::tensor(colour, at::kDouble).to(image.options());
  const at::Tensor y = places(image.size(1), image).view({1, -1, 1}) - centreY, x = places(image.size(2), image).view({1, 1, -1}) - centreX;
  return c.give(sample(image, x * sine + y * cosine + centreY, x * cosine - y * sine + centreX, true, fill).to(c.tensor(0).scalar_type()));
}

}  // namespace

#define NAMED(name) {#name, name}

void addImageOperations(Operations& ops) { ops.insert(ops.end(), {NAMED(cropAndResize), NAMED(transform), NAMED(rotate)}); }

}  // namespace tessera
