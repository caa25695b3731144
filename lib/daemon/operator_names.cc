#include "daemon/operator_names.h"

namespace vcp::daemon {

const char* NameOf(circuit::VcState state) {
  switch (state) {
    case circuit::VcState::kInactive:
      return "inactive";
    case circuit::VcState::kActivating:
      return "activating";
    case circuit::VcState::kActive:
      return "active";
    case circuit::VcState::kReactivating:
      return "reactivating";
    case circuit::VcState::kDeactivating:
      return "deactivating";
  }
  return "";
}

std::string_view LifeOf(const std::optional<circuit::AdapterRow>& adapter) {
  if (!adapter) return "removed";
  return adapter->removed ? "removing" : circuit::AdapterStateName(adapter->state);
}

const char* NameOf(circuit::CallState state) {
  switch (state) {
    case circuit::CallState::kNone:
      return "none";
    case circuit::CallState::kMaking:
      return "making";
    case circuit::CallState::kOffered:
      return "offered";
    case circuit::CallState::kAccepted:
      return "accepted";
    case circuit::CallState::kConnected:
      return "connected";
    case circuit::CallState::kClosing:
      return "closing";
  }
  return "";
}

const char* NameOf(circuit::PartyState state) {
  switch (state) {
    case circuit::PartyState::kAdding:
      return "adding";
    case circuit::PartyState::kActive:
      return "active";
    case circuit::PartyState::kDropping:
      return "dropping";
  }
  return "";
}

std::string NameOf(circuit::AddressFamilyType type) {
  using circuit::AddressFamilyType;
  if (type == AddressFamilyType::kQ2931) return "q2931";
  if (type == AddressFamilyType::kPvc) return "pvc";
  return std::to_string(static_cast<uint32_t>(type));
}

const char* NameOf(signaling::UniState state) {
  switch (state) {
    case signaling::UniState::kNull:
      return "null";
    case signaling::UniState::kCallInitiated:
      return "call initiated";
    case signaling::UniState::kOutgoingProceeding:
      return "outgoing call proceeding";
    case signaling::UniState::kCallDelivered:
      return "call delivered";
    case signaling::UniState::kCallPresent:
      return "call present";
    case signaling::UniState::kCallReceived:
      return "call received";
    case signaling::UniState::kConnectRequest:
      return "connect request";
    case signaling::UniState::kIncomingProceeding:
      return "incoming call proceeding";
    case signaling::UniState::kActive:
      return "active";
    case signaling::UniState::kReleaseRequest:
      return "release request";
    case signaling::UniState::kReleaseIndication:
      return "release indication";
    case signaling::UniState::kModifyRequest:
      return "modify request";
    case signaling::UniState::kModifyReceived:
      return "modify received";
  }
  return "";
}

const char* NameOf(signaling::PartyState state) {
  switch (state) {
    case signaling::PartyState::kNull:
      return "null";
    case signaling::PartyState::kAddInitiated:
      return "add initiated";
    case signaling::PartyState::kAlertingDelivered:
      return "alerting delivered";
    case signaling::PartyState::kAddReceived:
      return "add received";
    case signaling::PartyState::kAlertingReceived:
      return "alerting received";
    case signaling::PartyState::kActive:
      return "active";
    case signaling::PartyState::kDropInitiated:
      return "drop initiated";
    case signaling::PartyState::kDropReceived:
      return "drop received";
  }
  return "";
}

const char* NameOf(signaling::Role role) {
  return role == signaling::Role::kNetwork ? "network" : "user";
}

const char* NameOf(qos::ServiceCategory category) {
  switch (category) {
    case qos::ServiceCategory::kCbr:
      return "CBR";
    case qos::ServiceCategory::kRtVbr:
      return "rt-VBR";
    case qos::ServiceCategory::kNrtVbr:
      return "nrt-VBR";
    case qos::ServiceCategory::kAbr:
      return "ABR";
    case qos::ServiceCategory::kUbr:
      return "UBR";
  }
  return "";
}

}  // namespace vcp::daemon
