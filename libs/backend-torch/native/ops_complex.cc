// complex64: parts, whole and Fourier transforms. Such a tensor is one buffer of pairs; the other operations take it where libtorch does.
#include "call.h"

namespace tessera {
namespace {

// complex(real, imaginary)
napi_value complex(Call& c) { return c.give(at::complex(c.float32(0), c.float32(1))); }

// The parts as tensors of their own: a view would keep twice its memory.
napi_value real(Call& c) { return c.give(at::real(c.tensor(0)).clone()); }
napi_value imag(Call& c) {
  const at::Tensor& x = c.tensor(0);
  return c.give(x.is_complex() ? at::imag(x).clone() : at::zeros_like(x));
}

// fft(x, inverse): along the last axis; the inverse divides by its length
napi_value fft(Call& c) {
  const at::Tensor& x = c.tensor(0);
  if (x.numel() == 0) return c.give(x.clone());
  return c.give(c.boolean(1) ? at::fft_ifft(x) : at::fft_fft(x));
}

}  // namespace

#define NAMED(name) {#name, name}

void addComplexOperations(Operations& ops) { ops.insert(ops.end(), {NAMED(complex), NAMED(real), NAMED(imag), NAMED(fft)}); }

}  // namespace tessera
