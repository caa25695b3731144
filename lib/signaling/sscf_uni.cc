#include "signaling/sscf_uni.h"

#include "base/check.h"

namespace vcp::signaling {

using Kind = SaalAction::Kind;

std::string_view SaalStateName(SaalState state) {
  switch (state) {
    case SaalState::kReleased:
      return "released";
    case SaalState::kAwaitingEstablish:
      return "awaiting establish";
    case SaalState::kAwaitingRelease:
      return "awaiting release";
    case SaalState::kEstablished:
      return "established";
    case SaalState::kAwaitingResync:
      return "awaiting resynchronization";
  }
  return "unknown";
}

Status SscfUni::EstablishRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns) {
  const bool resync = state_ == SaalState::kEstablished;
  const Status status = resync ? sscop_->ResyncRequest(user_to_user, now_ns)
                               : sscop_->EstablishRequest(user_to_user, now_ns);
  if (status == Status::kSuccess) {
    state_ = resync ? SaalState::kAwaitingResync : SaalState::kAwaitingEstablish;
  }
  return status;
}

Status SscfUni::ReleaseRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns) {
  if (state_ == SaalState::kReleased) {
    actions_->Add({.kind = Kind::kReleaseConfirm});
    return Status::kSuccess;
  }
  const Status status = sscop_->ReleaseRequest(user_to_user, now_ns);
  if (status == Status::kSuccess) state_ = SaalState::kAwaitingRelease;
  return status;
}

Status SscfUni::DataRequest(std::span<const uint8_t> sdu, uint64_t now_ns) {
  return sscop_->DataRequest(sdu, now_ns);
}

void SscfUni::HandleSscop(const SscopAction& action, uint64_t now_ns) {
  using SscopKind = SscopAction::Kind;
  switch (action.kind) {
    case SscopKind::kSendPdu:
      return actions_->Add({.kind = Kind::kSendPdu, .bytes = action.bytes});
    case SscopKind::kDataIndication:
      return actions_->Add({.kind = Kind::kDataIndication, .bytes = action.bytes});
    case SscopKind::kUnitDataIndication:
      return actions_->Add({.kind = Kind::kUnitDataIndication, .bytes = action.bytes});
    case SscopKind::kManagementDataIndication:
      return actions_->Add({.kind = Kind::kManagementDataIndication, .bytes = action.bytes});
    case SscopKind::kError:
      return actions_->Add(
          {.kind = Kind::kLayerManagementError, .error = action.error, .count = action.count});
    case SscopKind::kEstablishConfirm:
    case SscopKind::kResyncConfirm:
      return Indicate(Kind::kEstablishConfirm, action, SaalState::kEstablished);
    case SscopKind::kReleaseIndication:
      return Indicate(Kind::kReleaseIndication, action, SaalState::kReleased);
    case SscopKind::kReleaseConfirm:
      return Indicate(Kind::kReleaseConfirm, action, SaalState::kReleased);
    case SscopKind::kEstablishIndication:
      VCP_CHECK(sscop_->EstablishResponse({}, now_ns) == Status::kSuccess);
      break;
    case SscopKind::kResyncIndication:
      VCP_CHECK(sscop_->ResyncResponse(now_ns) == Status::kSuccess);
      break;
    case SscopKind::kRecoverIndication:
      VCP_CHECK(sscop_->RecoverResponse(now_ns) == Status::kSuccess);
  }
  Indicate(Kind::kEstablishIndication, action, SaalState::kEstablished);
}

void SscfUni::Indicate(SaalAction::Kind kind, const SscopAction& from, SaalState state) {
  state_ = state;
  actions_->Add({.kind = kind, .by_sscop = from.by_sscop, .bytes = from.bytes});
}

}  // namespace vcp::signaling
