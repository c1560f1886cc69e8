// Errors that JavaScript sees: a stable code and one line of text.
#pragma once

#include <stdexcept>
#include <string>

namespace tessera {

struct CodedError : std::runtime_error {
  CodedError(const char* errorCode, const std::string& message) : std::runtime_error(message), code(errorCode) {}
  const char* code;
};

inline constexpr const char* kBadHandle = "TORCH_BAD_HANDLE";
inline constexpr const char* kBadArgument = "TORCH_BAD_ARGUMENT";
inline constexpr const char* kOutOfMemory = "TORCH_OUT_OF_MEMORY";
inline constexpr const char* kNoDevice = "TORCH_NO_DEVICE";
inline constexpr const char* kCapture = "TORCH_CAPTURE";
inline constexpr const char* kOpFailed = "TORCH_OP_FAILED";

}  // namespace tessera
