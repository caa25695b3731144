#include "daemon/link_routes.h"

#include <gtest/gtest.h>

#include <set>

namespace vcp::daemon {
namespace {

using callmgr::LinkId;

const Address kHelsinki = *ParseAddress("+35891234567");
const Address kTurku = *ParseAddress("+35821234567");
const Address kBerlin = *ParseAddress("+493012345678");

circuit::AdapterHandle AdapterOf(LinkId link) {
  return circuit::AdapterHandle::FromValue(link + 100);
}

class LinkRoutesTest : public ::testing::Test {
 protected:
  LinkRoutes Make(LinkId links) {
    std::vector<circuit::AdapterHandle> adapters;
    for (LinkId link = 0; link < links; ++link) adapters.push_back(AdapterOf(link));
    return {&routes, adapters, [this](LinkId link) { return !down.contains(link); }};
  }
  void Add(const char* prefix, LinkId link, uint32_t priority = 0) {
    EXPECT_EQ(routes.Add(*ParseAddressPrefix(prefix), {link, priority}), Status::kSuccess);
  }

  callmgr::RouteTable routes;
  std::set<LinkId> down;
};

TEST_F(LinkRoutesTest, TheLongestPrefixNamesTheLink) {
  Add("+358", 0);
  Add("+3582", 1);
  const LinkRoutes finder = Make(2);
  EXPECT_EQ(finder.FindRoute(kHelsinki), AdapterOf(0));
  EXPECT_EQ(finder.FindRoute(kTurku), AdapterOf(1));
  EXPECT_EQ(finder.FindRoute(kBerlin), std::nullopt);
}

TEST_F(LinkRoutesTest, WhatNoPrefixMatchesGoesByTheDefault) {
  Add("+358", 0);
  EXPECT_EQ(routes.AddDefault({1, 0}), Status::kSuccess);
  EXPECT_EQ(Make(2).FindRoute(kBerlin), AdapterOf(1));
}

TEST_F(LinkRoutesTest, ADefaultAloneIsARouteToo) {
  EXPECT_EQ(routes.AddDefault({1, 0}), Status::kSuccess);
  EXPECT_EQ(Make(2).FindRoute(kBerlin), AdapterOf(1));
}

TEST_F(LinkRoutesTest, OfSeveralLinksTheFirstThatIsUp) {
  Add("+358", 0, 2);
  Add("+358", 1, 1);
  const LinkRoutes finder = Make(2);
  EXPECT_EQ(finder.FindRoute(kTurku), AdapterOf(1));
  down = {1};
  EXPECT_EQ(finder.FindRoute(kTurku), AdapterOf(0));
  down = {0, 1};
  EXPECT_EQ(finder.FindRoute(kTurku), AdapterOf(1));
}

TEST_F(LinkRoutesTest, NeverByAShorterPrefixBecauseALinkIsDown) {
  Add("+358", 0);
  Add("+3582", 1);
  down = {1};
  EXPECT_EQ(Make(2).FindRoute(kTurku), AdapterOf(1));
}

TEST_F(LinkRoutesTest, WithoutRoutesTheOnlyLinkLeadsEverywhere) {
  EXPECT_EQ(Make(0).FindRoute(kTurku), std::nullopt);
  EXPECT_EQ(Make(1).FindRoute(kTurku), AdapterOf(0));
  EXPECT_EQ(Make(2).FindRoute(kTurku), std::nullopt);
}

}  // namespace
}  // namespace vcp::daemon
