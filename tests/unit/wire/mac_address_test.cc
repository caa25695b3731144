#include "wire/mac_address.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace vcp::wire {
namespace {

TEST(MacAddress, Reads) {
  EXPECT_EQ(ParseMacAddress("02:00:5e:00:53:Ff"), (MacAddress{2, 0, 0x5e, 0, 0x53, 0xff}));
}

TEST(MacAddress, RefusesAnythingElse) {
  for (const char* text : {"", "02:00:5e:00:53", "02:00:5e:00:53:1", "02-00-5e-00-53-01",
                           "02:00:5e:00:53:0g", "02:00:5e:00:53:01:", "+2:00:5e:00:53:01",
                           "-2:00:5e:00:53:01", "0 :00:5e:00:53:01", "2:000:5e:00:53:01"}) {
    EXPECT_FALSE(ParseMacAddress(text)) << text;
  }
}

RC_GTEST_PROP(MacAddressProperty, PrintsWhatItReads, (const MacAddress& mac)) {
  RC_ASSERT(ParseMacAddress(ToString(mac)) == mac);
}

}  // namespace
}  // namespace vcp::wire
