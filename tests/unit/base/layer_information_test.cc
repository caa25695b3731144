#include "base/layer_information.h"

#include <gtest/gtest.h>

namespace vcp {
namespace {

LayerInformation WithLow(const BroadbandLowLayer& low) {
  LayerInformation layers;
  EXPECT_TRUE(layers.low.Append(low));
  return layers;
}

Status ValidateHigh(HighLayerType type, uint8_t size_bytes) {
  return Validate({.high = BroadbandHighLayer{type, size_bytes, {}}});
}

Status ValidateLayer2(const BroadbandLowLayer::Layer2& layer) {
  return Validate(WithLow({.layer2 = layer}));
}

Status ValidateLayer3(const BroadbandLowLayer::Layer3& layer) {
  return Validate(WithLow({.layer3 = layer}));
}

TEST(LayerInformation, NothingIsValid) {
  EXPECT_EQ(Validate(LayerInformation()), Status::kSuccess);
  EXPECT_EQ(Validate(WithLow({})), Status::kSuccess);
}

TEST(LayerInformation, HasRoomForThreeLowLayers) {
  BroadbandLowLayers low;
  for (uint8_t protocol = 1; protocol <= 3; ++protocol) {
    EXPECT_TRUE(low.Append({.layer1_protocol = protocol}));
  }
  EXPECT_FALSE(low.Append({}));
  EXPECT_EQ(low.size(), 3u);
  EXPECT_EQ(low[2].layer1_protocol, 3);
}

TEST(LayerInformation, AHighLayerHasTheSizeOfItsType) {
  EXPECT_EQ(ValidateHigh(HighLayerType::kIso, 8), Status::kSuccess);
  EXPECT_EQ(ValidateHigh(HighLayerType::kUserSpecific, 0), Status::kSuccess);
  EXPECT_EQ(ValidateHigh(HighLayerType::kIso, 9), Status::kInvalidData);
  EXPECT_EQ(ValidateHigh(HighLayerType::kVendor, 7), Status::kSuccess);
  EXPECT_EQ(ValidateHigh(HighLayerType::kVendor, 8), Status::kInvalidData);
  EXPECT_EQ(ValidateHigh(HighLayerType::kProfile, 4), Status::kSuccess);
  EXPECT_EQ(ValidateHigh(HighLayerType::kProfile, 3), Status::kInvalidData);
  EXPECT_EQ(ValidateHigh(static_cast<HighLayerType>(4), 0), Status::kInvalidData);
}

TEST(LayerInformation, WhatIsBeyondAHighLayersSizeIsZero) {
  BroadbandHighLayer high{HighLayerType::kUserSpecific, 1, {1}};
  EXPECT_EQ(Validate({.high = high}), Status::kSuccess);
  high.bytes[1] = 1;
  EXPECT_EQ(Validate({.high = high}), Status::kInvalidData);
}

TEST(LayerInformation, FieldsFitTheirOctets) {
  EXPECT_EQ(Validate(WithLow({.layer1_protocol = 32})), Status::kInvalidData);
  EXPECT_EQ(ValidateLayer2({.protocol = 31}), Status::kSuccess);
  EXPECT_EQ(ValidateLayer2({.protocol = 32}), Status::kInvalidData);
  EXPECT_EQ(ValidateLayer2({.protocol = 6, .mode = 2, .window = 127}), Status::kSuccess);
  EXPECT_EQ(ValidateLayer2({.protocol = 6, .mode = 0}), Status::kInvalidData);
  EXPECT_EQ(ValidateLayer2({.protocol = 6, .mode = 3}), Status::kInvalidData);
  EXPECT_EQ(ValidateLayer2({.protocol = 6, .window = 0}), Status::kInvalidData);
  EXPECT_EQ(ValidateLayer2({.protocol = 6, .window = 128}), Status::kInvalidData);
  EXPECT_EQ(ValidateLayer2({.protocol = 14, .q933_use = 4}), Status::kInvalidData);
  EXPECT_EQ(ValidateLayer3({.protocol = 32}), Status::kInvalidData);
  EXPECT_EQ(ValidateLayer3({.protocol = 6, .packet_size_log2 = 15}), Status::kSuccess);
  EXPECT_EQ(ValidateLayer3({.protocol = 6, .packet_size_log2 = 16}), Status::kInvalidData);
}

TEST(LayerInformation, FieldsBelongToTheirProtocols) {
  EXPECT_EQ(ValidateLayer2({.protocol = kLayer2User, .user_information = 127}), Status::kSuccess);
  EXPECT_EQ(ValidateLayer2({.protocol = kLayer2Llc, .user_information = 1}), Status::kInvalidData);
  EXPECT_EQ(ValidateLayer3({.protocol = kLayer3User, .user_information = 128}),
            Status::kInvalidData);
  EXPECT_EQ(ValidateLayer3({.protocol = kLayer3Tr9577, .initial_protocol = kProtocolIpv4}),
            Status::kSuccess);
  EXPECT_EQ(ValidateLayer3({.protocol = 6, .initial_protocol = kProtocolIpv4}),
            Status::kInvalidData);
  BroadbandLowLayer::Layer3 lane{.protocol = kLayer3Tr9577,
                                 .initial_protocol = kProtocolSnap,
                                 .snap = BroadbandLowLayer::Snap{0x00a03e, 1}};
  EXPECT_EQ(ValidateLayer3(lane), Status::kSuccess);
  lane.snap->oui = 0x1000000;
  EXPECT_EQ(ValidateLayer3(lane), Status::kInvalidData);
  lane.snap->oui = 0;
  lane.initial_protocol = kProtocolIpv4;
  EXPECT_EQ(ValidateLayer3(lane), Status::kInvalidData);
}

}  // namespace
}  // namespace vcp
