// Q.2130's states and primitives, over a real SSCOP whose peer the test plays.
#include "signaling/sscf_uni.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "signaling/saal.h"
#include "wire/sscop_pdu.h"

namespace vcp::signaling {
namespace {

using wire::SscopPdu;
using wire::SscopType;
using S = SaalState;
using T = SscopType;

class SscfUniTest : public ::testing::Test {
 protected:
  std::string Did() {
    std::string text;
    saal_.CarryOut([&text](const SaalAction& action) {
      if (!text.empty()) text += "; ";
      text += Describe(action);
    });
    return text;
  }
  static std::string Describe(const SaalAction& action) {
    using Kind = SaalAction::Kind;
    const std::string data(action.bytes.begin(), action.bytes.end());
    switch (action.kind) {
      case Kind::kSendPdu: {
        SscopPdu pdu;
        EXPECT_EQ(wire::ParseSscopPdu(action.bytes, &pdu), wire::SscopError::kNone);
        return ToString(pdu);
      }
      case Kind::kEstablishIndication:
        return "+establish.indication" + data;
      case Kind::kEstablishConfirm:
        return "+establish.confirm" + data;
      case Kind::kReleaseIndication:
        return "+release.indication" + data + (action.by_sscop ? " by SSCOP" : "");
      case Kind::kReleaseConfirm:
        return "+release.confirm" + data;
      case Kind::kDataIndication:
        return "+data " + data;
      case Kind::kUnitDataIndication:
        return "+unit_data " + data;
      case Kind::kManagementDataIndication:
        return "+management_data " + data;
      case Kind::kLayerManagementError:
        return "!" + std::string(MaaErrorName(action.error));
    }
    return "?";
  }
  std::string Pdu(const SscopPdu& pdu) {
    std::vector<uint8_t> bytes(wire::SscopPduBytes(pdu));
    wire::EmitSscopPdu(pdu, bytes);
    saal_.OnPdu(bytes, now_ns_);
    return Did();
  }
  std::string Establish() {
    EXPECT_EQ(saal_.EstablishRequest(now_ns_), Status::kSuccess);
    return Did();
  }
  std::string Release() {
    EXPECT_EQ(saal_.ReleaseRequest(now_ns_), Status::kSuccess);
    return Did();
  }
  void ReachEstablished() {
    Pdu({.type = T::kBgn, .n_sq = 1, .n_mr = 30});
    ASSERT_EQ(saal_.state(), S::kEstablished);
  }

  uint64_t now_ns_ = kNsPerSecond;
  Saal saal_;
};

TEST_F(SscfUniTest, TheUserEstablishesAndReleases) {
  EXPECT_EQ(Establish(), "BGN N(SQ)=1 N(MR)=128");
  EXPECT_EQ(saal_.state(), S::kAwaitingEstablish);
  EXPECT_EQ(Pdu({.type = T::kBgak, .n_mr = 30}), "+establish.confirm");
  EXPECT_EQ(saal_.state(), S::kEstablished);
  EXPECT_EQ(Release(), "END");
  EXPECT_EQ(saal_.state(), S::kAwaitingRelease);
  EXPECT_EQ(Pdu({.type = T::kEndak}), "+release.confirm");
  EXPECT_EQ(saal_.state(), S::kReleased);
}

TEST_F(SscfUniTest, ThePeerEstablishesAndReleases) {
  EXPECT_EQ(Pdu({.type = T::kBgn, .n_sq = 1, .n_mr = 30}), "+establish.indication; BGAK N(MR)=128");
  EXPECT_EQ(saal_.state(), S::kEstablished);
  EXPECT_EQ(Pdu({.type = T::kEnd}), "ENDAK; +release.indication");
  EXPECT_EQ(saal_.state(), S::kReleased);
}

TEST_F(SscfUniTest, ReleasingWhatIsReleasedIsConfirmed) {
  EXPECT_EQ(Release(), "+release.confirm");
  EXPECT_EQ(saal_.state(), S::kReleased);
}

TEST_F(SscfUniTest, EstablishingWhatIsEstablishedResynchronizes) {
  ReachEstablished();
  EXPECT_EQ(Establish(), "RS N(SQ)=1 N(MR)=128");
  EXPECT_EQ(saal_.state(), S::kAwaitingResync);
  EXPECT_EQ(saal_.DataRequest({}, now_ns_), Status::kInvalidState);
  EXPECT_EQ(Pdu({.type = T::kRsak, .n_mr = 30}), "+establish.confirm");
  EXPECT_EQ(saal_.state(), S::kEstablished);
}

TEST_F(SscfUniTest, ThePeerResynchronizes) {
  ReachEstablished();
  EXPECT_EQ(Pdu({.type = T::kRs, .n_sq = 2, .n_mr = 30}), "+establish.indication; RSAK N(MR)=128");
  EXPECT_EQ(saal_.state(), S::kEstablished);
}

TEST_F(SscfUniTest, RecoveryShowsAsAnEstablishment) {
  ReachEstablished();
  EXPECT_EQ(Pdu({.type = T::kEr, .n_sq = 2, .n_mr = 30}), "+establish.indication; ERAK N(MR)=128");
  EXPECT_EQ(Pdu({.type = T::kStat, .n_ps = 7, .n_mr = 30}),
            "!bad_poll_sequence; ER N(SQ)=1 N(MR)=128");
  EXPECT_EQ(saal_.state(), S::kEstablished);
  EXPECT_EQ(saal_.DataRequest({}, now_ns_), Status::kInvalidState);
  EXPECT_EQ(Pdu({.type = T::kErak, .n_mr = 30}), "+establish.indication");
  EXPECT_EQ(saal_.DataRequest({}, now_ns_), Status::kSuccess);
}

TEST_F(SscfUniTest, APeerThatRestartedShowsAsReleaseAndEstablishment) {
  ReachEstablished();
  EXPECT_EQ(Pdu({.type = T::kBgn, .n_sq = 2, .n_mr = 30}),
            "+release.indication; +establish.indication; BGAK N(MR)=128");
  EXPECT_EQ(saal_.state(), S::kEstablished);
}

TEST_F(SscfUniTest, APeerThatBeginsWhileWeEndIsAccepted) {
  ReachEstablished();
  EXPECT_EQ(Release(), "END");
  EXPECT_EQ(Pdu({.type = T::kBgn, .n_sq = 2, .n_mr = 30}),
            "+release.confirm; +establish.indication; BGAK N(MR)=128");
  EXPECT_EQ(saal_.state(), S::kEstablished);
}

TEST_F(SscfUniTest, ChangingOnesMind) {
  EXPECT_EQ(Establish(), "BGN N(SQ)=1 N(MR)=128");
  EXPECT_EQ(saal_.EstablishRequest(now_ns_), Status::kInvalidState);
  EXPECT_EQ(Release(), "END");
  EXPECT_EQ(saal_.ReleaseRequest(now_ns_), Status::kInvalidState);
  EXPECT_EQ(Establish(), "BGN N(SQ)=2 N(MR)=128");
  EXPECT_EQ(Pdu({.type = T::kBgrej}), "+release.indication");
  EXPECT_EQ(saal_.state(), S::kReleased);
}

TEST_F(SscfUniTest, DataOnlyWhileEstablished) {
  EXPECT_EQ(saal_.DataRequest({}, now_ns_), Status::kInvalidState);
  Establish();
  EXPECT_EQ(saal_.DataRequest({}, now_ns_), Status::kInvalidState);
  Pdu({.type = T::kBgak, .n_mr = 30});
  EXPECT_EQ(saal_.DataRequest({}, now_ns_), Status::kSuccess);
  EXPECT_EQ(Did(), "SD N(S)=0 0 octets");
  Release();
  EXPECT_EQ(saal_.DataRequest({}, now_ns_), Status::kInvalidState);
}

TEST_F(SscfUniTest, UnassuredDataAtAnyTime) {
  EXPECT_EQ(saal_.UnitDataRequest({}, now_ns_), Status::kSuccess);
  EXPECT_EQ(Did(), "UD 0 octets");
  EXPECT_EQ(Pdu({.type = T::kUd}), "+unit_data ");
  EXPECT_EQ(Pdu({.type = T::kMd}), "+management_data ");
}

TEST_F(SscfUniTest, EachStateHasAName) {
  for (const S state : {S::kReleased, S::kAwaitingEstablish, S::kAwaitingRelease, S::kEstablished,
                        S::kAwaitingResync}) {
    EXPECT_NE(SaalStateName(state), "unknown");
  }
}

}  // namespace
}  // namespace vcp::signaling
