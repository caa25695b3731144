#include "callmgr/route_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/aesa.h"

namespace vcp::callmgr {
namespace {

const Address kCalled = *ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.07");
const Address kNumber = *ParseAddress("+3581234567");

using Links = std::vector<LinkId>;

class RouteTableTest : public ::testing::Test {
 protected:
  Status Add(const char* prefix, LinkId link, uint32_t priority = 0) {
    return table_.Add(*ParseAddressPrefix(prefix), {link, priority});
  }
  bool Remove(const char* prefix, LinkId link) {
    return table_.Remove(*ParseAddressPrefix(prefix), link);
  }
  Links Find(const Address& called, LinkId ingress = kNoLink) const {
    const RouteCandidates found = table_.Find(called, ingress);
    return {found.begin(), found.end()};
  }

  RouteTable table_;
};

TEST_F(RouteTableTest, NoRouteLeadsNowhere) {
  EXPECT_EQ(Find(kCalled), Links{});
  EXPECT_EQ(Find(kNumber), Links{});
  EXPECT_EQ(Find(Address()), Links{});
}

TEST_F(RouteTableTest, TheLongestPrefixCounts) {
  ASSERT_EQ(Add("/0", 1), Status::kSuccess);
  ASSERT_EQ(Add("47/8", 2), Status::kSuccess);
  ASSERT_EQ(Add("47.0005.80/32", 3), Status::kSuccess);
  ASSERT_EQ(Add("47.0005.80.ffe100.0000.f215.1b57.0020480d0001/152", 4), Status::kSuccess);
  ASSERT_EQ(Add("47.0006/24", 5), Status::kSuccess);
  EXPECT_EQ(Find(kCalled), Links{4});
  EXPECT_TRUE(Remove("47.0005.80.ffe100.0000.f215.1b57.0020480d0001/152", 4));
  EXPECT_EQ(Find(kCalled), Links{3});
  EXPECT_TRUE(Remove("47.0005.80/32", 3));
  EXPECT_EQ(Find(kCalled), Links{2});
  EXPECT_TRUE(Remove("47/8", 2));
  EXPECT_EQ(Find(kCalled), Links{1});
}

TEST_F(RouteTableTest, PrefixesEndAtAnyBit) {
  ASSERT_EQ(Add("47.0004/23", 1), Status::kSuccess);
  ASSERT_EQ(Add("47.0004/24", 2), Status::kSuccess);
  EXPECT_EQ(Find(kCalled), Links{1});
}

TEST_F(RouteTableTest, NumbersHaveATableOfTheirOwn) {
  ASSERT_EQ(Add("47/8", 1), Status::kSuccess);
  EXPECT_EQ(Find(kNumber), Links{});
  ASSERT_EQ(Add("+358", 2), Status::kSuccess);
  ASSERT_EQ(Add("+35812", 3), Status::kSuccess);
  ASSERT_EQ(Add("+35813", 4), Status::kSuccess);
  ASSERT_EQ(Add("+35812345678", 5), Status::kSuccess);  // Longer than the number.
  EXPECT_EQ(Find(kNumber), Links{3});
  EXPECT_EQ(Find(*ParseAddress("+35811")), Links{2});
  EXPECT_EQ(Find(*ParseAddress("+35")), Links{});
  ASSERT_EQ(Add("+", 6), Status::kSuccess);
  EXPECT_EQ(Find(*ParseAddress("+35")), Links{6});
}

// Signaling 4.1: as it is given first, then in its other form, and by the default only then.
TEST_F(RouteTableTest, ANumberAndItsAesaAreOneAddress) {
  const Address aesa = *ToE164Aesa(kNumber);
  ASSERT_EQ(table_.AddDefault({9, 0}), Status::kSuccess);
  ASSERT_EQ(Add("+3", 1), Status::kSuccess);
  EXPECT_EQ(Find(aesa), Links{1});
  EXPECT_EQ(Find(WithSelector(aesa, 5)), Links{1});  // It is not routed.
  ASSERT_EQ(Add("45/8", 2), Status::kSuccess);
  EXPECT_EQ(Find(aesa), Links{2});
  EXPECT_EQ(Find(kNumber), Links{1});
  EXPECT_TRUE(Remove("+3", 1));
  EXPECT_EQ(Find(kNumber), Links{2});
  // One of a host behind that number is no number, nor is one that begins with zero an AESA.
  Address host = aesa;
  host.bytes[18] = 1;
  EXPECT_TRUE(Remove("45/8", 2));
  ASSERT_EQ(Add("+3", 1), Status::kSuccess);
  EXPECT_EQ(Find(host), Links{9});
  ASSERT_EQ(Add("/0", 3), Status::kSuccess);
  EXPECT_EQ(Find(*ParseAddress("+0358")), Links{9});
  EXPECT_EQ(Find(*ParseAddress("+47")), Links{3});
}

TEST_F(RouteTableTest, LinksComeInTheOrderOfTheirPriorities) {
  ASSERT_EQ(Add("47/8", 5, 20), Status::kSuccess);
  ASSERT_EQ(Add("47/8", 9, 10), Status::kSuccess);
  ASSERT_EQ(Add("47/8", 1, 20), Status::kSuccess);
  ASSERT_EQ(Add("47/8", 3, 30), Status::kSuccess);
  EXPECT_EQ(Find(kCalled), (Links{9, 1, 5, 3}));
}

TEST_F(RouteTableTest, NeverBackOutOfTheLinkItCameInOn) {
  ASSERT_EQ(Add("/0", 7), Status::kSuccess);
  ASSERT_EQ(Add("47/8", 1), Status::kSuccess);
  ASSERT_EQ(Add("47/8", 2), Status::kSuccess);
  EXPECT_EQ(Find(kCalled, 1), Links{2});
  EXPECT_TRUE(Remove("47/8", 2));
  EXPECT_EQ(Find(kCalled, 1), Links{});  // Nor by a shorter prefix.
  EXPECT_EQ(Find(kCalled, 2), Links{1});
}

TEST_F(RouteTableTest, TheDefaultIsForWhatNothingMatches) {
  ASSERT_EQ(table_.AddDefault({1, 5}), Status::kSuccess);
  ASSERT_EQ(table_.AddDefault({2, 4}), Status::kSuccess);
  EXPECT_EQ(table_.AddDefault({2, 4}), Status::kInUse);
  EXPECT_EQ(Find(kCalled), (Links{2, 1}));
  EXPECT_EQ(Find(kNumber), (Links{2, 1}));
  EXPECT_EQ(Find(kNumber, 2), Links{1});
  ASSERT_EQ(Add("47/8", 3), Status::kSuccess);
  EXPECT_EQ(Find(kCalled), Links{3});
  EXPECT_TRUE(table_.RemoveDefault(2));
  EXPECT_FALSE(table_.RemoveDefault(2));
  EXPECT_EQ(Find(kNumber), Links{1});
}

TEST_F(RouteTableTest, ALinkIsThereOnce) {
  ASSERT_EQ(Add("47/8", 1), Status::kSuccess);
  EXPECT_EQ(Add("47/8", 1, 5), Status::kInUse);
  EXPECT_EQ(Add("46/7", 1), Status::kSuccess);
  EXPECT_FALSE(Remove("47/8", 2));
  EXPECT_FALSE(Remove("47.0/9", 1));
  EXPECT_TRUE(Remove("47/8", 1));
  EXPECT_FALSE(Remove("47/8", 1));
  EXPECT_EQ(Find(kCalled), Links{1});
}

TEST_F(RouteTableTest, AsManyLinksAsTheLimitSays) {
  for (LinkId link = 0; link < kMaxRoutesPerPrefix; ++link) {
    ASSERT_EQ(Add("47/8", link), Status::kSuccess);
  }
  EXPECT_EQ(Add("47/8", 100), Status::kResources);
  EXPECT_EQ(Find(kCalled).size(), kMaxRoutesPerPrefix);
}

TEST_F(RouteTableTest, AsManyRoutesAsTheLimitSays) {
  Address address = kCalled;
  for (uint32_t i = 0; i < kMaxRoutes; ++i) {
    address.bytes[16] = static_cast<uint8_t>(i >> 16);
    address.bytes[17] = static_cast<uint8_t>(i >> 8);
    address.bytes[18] = static_cast<uint8_t>(i);
    ASSERT_EQ(table_.Add(*MakeAddressPrefix(address, 152), {i % 16, 0}), Status::kSuccess);
  }
  EXPECT_EQ(table_.size(), kMaxRoutes);
  EXPECT_EQ(Add("/0", 1), Status::kResources);
  for (uint32_t i = 0; i < kMaxRoutes; ++i) {
    address.bytes[16] = static_cast<uint8_t>(i >> 16);
    address.bytes[17] = static_cast<uint8_t>(i >> 8);
    address.bytes[18] = static_cast<uint8_t>(i);
    ASSERT_EQ(Find(address), Links{i % 16});
  }
}

TEST_F(RouteTableTest, ShowsWhatItHasInOrder) {
  for (const char* prefix : {"+358", "47.0005.80/32", "39/8", "47/8", "+", "47.0005.80.f/36"}) {
    ASSERT_EQ(Add(prefix, 1, 7), Status::kSuccess);
  }
  ASSERT_EQ(Add("47/8", 2, 3), Status::kSuccess);
  std::vector<std::string> shown;
  table_.ForEach([&](const AddressPrefix& prefix, const Route& route) {
    shown.push_back(ToString(prefix) + " " + std::to_string(route.link));
  });
  EXPECT_EQ(shown, (std::vector<std::string>{"39/8 1", "47/8 2", "47/8 1", "47.0005.80/32 1",
                                             "47.0005.80.f/36 1", "+ 1", "+358 1"}));
}

TEST(Crankback, OnlyTroubleOnTheWayIsWorthAnotherRoute) {
  for (int cause = 0; cause < 128; ++cause) {
    const bool retry = cause == 35 || cause == 37 || cause == 38 || cause == 41 || cause == 42 ||
                       cause == 45 || cause == 47 || cause == 49;
    EXPECT_EQ(MayTryNextRoute(static_cast<uint8_t>(cause)), retry) << cause;
  }
}

}  // namespace
}  // namespace vcp::callmgr
