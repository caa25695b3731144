#include "circuit/types.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace vcp::circuit {
namespace {

TEST(Types, C095_VariableLengthsAreBounded) {
  CallParameters params;
  EXPECT_EQ(ValidateBounds(params), Status::kSuccess);
  params.call_manager.emplace().specific.bytes.resize(kMaxSpecificBytes);
  params.media.emplace().specific.bytes.resize(kMaxSpecificBytes);
  params.media->pvc_name.assign(kMaxNameBytes - 1, 'a');
  EXPECT_EQ(ValidateBounds(params), Status::kSuccess);
  CallParameters longer = params;
  longer.call_manager->specific.bytes.push_back(0);
  EXPECT_EQ(ValidateBounds(longer), Status::kInvalidLength);
  longer = params;
  longer.media->specific.bytes.push_back(0);
  EXPECT_EQ(ValidateBounds(longer), Status::kInvalidLength);
  longer = params;
  longer.media->pvc_name.push_back('a');
  EXPECT_EQ(ValidateBounds(longer), Status::kInvalidLength);
}

TEST(Types, LayersAreWhatTheirElementsCanSay) {
  Sap sap;
  CallParameters params;
  LayerInformation& layers = params.call_manager.emplace().layers;
  ASSERT_TRUE(layers.low.Append({.layer2 = BroadbandLowLayer::Layer2{.protocol = kLayer2Llc}}));
  sap.layers = layers;
  EXPECT_EQ(ValidateBounds(sap), Status::kSuccess);
  EXPECT_EQ(ValidateBounds(params), Status::kSuccess);
  ASSERT_TRUE(layers.low.Append({.layer2 = BroadbandLowLayer::Layer2{.protocol = 0x20}}));
  sap.layers = layers;
  EXPECT_EQ(ValidateBounds(sap), Status::kInvalidData);
  EXPECT_EQ(ValidateBounds(params), Status::kInvalidData);
}

TEST(Types, ACauseIsInItsBounds) {
  EXPECT_EQ(ValidateBounds(Cause()), Status::kSuccess);
  Cause cause{.value = 127, .location = 15, .diagnostic_bytes = Cause::kMaxDiagnosticBytes};
  cause.diagnostics.fill(0xff);
  EXPECT_EQ(ValidateBounds(cause), Status::kSuccess);
  cause.diagnostic_bytes = Cause::kMaxDiagnosticBytes - 1;  // Something behind the end.
  EXPECT_EQ(ValidateBounds(cause), Status::kInvalidData);
  EXPECT_EQ(ValidateBounds(Cause{.value = 128}), Status::kInvalidData);
  EXPECT_EQ(ValidateBounds(Cause{.value = 1, .location = 16}), Status::kInvalidData);
  EXPECT_EQ(ValidateBounds(Cause{.value = 1, .diagnostic_bytes = 29}), Status::kInvalidData);
  EXPECT_EQ(ValidateBounds(Cause{.location = 1}), Status::kInvalidData);  // None was given.
}

TEST(Types, AnAnswerChangesItsOwnEndAndSaysSo) {
  CallParameters answer;
  answer.flags = kCallParametersChanged;
  answer.media.emplace().flags = kReceiveVc | kReceiveTimeIndication | kReserveResources;
  CallParameters call;
  EXPECT_FALSE(TakeOwnMediaFlags(answer, &call));
  EXPECT_FALSE(call.media);
  call.media.emplace().flags = kTransmitVc | kIndicateErroredPackets;
  EXPECT_TRUE(TakeOwnMediaFlags(answer, &call));
  EXPECT_EQ(call.media->flags, kTransmitVc | kReceiveTimeIndication);
  EXPECT_FALSE(TakeOwnMediaFlags(answer, &call));  // the same again
  answer.media.reset();
  EXPECT_FALSE(TakeOwnMediaFlags(answer, &call));
  EXPECT_FALSE(
      TakeOwnMediaFlags({.flags = 0, .call_manager = {}, .media = MediaParameters()}, &call));
  EXPECT_EQ(call.media->flags, kTransmitVc | kReceiveTimeIndication);
}

TEST(Types, C089_EveryFlowSpecFieldIsKept) {
  CallParameters params;
  params.call_manager.emplace();
  params.call_manager->transmit = {1, 2, 3, 4, 5, qos::ServiceType::kGuaranteed, 6, 7};
  params.call_manager->receive = {8, 9, 10, 11, 12, qos::ServiceType::kControlledLoad, 13, 14};
  const CallParameters copy = params;
  EXPECT_EQ(copy, params);
  params.call_manager->receive.minimum_policed_size_bytes = 15;
  EXPECT_NE(copy, params);
}

TEST(Types, ACallIsCheckedFromTheSendersSide) {
  CallParameters params;
  EXPECT_EQ(ValidateCall(params), Status::kSuccess);
  params.call_manager.emplace().receive.service_type = qos::ServiceType::kGuaranteed;
  EXPECT_EQ(ValidateCall(params), Status::kSuccess);
  params.call_manager->transmit.service_type = qos::ServiceType::kGuaranteed;
  EXPECT_EQ(ValidateCall(params), Status::kInvalidData);
  params.call_manager->transmit.token_rate_bytes_per_second = 1000;
  EXPECT_EQ(ValidateCall(params), Status::kSuccess);
  params.flags = kBroadcastVc;
  EXPECT_EQ(ValidateCall(params), Status::kNotSupported);
}

TEST(Types, C094_WhatNoPortCanDoIsNotSupported) {
  CallParameters params;
  for (const uint32_t flag : {0x1u, 0x2u, 0x4u, 0x8u, 0x10u, 0x20u, 0x40u, 0x80u, 0x100u}) {
    params.media.emplace().flags = flag;
    EXPECT_EQ(ValidateCall(params), Status::kSuccess) << flag;
  }
  for (const uint32_t flag : {0x200u, 0x80000000u}) {
    params.media.emplace().flags |= flag;
    EXPECT_EQ(ValidateCall(params), Status::kNotSupported) << flag;
  }
}

}  // namespace
}  // namespace vcp::circuit
