#include "guarded_blocks.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace tessera {

#if defined(__unix__) || defined(__APPLE__)
namespace {

constexpr size_t kAlign = 64;
constexpr unsigned char kFill = 0xff;  // NaN as float32 and as bfloat16
constexpr uint64_t kMagic = 0x7e55e7a0b10cced5;

// Right before the data.
struct Header {
  void* base;
  size_t mapped, bytes;
  uint64_t magic;
  unsigned char slack[kAlign - 32];
};
static_assert(sizeof(Header) == kAlign);

size_t roundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

void require(bool intact, const char* where, size_t bytes) {
  if (intact) return;
  std::fprintf(stderr, "TESSERA_TORCH_GUARD: memory %s a block of %zu bytes was written\n", where, bytes);
  std::abort();
}

}  // namespace

bool guardBlocks() {
  static const bool on = std::getenv("TESSERA_TORCH_GUARD") != nullptr;
  return on;
}

void* allocateGuarded(size_t bytes) {
  static const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t whole = roundUp(bytes, kAlign), inner = roundUp(kAlign + whole, page), mapped = inner + 2 * page;
  void* base = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  char* first = static_cast<char*>(base) + page;
  if (mprotect(first, inner, PROT_READ | PROT_WRITE) != 0) {
    munmap(base, mapped);
    return nullptr;
  }
  std::memset(first, kFill, inner);
  char* data = first + inner - whole;
  auto* header = reinterpret_cast<Header*>(data - kAlign);
  header->base = base;
  header->mapped = mapped;
  header->bytes = bytes;
  header->magic = kMagic;
  return data;
}

void freeGuarded(void* data) {
  const auto* header = reinterpret_cast<const Header*>(static_cast<char*>(data) - kAlign);
  require(header->magic == kMagic, "before", 0);
  for (unsigned char byte : header->slack) require(byte == kFill, "before", header->bytes);
  const auto* bytes = static_cast<const unsigned char*>(data);
  for (size_t i = header->bytes; i < roundUp(header->bytes, kAlign); ++i) require(bytes[i] == kFill, "past", header->bytes);
  munmap(header->base, header->mapped);
}
#else
bool guardBlocks() { return false; }
void* allocateGuarded(size_t) { return nullptr; }
void freeGuarded(void*) {}
#endif

}  // namespace tessera
