// Three equal channels.
#include "colour.h"

INLINE void gray_out16(u8 *at) {
  const Gray16 y = gray16(load_rgb16(at));
  const v128 gray = narrow(y.gray[0], y.gray[1], y.gray[2], y.gray[3]);
  store_rgb16(at, (Rgb16){gray, gray, gray});
}

EXPORT(grayscale_bytes) void grayscale_bytes(u8 *pixels, i32 count) { EACH_16_PIXELS(pixels, count, gray_out16); }

INLINE void gray_out4(f32 *at) {
  const v128 gray = gray4(load_rgb4(at));
  store_rgb4(at, (Rgb4){gray, gray, gray});
}

EXPORT(grayscale_floats) void grayscale_floats(f32 *pixels, i32 count) { EACH_4_PIXELS(pixels, count, gray_out4); }
