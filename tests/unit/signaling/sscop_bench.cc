#include "sscop_bench.h"

#include <gtest/gtest.h>

#include "signaling/sscop_number.h"

namespace vcp::signaling {
namespace {

using wire::SscopPdu;
using wire::SscopType;

std::string Text(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

std::string Describe(const SscopAction& action) {
  using Kind = SscopAction::Kind;
  const std::string data = action.bytes.empty() ? "" : "(" + Text(action.bytes) + ")";
  switch (action.kind) {
    case Kind::kSendPdu: {
      SscopPdu pdu;
      if (wire::ParseSscopPdu(action.bytes, &pdu) != wire::SscopError::kNone) return "bad PDU";
      const bool is_list = pdu.type == SscopType::kStat || pdu.type == SscopType::kUstat;
      return ToString(pdu) + (is_list || pdu.body.empty() ? "" : " (" + Text(pdu.body) + ")");
    }
    case Kind::kEstablishIndication:
      return "+establish.indication" + data;
    case Kind::kEstablishConfirm:
      return "+establish.confirm" + data;
    case Kind::kReleaseIndication:
      return "+release.indication" + data + (action.by_sscop ? " by SSCOP" : "");
    case Kind::kReleaseConfirm:
      return "+release.confirm" + data;
    case Kind::kResyncIndication:
      return "+resync.indication" + data;
    case Kind::kResyncConfirm:
      return "+resync.confirm" + data;
    case Kind::kRecoverIndication:
      return "+recover.indication";
    case Kind::kDataIndication:
      return "+data(" + Text(action.bytes) + ")";
    case Kind::kUnitDataIndication:
      return "+unit_data(" + Text(action.bytes) + ")";
    case Kind::kManagementDataIndication:
      return "+management_data(" + Text(action.bytes) + ")";
    case Kind::kError:
      break;
  }
  return std::string("!") + static_cast<char>(action.error) +
         (action.count == 1 ? "" : " x" + std::to_string(action.count));
}

}  // namespace

std::string SscopBench::Did() {
  std::string text;
  sscop.actions().CarryOut([&text](const SscopAction& action) {
    text += (text.empty() ? "" : "; ") + Describe(action);
  });
  sscop.Reclaim();
  return text;
}

std::string SscopBench::Pdu(const SscopPdu& pdu) {
  std::vector<uint8_t> bytes(wire::SscopPduBytes(pdu));
  wire::EmitSscopPdu(pdu, bytes);
  return Bytes(std::move(bytes));
}

std::string SscopBench::Bytes(std::vector<uint8_t> bytes) {
  sscop.OnPdu(bytes, now_ns);
  return Did();
}

std::string SscopBench::Stat(SscopPdu pdu, const std::vector<uint32_t>& list) {
  std::vector<uint8_t> body(list.size() * wire::kSscopWordBytes);
  for (size_t i = 0; i < list.size(); ++i) wire::StoreBe32(list[i], &body[4 * i]);
  pdu.body = body;
  return Pdu(pdu);
}

std::string SscopBench::Pass(uint64_t duration_ns) {
  const uint64_t until_ns = now_ns + duration_ns;
  while (sscop.NextDeadlineNs().value_or(UINT64_MAX) <= until_ns) {
    now_ns = *sscop.NextDeadlineNs();
    sscop.OnTimer(now_ns);
  }
  now_ns = until_ns;
  return Did();
}

std::string SscopBench::Data(std::string_view sdu) {
  const std::vector<uint8_t> bytes(sdu.begin(), sdu.end());
  EXPECT_EQ(sscop.DataRequest(bytes, now_ns), Status::kSuccess);
  return Did();
}

void SscopBench::Reach(SscopState state, uint32_t credit) {
  auto request = [](Status status) { EXPECT_EQ(status, Status::kSuccess); };
  if (state == SscopState::kIdle) return;
  if (state == SscopState::kIncomingConnection) {
    Pdu({.type = SscopType::kBgn, .n_sq = 1, .n_mr = credit});
  } else {
    request(sscop.EstablishRequest({}, now_ns));
  }
  if (state != SscopState::kIncomingConnection && state != SscopState::kOutgoingConnection) {
    // The peer began at the same time, so it has a connection number too.
    Pdu({.type = SscopType::kBgn, .n_sq = 1, .n_mr = credit});
  }
  switch (state) {
    case SscopState::kOutgoingDisconnection:
      request(sscop.ReleaseRequest({}, now_ns));
      break;
    case SscopState::kOutgoingResynchronization:
      request(sscop.ResyncRequest({}, now_ns));
      break;
    case SscopState::kIncomingResynchronization:
      Pdu({.type = SscopType::kRs, .n_sq = 2, .n_mr = credit});
      break;
    case SscopState::kOutgoingRecovery:
    case SscopState::kRecoveryResponse:
      Pdu({.type = SscopType::kPoll, .n_s = wire::kSscopNumberMask, .n_ps = 1});
      if (state == SscopState::kRecoveryResponse) {
        Pdu({.type = SscopType::kErak, .n_mr = credit});
      }
      break;
    case SscopState::kIncomingRecovery:
      Pdu({.type = SscopType::kEr, .n_sq = 2, .n_mr = credit});
      break;
    default:
      break;
  }
  Did();
  ASSERT_EQ(sscop.state(), state);
}

}  // namespace vcp::signaling
