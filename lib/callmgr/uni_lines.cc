// The connections of a link: handed out to calls, kept while a path uses them, restarted.
#include <algorithm>

#include "base/check.h"
#include "callmgr/uni_call_manager.h"

namespace vcp::callmgr {

using signaling::ConnectionId;
using signaling::UniIndication;
using signaling::UniRequest;
using RestartClass = wire::RestartIndicator::Class;

std::optional<ConnectionId> UniCallManager::Reserve(const Wish& wish) {
  const uint64_t now_ns = stack_.NowNs();
  std::optional<uint32_t> label;
  if (!wish.any_vci) {
    if (wish.connection.usable() && connections_.Take(wish.connection.label(), now_ns)) {
      label = wish.connection.label();
    }
  } else if (!wish.any_vpci) {
    label = connections_.AllocateOn(wish.connection.vpci, now_ns);
  } else {
    label = connections_.Allocate(now_ns);
  }
  if (!label) return std::nullopt;
  lines_[*label].reserved = true;
  const ConnectionIdentifier id = ConnectionIdentifierOf(*label);
  return ConnectionId{id.vpci, id.vci};
}

void UniCallManager::Free(ConnectionId connection, bool peer_knows) {
  const auto line = lines_.find(connection.label());
  VCP_CHECK(line != lines_.end() && line->second.reserved);
  line->second.reserved = false;
  if (!peer_knows) lost_connections_.push_back(connection);
  ForgetIfUnused(connection);
}

void UniCallManager::UsePath(ConnectionId connection) { ++lines_[connection.label()].paths; }

void UniCallManager::LeavePath(ConnectionId connection) {
  const auto line = lines_.find(connection.label());
  VCP_CHECK(line != lines_.end() && line->second.paths != 0);
  --line->second.paths;
  ForgetIfUnused(connection);
}

void UniCallManager::ForgetIfUnused(ConnectionId connection) {
  const auto line = lines_.find(connection.label());
  if (line->second.reserved || line->second.paths != 0) return;
  lines_.erase(line);
  connections_.Release(connection.label(), stack_.NowNs());
}

// --- restarts -----------------------------------------------------------------------------------

// One at a time; the next when this one is answered.
void UniCallManager::AskRestart() {
  if (lost_connections_.empty()) return;
  const signaling::UniReply reply = stack_.Handle({.kind = UniRequest::Kind::kRestart,
                                                   .restart_class = RestartClass::kVc,
                                                   .connection = lost_connections_.back()});
  if (reply.status == Status::kSuccess) lost_connections_.pop_back();
}

void UniCallManager::OnRestart(const UniIndication& indication) {
  restarts_.push_back({indication.restart_class, indication.connection.value_or(ConnectionId())});
  AnswerRestarts();
}

bool UniCallManager::IsAnythingLeft(const Restart& restart) const {
  if (restart.restart_class == RestartClass::kVc) {
    return lines_.contains(restart.connection.label());
  }
  return std::ranges::any_of(lines_, [&](const auto& line) {
    return restart.restart_class == RestartClass::kAll ||
           line.first >> 16 == restart.connection.vpci;
  });
}

void UniCallManager::AnswerRestarts() {
  const auto done = std::ranges::find_if(
      restarts_, [this](const Restart& restart) { return !IsAnythingLeft(restart); });
  if (done == restarts_.end()) return;
  restarts_.erase(done);
  stack_.Handle({.kind = UniRequest::Kind::kRestartResponse});
}

// Calls do not get the labels of PVCs. One that a call has already is the PVC's misfortune: it
// cannot be activated until then.
void UniCallManager::ExcludeLabel(uint32_t label) {
  PvcLabel& of_pvcs = pvc_labels_[label];
  if (of_pvcs.uses++ == 0) of_pvcs.excluded = connections_.Exclude(label, stack_.NowNs());
}

void UniCallManager::ReadmitLabel(uint32_t label) {
  const auto of_pvcs = pvc_labels_.find(label);
  VCP_CHECK(of_pvcs != pvc_labels_.end());
  if (--of_pvcs->second.uses != 0) return;
  if (of_pvcs->second.excluded) connections_.Readmit(label, stack_.NowNs());
  pvc_labels_.erase(of_pvcs);
}

}  // namespace vcp::callmgr
