// The nouns of UNI call control: roles, states, names of calls, time limits, configuration. Values
// only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/handle.h"
#include "base/limits.h"

namespace vcp::signaling {

// Which side of a UNI this is. The network side chooses the connections.
enum class Role : uint8_t { kUser, kNetwork };

// Q.2931 2.1, 2.2 and Q.2963.1 6: the states of both sides by their numbers, which travel. On the
// user's side 1 to 4 belong to calls that it makes, 6 to 9 to calls that it is offered; on the
// network's side the other way round.
enum class UniState : uint8_t {
  kNull = 0,
  kCallInitiated = 1,
  kOutgoingProceeding = 3,
  kCallDelivered = 4,
  kCallPresent = 6,
  kCallReceived = 7,
  kConnectRequest = 8,
  kIncomingProceeding = 9,
  kActive = 10,
  kReleaseRequest = 11,
  kReleaseIndication = 12,
  kModifyRequest = 13,
  kModifyReceived = 14,
};
inline constexpr size_t kUniStateCount = 15;  // Numbers, two of them unused.

// Q.2931 2.3: the global call reference's own states.
enum class RestartState : uint8_t { kNull = 0, kRequest = 0x3d, kRestart = 0x3e };

// Q.2971 5: the states of a party, by the numbers that travel.
enum class PartyState : uint8_t {
  kNull = 0,
  kAddInitiated = 1,
  kAlertingDelivered = 4,
  kAddReceived = 6,
  kAlertingReceived = 7,
  kActive = 10,
  kDropInitiated = 11,
  kDropReceived = 12,  // A peer's only: here DROP PARTY is answered at once.
};
inline constexpr size_t kPartyStateCount = 13;  // Numbers, five of them unused.

// Names a call of one UniLink, and finds nothing once the call is over.
using CallHandle = Handle<struct UniCallTag>;
// Names a party of a point-to-multipoint call: its endpoint reference. The first one's is 0.
using PartyId = uint16_t;

// The VPCI and VCI of a call, the same both ways on a UNI.
struct ConnectionId {
  static constexpr uint16_t kMaxVpci = 15;  // A label has 20 bits, 16 of which are the VCI.

  uint16_t vpci = 0;
  uint16_t vci = 0;

  constexpr uint32_t label() const { return uint32_t{vpci} << 16 | vci; }
  // Whether data may use it: not the labels of signaling and management.
  constexpr bool usable() const { return vpci <= kMaxVpci && label() >= kMinDataLabel; }
  friend constexpr bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

// Numbered as in the Recommendations: the number's digits are the diagnostics of cause 102.
enum class UniTimer : uint16_t {
  kT301 = 301,       // ALERTING received
  kT303 = 303,       // SETUP sent
  kT308 = 308,       // RELEASE sent
  kT309 = 309,       // SAAL lost
  kT310 = 310,       // CALL PROCEEDING received
  kT313 = 313,       // CONNECT sent
  kT316 = 316,       // RESTART sent
  kT317 = 317,       // RESTART received
  kT322 = 322,       // STATUS ENQUIRY sent
  kT360 = 360,       // MODIFY REQUEST sent
  kT361 = 361,       // MODIFY ACKNOWLEDGE that asks for confirmation sent
  kT397 = 397,       // PARTY ALERTING received
  kT398 = 398,       // DROP PARTY sent
  kT399 = 399,       // ADD PARTY sent
  kReestablish = 1,  // Ours: between two attempts to bring the SAAL up.
  kSweep = 2,        // Ours: the rest of a sweep over all calls is due.
};

// Q.2931 7, Q.2971 7, Q.2963.1 10, UNI 4.0 defaults.
struct UniTimerValues {
  uint64_t t301_ns = 180 * kNsPerSecond;
  uint64_t t303_ns = 4 * kNsPerSecond;
  uint64_t t308_ns = 30 * kNsPerSecond;
  uint64_t t309_ns = 10 * kNsPerSecond;
  uint64_t t310_ns = 30 * kNsPerSecond;
  uint64_t t313_ns = 4 * kNsPerSecond;
  uint64_t t316_ns = 120 * kNsPerSecond;
  uint64_t t317_ns = 90 * kNsPerSecond;  // Less than the peer's T316.
  uint64_t t322_ns = 4 * kNsPerSecond;
  uint64_t t360_ns = 30 * kNsPerSecond;
  uint64_t t361_ns = 20 * kNsPerSecond;
  uint64_t t397_ns = 180 * kNsPerSecond;
  uint64_t t398_ns = 4 * kNsPerSecond;
  uint64_t t399_ns = 34 * kNsPerSecond;
  uint64_t reestablish_ns = 1 * kNsPerSecond;

  static constexpr UniTimerValues DefaultsOf(Role role) {
    UniTimerValues values;
    if (role == Role::kNetwork) {
      values.t310_ns = 10 * kNsPerSecond;
      values.t399_ns = 14 * kNsPerSecond;  // T303 and T310 of the far side.
    }
    return values;
  }
};

// What a peer may ask for in a second, and all clients here together. What is refused to a peer
// costs a RELEASE COMPLETE of 15 octets; beyond the second limit SETUPs are dropped without an
// answer, and the peer's T303 is the answer. One client leaves a quarter to the others.
struct SetupLimits {
  uint32_t setups_per_second = 20'000;
  uint32_t setup_burst = 2'000;
  uint32_t client_setups_per_second = 15'000;
  uint32_t client_setup_burst = 1'500;
  uint32_t refusals_per_second = 100'000;
  uint32_t refusal_burst = 10'000;
};

struct UniConfig {
  Role role = Role::kUser;
  UniTimerValues timers = UniTimerValues::DefaultsOf(Role::kUser);
  SetupLimits limits;
  uint32_t max_calls = kMaxCallsPerLink;
  uint32_t max_calls_in_setup = kMaxCallsInSetupPerLink;
  // From the owner's random source: a peer that chooses call references cannot make the table slow.
  uint32_t hash_seed = 0;

  static constexpr UniConfig DefaultsOf(Role role) {
    UniConfig config;
    config.role = role;
    config.timers = UniTimerValues::DefaultsOf(role);
    return config;
  }
};

}  // namespace vcp::signaling
