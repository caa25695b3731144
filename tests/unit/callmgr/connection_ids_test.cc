#include "callmgr/connection_ids.h"

#include <gtest/gtest.h>

#include <vector>

namespace vcp::callmgr {
namespace {

constexpr uint64_t kQuarantineNs = 1000;
constexpr uint32_t kVpciOne = 1 << 16;

ConnectionIds::Config Few() {
  return {.first_label = 100, .last_label = 103, .quarantine_ns = kQuarantineNs};
}

TEST(ConnectionIds, ALabelIsVpciAndVci) {
  EXPECT_EQ(LabelOf({0, 201}), 201u);
  EXPECT_EQ(LabelOf({3, 5}), 0x30005u);
  EXPECT_EQ(LabelOf({15, 65535}), 0xfffffu);
  EXPECT_EQ(LabelOf({16, 64}), std::nullopt);
  for (uint32_t label : {0u, 21u, 64u, 0x30005u, 0xfffffu}) {
    EXPECT_EQ(LabelOf(ConnectionIdentifierOf(label)), label);
  }
}

TEST(ConnectionIds, BeginsWhereItIsToldTo) {
  ConnectionIds::Config config = Few();
  config.first_choice = 102;
  ConnectionIds ids(config);
  for (uint32_t label : {102u, 103u, 100u, 101u}) EXPECT_EQ(ids.Allocate(0), label);
}

TEST(ConnectionIds, GoesRound) {
  ConnectionIds ids(Few());
  EXPECT_EQ(ids.Allocate(0), 100u);
  EXPECT_EQ(ids.Allocate(0), 101u);
  EXPECT_EQ(ids.Allocate(0), 102u);
  ids.Release(100, 0);
  EXPECT_EQ(ids.Allocate(0), 103u);
  EXPECT_EQ(ids.in_use_count(), 3u);
  EXPECT_TRUE(ids.IsInUse(103));
  EXPECT_FALSE(ids.IsInUse(100));
  EXPECT_FALSE(ids.IsInUse(~0u));
}

TEST(ConnectionIds, W6_ALabelRestsBeforeItIsUsedAgain) {
  ConnectionIds ids(Few());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(ids.Allocate(0));
  EXPECT_EQ(ids.Allocate(0), std::nullopt);
  ids.Release(102, 500);
  ids.Release(101, 600);
  EXPECT_EQ(ids.quarantined_count(), 2u);
  EXPECT_EQ(ids.Allocate(500 + kQuarantineNs - 1), std::nullopt);
  EXPECT_FALSE(ids.Take(102, 500 + kQuarantineNs - 1));
  EXPECT_EQ(ids.Allocate(500 + kQuarantineNs), 102u);
  EXPECT_EQ(ids.Allocate(600 + kQuarantineNs - 1), std::nullopt);
  EXPECT_TRUE(ids.Take(101, 600 + kQuarantineNs));
  EXPECT_EQ(ids.quarantined_count(), 0u);
}

TEST(ConnectionIds, AClockThatStepsBackShortensNoQuarantine) {
  ConnectionIds ids(Few());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(ids.Allocate(0));
  ids.Release(100, 10'000);
  ids.Release(101, 9'000);
  EXPECT_EQ(ids.Allocate(9'000 + kQuarantineNs), std::nullopt);
  EXPECT_EQ(ids.Allocate(10'000 + kQuarantineNs), 100u);
  EXPECT_EQ(ids.Allocate(10'000 + kQuarantineNs), 101u);
}

TEST(ConnectionIds, TheUserSideTakesWhatTheNetworkSays) {
  ConnectionIds ids({.quarantine_ns = 0});
  EXPECT_TRUE(ids.Take(201, 0));
  EXPECT_FALSE(ids.Take(201, 0));
  ids.Release(201, 0);
  EXPECT_TRUE(ids.Take(201, 0));
}

// S13: nor can a peer make signaling or management of a call.
TEST(ConnectionIds, WhatIsNotForCallsIsNotGiven) {
  ConnectionIds ids({});
  for (uint32_t label :
       {0u, 5u, 21u, 32u, 63u, kVpciOne, kVpciOne + 5, kVpciOne + 31, kLabelSpace, ~0u}) {
    EXPECT_FALSE(ids.Take(label, 0)) << label;
  }
  EXPECT_EQ(ids.Allocate(0), 64u);
  EXPECT_TRUE(ids.Take(kVpciOne + 32, 0));
  EXPECT_TRUE(ids.Take(kLabelSpace - 1, 0));
  ConnectionIds few(Few());
  EXPECT_FALSE(few.Take(99, 0));
  EXPECT_FALSE(few.Take(104, 0));
}

TEST(ConnectionIds, TheOtherSideMayChooseTheVirtualPath) {
  ConnectionIds ids({});
  EXPECT_EQ(ids.AllocateOn(0, 0), 64u);
  EXPECT_EQ(ids.AllocateOn(1, 0), kVpciOne + 32);
  EXPECT_EQ(ids.AllocateOn(1, 0), kVpciOne + 33);
  EXPECT_EQ(ids.AllocateOn(15, 0), 15 * kVpciOne + 32);
  EXPECT_EQ(ids.AllocateOn(16, 0), std::nullopt);
  ConnectionIds few(Few());
  EXPECT_EQ(few.AllocateOn(1, 0), std::nullopt);
}

TEST(ConnectionIds, AnOperatorsPvcHasItsLabelToItself) {
  ConnectionIds ids(Few());
  EXPECT_TRUE(ids.Exclude(100, 0));
  EXPECT_TRUE(ids.Exclude(50, 0));  // Not for calls anyway.
  EXPECT_TRUE(ids.Exclude(kVpciOne + 5, 0));
  EXPECT_EQ(ids.excluded_count(), 3u);
  EXPECT_FALSE(ids.Take(100, 0));
  EXPECT_EQ(ids.Allocate(0), 101u);
  EXPECT_FALSE(ids.Exclude(101, 0));
  ids.Release(101, 0);
  EXPECT_FALSE(ids.Exclude(101, kQuarantineNs - 1));
  EXPECT_TRUE(ids.Exclude(101, kQuarantineNs));
  EXPECT_EQ(ids.in_use_count(), 0u);

  ids.Readmit(100, 5000);
  ids.Readmit(50, 5000);
  ids.Readmit(kVpciOne + 5, 5000);
  EXPECT_EQ(ids.excluded_count(), 1u);
  EXPECT_FALSE(ids.Take(100, 5000 + kQuarantineNs - 1));
  EXPECT_TRUE(ids.Take(100, 5000 + kQuarantineNs));
  EXPECT_FALSE(ids.Take(50, 5000 + kQuarantineNs));
}

TEST(ConnectionIds, AMillionLabels) {
  ConnectionIds ids({.quarantine_ns = kQuarantineNs});
  const uint32_t all = kLabelSpace - kMinDataLabel - kMaxVpci * kMinVci;
  for (int round = 0; round < 2; ++round) {
    const uint64_t now_ns = round * 2 * kQuarantineNs;
    std::vector<uint32_t> taken;
    for (uint32_t i = 0; i < all; ++i) {
      const auto label = ids.Allocate(now_ns);
      ASSERT_TRUE(label);
      taken.push_back(*label);
      const ConnectionIdentifier id = ConnectionIdentifierOf(*label);
      ASSERT_TRUE(*label >= kMinDataLabel && id.vci >= kMinVci);
    }
    EXPECT_EQ(ids.Allocate(now_ns), std::nullopt);
    EXPECT_EQ(ids.in_use_count(), all);
    for (const uint32_t label : taken) ids.Release(label, now_ns);
    EXPECT_EQ(ids.quarantined_count(), all);
  }
}

}  // namespace
}  // namespace vcp::callmgr
