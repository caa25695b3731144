#include <gtest/gtest.h>

#include <array>

#include "golden_messages.h"
#include "wire/message.h"

namespace vcp::wire {
namespace {

std::vector<uint8_t> Emit(const Message& message) {
  std::array<uint8_t, kMaxSignalingBytes> out;
  size_t size = EmitMessage(message, out);
  return {out.begin(), out.begin() + size};
}

Message ParseGood(const std::string& hex) {
  Message message;
  ParseReport report;
  EXPECT_EQ(ParseMessage(FromHex(hex), &message, &report), HeaderError::kNone);
  EXPECT_TRUE(report.clean());
  return message;
}

TEST(GoldenMessage, ParsesWithoutErrorsAndIsEmittedAsItWas) {
  std::vector<GoldenMessage> messages = ReadGoldenMessages();
  ASSERT_EQ(messages.size(), 31u);
  for (const auto& [what, octets] : messages) {
    Message message;
    ParseReport report;
    ASSERT_EQ(ParseMessage(octets, &message, &report), HeaderError::kNone) << what;
    EXPECT_TRUE(report.clean()) << what << ": " << ToString(report.errors[0]);
    EXPECT_TRUE(what.ends_with(MessageName(message.type))) << what;
    EXPECT_EQ(ToHex(Emit(message)), ToHex(octets)) << what;
  }
}

TEST(GoldenMessage, SetupSaysWhatItsCapturesReadmeSays) {
  Message message = ParseGood(ToHex(ReadGoldenMessages()[0].octets));
  EXPECT_EQ(message.type, MessageType::kSetup);
  EXPECT_EQ(message.call, (CallReference{.to_allocator = false, .value = 1}));
  EXPECT_EQ(message.aal->type, AalType::k5);
  EXPECT_EQ(message.aal->forward_max_sdu_bytes, 8192);
  EXPECT_EQ(message.aal->sscs, 0);
  EXPECT_EQ(message.traffic->forward.peak, 10000u);
  EXPECT_EQ(message.traffic->backward.peak, 5000u);
  EXPECT_FALSE(message.traffic->best_effort);
  EXPECT_EQ(message.bearer->bearer_class, BearerClass::kX);
  EXPECT_EQ(message.bearer->transfer_capability, 5);
  EXPECT_FALSE(message.bearer->multipoint);
  EXPECT_EQ(message.called->plan, NumberPlan::kAesa);
  EXPECT_EQ(message.called->octets.size(), 20u);
  EXPECT_EQ(message.calling->number.octets[0], 0x47);
  EXPECT_EQ(message.qos, QosParameter{});
}

}  // namespace
}  // namespace vcp::wire
