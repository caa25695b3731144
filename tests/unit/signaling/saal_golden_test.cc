// Our SAAL in the place of one side of a recorded conversation: given what the other side sent, it
// sends what that side's SAAL sent, octet for octet. POLLs of the two sides crossed on the wire, so
// PDUs are compared type by type, each type in sequence.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "signaling/saal.h"
#include "testing/golden.h"
#include "wire/sscop_pdu.h"

namespace vcp::signaling {
namespace {

using testing::GoldenPdu;
using testing::GoldenSide;
using wire::SscopPdu;
using wire::SscopType;

class Replay {
 public:
  Replay(uint32_t window, GoldenSide ours) : saal_({.window = window}), ours_(ours) {
    EXPECT_EQ(saal_.EstablishRequest(now_ns_), Status::kSuccess);
    CarryOut();
  }

  void Play(const GoldenPdu& golden) {
    SCOPED_TRACE("frame " + std::to_string(golden.number) + ": " + golden.what);
    if (golden.side != ours_) {
      saal_.OnPdu(golden.octets, now_ns_);
      CarryOut();
      return;
    }
    // Our user's message, or a timer's time, is when the recording says.
    SscopPdu pdu;
    ASSERT_EQ(wire::ParseSscopPdu(golden.octets, &pdu), wire::SscopError::kNone);
    if (pdu.type == SscopType::kSd) {
      ASSERT_EQ(saal_.DataRequest(pdu.body, now_ns_), Status::kSuccess);
    } else if (pdu.type == SscopType::kPoll) {
      ASSERT_TRUE(saal_.NextDeadlineNs().has_value());
      now_ns_ = *saal_.NextDeadlineNs();
      saal_.OnTimer(now_ns_);
    }
    CarryOut();
    recorded_[pdu.type].push_back(golden.octets);
  }

  void End(size_t messages) {
    EXPECT_EQ(sent_, recorded_);
    EXPECT_EQ(saal_.state(), SaalState::kEstablished);
    EXPECT_EQ(delivered_, messages);
  }

 private:
  using Pdus = std::map<SscopType, std::vector<std::vector<uint8_t>>>;

  void CarryOut() {
    saal_.CarryOut([this](const SaalAction& action) {
      using Kind = SaalAction::Kind;
      EXPECT_NE(action.kind, Kind::kLayerManagementError);
      if (action.kind == Kind::kDataIndication) ++delivered_;
      if (action.kind != Kind::kSendPdu) return;
      SscopPdu pdu;
      ASSERT_EQ(wire::ParseSscopPdu(action.bytes, &pdu), wire::SscopError::kNone);
      sent_[pdu.type].emplace_back(action.bytes.begin(), action.bytes.end());
    });
  }

  uint64_t now_ns_ = kNsPerSecond;
  Saal saal_;
  const GoldenSide ours_;
  Pdus sent_, recorded_;
  size_t delivered_ = 0;
};

// Frame 1, the network's BGN, was sent before the user side listened.
TEST(SaalGolden, InThePlaceOfAtmsigd) {
  for (const char* recording : {"ngatm_stock_atmsigd", "ngatm_p2mp"}) {
    SCOPED_TRACE(recording);
    Replay replay(30, GoldenSide::kUser);
    size_t messages = 0;
    for (const GoldenPdu& golden : testing::ReadGolden(recording)) {
      if (golden.number == 1) continue;
      replay.Play(golden);
      if (golden.side == GoldenSide::kNetwork && golden.what.starts_with("SD")) ++messages;
    }
    replay.End(messages);
  }
}

TEST(SaalGolden, InThePlaceOfNgatm) {
  for (const char* recording : {"ngatm_stock_atmsigd", "ngatm_p2mp"}) {
    SCOPED_TRACE(recording);
    Replay replay(128, GoldenSide::kNetwork);
    size_t messages = 0;
    for (const GoldenPdu& golden : testing::ReadGolden(recording)) {
      replay.Play(golden);
      if (golden.side == GoldenSide::kUser && golden.what.starts_with("SD")) ++messages;
    }
    replay.End(messages);
  }
}

}  // namespace
}  // namespace vcp::signaling
