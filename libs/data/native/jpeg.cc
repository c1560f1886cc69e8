// Ordinary JPEG files to RGB with libjpeg-turbo. What this does not decode without a single complaint, it leaves to sharp: so it
// decides nothing about which files are good, and an image is the same with it and without it. See src/decode/native-jpeg.ts.
#include <csetjmp>
#include <cstdint>
#include <cstdio>  // jpeglib.h needs it
#include <jpeglib.h>
#include <node_api.h>

#ifndef LIBJPEG_TURBO_VERSION_NUMBER
#error "this jpeglib.h is not libjpeg-turbo's: other libraries round differently"
#endif
#define TEXT_OF(value) #value
#define VERSION_TEXT(value) TEXT_OF(value)

namespace {

constexpr int kChannels = 3;
constexpr int kRowsAtOnce = 8;
// A progressive file can ask for thousands of passes over its pixels; real ones have about ten.
constexpr int kMostScans = 100;

struct Escape {
  jpeg_error_mgr errors;  // first: libjpeg hands back a pointer to it
  jpeg_progress_mgr progress;
  std::jmp_buf out;
};

[[noreturn]] void give_up(j_common_ptr info) { std::longjmp(reinterpret_cast<Escape*>(info->err)->out, 1); }

// Level -1 is a warning: a truncated or damaged file. The others are remarks.
void on_message(j_common_ptr info, int level) {
  if (level < 0) give_up(info);
}

void ignore_output(j_common_ptr) {}

void count_scans(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMostScans) give_up(info);
}

// Plain C in here: a jump out of libjpeg runs no destructors.
bool decode(const uint8_t* bytes, size_t length, uint8_t* out, uint32_t width, uint32_t height) {
  jpeg_decompress_struct info{};
  Escape escape;
  info.err = jpeg_std_error(&escape.errors);
  escape.errors.error_exit = give_up;
  escape.errors.emit_message = on_message;
  escape.errors.output_message = ignore_output;
  if (setjmp(escape.out) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, const_cast<uint8_t*>(bytes), static_cast<unsigned long>(length));
  jpeg_read_header(&info, TRUE);
  const bool expected = info.image_width == width && info.image_height == height && info.data_precision == 8 &&
                        (info.num_components == 1 || info.num_components == kChannels);
  if (!expected) give_up(reinterpret_cast<j_common_ptr>(&info));
  escape.progress.progress_monitor = count_scans;
  info.progress = &escape.progress;
  info.out_color_space = JCS_RGB;
  info.dct_method = JDCT_ISLOW;      // as PIL and sharp
  info.do_fancy_upsampling = TRUE;  // as PIL and sharp
  jpeg_start_decompress(&info);
  const size_t stride = static_cast<size_t>(width) * kChannels;
  while (info.output_scanline < height) {
    JSAMPROW rows[kRowsAtOnce];
    int count = 0;
    for (; count < kRowsAtOnce && info.output_scanline + count < height; count++)
      rows[count] = out + (info.output_scanline + count) * stride;
    jpeg_read_scanlines(&info, rows, count);
  }
  jpeg_destroy_decompress(&info);
  return true;
}

struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

bool bytes_of(napi_env env, napi_value value, Bytes* result) {
  napi_typedarray_type type;
  void* data = nullptr;
  bool is_typed_array = false;
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok || !is_typed_array) return false;
  if (napi_get_typedarray_info(env, value, &type, &result->length, &data, nullptr, nullptr) != napi_ok) return false;
  result->data = static_cast<uint8_t*>(data);
  return type == napi_uint8_array;
}

// decode(bytes: Uint8Array, out: Uint8Array, width: number, height: number): boolean
napi_value decode_call(napi_env env, napi_callback_info call) {
  size_t count = 4;
  napi_value args[4];
  uint32_t width = 0;
  uint32_t height = 0;
  Bytes bytes;
  Bytes out;
  const bool sound = napi_get_cb_info(env, call, &count, args, nullptr, nullptr) == napi_ok && count == 4 &&
                     bytes_of(env, args[0], &bytes) && bytes_of(env, args[1], &out) &&
                     napi_get_value_uint32(env, args[2], &width) == napi_ok &&
                     napi_get_value_uint32(env, args[3], &height) == napi_ok && bytes.length > 0 &&
                     out.length == static_cast<uint64_t>(width) * height * kChannels;
  if (!sound) {
    napi_throw_type_error(env, nullptr, "decode(bytes: Uint8Array, out: Uint8Array[width * height * 3], width, height)");
    return nullptr;
  }
  napi_value result = nullptr;
  napi_get_boolean(env, decode(bytes.data, bytes.length, out.data, width, height), &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  napi_value function = nullptr;
  napi_value version = nullptr;
  napi_create_function(env, "decode", NAPI_AUTO_LENGTH, decode_call, nullptr, &function);
  napi_set_named_property(env, exports, "decode", function);
  napi_create_string_utf8(env, VERSION_TEXT(LIBJPEG_TURBO_VERSION), NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "version", version);
  return exports;
}
