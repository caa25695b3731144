// Multipoint calls of the conformance tests' call manager. A root and each of its parties are
// entries of their own: the root has the VC, a party has the other end.
#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "external_manager.h"

namespace vcp::conformance {
namespace {

bool HasSameFlows(const vcp_call_params& one, const vcp_call_params& other) {
  return std::memcmp(&one.transmit, &other.transmit, sizeof one.transmit) == 0 &&
         std::memcmp(&one.receive, &other.receive, sizeof one.receive) == 0;
}

}  // namespace

// --- what its client asks ------------------------------------------------------------------------

// Nothing comes back from leaves.
bool ExternalManager::MakeMultipointCall(const vcplane::Event& event) {
  const auto root = NewCall(event);
  root->second.is_root = true;
  root->second.wanted = event.params;
  root->second.params.media_flags &= ~VCP_MEDIA_RECEIVE_VC;
  root->second.params.media_flags |= VCP_MEDIA_TRANSMIT_VC;
  AddLeg(root, event.party, 0, event.params.called);
  return true;
}

// One VC carries them all, so a party gets what the call has (C74), and hears so (C53).
bool ExternalManager::AddParty(const vcplane::Event& event) {
  const auto root = FindByVc(event.vc);
  if (root == calls_.end() || root->second.is_over) return Complete(event, VCP_FAILURE);
  AddLeg(root, event.party, event.cookie, event.params.called);
  if (!HasSameFlows(event.params, root->second.wanted)) {
    calls_[next_ - 2].params.flags |= VCP_CALL_PARAMETERS_CHANGED;
  }
  return true;
}

void ExternalManager::AddLeg(Calls::iterator root, vcp_cm_party party, uint64_t asked,
                             const vcp_address& called) {
  Call leg{.made_here = true, .root = root->first, .party = party};
  leg.protocol = root->second.protocol;
  leg.label = root->second.label;
  leg.asked = asked;
  leg.params = root->second.params;
  leg.params.called = called;
  leg.params.flags &= ~VCP_CALL_PARAMETERS_CHANGED;
  const auto added = calls_.emplace(std::exchange(next_, next_ + 2), leg).first;
  Tell(ExternalMessage::kSetup, *added);
}

bool ExternalManager::DropParty(const vcplane::Event& event) {
  const auto leg = std::find_if(calls_.begin(), calls_.end(), [&event](const auto& call) {
    return call.second.root != kNothing && call.second.party == event.party;
  });
  if (leg != calls_.end()) {
    if (!leg->second.is_over) SayRelease(*leg, event);
    calls_.erase(leg);
  }
  return Complete(event, VCP_SUCCESS);
}

void ExternalManager::EndLegs(uint64_t root, const vcplane::Event& why) {
  for (const Calls::iterator leg : LegsOf(root)) {
    if (!leg->second.is_over) SayRelease(*leg, why);
    calls_.erase(leg);
  }
}

// --- what the leaves' end says -------------------------------------------------------------------

void ExternalManager::OnLegAccepted(Calls::iterator leg) {
  const auto root = calls_.find(leg->second.root);
  leg->second.is_answered = true;
  if (!root->second.is_answered) return Activate(&*root, Aim::kConnect, root->second.params);
  Tell(ExternalMessage::kConnected, *leg);
  const uint64_t asked = std::exchange(leg->second.asked, 0);
  vcp_call_params params = root->second.params;
  params.called = leg->second.params.called;
  params.flags = leg->second.params.flags;
  (void)cm_.Complete(asked, VCP_SUCCESS, params);
}

// The path of a call that its first leaf has taken.
void ExternalManager::OnRootActivated(Calls::iterator root, const vcplane::Event& event) {
  const bool success = event.status == VCP_SUCCESS;
  for (const Calls::iterator leg : LegsOf(root->first)) {
    Tell(success ? ExternalMessage::kConnected : ExternalMessage::kRelease, *leg, event.status);
    if (!success) calls_.erase(leg);
  }
  root->second.params = WithFlowsOf(root->second.params, event.params);
  root->second.is_answered = true;
  (void)cm_.Complete(std::exchange(root->second.asked, 0), event.status, root->second.params);
  if (!success) calls_.erase(root);
}

void ExternalManager::OnLegRejected(Calls::iterator leg, const ExternalMessage& message) {
  const auto root = calls_.find(leg->second.root);
  const bool is_first = leg->second.asked == 0;
  const uint64_t asked = is_first ? root->second.asked : leg->second.asked;
  const vcplane::Status why = message.status == VCP_SUCCESS ? VCP_FAILURE : message.status;
  (void)cm_.Complete(asked, why, root->second.params, message.cause);
  calls_.erase(leg);
  if (is_first) calls_.erase(root);
}

// The last leaf to leave ends the call (C79).
void ExternalManager::OnLegReleased(Calls::iterator leg, const ExternalMessage& message) {
  if (!leg->second.is_answered) return OnLegRejected(leg, message);
  leg->second.is_over = true;
  const auto root = calls_.find(leg->second.root);
  const std::vector<Calls::iterator> legs = LegsOf(root->first);
  const bool others = std::any_of(legs.begin(), legs.end(), [](const Calls::iterator& other) {
    return other->second.is_answered && !other->second.is_over;
  });
  const auto data = std::as_bytes(std::span(message.data, message.data_length));
  if (others) {
    (void)cm_.IncomingDropParty(leg->second.party, message.status, kNothing, data, message.cause);
    return;
  }
  root->second.is_over = true;
  (void)cm_.IncomingCloseCall(root->second.vc, message.status, kNothing, data, message.cause);
}

std::vector<ExternalManager::Calls::iterator> ExternalManager::LegsOf(uint64_t root) {
  std::vector<Calls::iterator> legs;
  for (auto call = calls_.begin(); call != calls_.end(); ++call) {
    if (call->second.root == root) legs.push_back(call);
  }
  return legs;
}

}  // namespace vcp::conformance
