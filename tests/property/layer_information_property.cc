// What a peer says of its higher and lower layers: what can be read can be used, so that nothing
// else of the call fails for it later.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "base/layer_information.h"
#include "callmgr/wire_values.h"
#include "wire/message.h"

namespace vcp::callmgr {
namespace {

using Octets = std::vector<uint8_t>;

// Mostly the groups that there are, with details of all kinds.
Octets AnyContents() {
  const auto octet = rc::gen::weightedOneOf<uint8_t>(
      {{3, rc::gen::map(rc::gen::inRange(0, 256), [](int i) { return static_cast<uint8_t>(i); })},
       {4, rc::gen::element<uint8_t>(0x80, 0x81, 0x82, 0x83, 0x21, 0x41, 0x42, 0x50, 0x66, 0x67,
                                     0x6b, 0x70, 0x20, 0x40, 0xa0, 0xc0, 0xe0)}});
  return *rc::gen::resize(10, rc::gen::container<Octets>(octet));
}

wire::Message SetupWith(uint8_t id, const Octets& contents) {
  const auto size = static_cast<uint8_t>(contents.size());
  Octets octets{0x09, 0x03, 0x00, 0x00, 0x01, 0x05, 0x80, 0x00, static_cast<uint8_t>(size + 4),
                id,   0x80, 0x00, size};
  octets.insert(octets.end(), contents.begin(), contents.end());
  wire::Message message;
  wire::ParseReport report;
  EXPECT_EQ(ParseMessage(octets, &message, &report), wire::HeaderError::kNone);
  return message;
}

RC_GTEST_PROP(LayerInformation, WhatCanBeReadCanBeUsed, ()) {
  const wire::Message high = SetupWith(0x5d, AnyContents());
  LayerInformation layers;
  if (high.high_layer) layers.high = ToLayer(*high.high_layer);
  RC_CLASSIFY(layers.high.has_value(), "higher");
  RC_ASSERT(Validate(layers) == Status::kSuccess);
  for (const wire::LowLayerInfo& low : SetupWith(0x5f, AnyContents()).low_layer) {
    RC_TAG("lower");
    RC_ASSERT(layers.low.Append(ToLayer(low)));
    RC_ASSERT(Validate(layers) == Status::kSuccess);
  }
}

}  // namespace
}  // namespace vcp::callmgr
