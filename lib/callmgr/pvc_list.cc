#include "callmgr/pvc_list.h"

#include <algorithm>

#include "base/aesa.h"
#include "base/check.h"
#include "base/limits.h"

namespace vcp::callmgr {

namespace {

bool MayCarryData(uint32_t label) { return label >= kMinDataLabel && label < kLabelSpace; }

bool IsPrintable(std::string_view name) {
  for (char c : name) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

Status Validate(const Pvc& pvc) {
  if (pvc.name.empty() || pvc.adapter.empty()) return Status::kInvalidData;
  if (pvc.name.size() >= kMaxNameBytes) return Status::kInvalidLength;
  if (!IsPrintable(pvc.name)) return Status::kInvalidData;
  if (!MayCarryData(pvc.labels.transmit) || !MayCarryData(pvc.labels.receive)) {
    return Status::kInvalidData;
  }
  const Status sends = qos::Validate(pvc.transmit, /*sending=*/true);
  return sends == Status::kSuccess ? qos::Validate(pvc.receive, /*sending=*/false) : sends;
}

bool Differs(const circuit::CallParameters& asked, const Pvc& pvc) {
  return asked.call_manager && (!qos::IsAsAsked(asked.call_manager->transmit, pvc.transmit) ||
                                !qos::IsAsAsked(asked.call_manager->receive, pvc.receive));
}

}  // namespace

std::string_view GroupOf(std::string_view pvc) {
  const size_t slash = pvc.rfind('/');
  const bool numbered = slash != std::string_view::npos && slash + 1 < pvc.size() &&
                        pvc.find_first_not_of("0123456789", slash + 1) == std::string_view::npos;
  return numbered ? pvc.substr(0, slash) : std::string_view();
}

void Apply(const Pvc& pvc, circuit::CallParameters* params) {
  if (Differs(*params, pvc)) params->flags |= circuit::kCallParametersChanged;
  if (!params->call_manager) params->call_manager.emplace();
  if (!params->media) params->media.emplace();
  params->flags |= circuit::kPermanentVc;
  params->call_manager->transmit = pvc.transmit;
  params->call_manager->receive = pvc.receive;
  params->media->labels = pvc.labels;
  params->media->peer_mac = pvc.peer_mac;
  params->media->pvc_name = pvc.name;
}

bool Covers(std::string_view name, std::string_view pvc) {
  return name == pvc || (!name.empty() && name == GroupOf(pvc));
}

Status PvcList::Add(const Pvc& pvc) { return Insert({.pvc = pvc}); }

Status PvcList::AddByClient(const Pvc& pvc) {
  if (by_clients_ == kMaxPvcsByClients) return Status::kResources;
  return Insert({.pvc = pvc, .by_client = true});
}

Status PvcList::Insert(const Entry& entry) {
  const Pvc& pvc = entry.pvc;
  const Status valid = Validate(pvc);
  if (valid != Status::kSuccess) return valid;
  const PortLabel transmit{pvc.adapter, pvc.labels.transmit};
  const PortLabel receive{pvc.adapter, pvc.labels.receive};
  if (pvcs_.contains(pvc.name) || transmit_labels_.contains(transmit) ||
      receive_labels_.contains(receive)) {
    return Status::kInUse;
  }
  if (pvcs_.size() == kMaxPvcs) return Status::kResources;
  File(pvcs_.emplace(pvc.name, entry).first->second, true);
  if (entry.by_client) ++by_clients_;
  transmit_labels_.insert(transmit);
  receive_labels_.insert(receive);
  TellAll([added = pvc](PvcWatcher* watcher) { watcher->OnPvcAdded(added); });
  return Status::kSuccess;
}

Status PvcList::Delete(const std::string& name) {
  const auto found = pvcs_.find(name);
  if (found == pvcs_.end() || found->second.deleting) return Status::kNotFound;
  if (!found->second.in_use) {
    Erase(name);
    return Status::kSuccess;
  }
  found->second.deleting = true;
  File(found->second, false);
  TellAll([withdrawn = name](PvcWatcher* watcher) { watcher->OnPvcWithdrawn(withdrawn); });
  return pvcs_.contains(name) ? Status::kPending : Status::kSuccess;
}

Status PvcList::DeleteByClient(std::string_view adapter, const std::string& name) {
  const Entry* entry = FindLive(name);
  if (entry == nullptr) return Status::kNotFound;
  if (!entry->by_client || entry->pvc.adapter != adapter) return Status::kNotAccepted;
  return Delete(name);
}

void PvcList::Erase(const std::string& name) {
  const auto found = pvcs_.find(name);
  if (found->second.by_client) --by_clients_;
  const Pvc pvc = found->second.pvc;
  File(found->second, false);
  transmit_labels_.erase({pvc.adapter, pvc.labels.transmit});
  receive_labels_.erase({pvc.adapter, pvc.labels.receive});
  pvcs_.erase(found);
  TellAll([&pvc](PvcWatcher* watcher) { watcher->OnPvcDeleted(pvc); });
}

std::string PvcList::KeyOf(std::string_view adapter, const Address& destination) {
  const Address address = NormalForm(destination);
  std::string key(adapter);
  key += '\0';
  key += static_cast<char>(address.type);
  key.append(address.octets().begin(), address.octets().end());
  return key;
}

void PvcList::File(const Entry& entry, bool there) {
  // Where calls to an address lead is not for a client to say: whoever calls it names the PVC.
  if (entry.by_client || entry.pvc.destination.type == AddressType::kNone) return;
  const std::string key = KeyOf(entry.pvc.adapter, entry.pvc.destination);
  Destination& destination = destinations_[key];
  destination.free.erase(entry.pvc.name);
  destination.in_use.erase(entry.pvc.name);
  if (there) {
    (entry.in_use ? destination.in_use : destination.free).insert(entry.pvc.name);
  } else if (destination.free.empty() && destination.in_use.empty()) {
    destinations_.erase(key);
  }
}

// A watcher may come and go, and change the list, from inside.
void PvcList::TellAll(const std::function<void(PvcWatcher*)>& tell) {
  const std::vector<PvcWatcher*> watchers = watchers_;
  for (PvcWatcher* watcher : watchers) {
    if (std::find(watchers_.begin(), watchers_.end(), watcher) != watchers_.end()) tell(watcher);
  }
}

const PvcList::Entry* PvcList::FindLive(const std::string& name) const {
  const auto found = pvcs_.find(name);
  return found == pvcs_.end() || found->second.deleting ? nullptr : &found->second;
}

const Pvc* PvcList::Find(const std::string& name) const {
  const Entry* entry = FindLive(name);
  return entry == nullptr ? nullptr : &entry->pvc;
}

bool PvcList::IsFree(const std::string& name) const {
  const Entry* entry = FindLive(name);
  return entry != nullptr && !entry->in_use;
}

const Pvc* PvcList::Match(std::string_view adapter, const circuit::CallParameters& params) const {
  if (params.media && !params.media->pvc_name.empty()) {
    const Pvc* pvc = Find(params.media->pvc_name);
    return pvc != nullptr && pvc->adapter == adapter ? pvc : nullptr;
  }
  if (!params.call_manager || params.call_manager->called.type == AddressType::kNone) {
    return nullptr;
  }
  // Of several to one destination, the first that is free; a busy one rather than none.
  const auto found = destinations_.find(KeyOf(adapter, params.call_manager->called));
  if (found == destinations_.end()) return nullptr;
  const auto& [free, in_use] = found->second;
  return Find(free.empty() ? *in_use.begin() : *free.begin());
}

std::vector<std::string> PvcList::Covered(std::string_view adapter, std::string_view name) const {
  std::vector<std::string> names;
  for (auto at = pvcs_.lower_bound(std::string(name)); at != pvcs_.end(); ++at) {
    if (!at->first.starts_with(name)) break;
    if (!at->second.deleting && at->second.pvc.adapter == adapter && Covers(name, at->first)) {
      names.push_back(at->first);
    }
  }
  return names;
}

Status PvcList::Acquire(const std::string& name) {
  const auto found = pvcs_.find(name);
  if (found == pvcs_.end() || found->second.deleting) return Status::kNotFound;
  if (found->second.in_use) return Status::kInUse;
  found->second.in_use = true;
  File(found->second, true);
  return Status::kSuccess;
}

void PvcList::Release(const std::string& name) {
  const auto found = pvcs_.find(name);
  VCP_CHECK(found != pvcs_.end() && found->second.in_use);
  found->second.in_use = false;
  if (found->second.deleting) return Erase(name);
  File(found->second, true);
  TellAll(
      [released = found->second.pvc](PvcWatcher* watcher) { watcher->OnPvcReleased(released); });
}

std::vector<PvcList::Row> PvcList::Rows() const {
  std::vector<Row> rows;
  rows.reserve(pvcs_.size());
  for (const auto& [name, entry] : pvcs_) rows.push_back({entry.pvc, entry.in_use, entry.deleting});
  return rows;
}

}  // namespace vcp::callmgr
