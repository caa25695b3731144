// What all procedures of UNI call control work on, and what they have in common. Internal: the
// procedures are in uni_*.cc, one function per state (or states that mirror each other) and
// message.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "signaling/action_list.h"
#include "signaling/byte_arena.h"
#include "signaling/setup_admission.h"
#include "signaling/timer_heap.h"
#include "signaling/uni_call.h"
#include "signaling/uni_counters.h"
#include "signaling/uni_events.h"
#include "signaling/uni_types.h"
#include "signaling/uni_verdict.h"
#include "wire/message.h"

namespace vcp::signaling {

// Of a message that is repeated when nobody answers.
inline constexpr uint8_t kMaxTransmissions = 2;

enum class UniLinkState : uint8_t { kStopped, kEstablishing, kUp, kReleasing };

// States 10, 13, 14.
bool IsActive(UniState state);

// One end of a restart: what is restarted, and the timer over it.
struct UniRestart {
  RestartState state = RestartState::kNull;
  wire::RestartIndicator::Class restart_class{};
  ConnectionId connection = {};
  uint8_t transmissions = 0;
  bool is_clearing = false;  // Its calls have not all ended yet.
  TimerSlot timer = TimerSlot::kNone;
};

// A walk over all calls, in pieces that a control thread can afford.
struct UniSweep {
  enum class Purpose : uint8_t {
    kNone,
    kClearInactive,  // SAAL lost
    kClearAll,       // T309, or the link is stopped
    kRestartVpci,
    kRestartAll,
  };
  Purpose purpose = Purpose::kNone;
  uint8_t cause = 0;
  UniRestart* restart = nullptr;  // The link's, that the walk is for.
  uint32_t next_index = 0;
};

struct UniCore {
  struct TimerPayload {
    CallHandle call;
    PartyId party = 0;
    UniTimer timer{};
  };

  UniCore(const UniConfig& link_config, ConnectionSpace* space)
      : config(link_config),
        connections(space),
        calls(link_config.max_calls, link_config.hash_seed),
        admission(link_config) {}
  UniCore(const UniCore&) = delete;
  UniCore& operator=(const UniCore&) = delete;

  // --- messages in

  // What octets with a good header say, good as long as the actions to come.
  const wire::Message& Parse(std::span<const uint8_t> octets, const wire::MandatoryContext& context,
                             UniVerdict* verdict);

  // --- messages out

  wire::CallReference ReferenceOf(const UniCall& call) const {
    return {.to_allocator = !call.is_ours, .value = call.reference};
  }
  wire::Message NewMessage(wire::MessageType type, const UniCall& call) const;
  // False when the elements do not fit. Also keeps the octets, if asked to.
  bool Send(const wire::Message& message, std::vector<uint8_t>* copy = nullptr);
  // Only keeps them.
  bool Compose(const wire::Message& message, std::vector<uint8_t>* octets);
  void Send(std::span<const uint8_t> octets);
  // Without elements; without building a message.
  void SendEmpty(wire::MessageType type, const UniCall& call);
  // RELEASE COMPLETE with a cause from here; without building a message.
  void SendRefusal(wire::CallReference reference, uint8_t cause);
  void SendCause(wire::MessageType type, wire::CallReference reference, const wire::Cause& cause);
  // A cause that arises here.
  wire::Cause LocalCause(uint8_t value, const Diagnostics& diagnostics = {}) const;
  wire::Cause TimerCause(UniTimer timer) const;

  // --- to the call manager

  void Indicate(const UniIndication& indication);
  void Indicate(UniIndication::Kind kind, const UniCall& call,
                const wire::Message* message = nullptr);
  // The first cause of a message, or `otherwise` from here.
  wire::Cause CauseOf(const wire::Message& message, uint8_t otherwise) const;

  // --- life of a call

  void Enter(UniCall& call, UniState state);
  void StopTimers(UniCall& call);
  // Sends RELEASE and waits for the answer. Where the link is down the call is over at once, and
  // `call` gone.
  void StartRelease(UniCall& call, const wire::Cause& cause,
                    const wire::Message* elements = nullptr);
  // As that, for a reason of call control: the call manager is told. Not while it is released.
  void ClearCall(UniCall& call, const wire::Cause& cause);
  // Tells the call manager, once.
  void IndicateEnd(UniCall& call, const wire::Cause& cause, const wire::Message* message);
  // The call is over, and `call` gone. The call manager is told unless it knows already.
  void EndCall(UniCall& call, const wire::Cause& cause, bool peer_knows,
               const wire::Message* message = nullptr);

  // --- time

  uint64_t DurationOf(UniTimer timer) const;
  TimerSlot Arm(UniTimer timer, CallHandle call = {}, PartyId party = 0);

  // Neither side's calls take the last quarter of the room from the other's (S2).
  bool HasRoomInSetup(bool is_ours) const {
    const uint32_t max = config.max_calls_in_setup;
    return calls_in_setup[0] + calls_in_setup[1] < max && calls_in_setup[is_ours] < max - max / 4;
  }
  // What the next state of a call means for the counters of calls.
  void CountStep(const UniCall& call, UniState next);
  void Count(UniCounter counter) { counters[static_cast<size_t>(counter)].Add(); }
  bool is_user() const { return config.role == Role::kUser; }
  bool is_up() const { return link_state == UniLinkState::kUp; }

  const UniConfig config;
  ConnectionSpace* const connections;
  uint64_t now_ns = 0;  // Of the event that is being handled.

  UniCallTable calls;
  std::array<uint32_t, 2> calls_in_setup = {};  // States 1 to 9: the peer's calls, and ours.
  uint32_t active_calls = 0;                    // States 10, 13, 14.
  SetupAdmission admission;

  UniLinkState link_state = UniLinkState::kStopped;
  bool wants_up = false;
  std::optional<uint64_t> last_establish_ns;
  TimerSlot establish_timer = TimerSlot::kNone;
  TimerSlot t309 = TimerSlot::kNone;

  UniSweep sweep;
  TimerSlot sweep_timer = TimerSlot::kNone;
  UniRestart our_restart;    // REST 1
  UniRestart their_restart;  // REST 2

  // After the SAAL came back: calls from this index on have not been asked for their state yet.
  std::optional<uint32_t> audit_index;
  uint32_t enquiries_outstanding = 0;

  TimerHeap<TimerPayload> timers;
  ActionList<UniAction> actions;
  ByteArena arena;
  // Messages that indications point to, until the actions were carried out.
  std::vector<std::unique_ptr<wire::Message>> received;
  size_t received_count = 0;
  UniCounters counters;
};

}  // namespace vcp::signaling
