#include "signaling/saal.h"

#include "wire/sscop_pdu.h"

namespace vcp::signaling {

using wire::SscopType;

bool DuplicateGuard::IsDuplicate(std::span<const uint8_t> pdu) {
  const bool same = std::ranges::equal(pdu, last_);
  if (same) {
    wire::SscopPdu parsed;
    if (wire::ParseSscopPdu(pdu, &parsed) != wire::SscopError::kNone) return false;
    return parsed.type == SscopType::kSd || parsed.type == SscopType::kPoll ||
           parsed.type == SscopType::kStat || parsed.type == SscopType::kUstat;
  }
  last_.assign(pdu.begin(), pdu.end());
  return false;
}

Saal::Saal(const SscopConfig& config)
    : carrier_may_repeat_(config.carrier_may_repeat), sscop_(config), sscf_(&sscop_, &actions_) {}

Status Saal::EstablishRequest(uint64_t now_ns, std::span<const uint8_t> user_to_user) {
  const Status status = sscf_.EstablishRequest(user_to_user, now_ns);
  Translate(now_ns);
  return status;
}

Status Saal::ReleaseRequest(uint64_t now_ns, std::span<const uint8_t> user_to_user) {
  const Status status = sscf_.ReleaseRequest(user_to_user, now_ns);
  Translate(now_ns);
  return status;
}

Status Saal::DataRequest(std::span<const uint8_t> sdu, uint64_t now_ns) {
  const Status status = sscf_.DataRequest(sdu, now_ns);
  Translate(now_ns);
  return status;
}

Status Saal::UnitDataRequest(std::span<const uint8_t> sdu, uint64_t now_ns) {
  const Status status = sscop_.UnitDataRequest(sdu);
  Translate(now_ns);
  return status;
}

void Saal::OnPdu(std::span<const uint8_t> pdu, uint64_t now_ns) {
  if (carrier_may_repeat_ && duplicate_guard_.IsDuplicate(pdu)) {
    dropped_duplicates_.Add();
    return;
  }
  sscop_.OnPdu(pdu, now_ns);
  Translate(now_ns);
}

void Saal::OnTimer(uint64_t now_ns) {
  sscop_.OnTimer(now_ns);
  Translate(now_ns);
}

void Saal::Translate(uint64_t now_ns) {
  sscop_.actions().CarryOut([this, now_ns](SscopAction action) {
    // A PDU handed over while actions are carried out may be gone before its SDU's turn comes.
    if (actions_.carrying_out() && action.kind != SscopAction::Kind::kSendPdu) {
      action.bytes = kept_bytes_.Copy(action.bytes);
    }
    sscf_.HandleSscop(action, now_ns);
  });
}

}  // namespace vcp::signaling
