#include "base/address_prefix.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace vcp {
namespace {

const Address kAesa = *ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.07");
const Address kNumber = *ParseAddress("+3581234567");

TEST(AddressPrefix, ReadsHexadecimalDigitsAndBits) {
  const auto prefix = ParseAddressPrefix("47.0005.80/32");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->length, 32);
  EXPECT_EQ(prefix->bytes[3], 0x80);
  EXPECT_EQ(ToString(*prefix), "47.0005.80/32");
  EXPECT_EQ(ParseAddressPrefix("47000580"), prefix);
  EXPECT_EQ(ParseAddressPrefix("47000580000000/32"), prefix);
  EXPECT_NE(ParseAddressPrefix("47.0005.80/31"), prefix);
}

TEST(AddressPrefix, BitsEndAnywhere) {
  EXPECT_EQ(ToString(*ParseAddressPrefix("4/4")), "4/4");
  EXPECT_EQ(ToString(*ParseAddressPrefix("4/3")), "4/3");
  EXPECT_EQ(ToString(*ParseAddressPrefix("/0")), "/0");
  EXPECT_EQ(ToString(*ParseAddressPrefix("47.0/9")), "47.0/9");
  EXPECT_EQ(ParseAddressPrefix("47.0005.8/28")->length, 28);
  EXPECT_EQ(ParseAddressPrefix("47.0005.8")->length, 28);
}

TEST(AddressPrefix, AWholeAddressIsItsRoutedPart) {
  const auto prefix = ParseAddressPrefix("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->length, 152);
  EXPECT_TRUE(prefix->Matches(kAesa));
  EXPECT_EQ(ToString(*prefix), "47.0005.80.ffe100.0000.f215.1b57.0020480d0001/152");
  EXPECT_FALSE(ParseAddressPrefix("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.07"));
}

TEST(AddressPrefix, ReadsNumbers) {
  EXPECT_EQ(ParseAddressPrefix("+358")->length, 3);
  EXPECT_EQ(ToString(*ParseAddressPrefix("+358")), "+358");
  EXPECT_EQ(ToString(*ParseAddressPrefix("+")), "+");
  const auto aesa = ParseAddressPrefix("+358123456:");
  ASSERT_TRUE(aesa);
  EXPECT_EQ(aesa->type, AddressType::kNsap);
  EXPECT_EQ(ToString(*aesa), "45.000000358123456f/72");
  EXPECT_EQ(ParseAddressPrefix("+358123456:00/72"), aesa);
}

TEST(AddressPrefix, RefusesAnythingElse) {
  for (const char* text : {"",
                           "/",
                           "47/",
                           "47/-1",
                           "47/+8",
                           "47/ 8",
                           "47/8x",
                           "47/9",
                           "/1",
                           "47.0005.80/153",
                           "47.0005.81/31",
                           "4.7/8",
                           "47./8",
                           "47..00/16",
                           ".47/8",
                           "x/0",
                           "+/0",
                           "+358/3",
                           "+35x",
                           "+1234567890123456",
                           "47/99999999999999999999",
                           "47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00/153",
                           "47.0005.80.ffe100.0000.f215.1b57.0020480d0001.000/152"}) {
    EXPECT_FALSE(ParseAddressPrefix(text)) << text;
  }
}

TEST(AddressPrefix, MatchesToTheBit) {
  EXPECT_TRUE(ParseAddressPrefix("/0")->Matches(kAesa));
  EXPECT_TRUE(ParseAddressPrefix("47.0004/23")->Matches(kAesa));
  EXPECT_FALSE(ParseAddressPrefix("47.0004/24")->Matches(kAesa));
  EXPECT_FALSE(ParseAddressPrefix("/0")->Matches(kNumber));
  EXPECT_TRUE(ParseAddressPrefix("+358123")->Matches(kNumber));
  EXPECT_TRUE(ParseAddressPrefix("+")->Matches(kNumber));
  EXPECT_FALSE(ParseAddressPrefix("+")->Matches(kAesa));
  EXPECT_FALSE(ParseAddressPrefix("+359")->Matches(kNumber));
  EXPECT_FALSE(ParseAddressPrefix("+35812345678")->Matches(kNumber));
}

TEST(AddressPrefix, IsCutFromAnAddress) {
  EXPECT_EQ(MakeAddressPrefix(kAesa, 23), ParseAddressPrefix("47.0004/23"));
  EXPECT_EQ(MakeAddressPrefix(kNumber, 3), ParseAddressPrefix("+358"));
  EXPECT_EQ(MakeAddressPrefix(kNumber, 10)->length, 10);
  EXPECT_FALSE(MakeAddressPrefix(kNumber, 11));
  EXPECT_FALSE(MakeAddressPrefix(kAesa, 153));
  EXPECT_FALSE(MakeAddressPrefix(Address(), 0));
}

RC_GTEST_PROP(AddressPrefixProperty, PrintsWhatItReads, (const std::array<uint8_t, 20>& octets)) {
  const auto address = MakeAddress(AddressType::kNsap, octets);
  const auto bits = *rc::gen::inRange<size_t>(0, 153);
  const auto prefix = MakeAddressPrefix(*address, bits);
  RC_ASSERT(prefix.has_value());
  RC_ASSERT(ParseAddressPrefix(ToString(*prefix)) == prefix);
  RC_ASSERT(prefix->Matches(*address));
  // One bit decides, and only one within the prefix.
  const auto bit = *rc::gen::inRange<size_t>(0, 160);
  Address other = *address;
  other.bytes[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
  RC_ASSERT(prefix->Matches(other) == (bit >= bits));
}

RC_GTEST_PROP(AddressPrefixProperty, AnyTextIsReadOrRefused, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::element('0', '4', '7', 'f', '.', '/', '+', ':', '1', 'x'));
  const auto prefix = ParseAddressPrefix(text);
  if (prefix) RC_ASSERT(ParseAddressPrefix(ToString(*prefix)) == prefix);
}

}  // namespace
}  // namespace vcp
