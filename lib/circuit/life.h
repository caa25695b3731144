// The lives of adapters and bindings (environment section 12): states, and which may follow which.
// An adapter: Halted -> Initializing -> Paused <-> Restarting / Running / Pausing, and back to
// Halted; Shut down is final. A binding: Unbound -> Opening -> Paused <-> Restarting / Running /
// Pausing, Paused -> Closing -> Unbound. Values only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vcp::circuit {

enum class AdapterState : uint8_t {
  kHalted,
  kInitializing,
  kPaused,
  kRestarting,
  kRunning,
  kPausing,
  kShutDown,
};
inline constexpr size_t kAdapterStateCount = 7;

enum class BindingState : uint8_t {
  kUnbound,
  kOpening,
  kPaused,
  kRestarting,
  kRunning,
  kPausing,
  kClosing,
};
inline constexpr size_t kBindingStateCount = 7;

// Why an adapter is halted.
enum class HaltReason : uint8_t {
  kDeviceDisabled,
  kInstanceDeinitialized,
  kPoweredDown,
  kSurpriseRemoved,
  kDeviceFailed,
  kInitializationFailed,
  kDeviceStopped,
};

// By [from][to]; everything else is a bug of the switchboard's (C133).
inline constexpr std::array<std::array<bool, kAdapterStateCount>, kAdapterStateCount>
    kAdapterMayMove = {{
        //   halted initializing paused restarting running pausing shut down
        {{false, true, false, false, false, false, false}},   // halted
        {{true, false, true, false, false, false, false}},    // initializing
        {{true, false, false, true, false, false, true}},     // paused
        {{false, false, true, false, true, false, true}},     // restarting
        {{false, false, false, false, false, true, true}},    // running
        {{false, false, true, false, false, false, true}},    // pausing
        {{false, false, false, false, false, false, false}},  // shut down
    }};
inline constexpr std::array<std::array<bool, kBindingStateCount>, kBindingStateCount>
    kBindingMayMove = {{
        //   unbound opening paused restarting running pausing closing
        {{false, true, false, false, false, false, false}},  // unbound
        {{true, false, true, false, false, false, false}},   // opening
        {{false, false, false, true, false, false, true}},   // paused
        {{false, false, true, false, true, false, false}},   // restarting
        {{false, false, false, false, false, true, false}},  // running
        {{false, false, true, false, false, false, false}},  // pausing
        {{true, false, false, false, false, false, false}},  // closing
    }};

constexpr bool MayMove(AdapterState from, AdapterState to) {
  return kAdapterMayMove[static_cast<size_t>(from)][static_cast<size_t>(to)];
}
constexpr bool MayMove(BindingState from, BindingState to) {
  return kBindingMayMove[static_cast<size_t>(from)][static_cast<size_t>(to)];
}

// States in which requests are served; sends only while Running, completions of sends in Pausing.
constexpr bool ServesOids(AdapterState state) {
  return state == AdapterState::kPaused || state == AdapterState::kRestarting ||
         state == AdapterState::kRunning || state == AdapterState::kPausing;
}
constexpr bool ServesOids(BindingState state) {
  return state == BindingState::kPaused || state == BindingState::kRestarting ||
         state == BindingState::kRunning || state == BindingState::kPausing;
}

std::string_view AdapterStateName(AdapterState state);

}  // namespace vcp::circuit
