// How long and how often the abuse suite abuses, and what it allows the daemon to keep. Short
// enough for every push; VCP_ABUSE_LONG=1 in the environment asks for the long forms
// (scripts/abuse.sh).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace vcp::abuse {

inline bool IsLong() { return std::getenv("VCP_ABUSE_LONG") != nullptr; }
template <typename T>
T Choose(T every_push, T long_form) {
  return IsLong() ? long_form : every_push;
}

// --- how much abuse ------------------------------------------------------------------------------
inline std::chrono::seconds ToggleTime() {  // R1
  return Choose(std::chrono::seconds(6), std::chrono::seconds(60));
}
inline std::chrono::seconds ChaosTime() {  // R15
  return Choose(std::chrono::seconds(6), std::chrono::seconds(600));
}
inline std::chrono::milliseconds PunchTime() {  // A11
  return Choose(std::chrono::milliseconds(1000), std::chrono::milliseconds(30'000));
}
inline int AttachCycles() { return Choose(1'000, 10'000); }  // A9
inline int Aborts() { return Choose(60, 2'000); }            // L4
inline int Suicides() { return Choose(25, 500); }            // L2
inline int Murders() { return Choose(15, 200); }             // L3
inline int RandomBursts() { return Choose(60, 2'000); }      // R10
inline constexpr size_t kFdsInOneMessage = 253;              // A5: all that the kernel takes
inline constexpr int kFdMessages = 20;                       // A5

// --- what the daemon may keep --------------------------------------------------------------------
// Descriptors, shared regions, clients, address families, SAPs, VCs and calls come back exactly.
// The allocator may keep what it was given once: a leak per client would be more than this.
inline constexpr size_t kMappingSlack = 48;
inline constexpr size_t kResidentSlackKb = 48 * 1024;
// Frames that poll cores have at hand, and the bystander's that are under way.
inline constexpr uint64_t kFramesSlack = 512;
// Lies in shared memory that a client gets away with; the last one ends it.
inline constexpr uint64_t kStrikes = 64;
// Lines that one place in the daemon may log in a second, and one that tells of those kept back.
inline constexpr size_t kLogLinesPerSecond = 11;

// --- patience, for a machine that is busy; meeting it is a failure -------------------------------
inline constexpr std::chrono::seconds kPatience{60};
inline constexpr int kLookAgainMs = 2;

// --- the bystander -------------------------------------------------------------------------------
inline constexpr size_t kBystanderBurst = 32;
inline constexpr size_t kBystanderMinBytes = 16;
inline constexpr size_t kBystanderMaxBytes = 1400;

}  // namespace vcp::abuse
