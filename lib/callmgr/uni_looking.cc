// What there is to show of a link's calls and parties.
#include "callmgr/uni_call_manager.h"

namespace vcp::callmgr {

using circuit::Context;

UniCallRow UniCallManager::RowOf(const Vc& vc) const {
  const signaling::UniLink& uni = stack_.uni();
  UniCallRow row{.vc = vc.handle,
                 .reference = uni.ReferenceOf(vc.call),
                 .state = uni.StateOf(vc.call),
                 .made_here = !vc.is_offer,
                 .end_cause = vc.end_cause};
  if (vc.connection) row.label = vc.connection->label();
  std::optional<Admitted> admitted = vc.admitted;
  const auto leaf_call = leaf_calls_.find(vc.call);
  if (leaf_call != leaf_calls_.end()) admitted = leaf_call->second.admitted;
  if (admitted) {
    row.transmit_admission = admitted->transmit;
    row.receive_admission = admitted->receive;
  }
  return row;
}

std::vector<UniCallRow> UniCallManager::Calls(size_t limit) const {
  std::vector<UniCallRow> rows;
  vcs_.ForEach([&](VcKey, const Vc& vc) {
    if ((vc.call || !vc.pvc.empty()) && rows.size() < limit) rows.push_back(RowOf(vc));
  });
  return rows;
}

std::optional<UniCallRow> UniCallManager::FindCall(Context cm_vc) const {
  const Vc* vc = vcs_.Find(ToKey(cm_vc));
  if (vc == nullptr) return std::nullopt;
  return RowOf(*vc);
}

std::vector<UniPartyRow> UniCallManager::Parties(size_t limit, size_t* total) const {
  const signaling::UniLink& uni = stack_.uni();
  std::vector<UniPartyRow> rows;
  *total = 0;
  const auto add = [&](const Vc& vc, signaling::PartyId id, circuit::PartyHandle party,
                       const Address& address) {
    if (++*total > limit) return;
    rows.push_back({.vc = vc.handle,
                    .party = party,
                    .reference = uni.ReferenceOf(vc.call),
                    .endpoint = id,
                    .state = uni.StateOf(vc.call, id),
                    .address = address});
  };
  vcs_.ForEach([&](VcKey, const Vc& vc) {
    for (const auto& [id, party] : vc.parties) add(vc, id, party.handle, party.called);
    if (vc.is_leaf) add(vc, vc.party, {}, vc.params.call_manager->called);
  });
  return rows;
}

}  // namespace vcp::callmgr
