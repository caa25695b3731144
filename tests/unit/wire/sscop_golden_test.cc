// SSCOP PDUs that atmsigd and ngatm sent each other.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "testing/golden.h"
#include "wire/sscop_pdu.h"

namespace vcp::wire {
namespace {

TEST(SscopGolden, EveryRecordedPduIsReadPrintedAndWrittenAsItWas) {
  std::set<SscopType> types;
  size_t pdus = 0;
  for (const char* recording : {"ngatm_p2mp", "ngatm_stock_atmsigd", "cbr_modify"}) {
    for (const testing::GoldenPdu& golden : testing::ReadGolden(recording)) {
      SCOPED_TRACE(std::string(recording) + " " + std::to_string(golden.number));
      SscopPdu pdu;
      ASSERT_EQ(ParseSscopPdu(golden.octets, &pdu), SscopError::kNone);
      std::vector<uint8_t> again(SscopPduBytes(pdu));
      EXPECT_EQ(EmitSscopPdu(pdu, again), golden.octets.size());
      EXPECT_EQ(again, golden.octets);

      // An SD's description goes on with its padding and the message in it.
      std::string described = golden.what;
      std::string printed = ToString(pdu);
      if (pdu.type == SscopType::kSd) {
        const size_t padding_bytes = golden.octets.size() - kSscopWordBytes - pdu.body.size();
        printed = "SD N(S)=" + std::to_string(pdu.n_s) + " pad=" + std::to_string(padding_bytes);
        described = described.substr(0, described.find(" |"));
        EXPECT_EQ(pdu.body[0], 0x09);  // Q.2931's protocol discriminator.
      }
      EXPECT_EQ(printed, described);
      types.insert(pdu.type);
      ++pdus;
    }
  }
  EXPECT_EQ(pdus, 89u);
  EXPECT_EQ(types, (std::set{SscopType::kBgn, SscopType::kBgak, SscopType::kSd, SscopType::kPoll,
                             SscopType::kStat}));
}

}  // namespace
}  // namespace vcp::wire
