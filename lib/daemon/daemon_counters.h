// What the control thread counts, by name and with a meaning, once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vcp::daemon {

// X(constant, "name", "meaning")
#define VCP_DAEMON_COUNTER_TABLE(X)                                                              \
  X(kAttached, "attached", "clients that attached")                                              \
  X(kDetached, "detached", "clients that went away by themselves")                               \
  X(kEvictedByDataPath, "evicted_by_data_path", "clients ended for lying in shared memory")      \
  X(kProtocolErrors, "protocol_errors", "clients ended for breaking the attach protocol")        \
  X(kDescriptorsRefused, "descriptors_refused", "clients ended for passing file descriptors")    \
  X(kSlowReaders, "slow_readers", "clients ended for not reading what was sent to them")         \
  X(kStalledReleased, "stalled_released", "clients ended for standing still too long")           \
  X(kHelloTimeouts, "hello_timeouts", "connections that sent no HELLO in time")                  \
  X(kVersionsRefused, "versions_refused", "clients refused for speaking another ABI")            \
  X(kTooManyClients, "too_many_clients", "connections refused because the daemon is full")       \
  X(kTooManyOfUser, "too_many_of_user", "connections refused because their user has enough")     \
  X(kNoChannelMemory, "no_channel_memory", "clients refused because their memory was not there") \
  X(kAcceptPauses, "accept_pauses", "times that no descriptor was left to accept a connection")  \
  X(kOperatorRequests, "operator_requests", "requests on the operator socket")                   \
  X(kOperatorsDropped, "operators_dropped", "operator connections ended for being slow or wrong")

enum class DaemonCounter : uint8_t {
#define VCP_DAEMON_COUNTER(constant, name, meaning) constant,
  VCP_DAEMON_COUNTER_TABLE(VCP_DAEMON_COUNTER)
#undef VCP_DAEMON_COUNTER
};
inline constexpr size_t kDaemonCounterCount = 0
#define VCP_DAEMON_COUNTER(constant, name, meaning) +1
    VCP_DAEMON_COUNTER_TABLE(VCP_DAEMON_COUNTER)
#undef VCP_DAEMON_COUNTER
    ;

// Control thread only.
class DaemonCounters {
 public:
  void Add(DaemonCounter counter) { ++values_[static_cast<size_t>(counter)]; }
  uint64_t Read(DaemonCounter counter) const { return values_[static_cast<size_t>(counter)]; }

 private:
  std::array<uint64_t, kDaemonCounterCount> values_{};
};

}  // namespace vcp::daemon
