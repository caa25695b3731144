#include "callmgr/setup_shares.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "testing/recording_roles.h"

namespace vcp::callmgr {
namespace {

using circuit::AfHandle;

// The client's rate counts only where a test is about it.
constexpr signaling::SetupLimits kFast{.setups_per_second = 1'000'000,
                                       .setup_burst = 1'000'000,
                                       .client_setups_per_second = 1'000'000,
                                       .client_setup_burst = 1'000'000};
constexpr uint64_t kNow = kNsPerSecond;

class SetupSharesTest : public ::testing::Test {
 protected:
  testing::RecordingClient greedy, modest;
  const AfHandle af{1, 1}, second_af{2, 1}, modest_af{3, 1};
};

TEST_F(SetupSharesTest, AClientHasSoManyCallsInSetupAndOthersHaveTheirs) {  // S2
  SetupShares shares(kFast);
  ASSERT_TRUE(shares.Open(af, &greedy));
  ASSERT_TRUE(shares.Open(modest_af, &modest));
  for (uint32_t i = 0; i < kMaxCallsInSetupPerClient; ++i) {
    ASSERT_TRUE(shares.TakeCall(shares.Of(af), kNow)) << i;
  }
  EXPECT_FALSE(shares.TakeCall(shares.Of(af), kNow));
  EXPECT_TRUE(shares.TakeCall(shares.Of(modest_af), kNow));
  EXPECT_EQ(shares.refused_calls(), 1u);
  shares.EndCall(shares.Of(af));
  EXPECT_TRUE(shares.TakeCall(shares.Of(af), kNow));
  EXPECT_FALSE(shares.TakeCall(shares.Of(af), kNow));
}

TEST_F(SetupSharesTest, AnotherAddressFamilyIsNoOtherShare) {
  SetupShares shares(kFast);
  ASSERT_TRUE(shares.Open(af, &greedy));
  ASSERT_TRUE(shares.Open(second_af, &greedy));
  EXPECT_EQ(shares.Of(af), shares.Of(second_af));
  EXPECT_EQ(shares.size(), 1u);
  for (uint32_t i = 0; i < kMaxCallsInSetupPerClient; ++i) {
    ASSERT_TRUE(shares.TakeCall(shares.Of(i % 2 == 0 ? af : second_af), kNow)) << i;
  }
  EXPECT_FALSE(shares.TakeCall(shares.Of(second_af), kNow));
  shares.Close(af);
  EXPECT_FALSE(shares.TakeCall(shares.Of(second_af), kNow));
}

TEST_F(SetupSharesTest, OffersAreCountedApart) {
  SetupShares shares(kFast);
  ASSERT_TRUE(shares.Open(af, &greedy));
  for (uint32_t i = 0; i < kMaxOffersPerClient; ++i) ASSERT_TRUE(shares.TakeOffer(shares.Of(af)));
  EXPECT_FALSE(shares.TakeOffer(shares.Of(af)));
  EXPECT_TRUE(shares.TakeCall(shares.Of(af), kNow));
  EXPECT_EQ(shares.refused_offers(), 1u);
  EXPECT_EQ(shares.refused_calls(), 0u);
  shares.EndOffer(shares.Of(af));
  EXPECT_TRUE(shares.TakeOffer(shares.Of(af)));
}

TEST_F(SetupSharesTest, AClientAsksForSoManyASecondAndLeavesTheRestOfTheLink) {  // S1
  SetupShares shares({.setups_per_second = 20,
                      .setup_burst = 4,
                      .client_setups_per_second = 10,
                      .client_setup_burst = 2});
  ASSERT_TRUE(shares.Open(af, &greedy));
  ASSERT_TRUE(shares.Open(modest_af, &modest));
  const auto take = [&](AfHandle of, uint64_t now_ns) {
    uint32_t taken = 0;
    while (shares.TakeCall(shares.Of(of), now_ns)) ++taken;
    return taken;
  };
  EXPECT_EQ(take(af, kNow), 2u);
  EXPECT_EQ(take(modest_af, kNow), 2u);
  EXPECT_EQ(take(af, kNow + 99 * kNsPerMs), 0u);
  EXPECT_EQ(take(af, kNow + 100 * kNsPerMs), 1u);
  EXPECT_EQ(take(af, kNow + kNsPerSecond), 2u);
  EXPECT_EQ(shares.refused_calls(), 5u);
}

TEST_F(SetupSharesTest, AllClientsTogetherDoNotExceedTheLinks) {
  SetupShares shares({.setups_per_second = 10,
                      .setup_burst = 3,
                      .client_setups_per_second = 10,
                      .client_setup_burst = 2});
  ASSERT_TRUE(shares.Open(af, &greedy));
  ASSERT_TRUE(shares.Open(modest_af, &modest));
  EXPECT_TRUE(shares.TakeCall(shares.Of(af), kNow));
  EXPECT_TRUE(shares.TakeCall(shares.Of(af), kNow));
  EXPECT_TRUE(shares.TakeCall(shares.Of(modest_af), kNow));
  EXPECT_FALSE(shares.TakeCall(shares.Of(modest_af), kNow));
}

// What is still under way then ends later.
TEST_F(SetupSharesTest, AShareGoesWithItsLastAddressFamily) {
  SetupShares shares(kFast);
  ASSERT_TRUE(shares.Open(af, &greedy));
  const SetupShares::ShareHandle share = shares.Of(af);
  ASSERT_TRUE(shares.TakeOffer(share));
  shares.Close(af);
  shares.Close(af);
  EXPECT_EQ(shares.size(), 0u);
  EXPECT_FALSE(shares.Of(af));
  ASSERT_TRUE(shares.Open(second_af, &greedy));
  shares.EndOffer(share);
  for (uint32_t i = 0; i < kMaxOffersPerClient; ++i) {
    ASSERT_TRUE(shares.TakeOffer(shares.Of(second_af)));
  }
  EXPECT_FALSE(shares.TakeOffer(shares.Of(second_af)));
  EXPECT_FALSE(shares.TakeCall(share, kNow));
}

}  // namespace
}  // namespace vcp::callmgr
