#include "callmgr/pvc_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace vcp::callmgr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Pvc Make(const std::string& name, uint32_t label, const std::string& adapter = "wire") {
  return {.name = name, .adapter = adapter, .labels = {.transmit = label, .receive = label}};
}

circuit::CallParameters ByName(const std::string& name) {
  circuit::CallParameters params;
  params.media.emplace().pvc_name = name;
  return params;
}

circuit::CallParameters ByAddress(const char* digits) {
  circuit::CallParameters params;
  params.call_manager.emplace().called = *ParseAddress(digits);
  return params;
}

TEST(PvcList, C097_AnAddedPvcIsThereUntilDeleted) {
  PvcList list;
  EXPECT_EQ(list.Add(Make("a", 64)), Status::kSuccess);
  ASSERT_NE(list.Find("a"), nullptr);
  EXPECT_EQ(*list.Find("a"), Make("a", 64));
  EXPECT_EQ(list.Delete("a"), Status::kSuccess);
  EXPECT_EQ(list.Find("a"), nullptr);
  EXPECT_EQ(list.Delete("a"), Status::kNotFound);
}

TEST(PvcList, NamesAreUniqueAndLabelsAreOnTheirPort) {
  PvcList list;
  EXPECT_EQ(list.Add(Make("a", 64)), Status::kSuccess);
  EXPECT_EQ(list.Add(Make("a", 65)), Status::kInUse);
  EXPECT_EQ(list.Add(Make("b", 64)), Status::kInUse);
  EXPECT_EQ(list.Add(Make("b", 64, "other")), Status::kSuccess);
  Pvc half = Make("c", 66);
  half.labels.receive = 64;
  EXPECT_EQ(list.Add(half), Status::kInUse);
  half.labels = {.transmit = 64, .receive = 66};
  EXPECT_EQ(list.Add(half), Status::kInUse);
  EXPECT_EQ(list.Delete("a"), Status::kSuccess);
  EXPECT_EQ(list.Add(half), Status::kSuccess);
}

TEST(PvcList, WhatCannotBeAPvcIsRefused) {
  PvcList list;
  EXPECT_EQ(list.Add(Make("", 64)), Status::kInvalidData);
  EXPECT_EQ(list.Add(Make("a", 64, "")), Status::kInvalidData);
  EXPECT_EQ(list.Add(Make("a b", 64)), Status::kInvalidData);
  EXPECT_EQ(list.Add(Make("a\n", 64)), Status::kInvalidData);
  EXPECT_EQ(list.Add(Make(std::string(kMaxNameBytes, 'a'), 64)), Status::kInvalidLength);
  EXPECT_EQ(list.Add(Make("a", kMinDataLabel - 1)), Status::kInvalidData);
  EXPECT_EQ(list.Add(Make("a", kLabelSpace)), Status::kInvalidData);
  Pvc greedy = Make("a", 64);
  greedy.transmit.service_type = qos::ServiceType::kGuaranteed;
  EXPECT_EQ(list.Add(greedy), Status::kInvalidData);
  EXPECT_EQ(list.size(), 0u);
}

TEST(PvcList, IsBounded) {
  PvcList list;
  for (uint32_t i = 0; i < kMaxPvcs; ++i) {
    ASSERT_EQ(list.Add(Make("g/" + std::to_string(i), kMinDataLabel + i)), Status::kSuccess);
  }
  EXPECT_EQ(list.Add(Make("one more", 1000000)), Status::kInvalidData);
  EXPECT_EQ(list.Add(Make("one-more", 1000000)), Status::kResources);
}

TEST(PvcList, ANameCoversItselfAndItsNumberedGroup) {
  EXPECT_TRUE(Covers("a", "a"));
  EXPECT_TRUE(Covers("a", "a/0"));
  EXPECT_TRUE(Covers("a", "a/17"));
  EXPECT_TRUE(Covers("a/1", "a/1"));
  EXPECT_FALSE(Covers("a", "ab"));
  EXPECT_FALSE(Covers("a", "a/"));
  EXPECT_FALSE(Covers("a", "a/b"));
  EXPECT_FALSE(Covers("a", "a/1/2"));
  EXPECT_FALSE(Covers("a/1", "a"));
  EXPECT_FALSE(Covers("a/1", "a/12"));
  PvcList list;
  for (const char* name : {"b", "a", "a/1", "a/0", "a-b", "a/x", "ab"}) {
    ASSERT_EQ(list.Add(Make(name, static_cast<uint32_t>(64 + list.size()))), Status::kSuccess);
  }
  EXPECT_EQ(list.Add(Make("a/2", 90, "other")), Status::kSuccess);
  EXPECT_THAT(list.Covered("wire", "a"), ElementsAre("a", "a/0", "a/1"));
  EXPECT_THAT(list.Covered("other", "a"), ElementsAre("a/2"));
  EXPECT_THAT(list.Covered("wire", "c"), IsEmpty());
}

TEST(PvcList, C099_ANamedPvcIsMatchedExactly) {
  PvcList list;
  Pvc other = Make("a/0", 64);
  other.destination = *ParseAddress("+1");
  ASSERT_EQ(list.Add(other), Status::kSuccess);
  EXPECT_EQ(list.Match("wire", ByName("a/0")), list.Find("a/0"));
  EXPECT_EQ(list.Match("wire", ByName("a")), nullptr);
  EXPECT_EQ(list.Match("other", ByName("a/0")), nullptr);
  // The name decides; the address is not searched for.
  circuit::CallParameters both = ByName("b");
  both.call_manager = ByAddress("+1").call_manager;
  EXPECT_EQ(list.Match("wire", both), nullptr);
}

TEST(PvcList, C098_OtherwiseTheDestinationIsMatched) {
  PvcList list;
  for (int i = 0; i < 3; ++i) {
    Pvc pvc = Make("a/" + std::to_string(i), static_cast<uint32_t>(64 + i));
    pvc.destination = *ParseAddress(i == 2 ? "+2" : "+1");
    ASSERT_EQ(list.Add(pvc), Status::kSuccess);
  }
  ASSERT_EQ(list.Add(Make("b", 70)), Status::kSuccess);
  EXPECT_EQ(list.Match("wire", ByAddress("+1")), list.Find("a/0"));
  ASSERT_EQ(list.Acquire("a/0"), Status::kSuccess);
  EXPECT_EQ(list.Match("wire", ByAddress("+1")), list.Find("a/1"));
  ASSERT_EQ(list.Acquire("a/1"), Status::kSuccess);
  EXPECT_NE(list.Match("wire", ByAddress("+1")), nullptr);
  EXPECT_EQ(list.Match("wire", ByAddress("+2")), list.Find("a/2"));
  EXPECT_EQ(list.Match("wire", ByAddress("45.000000000000002f.00000000.000000000000.00")),
            list.Find("a/2"));  // the same number (signaling 4.1)
  EXPECT_EQ(list.Match("wire", ByAddress("+3")), nullptr);
  EXPECT_EQ(list.Match("wire", {}), nullptr);
  EXPECT_EQ(list.Match("other", ByAddress("+1")), nullptr);
  list.Release("a/1");
  EXPECT_EQ(list.Match("wire", ByAddress("+1")), list.Find("a/1"));
  EXPECT_EQ(list.Delete("a/1"), Status::kSuccess);
  EXPECT_EQ(list.Match("wire", ByAddress("+1")), list.Find("a/0"));
  EXPECT_EQ(list.Delete("a/0"), Status::kPending);
  EXPECT_EQ(list.Match("wire", ByAddress("+1")), nullptr);
}

TEST(PvcList, OneUserAtATime) {
  PvcList list;
  ASSERT_EQ(list.Add(Make("a", 64)), Status::kSuccess);
  EXPECT_EQ(list.Acquire("b"), Status::kNotFound);
  EXPECT_EQ(list.Acquire("a"), Status::kSuccess);
  EXPECT_EQ(list.Acquire("a"), Status::kInUse);
  EXPECT_TRUE(list.Rows().at(0).in_use);
  list.Release("a");
  EXPECT_EQ(list.Acquire("a"), Status::kSuccess);
}

TEST(PvcList, DeletedInUseItGoesWhenItIsGivenBack) {
  PvcList list;
  ASSERT_EQ(list.Add(Make("a", 64)), Status::kSuccess);
  ASSERT_EQ(list.Acquire("a"), Status::kSuccess);
  EXPECT_EQ(list.Delete("a"), Status::kPending);
  EXPECT_TRUE(list.Rows().at(0).deleting);
  EXPECT_EQ(list.Delete("a"), Status::kNotFound);
  EXPECT_EQ(list.Find("a"), nullptr);
  EXPECT_EQ(list.Match("wire", ByName("a")), nullptr);
  EXPECT_EQ(list.Add(Make("a", 64)), Status::kInUse);
  list.Release("a");
  EXPECT_EQ(list.size(), 0u);
  EXPECT_EQ(list.Add(Make("a", 64)), Status::kSuccess);
}

class CountingWatcher : public PvcWatcher {
 public:
  void OnPvcAdded(const Pvc& pvc) override { log.push_back("added " + pvc.name); }
  void OnPvcReleased(const Pvc& pvc) override { log.push_back("released " + pvc.name); }
  void OnPvcWithdrawn(const std::string& name) override { log.push_back("withdrawn " + name); }
  void OnPvcDeleted(const Pvc& pvc) override { log.push_back("deleted " + pvc.name); }
  std::vector<std::string> log;
};

TEST(PvcList, WatchersHearWhatConcernsThem) {
  PvcList list;
  CountingWatcher watcher;
  list.AddWatcher(&watcher);
  ASSERT_EQ(list.Add(Make("a", 64)), Status::kSuccess);
  ASSERT_EQ(list.Acquire("a"), Status::kSuccess);
  list.Release("a");
  ASSERT_EQ(list.Acquire("a"), Status::kSuccess);
  ASSERT_EQ(list.Delete("a"), Status::kPending);
  list.Release("a");
  EXPECT_THAT(watcher.log, ElementsAre("added a", "released a", "withdrawn a", "deleted a"));
  watcher.log.clear();
  ASSERT_EQ(list.Add(Make("b", 65)), Status::kSuccess);
  ASSERT_EQ(list.Delete("b"), Status::kSuccess);
  EXPECT_THAT(watcher.log, ElementsAre("added b", "deleted b"));
  list.RemoveWatcher(&watcher);
  ASSERT_EQ(list.Add(Make("b", 65)), Status::kSuccess);
  EXPECT_EQ(watcher.log.size(), 2u);
}

}  // namespace
}  // namespace vcp::callmgr
