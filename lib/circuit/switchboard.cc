#include "circuit/switchboard.h"

#include <algorithm>

#include "circuit/state.h"

namespace vcp::circuit {

Switchboard::Switchboard() : state_(std::make_unique<State>()) {}
Switchboard::~Switchboard() = default;

AfRow Switchboard::State::RowOf(AfHandle handle, const Af& af) {
  return {.handle = handle,
          .adapter = adapters.Find(af.adapter)->name,
          .family = af.family,
          .client = af.client,
          .saps = af.saps,
          .vcs = af.vcs,
          .state = af.state,
          .notify_pending = af.notify_pending};
}

VcRow Switchboard::State::RowOf(VcHandle handle, const Vc& vc) {
  return {.handle = handle,
          .af = vc.af,
          .adapter = adapters.Find(vc.adapter)->name,
          .client = ClientOf(vc),
          .state = vc.state,
          .call = vc.call,
          .made_by_client = vc.made_by_client,
          .endpoint = vc.endpoint,
          .params = vc.params,
          .multipoint = vc.call != CallState::kNone && vc.multipoint,
          .remote_closed = vc.call != CallState::kNone && vc.remote_closed,
          .parties = vc.parties.size(),
          .call_manager_vc = vc.cm_vc,
          .name = vc.name};
}

std::vector<AfRow> Switchboard::Afs() const {
  std::vector<AfRow> rows;
  rows.reserve(state_->afs.size());
  state_->afs.ForEach(
      [&](AfHandle handle, const Af& af) { rows.push_back(state_->RowOf(handle, af)); });
  return rows;
}

std::vector<SapRow> Switchboard::Saps() const {
  std::vector<SapRow> rows;
  rows.reserve(state_->saps.size());
  state_->saps.ForEach([&](SapHandle handle, const SapEntry& entry) {
    rows.push_back({.handle = handle,
                    .af = entry.af,
                    .sap = entry.sap,
                    .client = state_->afs.Find(entry.af)->client,
                    .state = entry.state});
  });
  return rows;
}

std::vector<VcRow> Switchboard::Vcs() const {
  size_t total = 0;
  return Vcs(state_->vcs.size(), &total);
}

std::vector<VcRow> Switchboard::Vcs(size_t limit, size_t* total) const {
  std::vector<VcRow> rows;
  *total = state_->vcs.size();
  rows.reserve(std::min(limit, *total));
  state_->vcs.ForEach([&](VcHandle handle, const Vc& vc) {
    if (rows.size() < limit) rows.push_back(state_->RowOf(handle, vc));
  });
  return rows;
}

std::vector<VcRow> Switchboard::VcsWithCall(size_t limit, size_t* total) const {
  std::vector<VcRow> rows;
  *total = 0;
  state_->vcs.ForEach([&](VcHandle handle, const Vc& vc) {
    if (vc.call == CallState::kNone) return;
    if (++*total <= limit) rows.push_back(state_->RowOf(handle, vc));
  });
  return rows;
}

std::vector<VcRow> Switchboard::VcsWithParties(size_t limit, size_t* total) const {
  std::vector<VcRow> rows;
  *total = 0;
  state_->vcs.ForEach([&](VcHandle handle, const Vc& vc) {
    if (vc.call == CallState::kNone) return;
    const bool is_leaf = !vc.made_by_client && (vc.params.flags & kMultipointVc) != 0;
    const size_t parties = is_leaf ? 1 : vc.parties.size();
    if (parties != 0 && *total < limit) rows.push_back(state_->RowOf(handle, vc));
    *total += parties;
  });
  return rows;
}

std::optional<AfRow> Switchboard::FindAf(AfHandle handle) const {
  const Af* af = state_->afs.Find(handle);
  if (af == nullptr) return std::nullopt;
  return state_->RowOf(handle, *af);
}

std::optional<VcRow> Switchboard::FindVc(VcHandle handle) const {
  const Vc* vc = state_->vcs.Find(handle);
  if (vc == nullptr) return std::nullopt;
  return state_->RowOf(handle, *vc);
}

size_t Switchboard::LiveObjectCount() const {
  return state_->adapters.size() + state_->bindings.size() + state_->afs.size() +
         state_->saps.size() + state_->vcs.size() + state_->parties.size() + state_->oids.size();
}

}  // namespace vcp::circuit
