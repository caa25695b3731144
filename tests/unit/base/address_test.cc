#include "base/address.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace vcp {
namespace {

constexpr char kPlain[] = "47000580ffe1000000f2151b570020480d000100";
constexpr char kDotted[] = "47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00";

TEST(Address, ReadsE164) {
  auto address = ParseAddress("+3581234567");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->type, AddressType::kE164);
  EXPECT_EQ(std::string(address->octets().begin(), address->octets().end()), "3581234567");
  EXPECT_EQ(ToString(*address), "+3581234567");
}

TEST(Address, ReadsNsapWithAndWithoutDots) {
  auto address = ParseAddress(kPlain);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->type, AddressType::kNsap);
  EXPECT_EQ(address->bytes[0], 0x47);
  EXPECT_EQ(address->bytes[18], 0x01);
  EXPECT_EQ(ParseAddress(kDotted), address);
  EXPECT_EQ(ToString(*address), kDotted);
  std::string upper = kDotted;
  std::ranges::transform(upper, upper.begin(), toupper);
  EXPECT_EQ(ParseAddress(upper), address);
}

TEST(Address, KeepsTheNumberOfAnE164EndSystemTogether) {
  auto address = ParseAddress("45000000358123456f000000000020480d000100");
  ASSERT_TRUE(address);
  EXPECT_EQ(ToString(*address), "45.000000358123456f.00000000.0020480d0001.00");
}

TEST(Address, ReadsAnE164EndSystemByItsNumber) {
  const auto address = ParseAddress("+358123456:00000000.0020480d0001.00");
  ASSERT_TRUE(address);
  EXPECT_EQ(address, ParseAddress("45000000358123456f000000000020480d000100"));
  EXPECT_EQ(ParseAddress("+358123456:000000000020480d000100"), address);
  const std::string rest = ":00000000.0020480d0001.00";
  for (const std::string& text :
       {"+358123456" + rest.substr(0, 20), "+358123456" + rest + "00", "+0358123456" + rest,
        "+" + rest, "358123456" + rest, "+358123456:." + rest.substr(1), "+358123456:" + rest,
        "+358123456" + rest + ".", "+1234567890123456" + rest, std::string("+358123456:")}) {
    EXPECT_FALSE(ParseAddress(text)) << text;
  }
}

TEST(Address, RefusesAnythingElse) {
  const std::string plain = kPlain;
  for (const std::string& text :
       {std::string(), std::string("+"), std::string("+12a"), std::string("+1234567890123456"),
        std::string("+358 12"), plain.substr(1), plain.substr(2), plain + "00", "." + plain,
        plain + ".", "4." + plain.substr(1), "47.." + plain.substr(2), "4g" + plain.substr(2),
        " " + plain, std::string("none"), std::string("47")}) {
    EXPECT_FALSE(ParseAddress(text)) << text;
  }
}

TEST(Address, ExactEquality) {
  Address address = *ParseAddress(kPlain);
  Address other_selector = address;
  other_selector.bytes[19] ^= 1;
  EXPECT_NE(address, other_selector);
  EXPECT_NE(*ParseAddress("+12"), *ParseAddress("+120"));
  EXPECT_EQ(Address(), Address());
  EXPECT_EQ(ToString(Address()), "none");
}

TEST(Address, OctetsFromAStrangerMustFitTheType) {
  const std::vector<uint8_t> letters = {'1', 'x'};
  const std::vector<uint8_t> digits(15, '7');
  const std::vector<uint8_t> twenty(20, 0xff);
  EXPECT_FALSE(MakeAddress(AddressType::kE164, letters));
  EXPECT_FALSE(MakeAddress(AddressType::kE164, {}));
  EXPECT_FALSE(MakeAddress(AddressType::kE164, twenty));
  EXPECT_TRUE(MakeAddress(AddressType::kE164, digits));
  EXPECT_FALSE(MakeAddress(AddressType::kNsap, digits));
  EXPECT_TRUE(MakeAddress(AddressType::kNsap, twenty));
  EXPECT_TRUE(MakeAddress(AddressType::kNone, {}));
  EXPECT_FALSE(MakeAddress(AddressType::kNone, digits));
  EXPECT_FALSE(MakeAddress(static_cast<AddressType>(9), digits));
}

RC_GTEST_PROP(AddressProperty, PrintsWhatItReads, (const std::array<uint8_t, 20>& octets)) {
  auto address = MakeAddress(AddressType::kNsap, octets);
  RC_ASSERT(address.has_value());
  RC_ASSERT(ParseAddress(ToString(*address)) == address);
}

RC_GTEST_PROP(AddressProperty, AnyTextIsReadOrRefused, (const std::string& text)) {
  auto address = ParseAddress(text);
  if (address) RC_ASSERT(ParseAddress(ToString(*address)) == address);
}

}  // namespace
}  // namespace vcp
