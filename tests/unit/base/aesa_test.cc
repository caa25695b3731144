#include "base/aesa.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace vcp {
namespace {

const Address kIcd = *ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.07");

Address WithAfi(uint8_t afi) {
  Address address = kIcd;
  address.bytes[0] = afi;
  return address;
}

TEST(Aesa, TheFirstOctetTellsItsFormat) {
  EXPECT_EQ(FormatOf(WithAfi(0x39)), AesaFormat::kDcc);
  EXPECT_EQ(FormatOf(WithAfi(0x47)), AesaFormat::kIcd);
  EXPECT_EQ(FormatOf(WithAfi(0x45)), AesaFormat::kE164);
  EXPECT_EQ(FormatOf(WithAfi(0x49)), AesaFormat::kLocal);
  EXPECT_EQ(FormatOf(WithAfi(0x00)), AesaFormat::kOther);
}

TEST(Aesa, GroupsHaveFormatIdentifiersOfTheirOwn) {
  EXPECT_EQ(FormatOf(WithAfi(0xbd)), AesaFormat::kDcc);
  EXPECT_EQ(FormatOf(WithAfi(0xc5)), AesaFormat::kIcd);
  EXPECT_EQ(FormatOf(WithAfi(0xc3)), AesaFormat::kE164);
  EXPECT_EQ(FormatOf(WithAfi(0xc7)), AesaFormat::kLocal);
}

TEST(Aesa, TheSelectorIsItsLastOctet) {
  EXPECT_EQ(SelectorOf(kIcd), 7);
  EXPECT_EQ(ToString(WithSelector(kIcd, 0xab)), "47.0005.80.ffe100.0000.f215.1b57.0020480d0001.ab");
}

TEST(Aesa, ANumberBecomesAnAesaAndBack) {
  const auto aesa = ToE164Aesa(*ParseAddress("+358123456"));
  ASSERT_TRUE(aesa);
  EXPECT_EQ(ToString(*aesa), "45.000000358123456f.00000000.000000000000.00");
  EXPECT_EQ(ToE164(*aesa), ParseAddress("+358123456"));
  EXPECT_EQ(ToString(*ToE164Aesa(*ParseAddress("+123456789012345"))),
            "45.123456789012345f.00000000.000000000000.00");
  EXPECT_FALSE(ToE164Aesa(*ParseAddress("+0358")));
  EXPECT_FALSE(ToE164Aesa(kIcd));
}

TEST(Aesa, OnlyANumberAloneIsANumber) {
  for (const char* text : {"47.0005.80.ffe100.0000.f215.1b57.0020480d0001.07",
                           "45.000000358123456f.00000000.000000000000.01",
                           "45.000000358123456f.00000001.000000000000.00",
                           "45.0000003581234560.00000000.000000000000.00",
                           "45.00000035a123456f.00000000.000000000000.00",
                           "45.000000000000000f.00000000.000000000000.00",
                           "c3.000000358123456f.00000000.000000000000.00"}) {
    EXPECT_FALSE(ToE164(*ParseAddress(text))) << text;
  }
  EXPECT_FALSE(ToE164(*ParseAddress("+358")));
}

TEST(Aesa, ANumberAndItsAesaAreOneAddress) {
  const Address number = *ParseAddress("+358123456");
  const Address aesa = *ToE164Aesa(number);
  EXPECT_EQ(NormalForm(number), aesa);
  EXPECT_EQ(NormalForm(aesa), aesa);
  EXPECT_EQ(NormalForm(WithSelector(aesa, 5)), WithSelector(aesa, 5));
  for (const Address& other : {kIcd, *ParseAddress("+0358"), Address()}) {
    EXPECT_EQ(NormalForm(other), other);
    EXPECT_FALSE(OtherRoutedForm(other));
  }
  EXPECT_EQ(OtherRoutedForm(number), aesa);
  EXPECT_EQ(OtherRoutedForm(WithSelector(aesa, 5)), number);
}

RC_GTEST_PROP(AesaProperty, EveryNumberComesBack, ()) {
  std::string text = "+" + std::to_string(*rc::gen::inRange(1, 10));
  for (int more = *rc::gen::inRange(0, 15); more > 0; --more) {
    text += static_cast<char>('0' + *rc::gen::inRange(0, 10));
  }
  const auto number = ParseAddress(text);
  RC_ASSERT(number.has_value());
  const auto aesa = ToE164Aesa(*number);
  RC_ASSERT(aesa.has_value());
  RC_ASSERT(ToE164(*aesa) == number);
  RC_ASSERT(ParseAddress(text + ":0000000000000000000000") == aesa);
}

}  // namespace
}  // namespace vcp
