#include "callmgr/sap_registry.h"

#include <gtest/gtest.h>

#include "base/aesa.h"
#include "base/limits.h"

namespace vcp::callmgr {
namespace {

using circuit::SapHandle;

const Address kHere = *ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00");
const Address kHereToo = *ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.07");
const Address kThere = *ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0002.00");
const Address kNumber = *ParseAddress("+3581234567");

const SapHandle kOne(1, 1);
const SapHandle kTwo(2, 1);
const SapHandle kThree(3, 1);

BroadbandLowLayer Llc() { return {.layer2 = BroadbandLowLayer::Layer2{.protocol = kLayer2Llc}}; }

BroadbandLowLayer Tr9577(uint8_t initial_protocol) {
  return {.layer3 = BroadbandLowLayer::Layer3{.protocol = kLayer3Tr9577,
                                              .initial_protocol = initial_protocol}};
}

BroadbandLowLayer Snap(uint32_t oui, uint16_t protocol) {
  BroadbandLowLayer low = Tr9577(kProtocolSnap);
  low.layer3->snap = BroadbandLowLayer::Snap{oui, protocol};
  return low;
}

BroadbandLowLayer X25(uint8_t window, uint8_t packet_size_log2) {
  return {.layer2 = BroadbandLowLayer::Layer2{.protocol = 6, .mode = 1, .window = window},
          .layer3 = BroadbandLowLayer::Layer3{
              .protocol = 6, .mode = 1, .packet_size_log2 = packet_size_log2, .window = window}};
}

LayerInformation Low(std::initializer_list<BroadbandLowLayer> lows) {
  LayerInformation layers;
  for (const BroadbandLowLayer& low : lows) EXPECT_TRUE(layers.low.Append(low));
  return layers;
}

LayerInformation High(uint8_t octet) {
  return {.high = BroadbandHighLayer{HighLayerType::kUserSpecific, 1, {octet}}};
}

void ExpectSap(const SapMatch& match, SapHandle sap) {
  EXPECT_EQ(match.outcome, SapOutcome::kMatched);
  EXPECT_EQ(match.sap, sap);
}

TEST(SapRegistry, FindsByAddress) {
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(kHere, {})), Status::kSuccess);
  ASSERT_EQ(saps.Add(kTwo, MakeSapKey(kNumber, {})), Status::kSuccess);
  ExpectSap(saps.Find(kHere, {}), kOne);
  ExpectSap(saps.Find(kNumber, {}), kTwo);
  EXPECT_EQ(saps.Find(kThere, {}).outcome, SapOutcome::kNoSuchAddress);
  EXPECT_EQ(saps.size(), 2u);
}

TEST(SapRegistry, TheSelectorTellsApplicationsOfOneHostApart) {
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(kHere, {})), Status::kSuccess);
  // The host is here, but nobody on it takes this call.
  EXPECT_EQ(saps.Find(kHereToo, {}).outcome, SapOutcome::kIncompatible);
  ASSERT_EQ(saps.Add(kTwo, MakeSapKey(kHereToo, {})), Status::kSuccess);
  ExpectSap(saps.Find(kHere, {}), kOne);
  ExpectSap(saps.Find(kHereToo, {}), kTwo);
}

// Signaling 4.1. Another selector is another application, which a number does not name.
TEST(SapRegistry, ANumberAndItsAesaAreOneAddress) {
  const Address aesa = *ToE164Aesa(kNumber);
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(kNumber, {})), Status::kSuccess);
  ExpectSap(saps.Find(aesa, {}), kOne);
  EXPECT_EQ(saps.Find(WithSelector(aesa, 5), {}).outcome, SapOutcome::kIncompatible);
  EXPECT_EQ(saps.Add(kTwo, MakeSapKey(aesa, {})), Status::kInvalidData);
  ASSERT_TRUE(saps.Remove(kOne));
  ASSERT_EQ(saps.Add(kTwo, MakeSapKey(aesa, {})), Status::kSuccess);
  ExpectSap(saps.Find(kNumber, {}), kTwo);
  ASSERT_TRUE(saps.Remove(kTwo));
  ASSERT_EQ(saps.Add(kThree, MakeSapKey(WithSelector(aesa, 5), {})), Status::kSuccess);
  EXPECT_EQ(saps.Find(kNumber, {}).outcome, SapOutcome::kIncompatible);
  ExpectSap(saps.Find(WithSelector(aesa, 5), {}), kThree);
}

TEST(SapRegistry, ANumberWithALeadingZeroHasNoAesa) {
  const Address local = *ParseAddress("+0401234567");
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(local, {})), Status::kSuccess);
  ExpectSap(saps.Find(local, {}), kOne);
  EXPECT_EQ(saps.Find(*ToE164Aesa(*ParseAddress("+401234567")), {}).outcome,
            SapOutcome::kNoSuchAddress);
  EXPECT_EQ(saps.Add(kTwo, {.address = local, .selector = 3}), Status::kInvalidData);
}

TEST(SapRegistry, AnySelectorAndAnyAddress) {
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, {.address = Address(), .selector = 7}), Status::kSuccess);
  EXPECT_EQ(saps.Find(kHere, {}).outcome, SapOutcome::kNoSuchAddress);
  ExpectSap(saps.Find(kHereToo, {}), kOne);
  ASSERT_EQ(saps.Add(kTwo, {.address = kHere, .selector = {}}), Status::kSuccess);
  ExpectSap(saps.Find(kHere, {}), kTwo);
  ExpectSap(saps.Find(kHereToo, {}), kTwo);  // The address counts before the selector.
  ASSERT_EQ(saps.Add(kThree, MakeSapKey(Address(), {})), Status::kSuccess);
  ExpectSap(saps.Find(kThere, {}), kThree);
  ExpectSap(saps.Find(kNumber, {}), kThree);
}

TEST(SapRegistry, ExactBeatsWildcardUnlessItIsIncompatible) {
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(Address(), {})), Status::kSuccess);
  ASSERT_EQ(saps.Add(kTwo, MakeSapKey(kHere, Low({Llc()}))), Status::kSuccess);
  ExpectSap(saps.Find(kHere, Low({Llc()})), kTwo);
  ExpectSap(saps.Find(kHere, Low({Tr9577(kProtocolIpv4)})), kOne);
  ASSERT_TRUE(saps.Remove(kOne));
  EXPECT_EQ(saps.Find(kHere, Low({Tr9577(kProtocolIpv4)})).outcome, SapOutcome::kIncompatible);
}

TEST(SapRegistry, AWildcardOfOtherLayersIsIncompatible) {
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(Address(), Low({Llc()}))), Status::kSuccess);
  EXPECT_EQ(saps.Find(kHere, {}).outcome, SapOutcome::kIncompatible);
}

TEST(SapRegistry, AHighLayerIsEqualOrNotAskedFor) {
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(kHere, High(1))), Status::kSuccess);
  ExpectSap(saps.Find(kHere, High(1)), kOne);
  EXPECT_EQ(saps.Find(kHere, High(2)).outcome, SapOutcome::kIncompatible);
  EXPECT_EQ(saps.Find(kHere, {}).outcome, SapOutcome::kIncompatible);
  LayerInformation longer = High(1);
  longer.high->size_bytes = 2;
  EXPECT_EQ(saps.Find(kHere, longer).outcome, SapOutcome::kIncompatible);
  ASSERT_EQ(saps.Add(kTwo, MakeSapKey(kHere, {})), Status::kSuccess);
  ExpectSap(saps.Find(kHere, High(1)), kOne);  // Asking for it beats taking any.
  ExpectSap(saps.Find(kHere, High(2)), kTwo);
}

TEST(SapRegistry, TellsWhichLowLayerWasChosen) {
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(kHere, Low({Tr9577(kProtocolIpv4), Llc()}))),
            Status::kSuccess);
  SapMatch match = saps.Find(kHere, Low({Snap(0x00a03e, 1), Llc(), Tr9577(kProtocolIpv4)}));
  ExpectSap(match, kOne);
  EXPECT_EQ(match.low_layer_index, 1);  // The caller's order counts.
  EXPECT_EQ(match.low_layer, Llc());

  ASSERT_TRUE(saps.Remove(kOne));
  ASSERT_EQ(saps.Add(kTwo, MakeSapKey(kHere, {})), Status::kSuccess);
  match = saps.Find(kHere, Low({Llc()}));
  ExpectSap(match, kTwo);
  EXPECT_FALSE(match.low_layer_index);
  EXPECT_FALSE(match.low_layer);
}

TEST(SapRegistry, TheCallersFirstChoiceDecidesBetweenListeners) {
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(kHere, Low({Llc()}))), Status::kSuccess);
  ASSERT_EQ(saps.Add(kTwo, MakeSapKey(kHere, Low({X25(7, 7), Snap(0x00a03e, 1)}))),
            Status::kSuccess);
  ExpectSap(saps.Find(kHere, Low({Snap(0x00a03e, 1), Llc()})), kTwo);
  ExpectSap(saps.Find(kHere, Low({Llc(), Snap(0x00a03e, 1)})), kOne);
}

TEST(SapRegistry, ProtocolsAndTheirSubfieldsMustBeEqual) {
  EXPECT_TRUE(Negotiate(Llc(), Llc()));
  EXPECT_FALSE(Negotiate(Llc(), Tr9577(kProtocolIpv4)));
  EXPECT_FALSE(Negotiate(Tr9577(kProtocolIpv4), Tr9577(0x81)));
  EXPECT_TRUE(Negotiate(Snap(0x00a03e, 1), Snap(0x00a03e, 1)));
  EXPECT_FALSE(Negotiate(Snap(0x00a03e, 1), Snap(0x00a03e, 2)));
  EXPECT_FALSE(Negotiate(Snap(0x00a03e, 1), Snap(0x00a03f, 1)));
  EXPECT_FALSE(Negotiate(Snap(0x00a03e, 1), Tr9577(kProtocolSnap)));
  BroadbandLowLayer both = Tr9577(kProtocolIpv4);
  both.layer2 = Llc().layer2;
  EXPECT_FALSE(Negotiate(Llc(), both));
  EXPECT_FALSE(Negotiate(both, Tr9577(kProtocolIpv4)));

  BroadbandLowLayer user{.layer2 = BroadbandLowLayer::Layer2{.protocol = kLayer2User}};
  BroadbandLowLayer other = user;
  other.layer2->user_information = 5;
  EXPECT_FALSE(Negotiate(user, other));
  EXPECT_TRUE(Negotiate(other, other));
}

TEST(SapRegistry, ModesAgreeWhereBothSayOne) {
  BroadbandLowLayer listener = X25(7, 7);
  BroadbandLowLayer caller = X25(7, 7);
  caller.layer2->mode = 2;
  EXPECT_FALSE(Negotiate(listener, caller));
  listener.layer2->mode.reset();
  EXPECT_TRUE(Negotiate(listener, caller));
  caller.layer3->mode = 2;
  EXPECT_FALSE(Negotiate(listener, caller));
}

TEST(SapRegistry, WindowsAndPacketSizesBecomeTheSmaller) {
  const auto agreed = Negotiate(X25(7, 9), X25(12, 8));
  ASSERT_TRUE(agreed);
  EXPECT_EQ(*agreed, X25(7, 8));
  EXPECT_EQ(*Negotiate(X25(12, 8), X25(7, 9)), X25(7, 8));
  // What the caller left at its default is not made up for it.
  BroadbandLowLayer plain = X25(7, 7);
  plain.layer2->window.reset();
  EXPECT_FALSE(Negotiate(X25(3, 7), plain)->layer2->window);
  EXPECT_EQ(Negotiate(plain, X25(3, 7))->layer2->window, 3);
}

TEST(SapRegistry, C021_TheSameSapIsTakenOnce) {
  SapRegistry saps;
  ASSERT_EQ(saps.Add(kOne, MakeSapKey(kHere, Low({Llc()}))), Status::kSuccess);
  EXPECT_EQ(saps.Add(kTwo, MakeSapKey(kHere, Low({Llc()}))), Status::kInvalidData);
  EXPECT_EQ(saps.Add(kOne, MakeSapKey(kThere, {})), Status::kInvalidData);
  EXPECT_EQ(saps.Add(kTwo, MakeSapKey(kHere, {})), Status::kSuccess);
  EXPECT_EQ(saps.Add(kThree, MakeSapKey(kThere, Low({Llc()}))), Status::kSuccess);
  EXPECT_TRUE(saps.Remove(kOne));
  EXPECT_FALSE(saps.Remove(kOne));
  EXPECT_EQ(saps.Add(kOne, MakeSapKey(kHere, Low({Llc()}))), Status::kSuccess);
}

TEST(SapRegistry, C022_AMalformedSapIsRefused) {
  SapRegistry saps;
  BroadbandLowLayer wrong = Llc();
  wrong.layer2->protocol = 32;
  EXPECT_EQ(saps.Add(kOne, MakeSapKey(kHere, Low({wrong}))), Status::kInvalidData);
  EXPECT_EQ(saps.Add(kOne, {.address = kNumber}), Status::kInvalidData);  // not in normal form
  EXPECT_EQ(saps.size(), 0u);
  EXPECT_EQ(saps.Find(kHere, {}).outcome, SapOutcome::kNoSuchAddress);
}

TEST(SapRegistry, AsManyShareAnAddressAsTheLimitSays) {
  SapRegistry saps;
  for (uint32_t i = 0; i < kMaxSapsPerAddress; ++i) {
    LayerInformation layers = High(static_cast<uint8_t>(i));
    ASSERT_EQ(saps.Add(SapHandle(i, 1), MakeSapKey(kHere, layers)), Status::kSuccess);
  }
  EXPECT_EQ(saps.Add(SapHandle(999, 1), MakeSapKey(kHere, {})), Status::kResources);
  EXPECT_EQ(saps.Add(SapHandle(999, 1), MakeSapKey(kThere, {})), Status::kSuccess);
  ExpectSap(saps.Find(kHere, High(200)), SapHandle(200, 1));
}

}  // namespace
}  // namespace vcp::callmgr
