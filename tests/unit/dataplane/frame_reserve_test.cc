// Frames that were received are sent again without a way through the pool, if nobody can tell.
#include "dataplane/frame_reserve.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {
namespace {

class FrameReserveTest : public ::testing::Test {
 protected:
  FrameReserveTest() : harness_(std::make_unique<testing::LoopPort>()), reserve_(pool()) {}
  rte_mempool* pool() { return harness_.frames(); }
  rte_mbuf* Allocate() {
    rte_mbuf* frame = rte_pktmbuf_alloc(pool());
    EXPECT_NE(frame, nullptr);
    return frame;
  }
  void Recycle(std::vector<rte_mbuf*> frames) {
    reserve_.Recycle(frames.data(), static_cast<uint32_t>(frames.size()));
  }

  testing::PollHarness harness_;
  FrameReserve reserve_;
};

TEST_F(FrameReserveTest, APlainFrameIsTheNextToBeSentAndLooksFresh) {
  rte_mbuf* frame = Allocate();
  frame->data_off = 3;
  frame->ol_flags = RTE_MBUF_F_RX_VLAN;
  Recycle({frame});
  const uint32_t free_before = harness_.FreeFrames();
  ASSERT_TRUE(reserve_.Ensure(1));
  EXPECT_EQ(harness_.FreeFrames(), free_before);
  ASSERT_EQ(reserve_.Take(), frame);
  EXPECT_EQ(frame->data_off, RTE_PKTMBUF_HEADROOM);
  EXPECT_EQ(frame->ol_flags, 0u);
  rte_pktmbuf_free(frame);
}

TEST_F(FrameReserveTest, AFrameThatOthersSeeIsOnlyLetGo) {
  rte_mbuf* shared = Allocate();
  rte_mbuf* reference = Allocate();
  rte_pktmbuf_attach(reference, shared);
  Recycle({shared, reference});  // and then nobody sees it any more
  const uint32_t free_before = harness_.FreeFrames();
  EXPECT_EQ(free_before, testing::PollHarness::kFrames);
  ASSERT_TRUE(reserve_.Ensure(1));
  EXPECT_LT(harness_.FreeFrames(), free_before);  // none of them was kept
}

TEST_F(FrameReserveTest, AChainOrAnotherPoolsFrameIsFreed) {
  rte_mbuf* head = Allocate();
  ASSERT_EQ(rte_pktmbuf_chain(head, Allocate()), 0);
  rte_mempool* other = rte_pktmbuf_pool_create("other", 63, 0, 0, 256, SOCKET_ID_ANY);
  ASSERT_NE(other, nullptr);
  Recycle({head, rte_pktmbuf_alloc(other)});
  EXPECT_EQ(harness_.FreeFrames(), testing::PollHarness::kFrames);
  EXPECT_EQ(rte_mempool_avail_count(other), 63u);
  rte_mempool_free(other);
}

TEST_F(FrameReserveTest, WhatIsTooMuchIsFreed) {
  std::vector<rte_mbuf*> frames(FrameReserve::kCapacity + 5);
  for (rte_mbuf*& frame : frames) frame = Allocate();
  Recycle(frames);
  EXPECT_EQ(harness_.FreeFrames(), testing::PollHarness::kFrames - FrameReserve::kCapacity);
  reserve_.GiveBack();
  EXPECT_EQ(harness_.FreeFrames(), testing::PollHarness::kFrames);
}

}  // namespace
}  // namespace vcp::dataplane
