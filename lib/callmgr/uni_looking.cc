// What there is to show of a link's calls and parties.
#include <algorithm>

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

std::optional<UniPartyRow> UniCallManager::FindParty(Context cm_vc,
                                                     circuit::PartyHandle handle) const {
  const Vc* vc = vcs_.Find(ToKey(cm_vc));
  if (vc == nullptr) return std::nullopt;
  std::optional<signaling::PartyId> id;
  if (handle) {
    const auto is_it = [&](const auto& entry) { return entry.second.handle == handle; };
    const auto found = std::ranges::find_if(vc->parties, is_it);
    if (found != vc->parties.end()) id = found->first;
  } else if (vc->is_leaf) {
    id = vc->party;
  }
  if (!id) return std::nullopt;
  return RowOf(*vc, *id);
}

std::vector<UniPartyRow> UniCallManager::Parties() const {
  std::vector<UniPartyRow> rows;
  vcs_.ForEach([&](VcKey, const Vc& vc) {
    for (const auto& [id, party] : vc.parties) rows.push_back(RowOf(vc, id));
    if (vc.is_leaf) rows.push_back(RowOf(vc, vc.party));
  });
  return rows;
}

UniPartyRow UniCallManager::RowOf(const Vc& vc, signaling::PartyId party) const {
  const signaling::UniLink& uni = stack_.uni();
  return {.vc = vc.handle,
          .reference = uni.ReferenceOf(vc.call),
          .endpoint = party,
          .state = uni.StateOf(vc.call, party)};
}

}  // namespace vcp::callmgr
