// What the conformance tests' call manager is told by OID and status, and what clients order of it
// that the others never do.
#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "external_manager.h"

namespace vcp::conformance {
namespace {

constexpr uint32_t kAddAddress = 0xfe000004;
constexpr uint32_t kDeleteAddress = 0xfe000005;
constexpr uint32_t kGetAddresses = 0xfe000006;
constexpr size_t kAddressBytes = 24;
constexpr size_t kReversed = 3;

constexpr uint32_t kOrderedLabel = 40;  // of an own VC, by its port's manager's family
constexpr const char* kNowhere = "nowhere0";

}  // namespace

// --- OIDs and status -----------------------------------------------------------------------------

// Its signaling is up and down with the link.
void ExternalManager::OnStatus(const vcplane::Event& event) {
  constexpr uint8_t kDisconnected = 2;
  const vcp_status_indication& told = event.indication;
  if (told.code != VCP_STATUS_LINK_STATE || told.adapter != port_) return;
  const bool is_down = told.data[0] == kDisconnected;
  for (const auto& [family, protocol] : protocols_) {
    (void)cm_.TellClients(
        family, is_down ? VCP_OID_CO_SIGNALING_DISABLED : VCP_OID_CO_SIGNALING_ENABLED, kNothing);
  }
}

// As the environment has it: the number of addresses twice, and then they.
bool ExternalManager::AnswerOid(const vcplane::Event& event) {
  vcplane::Status status = VCP_INVALID_OID;
  std::string answer;
  switch (event.oid.oid) {
    case kNeverAnswered:
      return true;
    case kAnsweredInReverse:
      return AnswerInReverse(event);
    case kOfferSecond:
    case kWithdrawSecond:
      return ChangeFamilies(event);
    case kAddAddress:
    case kDeleteAddress:
      status = ChangeAddresses(event);
      break;
    case kGetAddresses:
      if (event.type != VCP_EVENT_CM_OID_QUERY) break;
      for (const std::string& address : addresses_[event.af]) answer += address;
      answer.insert(0, {static_cast<char>(addresses_[event.af].size()), 0, 0, 0,
                        static_cast<char>(addresses_[event.af].size()), 0, 0, 0});
      status = VCP_SUCCESS;
      break;
    default:
      break;
  }
  const auto bytes = std::as_bytes(std::span(answer));
  return cm_.CompleteOid(event.cookie, status, bytes) == VCP_SUCCESS;
}

bool ExternalManager::AnswerInReverse(const vcplane::Event& event) {
  reversed_.push_back(event.cookie);
  if (reversed_.size() < kReversed) return true;
  bool all = true;
  for (; !reversed_.empty(); reversed_.pop_back()) {
    all &= cm_.CompleteOid(reversed_.back(), VCP_SUCCESS) == VCP_SUCCESS;
  }
  return all;
}

bool ExternalManager::ChangeFamilies(const vcplane::Event& event) {
  changing_families_ = event.cookie;
  if (event.oid.oid == kWithdrawSecond) {
    return cm_.DeregisterFamily(second_, kSecond) == VCP_PENDING;
  }
  return cm_.RegisterFamily(port_.c_str(), protocol_ + kSecondProtocol, VCP_CM_ANSWERS_OIDS,
                            kSecond) == VCP_PENDING;
}

vcplane::Status ExternalManager::ChangeAddresses(const vcplane::Event& event) {
  if (event.type != VCP_EVENT_CM_OID_SET) return VCP_NOT_SUPPORTED;
  if (event.oid.length != kAddressBytes) return VCP_INVALID_LENGTH;
  const std::string address(reinterpret_cast<const char*>(event.oid.data), kAddressBytes);
  std::set<std::string>& own = addresses_[event.af];
  const bool adds = event.oid.oid == kAddAddress;
  const bool changed = adds ? own.insert(address).second : own.erase(address) != 0;
  if (!changed) return adds ? VCP_IN_USE : VCP_NOT_FOUND;
  (void)cm_.SetOid(event.af, 0, VCP_OID_CO_ADDRESS_CHANGE, {}, kNews);
  return VCP_SUCCESS;
}

// --- orders --------------------------------------------------------------------------------------

// Of which the call itself is no part.
bool ExternalManager::IsOrder(const vcp_call_params& params) {
  return params.specific_type >= kAskToClose && params.specific_type <= kRegisterInVain;
}

bool ExternalManager::Obey(const vcplane::Event& call) {
  const vcp_cm_af af = afs_[call.vc];
  outcomes_.clear();
  steps_ = 0;
  vcplane::Vc own = 0;
  switch (call.params.specific_type) {
    case kAskToClose:
      return cm_.NotifyCloseAf(af, kNothing) == VCP_PENDING;
    case kAskToCloseByOid:
      return cm_.SetOid(af, 0, VCP_OID_CO_AF_CLOSE, {}, kNothing) == VCP_PENDING;
    case kUseAnOwnVc:
      return cm_.CreateOwnVc(families_[af], kOrdered, &own) == VCP_PENDING;
    case kRegisterInVain:
      return cm_.RegisterFamily(kNowhere, protocol_ + kSecondProtocol, 0, kOrdered) == VCP_PENDING;
    default:
      return false;
  }
}

bool ExternalManager::OnOrderedVcEvent(const vcplane::Event& event) {
  outcomes_ += " " + std::string(vcplane::Name(event.status));
  const uint32_t label = kOrderedLabel + protocol_ - kFamily;
  switch (steps_++) {
    case 0:
    case 1:
      return cm_.ActivateOwnVc(event.vc, {.transmit_label = label, .receive_label = label},
                               kOrdered) == VCP_PENDING;
    case 2:
      return cm_.DeleteOwnVc(event.vc, kOrdered) == VCP_PENDING;
    default:
      Report("own VC" + outcomes_);
      return true;
  }
}

bool ExternalManager::OnOrderedFamilyEvent(const vcplane::Event& event) {
  outcomes_ += " " + std::string(vcplane::Name(event.status));
  switch (steps_++) {
    case 0:  // one that it has itself,
      return cm_.RegisterFamily(port_.c_str(), protocol_, 0, kOrdered) == VCP_PENDING;
    case 1:  // and another call manager's
      return cm_.RegisterFamily(port_.c_str(), VCP_AF_Q2931, 0, kOrdered) == VCP_PENDING;
    default:
      Report("registered" + outcomes_);
      return true;
  }
}

}  // namespace vcp::conformance
