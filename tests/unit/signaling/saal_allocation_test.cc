// A SAAL at work takes no memory: buffers, lists and what actions point to are there from the start
// or from before.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>

#include "allocations.h"
#include "signaling/saal.h"

namespace vcp::signaling {
namespace {

// Two SAALs back to back, without time between them; every ninth SD is lost.
class BackToBack {
 public:
  BackToBack() {
    EXPECT_EQ(west_.EstablishRequest(now_ns_), Status::kSuccess);
    CarryOut(&west_, &east_);
  }

  void Round() {
    EXPECT_EQ(west_.DataRequest(kMessage, now_ns_), Status::kSuccess);
    CarryOut(&west_, &east_);
    EXPECT_EQ(east_.DataRequest(kMessage, now_ns_), Status::kSuccess);
    CarryOut(&east_, &west_);
    now_ns_ += 100 * kNsPerMs;
    west_.OnTimer(now_ns_);
    east_.OnTimer(now_ns_);
    CarryOut(&west_, &east_);
    CarryOut(&east_, &west_);
  }

  uint64_t delivered() const { return delivered_; }
  uint64_t retransmitted() const {
    return west_.counters().retransmitted_sds.Read() + east_.counters().retransmitted_sds.Read();
  }

 private:
  static constexpr std::array<uint8_t, 100> kMessage{};

  void CarryOut(Saal* from, Saal* to) {
    from->CarryOut([this, from, to](const SaalAction& action) {
      if (action.kind == SaalAction::Kind::kDataIndication) ++delivered_;
      if (action.kind != SaalAction::Kind::kSendPdu) return;
      if (action.bytes.size() > kMessage.size() && ++sds_ % 9 == 0) return;
      to->OnPdu(action.bytes, now_ns_);
      CarryOut(to, from);
    });
  }

  uint64_t now_ns_ = kNsPerSecond;
  uint64_t sds_ = 0;
  uint64_t delivered_ = 0;
  Saal west_, east_;
};

TEST(SaalAllocation, NoneAtWorkEvenWithLosses) {
  BackToBack link;
  for (int i = 0; i < 500; ++i) link.Round();
  const uint64_t before = AllocationCount();
  const uint64_t delivered_before = link.delivered();
  for (int i = 0; i < 1000; ++i) link.Round();
  EXPECT_EQ(AllocationCount(), before);
  EXPECT_GT(before, 0u);
  EXPECT_GT(link.delivered(), delivered_before + 1900);
  EXPECT_GT(link.retransmitted(), 300u);
}

}  // namespace
}  // namespace vcp::signaling
