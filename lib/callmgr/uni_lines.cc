// The connections of a link: handed out to calls, kept while a path uses them, restarted.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "callmgr/uni_call_manager.h"

namespace vcp::callmgr {

using signaling::ConnectionId;
using signaling::UniIndication;
using signaling::UniRequest;
using RestartClass = wire::RestartIndicator::Class;

namespace {

bool Concerns(RestartClass restart_class, ConnectionId connection, uint32_t label) {
  switch (restart_class) {
    case RestartClass::kVc:
      return label == connection.label();
    case RestartClass::kVpci:
      return label >> kVciBits == connection.vpci;
    case RestartClass::kAll:
      return true;
  }
  return true;
}

}  // namespace

std::optional<ConnectionId> UniCallManager::Reserve(const Wish& wish) {
  if (!knows_peer_) return std::nullopt;
  const uint64_t now_ns = stack_.NowNs();
  std::optional<uint32_t> label;
  if (!wish.any_vci) {
    const uint32_t wanted = wish.connection.label();
    if (IsLostAlone(wanted)) {
      label = wanted;  // The network, which alone gives connections anew, has forgotten the loss.
    } else if (wish.connection.usable() && connections_.Take(wanted, now_ns)) {
      label = wanted;
    }
  } else if (!wish.any_vpci) {
    label = connections_.AllocateOn(wish.connection.vpci, now_ns);
  } else {
    label = connections_.Allocate(now_ns);
  }
  if (!label) return std::nullopt;
  lines_.Set(*label, Line{.reserved = true}.ToValue());
  const ConnectionIdentifier id = ConnectionIdentifierOf(*label);
  return ConnectionId{id.vpci, id.vci};
}

void UniCallManager::Free(ConnectionId connection, bool peer_knows) {
  Line line = LineOf(connection.label());
  VCP_CHECK(line.reserved);
  line.reserved = false;
  if (!peer_knows) LoseConnection(connection, &line);
  Settle(connection.label(), line);
}

void UniCallManager::UsePath(ConnectionId connection) {
  Line line = LineOf(connection.label());
  VCP_CHECK(line.reserved);
  ++line.paths;
  Settle(connection.label(), line);
}

void UniCallManager::LeavePath(ConnectionId connection) {
  Line line = LineOf(connection.label());
  VCP_CHECK(line.paths != 0);
  --line.paths;
  Settle(connection.label(), line);
}

void UniCallManager::Settle(uint32_t label, const Line& line) {
  lines_.Set(label, line.ToValue());
  if (line.ToValue() != 0) return;
  if (restart_) restart_->labels.erase(label);
  connections_.Release(label, stack_.NowNs());
}

// --- our restarts -------------------------------------------------------------------------------

void UniCallManager::MeetPeer() {
  const signaling::UniReply reply =
      stack_.Handle({.kind = UniRequest::Kind::kRestart, .restart_class = RestartClass::kAll});
  if (reply.status == Status::kSuccess) restarting_.emplace();
  if (meeting_timer_ != TimerId()) return;
  meeting_timer_ = timers_->Arm(stack_.NowNs() + kMeetingNs, [this] {
    meeting_timer_ = TimerId();
    knows_peer_ = true;
  });
}

// Nobody else gets it before the peer has given it up, too. Call control cannot be asked from here.
void UniCallManager::LoseConnection(ConnectionId connection, Line* line) {
  line->lost = true;
  lost_connections_.push_back(connection);
  if (restart_timer_ != TimerId()) return;
  restart_timer_ = timers_->Arm(stack_.NowNs(), [this] {
    restart_timer_ = TimerId();
    AskRestart();
  });
}

bool UniCallManager::IsLostAlone(uint32_t label) const {
  if (role() == signaling::Role::kNetwork) return false;
  const Line line = LineOf(label);
  return line.lost && line.paths == 0;
}

void UniCallManager::Regain(ConnectionId connection) {
  Line line = LineOf(connection.label());
  if (!line.lost) return;
  line.lost = false;
  Settle(connection.label(), line);
}

// One RESTART at a time; the next when this one is answered. Where a link has lost many calls and
// has none, one says so of all.
void UniCallManager::AskRestart() {
  std::erase_if(lost_connections_,
                [this](ConnectionId connection) { return !LineOf(connection.label()).lost; });
  if (lost_connections_.empty() || restarting_) return;
  UniRequest request{.kind = UniRequest::Kind::kRestart, .restart_class = RestartClass::kVc};
  request.connection = lost_connections_.back();
  const bool all = lost_connections_.size() > kMaxSingleRestarts && stack_.uni().call_count() == 0;
  if (all) request.restart_class = RestartClass::kAll;
  if (stack_.Handle(request).status != Status::kSuccess) return;
  if (all) {
    restarting_ = std::exchange(lost_connections_, {});
  } else {
    restarting_ = std::vector<ConnectionId>{lost_connections_.back()};
    lost_connections_.pop_back();
  }
}

void UniCallManager::OnRestartEnded(const UniIndication& indication) {
  std::optional<std::vector<ConnectionId>> restarted = std::exchange(restarting_, {});
  if (!restarted) return;  // Abandoned with the link, where the peer has given nothing up.
  knows_peer_ = true;
  // Who does not answer to one of all does not to others.
  const bool failed = indication.kind == UniIndication::Kind::kRestartFailed;
  if (failed && indication.restart_class == RestartClass::kAll) {
    restarted->insert(restarted->end(), lost_connections_.begin(), lost_connections_.end());
  }
  for (const ConnectionId connection : *restarted) Regain(connection);
  AskRestart();
}

void UniCallManager::AbandonRestarts() {
  timers_->Cancel(std::exchange(meeting_timer_, TimerId()));
  restart_.reset();
  if (!restarting_) return;
  lost_connections_.insert(lost_connections_.end(), restarting_->begin(), restarting_->end());
  restarting_.reset();
}

// --- the peer's ---------------------------------------------------------------------------------

// Answered when what it found in use is not any more; calls made meanwhile do not delay it.
void UniCallManager::OnPeerRestart(const UniIndication& indication) {
  const ConnectionId connection = indication.connection.value_or(ConnectionId());
  restart_.emplace();
  std::vector<ConnectionId> lost;
  lines_.ForEach([&](uint32_t label, uint32_t value) {
    const Line line = Line::FromValue(value);
    // A new call may have it already.
    if (line.reserved || !Concerns(indication.restart_class, connection, label)) return;
    restart_->labels.insert(label);
    const ConnectionIdentifier id = ConnectionIdentifierOf(label);
    if (line.lost) lost.push_back({id.vpci, id.vci});
  });
  for (const ConnectionId regained : lost) Regain(regained);
  if (!restart_->labels.empty()) CutReleased();
  ArmAnswer();
  AnswerRestart();
}

// A client that does not give SDUs back harms no other: its label is refused here until it does,
// and the network chooses another one.
void UniCallManager::ArmAnswer() {
  timers_->Cancel(answer_timer_);
  answer_timer_ = timers_->Arm(stack_.NowNs() + kRestartPatienceNs, [this] {
    answer_timer_ = TimerId();
    if (!restart_) return;
    restart_->labels.clear();
    AnswerRestart();
  });
}

// Clients that have not closed yet, of calls that the peer waited for until now.
void UniCallManager::CutReleased() {
  std::vector<VcKey> keys;
  vcs_.ForEach([&](VcKey key, const Vc& vc) {
    if (vc.released && vc.path != Path::kDown && !PeerWaits(vc)) keys.push_back(key);
  });
  for (const VcKey key : keys) {
    if (vcs_.Find(key) != nullptr) CutPath(key);
  }
}

void UniCallManager::AnswerRestart() {
  if (!restart_ || !restart_->labels.empty()) return;
  restart_.reset();
  timers_->Cancel(std::exchange(answer_timer_, TimerId()));
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
