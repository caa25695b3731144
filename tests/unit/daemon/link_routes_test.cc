#include "daemon/link_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace vcp::daemon {
namespace {

using callmgr::LinkId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

  static circuit::AdapterHandle First(const LinkRoutes& finder, const Address& address) {
    const RoutedAdapters adapters = finder.FindRoutes(address);
    return adapters.empty() ? circuit::AdapterHandle() : adapters[0];
  }

  callmgr::RouteTable routes;
  std::set<LinkId> down;
};

TEST_F(LinkRoutesTest, TheLongestPrefixNamesTheLink) {
  Add("+358", 0);
  Add("+3582", 1);
  const LinkRoutes finder = Make(2);
  EXPECT_EQ(First(finder, kHelsinki), AdapterOf(0));
  EXPECT_EQ(First(finder, kTurku), AdapterOf(1));
  EXPECT_THAT(finder.FindRoutes(kBerlin), IsEmpty());
}

TEST_F(LinkRoutesTest, WhatNoPrefixMatchesGoesByTheDefault) {
  Add("+358", 0);
  EXPECT_EQ(routes.AddDefault({1, 0}), Status::kSuccess);
  EXPECT_EQ(First(Make(2), kBerlin), AdapterOf(1));
}

TEST_F(LinkRoutesTest, ADefaultAloneIsARouteToo) {
  EXPECT_EQ(routes.AddDefault({1, 0}), Status::kSuccess);
  EXPECT_EQ(First(Make(2), kBerlin), AdapterOf(1));
}

TEST_F(LinkRoutesTest, OfSeveralLinksTheFirstThatIsUp) {
  Add("+358", 0, 2);
  Add("+358", 1, 1);
  const LinkRoutes finder = Make(2);
  EXPECT_EQ(First(finder, kTurku), AdapterOf(1));
  down = {1};
  EXPECT_EQ(First(finder, kTurku), AdapterOf(0));
  down = {0, 1};
  EXPECT_EQ(First(finder, kTurku), AdapterOf(1));
}

TEST_F(LinkRoutesTest, TheOthersAreThereToBeTriedNext) {
  Add("+358", 0, 1);
  Add("+358", 1, 2);
  Add("+358", 2, 3);
  Add("+3", 3);
  const LinkRoutes finder = Make(4);
  EXPECT_THAT(finder.FindRoutes(kTurku), ElementsAre(AdapterOf(0), AdapterOf(1), AdapterOf(2)));
  down = {0, 2};
  EXPECT_THAT(finder.FindRoutes(kTurku), ElementsAre(AdapterOf(1), AdapterOf(0), AdapterOf(2)));
}

TEST_F(LinkRoutesTest, NeverByAShorterPrefixBecauseALinkIsDown) {
  Add("+358", 0);
  Add("+3582", 1);
  down = {1};
  EXPECT_EQ(First(Make(2), kTurku), AdapterOf(1));
}

TEST_F(LinkRoutesTest, WithoutRoutesTheOnlyLinkLeadsEverywhere) {
  EXPECT_THAT(Make(0).FindRoutes(kTurku), IsEmpty());
  EXPECT_EQ(First(Make(1), kTurku), AdapterOf(0));
  EXPECT_THAT(Make(2).FindRoutes(kTurku), IsEmpty());
}

}  // namespace
}  // namespace vcp::daemon
