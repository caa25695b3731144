// Rates that may become less (kRoundDownFlow, C38) become as much as there is room for. Pure.
#pragma once

#include <cstdint>
#include <functional>

#include "callmgr/call_elements.h"

namespace vcp::callmgr {

// Whether a link has room for such traffic, in SDUs of that size.
using HasRoom = std::function<bool(const qos::AtmTraffic& traffic, uint32_t sdu_bytes)>;
struct Room {
  HasRoom transmit;
  HasRoom receive;
};

// Lowers the rates of a caller's flows to the largest that there is room for, each direction by
// itself, in some forty looks each; `terms` are those of the lowered flows. False: they may not
// become less, or there is room for none.
bool RoundDown(const LinkCapacity& link, bool multipoint, const Room& room,
               circuit::CallParameters* params, CallTerms* terms);

}  // namespace vcp::callmgr
