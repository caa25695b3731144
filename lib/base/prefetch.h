#pragma once

namespace vcp {

// Fetches the cache line at `address` for writing: away from every other core, so that the store
// need not ask them again. Any address may be given. The builtin says so only where the compiler
// may assume more than every x86-64 has; processors that do not know the instruction skip it.
inline void PrefetchForWrite(const void* address) {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#else
  __builtin_prefetch(address, 1);
#endif
}

}  // namespace vcp
