#include "signaling/uni_call.h"

#include <algorithm>

namespace vcp::signaling {

UniParty* UniCall::FindParty(PartyId id) {
  if (parties == nullptr) return nullptr;
  const auto found = std::ranges::lower_bound(*parties, id, {}, &UniParty::id);
  return found == parties->end() || found->id != id ? nullptr : &*found;
}

UniCall* UniCallTable::Find(wire::CallReference received) {
  const uint32_t key = received.value | (received.to_allocator ? kOurs : 0);
  return calls_.Find(CallHandle::FromValue(by_reference_.Find(key)));
}

UniCall* UniCallTable::Find(ConnectionId connection) {
  return calls_.Find(CallHandle::FromValue(by_connection_.Find(connection.label())));
}

uint32_t UniCallTable::ChooseReference() {
  // Ends after at most as many steps as there may be calls, a small part of all references.
  for (;;) {
    last_reference_ = last_reference_ + 1 == wire::CallReference::kDummy ? 1 : last_reference_ + 1;
    if (by_reference_.Find(last_reference_ | kOurs) == 0) return last_reference_;
  }
}

UniCall& UniCallTable::Insert(bool is_ours, uint32_t reference) {
  const CallHandle handle = calls_.Insert();
  VCP_CHECK(handle);
  UniCall& call = *calls_.Find(handle);
  call.handle = handle;
  call.is_ours = is_ours;
  call.reference = reference;
  by_reference_.Insert(reference | (is_ours ? kOurs : 0), handle.value());
  return call;
}

bool UniCallTable::SetConnection(UniCall& call, ConnectionId connection) {
  if (by_connection_.Find(connection.label()) != 0) return false;
  by_connection_.Insert(connection.label(), call.handle.value());
  call.connection = connection;
  call.has_connection = true;
  return true;
}

void UniCallTable::ClearConnection(UniCall& call) {
  if (call.has_connection) by_connection_.Erase(call.connection.label());
  call.has_connection = false;
}

void UniCallTable::Erase(UniCall& call) {
  by_reference_.Erase(call.reference | (call.is_ours ? kOurs : 0));
  ClearConnection(call);
  calls_.Erase(call.handle);
}

}  // namespace vcp::signaling
