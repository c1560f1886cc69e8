#include "allocator.h"

#include <cstdlib>
#include <mutex>
#include <unordered_map>
#if defined(__GLIBC__)
#include <malloc.h>  // mallopt
#endif
#if defined(__linux__)
#include <sys/mman.h>  // madvise, MADV_HUGEPAGE
#endif

#include "aten.h"
#include "guarded_blocks.h"
#include "memory_limit.h"

namespace tessera {
namespace {

constexpr size_t kSmall = 1 << 16;   // below this glibc's own lists are good enough
constexpr size_t kHuge = 4u << 20;   // from here on transparent huge pages are asked for
constexpr size_t kHugePage = 2u << 20;
constexpr size_t kHeader = 64;       // keeps the 64-byte alignment that oneDNN wants

// The header before each block; a block is freed by its data pointer alone.
struct Header {
  size_t capacity;
  void* base;
  bool reused;
};

Header* headerOf(void* data) { return reinterpret_cast<Header*>(static_cast<char*>(data) - kHeader); }

// Eight classes an octave: at most 12.5 % is wasted.
size_t capacityFor(size_t bytes) {
  if (bytes < kSmall) return (bytes + 63) / 64 * 64;
  size_t step = kSmall / 8;
  while (step * 16 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

class CachingAllocator final : public at::Allocator {
 public:
  at::DataPtr allocate(size_t bytes) override {
    void* data = bytes == 0 ? nullptr : take(bytes);
    return {data, data, &CachingAllocator::giveBack, at::Device(at::kCPU)};
  }
  at::DeleterFnPtr raw_deleter() const override { return &CachingAllocator::giveBack; }
  void copy_data(void* dest, const void* src, std::size_t count) const override { default_copy_data(dest, src, count); }

  int64_t cached() {
    std::lock_guard<std::mutex> lock(mutex_);
    return static_cast<int64_t>(cached_);
  }
  int64_t limit() const { return static_cast<int64_t>(limit_); }

  void releaseAll() {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto& list : lists_)
      for (void* data : list.second) std::free(headerOf(data)->base);
    lists_.clear();
    cached_ = 0;
  }

 private:
  // Linux promises more memory than there is and ends the process that uses it: refuse what cannot be kept.
  void* take(size_t bytes) {
    TORCH_CHECK_WITH(OutOfMemoryError, bytes <= most_, "can't allocate memory: ", bytes, " bytes; this process may use ", most_);
    if (guardBlocks()) {
      void* guarded = allocateGuarded(bytes);
      TORCH_CHECK_WITH(OutOfMemoryError, guarded != nullptr, "can't allocate memory: ", bytes, " bytes");
      return guarded;
    }
    const size_t capacity = capacityFor(bytes);
    if (capacity >= kSmall) {
      std::unique_lock<std::mutex> lock(mutex_);
      auto found = lists_.find(capacity);
      if (found != lists_.end() && !found->second.empty()) {
        void* data = found->second.back();
        found->second.pop_back();
        cached_ -= capacity;
        used_ += capacity;
        return data;
      }
      const size_t used = used_;
      TORCH_CHECK_WITH(OutOfMemoryError, used + capacity <= most_, "can't allocate memory: ", bytes, " bytes; ", used,
                       " are in use and this process may use ", most_);
      used_ += capacity;
      if (used_ + cached_ > most_) {
        lock.unlock();
        releaseAll();
      }
    }
    void* base = raw(capacity);
    if (base == nullptr) {
      releaseAll();
      base = raw(capacity);
    }
    if (base == nullptr && capacity >= kSmall) {
      std::lock_guard<std::mutex> lock(mutex_);
      used_ -= capacity;
    }
    TORCH_CHECK_WITH(OutOfMemoryError, base != nullptr, "can't allocate memory: ", bytes, " bytes");
    void* data = static_cast<char*>(base) + kHeader;
    *headerOf(data) = {capacity, base, false};
    return data;
  }

  static void* raw(size_t capacity) {
    void* base = nullptr;
    const bool huge = capacity >= kHuge;
    if (posix_memalign(&base, huge ? kHugePage : 64, capacity + kHeader) != 0) return nullptr;
    return base;
  }

  static void giveBack(void* data);

  void put(void* data) {
    Header* header = headerOf(data);
    const size_t capacity = header->capacity;
#ifdef MADV_HUGEPAGE
    // Huge pages make a step about 5 % faster, but touching new ones first cost 1.5 s at the start of a run. Asked for after the
    // first use they are assembled in the background.
    if (capacity >= kHuge && !header->reused) madvise(header->base, capacity + kHeader, MADV_HUGEPAGE);
#endif
    header->reused = true;
    if (capacity >= kSmall) {
      std::lock_guard<std::mutex> lock(mutex_);
      used_ -= capacity;
      if (cached_ + capacity <= limit_) {
        lists_[capacity].push_back(data);
        cached_ += capacity;
        return;
      }
    }
    std::free(header->base);
  }

  std::mutex mutex_;
  std::unordered_map<size_t, std::vector<void*>> lists_;
  size_t cached_ = 0;
  size_t used_ = 0;  // by blocks of kSmall and more
  const size_t limit_ = memoryLimit() / 4;
  const size_t most_ = memoryLimit();
};

// Never destroyed: tensors may outlive static destructors.
CachingAllocator& instance() {
  static auto* allocator = new CachingAllocator();
  return *allocator;
}

void CachingAllocator::giveBack(void* data) {
  if (data == nullptr) return;
  if (guardBlocks()) freeGuarded(data);
  else instance().put(data);
}

}  // namespace

void installCachingAllocator() {
  static std::once_flag once;
  std::call_once(once, [] {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
#endif
    c10::SetCPUAllocator(&instance(), 100);
  });
}

int64_t cacheLimit() { return instance().limit(); }
int64_t cachedBytes() { return instance().cached(); }
void releaseCachedBlocks() { instance().releaseAll(); }

}  // namespace tessera
