#include "memory_limit.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>

namespace tessera {
namespace {

size_t physical() {
#if defined(_SC_PHYS_PAGES)
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGE_SIZE);
  if (pages > 0 && page > 0) return static_cast<size_t>(pages) * static_cast<size_t>(page);
#endif
  return size_t{8} << 30;
}

#if defined(__linux__)
// "max" and a missing file mean no limit.
size_t limitIn(const std::string& file) {
  uint64_t bytes = 0;
  std::ifstream in(file);
  return in >> bytes && bytes > 0 ? static_cast<size_t>(bytes) : SIZE_MAX;
}

// A group obeys the limits of all groups above it. Inside a container its own group is the root of what it sees.
size_t smallestUpwards(const std::string& root, std::string group, const char* file) {
  size_t limit = limitIn(root + "/" + file);
  while (group.size() > 1) {
    limit = std::min(limit, limitIn(root + group + "/" + file));
    group.resize(group.rfind('/'));
  }
  return limit;
}

size_t controlGroup() {
  size_t limit = std::min(limitIn("/sys/fs/cgroup/memory.max"), limitIn("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // number:controllers:/path, without controllers in version 2
    const auto first = line.find(':'), second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || line.compare(second + 1, 1, "/") != 0) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    if (controllers.empty()) limit = std::min(limit, smallestUpwards("/sys/fs/cgroup", path, "memory.max"));
    if (controllers == "memory") limit = std::min(limit, smallestUpwards("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
  }
  return limit;
}
#else
size_t controlGroup() { return SIZE_MAX; }
#endif

// Half of ulimit -d and -v: JavaScript's heap lives under them too, and its end is the end of the process.
size_t processLimit() {
  size_t limit = SIZE_MAX;
  for (const auto resource : {RLIMIT_DATA, RLIMIT_AS}) {
    rlimit now{};
    if (getrlimit(resource, &now) == 0 && now.rlim_cur != RLIM_INFINITY) limit = std::min(limit, static_cast<size_t>(now.rlim_cur) / 2);
  }
  return limit;
}

}  // namespace

size_t memoryLimit() {
  static const size_t limit = std::min({physical(), controlGroup(), processLimit()});
  return limit;
}

}  // namespace tessera
