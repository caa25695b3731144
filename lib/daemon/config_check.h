// What must hold between the sections of a configuration, and between one PVC and its port.
#pragma once

#include <string>
#include <vector>

#include "base/limits.h"
#include "daemon/config.h"
#include "daemon/toml_section.h"
#include "wire/frame.h"

namespace vcp::daemon {

inline constexpr uint32_t kMaxMtuBytes = kMaxSduBytes + wire::kEncapsulationBytes;

// Where each port, PVC, link and route of the configuration stands in the file.
struct Places {
  std::vector<Position> ports;
  std::vector<Position> pvcs;
  std::vector<Position> links;
  std::vector<Position> routes;
};

void CheckTogether(const Config& config, const Places& places, ErrorList* errors);

}  // namespace vcp::daemon
