#include "dataplane/tables.h"

#include <sys/mman.h>

#include <cstdint>

#include "base/check.h"

// Linux's number, for C libraries that do not name it yet.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace vcp::dataplane {
namespace {
constexpr size_t kHugePageBytes = size_t{2} << 20;
}

void* MapZeros(size_t size_bytes) {
  const size_t reserve_bytes = size_bytes + kHugePageBytes;
  void* reserved = mmap(nullptr, reserve_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  VCP_CHECK(reserved != MAP_FAILED);
  const auto start = reinterpret_cast<uintptr_t>(reserved);
  const uintptr_t aligned = (start + kHugePageBytes - 1) & ~(kHugePageBytes - 1);
  const uintptr_t end = (aligned + size_bytes + 4095) & ~uintptr_t{4095};
  if (aligned > start) munmap(reserved, aligned - start);
  if (end < start + reserve_bytes) {
    munmap(reinterpret_cast<void*>(end), start + reserve_bytes - end);
  }
  void* data = reinterpret_cast<void*>(aligned);
  madvise(data, size_bytes, MADV_HUGEPAGE);
  madvise(data, size_bytes, MADV_DONTDUMP);
  return data;
}

void Unmap(void* data, size_t size_bytes) { VCP_CHECK(munmap(data, size_bytes) == 0); }

void Populate(void* data, size_t size_bytes) {
  const auto start = reinterpret_cast<uintptr_t>(data) & ~uintptr_t{4095};
  const auto end = reinterpret_cast<uintptr_t>(data) + size_bytes;
  // Advice: where the kernel cannot (before 5.14), the first write makes the page.
  madvise(reinterpret_cast<void*>(start), end - start, MADV_POPULATE_WRITE);
}

}  // namespace vcp::dataplane
