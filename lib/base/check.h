#pragma once

#include <cstdio>
#include <cstdlib>

// For our own invariants only, in every build type: prints where and aborts. What a peer, a client
// or a file says is never checked with these.
#define VCP_CHECK(condition) VCP_CHECK_MSG(condition, "")

#define VCP_CHECK_MSG(condition, message)                          \
  do {                                                             \
    if (!(condition)) [[unlikely]] {                               \
      ::vcp::CheckFailed(__FILE__, __LINE__, #condition, message); \
    }                                                              \
  } while (false)

namespace vcp {

[[noreturn, gnu::cold, gnu::noinline]] inline void CheckFailed(const char* file, int line,
                                                               const char* condition,
                                                               const char* message) {
  std::fprintf(stderr, "%s:%d: check failed: %s %s\n", file, line, condition, message);
  std::abort();
}

}  // namespace vcp
