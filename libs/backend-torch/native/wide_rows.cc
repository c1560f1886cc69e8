#include "wide_rows.h"

#include <cstring>

#include "errors.h"

namespace tessera {
namespace {

constexpr int64_t kGrainBytes = 1 << 16;

int64_t grain(int64_t bytesPerRow) { return std::max<int64_t>(1, kGrainBytes / std::max<int64_t>(1, bytesPerRow)); }

// Everything below copies raw memory: the callers check their shapes, and this is the last line.
void require(bool fits) {
  if (!fits) throw CodedError(kBadArgument, "images and their layout side by side differ in shape");
}

}  // namespace

at::Tensor sideBySide(const at::Tensor& images, int64_t group, int64_t period) {
  const int64_t N = images.size(0), H = images.size(1), W = images.size(2), C = images.size(3);
  require(images.is_contiguous() && group > 0 && W <= period);
  const int64_t wides = (N + group - 1) / group, rows = wides * H;
  at::Tensor wide = at::empty({wides, H, group * period, C}, images.options());
  const auto size = static_cast<int64_t>(images.element_size());
  const int64_t used = W * C * size, whole = period * C * size;
  const auto* from = static_cast<const char*>(images.const_data_ptr());
  auto* to = static_cast<char*>(wide.data_ptr());
  at::parallel_for(0, rows, grain(group * whole), [&](int64_t r0, int64_t r1) {
    for (int64_t r = r0; r < r1; ++r) {
      for (int64_t j = 0; j < group; ++j) {
        char* out = to + (r * group + j) * whole;
        const int64_t n = r / H * group + j;
        const int64_t copied = n < N ? used : 0;
        if (copied != 0) std::memcpy(out, from + (n * H + r % H) * used, static_cast<size_t>(copied));
        std::memset(out + copied, 0, static_cast<size_t>(whole - copied));
      }
    }
  });
  return wide;
}

at::Tensor apart(const at::Tensor& wide, int64_t group, int64_t period, int64_t count, int64_t width) {
  const int64_t H = wide.size(1), C = wide.size(3);
  require(wide.is_contiguous() && group > 0 && width <= period && wide.size(2) == group * period && count >= 0 &&
          count <= wide.size(0) * group);
  at::Tensor images = at::empty({count, H, width, C}, wide.options());
  const auto size = static_cast<int64_t>(wide.element_size());
  const int64_t used = width * C * size, whole = period * C * size;
  const auto* from = static_cast<const char*>(wide.const_data_ptr());
  auto* to = static_cast<char*>(images.data_ptr());
  at::parallel_for(0, count * H, grain(used), [&](int64_t r0, int64_t r1) {
    for (int64_t r = r0; r < r1; ++r) {
      const int64_t n = r / H, row = n / group * H + r % H;
      std::memcpy(to + r * used, from + (row * group + n % group) * whole, static_cast<size_t>(used));
    }
  });
  return images;
}

at::Tensor spread(const at::Tensor& small, int64_t height, int64_t width, int64_t strideH, int64_t strideW) {
  const int64_t N = small.size(0), h = small.size(1), w = small.size(2), C = small.size(3);
  require(small.is_contiguous() && strideH > 0 && strideW > 0);
  at::Tensor out = at::empty({N, height, width, C}, small.options());
  const auto pixel = C * static_cast<int64_t>(small.element_size());
  const auto* from = static_cast<const char*>(small.const_data_ptr());
  auto* to = static_cast<char*>(out.data_ptr());
  at::parallel_for(0, N * height, grain(width * pixel), [&](int64_t r0, int64_t r1) {
    for (int64_t r = r0; r < r1; ++r) {
      const int64_t n = r / height, y = r % height;
      char* row = to + r * width * pixel;
      if (y % strideH != 0 || y / strideH >= h) {
        std::memset(row, 0, static_cast<size_t>(width * pixel));
        continue;
      }
      const char* source = from + (n * h + y / strideH) * w * pixel;
      for (int64_t x = 0; x < width; ++x) {
        const bool hit = x % strideW == 0 && x / strideW < w;
        if (hit) std::memcpy(row + x * pixel, source + x / strideW * pixel, static_cast<size_t>(pixel));
        else std::memset(row + x * pixel, 0, static_cast<size_t>(pixel));
      }
    }
  });
  return out;
}

}  // namespace tessera
