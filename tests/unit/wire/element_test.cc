// Octets that the Recommendations, linux-atm's and ngatm's tables and Wireshark agree on, element
// by element: what a round trip alone cannot judge.
#include "wire/elements.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "golden_messages.h"
#include "wire/cause.h"
#include "wire/message.h"

namespace vcp::wire {
namespace {

constexpr MessageType kAnyType{0xfe};  // Not known, so it may carry every element.

// Reads and writes one element, given as octets in hexadecimal.
Message RoundTrip(const std::string& hex) {
  std::vector<uint8_t> element = FromHex(hex);
  std::vector<uint8_t> octets = FromHex("0903000001fe8000");
  octets.push_back(static_cast<uint8_t>(element.size()));
  octets.insert(octets.end(), element.begin(), element.end());

  Message message;
  ParseReport report;
  EXPECT_EQ(ParseMessage(octets, &message, &report), HeaderError::kNone);
  EXPECT_TRUE(report.clean()) << hex;
  std::array<uint8_t, kMaxSignalingBytes> out;
  size_t size = EmitMessage(message, out);
  EXPECT_EQ(ToHex({out.begin(), out.begin() + size}), ToHex(octets));
  return message;
}

BoundedBytes<20> Digits(std::string_view digits) {
  BoundedBytes<20> octets;
  for (char digit : digits) EXPECT_TRUE(octets.Append(static_cast<uint8_t>(digit)));
  return octets;
}

TEST(Element, Cause) {
  EXPECT_EQ(RoundTrip("0880 0002 809f").cause[0],
            (Cause{.location = Location::kUser, .value = CauseValue::kNormal}));
  EXPECT_EQ(RoundTrip("0880 0002 8ace").cause[0],
            (Cause{.location = Location::kBeyondInterworking, .value = 78}));
  EXPECT_EQ(RoundTrip("08e0 0005 87e6 333033").cause[0],
            (Cause{.coding = Coding::kNetwork,
                   .location = Location::kInternational,
                   .value = CauseValue::kTimerExpired,
                   .diagnostics = {'3', '0', '3'}}));
  EXPECT_EQ(CauseValue::kAalNotSupported, 0x4e);
}

TEST(Element, States) {
  EXPECT_EQ(RoundTrip("1480 0001 0a").call_state->state, 10);
  EXPECT_EQ(RoundTrip("1480 0001 3d").call_state->state, 0x3d);
  EXPECT_EQ(RoundTrip("5580 0001 06").endpoint_state->state, 6);
}

TEST(Element, EndpointReference) {
  EXPECT_EQ(RoundTrip("5480 0003 00 8001").endpoint,
            (EndpointReference{.to_allocator = true, .value = 1}));
}

TEST(Element, AalParameters) {
  Message aal5 = RoundTrip("5880 0009 05 8c2000 811000 8404");
  EXPECT_EQ(aal5.aal->type, AalType::k5);
  EXPECT_EQ(aal5.aal->forward_max_sdu_bytes, 0x2000);
  EXPECT_EQ(aal5.aal->backward_max_sdu_bytes, 0x1000);
  EXPECT_EQ(aal5.aal->sscs, 4);
  Message aal3 = RoundTrip("5880 000e 03 8c2000 811000 8200010020 8302");
  EXPECT_EQ(aal3.aal->multiplexing_ids, (MultiplexingRange{.low = 1, .high = 0x20}));
  EXPECT_EQ(aal3.aal->mode, 2);
  Message aal1 = RoundTrip("5880 000e 01 8501 8640 870002 8801 8902 8b2f");
  EXPECT_EQ(aal1.aal->subtype, 1);
  EXPECT_EQ(aal1.aal->rate, 0x40);
  EXPECT_EQ(aal1.aal->rate_multiplier, 2);
  EXPECT_EQ(aal1.aal->clock_recovery, 1);
  EXPECT_EQ(aal1.aal->error_correction, 2);
  EXPECT_EQ(aal1.aal->partial_fill_bytes, 0x2f);
  EXPECT_EQ(RoundTrip("5880 0005 10 01020304").aal->user, (BoundedBytes<4>{1, 2, 3, 4}));
}

TEST(Element, TrafficDescriptor) {
  Message vbr = RoundTrip("5980 0018 84000064 85000065 88000032 89000033 a000000a a100000b");
  EXPECT_EQ(vbr.traffic->forward, (CellRates{.peak = 100, .sustained_clp0 = 50, .burst_clp0 = 10}));
  EXPECT_EQ(vbr.traffic->backward,
            (CellRates{.peak = 101, .sustained_clp0 = 51, .burst_clp0 = 11}));
  Message others = RoundTrip("5980 0019 82000001 83000002 90000003 91000004 b0000005 b1000006 be");
  EXPECT_EQ(others.traffic->forward, (CellRates{.peak_clp0 = 1, .sustained = 3, .burst = 5}));
  EXPECT_EQ(others.traffic->backward, (CellRates{.peak_clp0 = 2, .sustained = 4, .burst = 6}));
  EXPECT_TRUE(others.traffic->best_effort);
  Message abr = RoundTrip("5980 000a 92000001 93ffffff bf81");
  EXPECT_EQ(abr.traffic->forward.minimum, 1u);
  EXPECT_EQ(abr.traffic->backward.minimum, kMaxCellRate);
  EXPECT_EQ(abr.traffic->options,
            (TrafficOptions{.forward_frame_discard = true, .forward_tagging = true}));
  EXPECT_EQ(RoundTrip("5980 0002 bf42").traffic->options,
            (TrafficOptions{.backward_frame_discard = true, .backward_tagging = true}));
  EXPECT_EQ(RoundTrip("8180 0004 84000007").minimum_traffic->forward.peak, 7u);
  EXPECT_EQ(RoundTrip("8280 0004 85000008").alternative_traffic->backward.peak, 8u);
}

TEST(Element, WideRates) {
  Message message = RoundTrip("59f1 0015 564350 84000000174876e800 9300000000000000ff");
  EXPECT_EQ(message.wide_rates->forward.peak, 100'000'000'000u);
  EXPECT_EQ(message.wide_rates->backward.minimum, 255u);
  EXPECT_FALSE(message.traffic.has_value());
  EXPECT_EQ(message.places[0].action, ElementAction::kDiscardElement);
  // A new one asks for that by itself; one that came without is sent without.
  message.places.clear();
  std::array<uint8_t, kMaxSignalingBytes> out;
  ASSERT_NE(EmitMessage(message, out), 0u);
  EXPECT_EQ(out[kMessageHeaderBytes + 1], 0xf1);
  RoundTrip("59e0 0003 564350");
}

TEST(Element, Abr) {
  Message setup =
      RoundTrip("84e0 001c c2000001 c3000002 c4000003 c5000004 c6000005 c806 c907 ca08 cb09");
  EXPECT_EQ(setup.abr_setup->forward, (AbrSetup::Direction{.initial_rate = 1,
                                                           .transient_exposure = 3,
                                                           .rate_increase_factor = 6,
                                                           .rate_decrease_factor = 8}));
  EXPECT_EQ(setup.abr_setup->backward, (AbrSetup::Direction{.initial_rate = 2,
                                                            .transient_exposure = 4,
                                                            .rate_increase_factor = 7,
                                                            .rate_decrease_factor = 9}));
  EXPECT_EQ(setup.abr_setup->fixed_round_trip_us, 5u);
  Message additional = RoundTrip("e4e0 000a c200000001 c380000000");
  EXPECT_EQ(additional.abr_additional, (AbrAdditional{.forward = 1u, .backward = 0x80000000u}));
  EXPECT_EQ(RoundTrip("f0e0 0009 01 00000010 02000020").minimum_desired_rate,
            (MinimumDesiredRate{Origin::kNetwork, 16, 32}));
}

TEST(Element, BearerCapability) {
  EXPECT_EQ(RoundTrip("5e80 0003 10 85 80").bearer,
            (BearerCapability{.bearer_class = BearerClass::kX, .transfer_capability = 5}));
  EXPECT_EQ(RoundTrip("5e80 0002 90 81").bearer,
            (BearerCapability{.bearer_class = BearerClass::kX, .multipoint = true}));
  EXPECT_EQ(RoundTrip("5e80 0002 98 a0").bearer,
            (BearerCapability{.bearer_class = BearerClass::kTransparentVp, .clipping = 1}));
}

TEST(Element, HighLayerInfo) {
  EXPECT_EQ(RoundTrip("5d80 0008 83 00a03e 00000001").high_layer,
            (HighLayerInfo{.type = 3, .octets = {0, 0xa0, 0x3e, 0, 0, 0, 1}}));
}

TEST(Element, LowLayerInfo) {
  using Layer2 = LowLayerInfo::Layer2;
  using Layer3 = LowLayerInfo::Layer3;
  // Classical IP: LLC (RFC 1755).
  EXPECT_EQ(RoundTrip("5f80 0001 cc").low_layer[0],
            (LowLayerInfo{.layer2 = Layer2{.protocol = kLayer2Llc}}));
  // IPv4 alone on its VC: the IPI 0xcc in two pieces.
  EXPECT_EQ(RoundTrip("5f80 0003 6b6680").low_layer[0],
            (LowLayerInfo{.layer3 = Layer3{.protocol = kLayer3Tr9577, .ipi = 0xcc}}));
  EXPECT_EQ(RoundTrip("5f80 0003 6b40c0").low_layer[0].layer3->ipi, 0x81);
  // LANE control.
  EXPECT_EQ(RoundTrip("5f80 0009 6b4080 80 00a03e 0001").low_layer[0].layer3->snap,
            (LowLayerInfo::Snap{.oui = 0x00a03e, .protocol = 1}));
  EXPECT_EQ(RoundTrip("5f80 0003 46 2287").low_layer[0].layer2,
            (Layer2{.protocol = 6, .mode = 1, .q933_use = 2, .window = 7}));
  EXPECT_EQ(
      RoundTrip("5f80 0007 a1 50ff 66 40 07 82").low_layer[0],
      (LowLayerInfo{.layer1 = 1,
                    .layer2 = Layer2{.protocol = kLayer2User, .user = 0x7f},
                    .layer3 = Layer3{.protocol = 6, .mode = 2, .packet_size = 7, .window = 2}}));
  EXPECT_EQ(RoundTrip("5f80 0002 7081").low_layer[0].layer3,
            (Layer3{.protocol = kLayer3User, .user = 1}));
  EXPECT_EQ(RoundTrip("6380 0001 82 5f80 0001 cc 5f80 0001 c6").low_layer.size(), 2u);
}

TEST(Element, Numbers) {
  PartyNumber e164{
      .type = NumberType::kInternational, .plan = NumberPlan::kE164, .octets = Digits("358123")};
  EXPECT_EQ(RoundTrip("7080 0007 91 333538313233").called, e164);
  EXPECT_EQ(RoundTrip("6c80 0008 11 a3 333538313233").calling,
            (ScreenedNumber{.number = e164, .screening = {{.presentation = 1, .screening = 3}}}));
  EXPECT_EQ(RoundTrip("4c80 0007 91 333538313233").connected, (ScreenedNumber{.number = e164}));
  EXPECT_EQ(RoundTrip("7180 0003 90 4901").called_subaddress[0],
            (Subaddress{.type = 1, .octets = {0x49, 1}}));
  EXPECT_EQ(RoundTrip("6d80 0002 a8 12").calling_subaddress[0],
            (Subaddress{.type = 2, .odd = true, .octets = {0x12}}));
  EXPECT_EQ(RoundTrip("4d80 0002 80 49").connected_subaddress, (Subaddress{.octets = {0x49}}));
  EXPECT_EQ(RoundTrip("7880 0005 a1 31323334").transit_network[0].digits,
            (BoundedBytes<4>{'1', '2', '3', '4'}));
}

TEST(Element, Quality) {
  EXPECT_EQ(RoundTrip("5ce0 0002 0104").qos, (QosParameter{Coding::kNetwork, 1, 4}));
  Message extended = RoundTrip("ece0 0015 01 94000001 95ffffff 96000003 97000004 a20a a3ff");
  EXPECT_EQ(extended.extended_qos->origin, Origin::kNetwork);
  EXPECT_EQ(extended.extended_qos->forward,
            (ExtendedQos::Direction{.acceptable_delay_variation_us = 1,
                                    .cumulative_delay_variation_us = 3,
                                    .acceptable_loss_ratio = 10}));
  EXPECT_EQ(
      extended.extended_qos->backward,
      (ExtendedQos::Direction{.acceptable_delay_variation_us = ExtendedQos::kAnyDelayVariation,
                              .cumulative_delay_variation_us = 4,
                              .acceptable_loss_ratio = ExtendedQos::kAnyLossRatio}));
  EXPECT_EQ(RoundTrip("4280 0007 01000a 03ffff 0a").transit_delay,
            (TransitDelay{.cumulative_ms = 10,
                          .maximum_ms = TransitDelay::kAnyMaximum,
                          .network_generated = true}));
  EXPECT_EQ(RoundTrip("5b80 0002 a1 92").oam_traffic,
            (OamTraffic{.shaping = 1, .fault_management = 1, .forward_f5 = 1, .backward_f5 = 2}));
}

TEST(Element, Connection) {
  using Preference = ConnectionIdentifier::Preference;
  EXPECT_EQ(RoundTrip("5a80 0005 88 0002 0064").connection,
            (ConnectionIdentifier{.vpci = 2, .vci = 100}));
  EXPECT_EQ(RoundTrip("5a80 0005 8c 0002 0000").connection,
            (ConnectionIdentifier{.preference = Preference::kNoVci, .vpci = 2}));
  EXPECT_EQ(RoundTrip("7980 0001 81").restart->restart_class, RestartIndicator::Class::kVpci);
  EXPECT_EQ(RoundTrip("8980 0001 01").report_type->type,
            ReportType::Type::kModificationConfirmation);
}

TEST(Element, LeafInitiatedJoin) {
  EXPECT_EQ(RoundTrip("e8e0 0005 80 00000007").leaf_call_id, (LeafCallId{.id = 7}));
  EXPECT_EQ(RoundTrip("e9e0 0001 81").leaf_parameters, (LeafParameters{.screening = 1}));
  EXPECT_EQ(RoundTrip("eae0 0004 00000009").leaf_sequence, (LeafSequence{.number = 9}));
  EXPECT_EQ(RoundTrip("ebe0 0002 81 0f").scope, (ConnectionScope{.type = 1, .scope = 15}));
}

TEST(Element, OpaqueOnes) {
  EXPECT_EQ(RoundTrip("1c80 0002 91 a1").facility->octets, (BoundedBytes<128>{0x91, 0xa1}));
  EXPECT_EQ(RoundTrip("2780 0001 f9").notification->octets, (BoundedBytes<128>{0xf9}));
  EXPECT_EQ(RoundTrip("7e80 0002 04 41").user_user->octets, (BoundedBytes<128>{4, 0x41}));
  EXPECT_EQ(RoundTrip("7fe0 0006 01 01 03 aabbcc").generic_identifier[0],
            (GenericIdentifier{.standard = 1, .fields = {1, 3, 0xaa, 0xbb, 0xcc}}));
  EXPECT_EQ(RoundTrip("6280 0001 a1").sending_complete, SendingComplete{});
}

}  // namespace
}  // namespace vcp::wire
