// What a UniLink remembers of a call, and how it finds one. Internal to UNI call control.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/handle.h"
#include "base/key_index.h"
#include "signaling/timer_heap.h"
#include "signaling/uni_types.h"
#include "wire/message.h"

namespace vcp::signaling {

struct UniParty {
  PartyId id = 0;
  PartyState state = PartyState::kNull;
  bool end_indicated = false;  // The call manager knows that the party is over.
  TimerSlot timer = TimerSlot::kNone;

  // Whether the party is in the call or on its way into it.
  bool counts() const { return state != PartyState::kDropInitiated; }
};

// Some 100 bytes once it is active. What only a call in setup needs is in `retained`.
struct UniCall {
  CallHandle handle;
  uint32_t reference = 0;    // 23 bits.
  bool is_ours : 1 = false;  // We sent SETUP, and chose the reference.
  bool has_connection : 1 = false;
  bool owes_connection : 1 = false;      // Our first response must carry the connection.
  bool owes_connect_ack : 1 = false;     // Until the call manager says kSetupComplete.
  bool awaits_connect_ack : 1 = false;   // Network side: active already, not told so yet.
  bool owes_availability : 1 = false;    // CONNECTION AVAILABLE.
  bool awaits_availability : 1 = false;  // T361 runs.
  bool repeated_unheard : 1 = false;     // SETUP, and nothing has come back yet.
  bool release_requested : 1 = false;    // The call manager waits for kReleaseConfirm.
  bool end_indicated : 1 = false;        // The call manager knows that the call is over.
  bool audits_parties : 1 = false;       // The enquiry goes on with each party.
  bool enquires_party : 1 = false;       // It is about `enquired_party`.
  UniState state = UniState::kNull;
  uint8_t transmissions = 0;  // Of SETUP or RELEASE.
  uint8_t enquiries = 0;      // STATUS ENQUIRY without an answer.
  PartyId last_party = 0;     // The endpoint reference chosen last.
  PartyId enquired_party = 0;
  ConnectionId connection;
  TimerSlot timer = TimerSlot::kNone;          // T301 to T313: never two of them.
  TimerSlot enquiry_timer = TimerSlot::kNone;  // T322
  TimerSlot modify_timer = TimerSlot::kNone;   // T360, T361
  // SETUP or RELEASE as it was sent, for its repetition; in state 12 the RELEASE COMPLETE to answer
  // with, unless that is an empty one.
  std::vector<uint8_t> retained;
  std::unique_ptr<std::vector<UniParty>> parties;  // By id. Null: point-to-point.

  bool is_multipoint() const { return parties != nullptr; }
  UniParty* FindParty(PartyId id);
  // In a message to the peer. Parties are numbered by whose call it is.
  wire::EndpointReference EndpointOf(PartyId id) const {
    return {.to_allocator = !is_ours, .value = id};
  }
};

// The calls of one link, found by handle, by call reference and by connection.
class UniCallTable {
 public:
  UniCallTable(uint32_t limit, uint32_t hash_seed)
      : calls_(limit), by_reference_(hash_seed), by_connection_(hash_seed) {}

  UniCall* Find(CallHandle handle) { return calls_.Find(handle); }
  UniCall* Find(wire::CallReference received);
  UniCall* Find(ConnectionId connection);

  // A reference that no call of ours has: not 0, not the dummy one, and not soon again (S7). There
  // is room for another call.
  uint32_t ChooseReference();
  // A call that we make (is_ours) or are offered. There is room, and the reference is free.
  UniCall& Insert(bool is_ours, uint32_t reference);
  // False when another call has the connection.
  bool SetConnection(UniCall& call, ConnectionId connection);
  void ClearConnection(UniCall& call);
  void Erase(UniCall& call);

  // The first call whose handle has this index or a later one; null when there is none.
  UniCall* FindFrom(uint32_t index) { return calls_.FindFrom(index); }
  size_t size() const { return calls_.size(); }
  bool full() const { return calls_.size() == calls_.limit(); }

 private:
  static constexpr uint32_t kOurs = 1u << 23;

  HandleTable<UniCall, UniCallTag> calls_;
  KeyIndex by_reference_;   // Reference and kOurs.
  KeyIndex by_connection_;  // VPCI and VCI.
  uint32_t last_reference_ = 0;
};

}  // namespace vcp::signaling
