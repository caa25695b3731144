#include "wire/party_address.h"

#include <gtest/gtest.h>

namespace vcp::wire {
namespace {

TEST(PartyAddress, AddressesBecomeNumbersAndComeBack) {
  Address e164 = *ParseAddress("+3581234567");
  PartyNumber number = ToPartyNumber(e164);
  EXPECT_EQ(number.type, NumberType::kInternational);
  EXPECT_EQ(number.plan, NumberPlan::kE164);
  EXPECT_EQ(ToAddress(number), e164);

  Address nsap = *ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00");
  number = ToPartyNumber(nsap);
  EXPECT_EQ(number.type, NumberType::kUnknown);
  EXPECT_EQ(number.plan, NumberPlan::kAesa);
  EXPECT_EQ(ToAddress(number), nsap);
}

TEST(PartyAddress, WhatIsNeitherIsNoAddress) {
  PartyNumber digits = ToPartyNumber(*ParseAddress("+3581234567"));
  PartyNumber national = digits;
  national.type = NumberType::kNational;
  EXPECT_FALSE(ToAddress(national).has_value());
  PartyNumber letters = digits;
  letters.octets[0] = 'a';
  EXPECT_FALSE(ToAddress(letters).has_value());

  PartyNumber nsap =
      ToPartyNumber(*ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00"));
  PartyNumber typed = nsap;
  typed.type = NumberType::kInternational;
  EXPECT_FALSE(ToAddress(typed).has_value());
  PartyNumber planned = nsap;
  planned.plan = NumberPlan::kUnknown;
  EXPECT_FALSE(ToAddress(planned).has_value());
  EXPECT_FALSE(ToAddress({.octets = {0x47}}).has_value()) << "too short";
}

}  // namespace
}  // namespace vcp::wire
