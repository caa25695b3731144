#include "circuit/life.h"

namespace vcp::circuit {

std::string_view AdapterStateName(AdapterState state) {
  constexpr std::array<std::string_view, kAdapterStateCount> kNames = {
      "halted", "initializing", "paused", "restarting", "running", "pausing", "shut down"};
  return kNames[static_cast<size_t>(state)];
}

}  // namespace vcp::circuit
