#include "allocations.h"

#include <cstdlib>
#include <new>

namespace {

uint64_t allocations = 0;

}  // namespace

namespace vcp {

uint64_t AllocationCount() { return allocations; }

}  // namespace vcp

void* operator new(size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
