// The words by which operators know states and kinds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "circuit/switchboard.h"
#include "qos/atm_traffic.h"
#include "signaling/uni_types.h"

namespace vcp::daemon {

const char* NameOf(circuit::VcState state);
const char* NameOf(circuit::CallState state);
const char* NameOf(circuit::PartyState state);
std::string NameOf(circuit::AddressFamilyType type);
// Q.2931's and Q.2971's own, which the user's and the network's side share.
const char* NameOf(signaling::UniState state);
const char* NameOf(signaling::PartyState state);
const char* NameOf(signaling::Role role);
const char* NameOf(qos::ServiceCategory category);
// Of a port's adapter; without one the port is removed.
std::string_view LifeOf(const std::optional<circuit::AdapterRow>& adapter);

}  // namespace vcp::daemon
