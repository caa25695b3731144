#include "signaling/saal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/saal_link.h"

namespace vcp::signaling {
namespace {

using testing::SaalLink;
using wire::SscopPdu;
using wire::SscopType;
using Kind = SaalAction::Kind;
using Bytes = std::vector<uint8_t>;

Bytes Text(std::string_view text) { return {text.begin(), text.end()}; }

class SaalTest : public ::testing::Test {
 protected:
  void Establish() {
    ASSERT_EQ(link_.west.saal->EstablishRequest(link_.now_ns()), Status::kSuccess);
    link_.Settle();
    ASSERT_EQ(link_.west.Told(), "establish.confirm");
    ASSERT_EQ(link_.east.Told(), "establish.indication");
  }
  Status WestSends(std::string_view text) {
    return link_.west.saal->DataRequest(Text(text), link_.now_ns());
  }
  Status EastSends(std::string_view text) {
    return link_.east.saal->DataRequest(Text(text), link_.now_ns());
  }

  SaalLink link_;
};

TEST_F(SaalTest, EstablishesDeliversAndReleases) {
  Establish();
  EXPECT_EQ(link_.west.saal->state(), SaalState::kEstablished);
  ASSERT_EQ(WestSends("setup"), Status::kSuccess);
  ASSERT_EQ(EastSends("connect"), Status::kSuccess);
  link_.Settle();
  EXPECT_EQ(link_.east.Told(), "data(setup)");
  EXPECT_EQ(link_.west.Told(), "data(connect)");

  ASSERT_EQ(link_.east.saal->ReleaseRequest(link_.now_ns(), Text("bye")), Status::kSuccess);
  link_.Settle();
  EXPECT_EQ(link_.east.Told(), "release.confirm");
  EXPECT_EQ(link_.west.Told(), "release.indication(bye)");
  EXPECT_EQ(link_.west.saal->NextDeadlineNs(), std::nullopt);
  EXPECT_EQ(link_.east.saal->NextDeadlineNs(), std::nullopt);
}

TEST_F(SaalTest, BothSidesEstablishAtOnce) {
  ASSERT_EQ(link_.west.saal->EstablishRequest(link_.now_ns()), Status::kSuccess);
  ASSERT_EQ(link_.east.saal->EstablishRequest(link_.now_ns()), Status::kSuccess);
  link_.Settle();
  EXPECT_EQ(link_.west.Told(), "establish.confirm");
  EXPECT_EQ(link_.east.Told(), "establish.confirm");
  ASSERT_EQ(WestSends("a"), Status::kSuccess);
  link_.Settle();
  EXPECT_EQ(link_.east.Told(), "data(a)");
}

TEST_F(SaalTest, StaysUpForADayWithoutData) {
  Establish();
  link_.RunFor(24 * 3600 * kNsPerSecond);
  EXPECT_EQ(link_.west.Told() + link_.east.Told() + link_.west.Errors() + link_.east.Errors(), "");
  ASSERT_EQ(WestSends("good morning"), Status::kSuccess);
  link_.Settle();
  EXPECT_EQ(link_.east.Told(), "data(good morning)");
}

// The cable is cut: both sides say so after Timer_NO-RESPONSE, at the latest after Timer_IDLE more.
TEST_F(SaalTest, ACutCableReleasesBothSides) {
  Establish();
  link_.RunFor(10 * kNsPerSecond);
  link_.fault = [](const SscopPdu&) { return std::vector<uint64_t>{}; };
  link_.RunFor(22 * kNsPerSecond);
  EXPECT_EQ(link_.west.Told(), "release.indication");
  EXPECT_EQ(link_.east.Told(), "release.indication");
  EXPECT_EQ(link_.west.Errors(), "P");
  EXPECT_EQ(link_.east.Errors(), "P");
}

TEST_F(SaalTest, NobodyThere) {
  link_.fault = [](const SscopPdu&) { return std::vector<uint64_t>{}; };
  ASSERT_EQ(link_.west.saal->EstablishRequest(link_.now_ns()), Status::kSuccess);
  link_.RunFor(4 * kNsPerSecond - kNsPerMs);
  EXPECT_EQ(link_.west.Told(), "");
  link_.RunFor(kNsPerMs);
  EXPECT_EQ(link_.west.Told(), "release.indication");
  EXPECT_EQ(link_.west.Errors(), "O");
}

// What the peer restarts with differs from what it had: release and establishment.
TEST_F(SaalTest, ARestartedPeerIsToldApartByItsNumber) {
  Establish();
  link_.west.saal = std::make_unique<Saal>(SscopConfig{.connection_number = 77});
  ASSERT_EQ(link_.west.saal->EstablishRequest(link_.now_ns()), Status::kSuccess);
  link_.Settle();
  EXPECT_EQ(link_.west.Told(), "establish.confirm");
  EXPECT_EQ(link_.east.Told(), "release.indication establish.indication");
}

// The same number again, as atmsigd has it: east takes it for a repeated BGN, and recovers.
TEST_F(SaalTest, ARestartedPeerWithTheSameNumberIsRecoveredFrom) {
  Establish();
  ASSERT_EQ(EastSends("call 1"), Status::kSuccess);
  ASSERT_EQ(WestSends("call 1, yes"), Status::kSuccess);
  link_.Settle();
  link_.west.Told(), link_.east.Told();

  link_.west.saal = std::make_unique<Saal>();
  ASSERT_EQ(link_.west.saal->EstablishRequest(link_.now_ns()), Status::kSuccess);
  link_.Settle();
  EXPECT_EQ(link_.west.Told(), "establish.confirm establish.indication");
  EXPECT_EQ(link_.east.Told(), "establish.indication");
  EXPECT_EQ(link_.east.Errors(), "B");
  ASSERT_EQ(WestSends("call 2"), Status::kSuccess);
  ASSERT_EQ(EastSends("call 3"), Status::kSuccess);
  link_.Settle();
  EXPECT_EQ(link_.east.Told(), "data(call 2)");
  EXPECT_EQ(link_.west.Told(), "data(call 3)");
}

TEST_F(SaalTest, ARestartedPeerThatSaysNothingIsReleased) {
  Establish();
  link_.east.saal = std::make_unique<Saal>();
  ASSERT_EQ(WestSends("hello?"), Status::kSuccess);
  link_.Settle();
  EXPECT_EQ(link_.west.Told(), "release.indication");
  EXPECT_EQ(link_.east.Errors(), "A");
}

TEST_F(SaalTest, CreditClosesAndReopens) {
  Establish();
  link_.east.saal->SetUserTakesData(false);
  int accepted = 0;
  while (WestSends(std::to_string(accepted)) == Status::kSuccess) {
    ++accepted;
    link_.Pump();
  }
  EXPECT_EQ(accepted, static_cast<int>(kMaxSscopTransmitSdus));
  int delivered = 0;
  link_.east.on_action = [&delivered](const SaalAction& action) {
    if (action.kind != Kind::kDataIndication) return;
    EXPECT_EQ(std::string(action.bytes.begin(), action.bytes.end()), std::to_string(delivered));
    ++delivered;
  };
  link_.RunFor(60 * kNsPerSecond);
  EXPECT_EQ(delivered, static_cast<int>(kMaxSscopWindow));
  EXPECT_EQ(link_.west.Errors(), "W");
  EXPECT_EQ(link_.west.saal->state(), SaalState::kEstablished);

  link_.east.saal->SetUserTakesData(true);
  link_.RunFor(kNsPerSecond);
  EXPECT_EQ(delivered, accepted);
  EXPECT_EQ(link_.west.Errors(), "X");
}

// 2^24 SDUs would take a while: the numbers start where they wrap soon.
TEST(SaalWrap, ThousandsOfSdusAcrossTheWrap) {
  SaalLink link({.first_number = wire::kSscopNumberMask - 1000});
  ASSERT_EQ(link.west.saal->EstablishRequest(link.now_ns()), Status::kSuccess);
  link.Settle();
  int sent = 0;
  int delivered = 0;
  link.east.on_action = [&delivered](const SaalAction& action) {
    if (action.kind != Kind::kDataIndication) return;
    EXPECT_EQ(std::string(action.bytes.begin(), action.bytes.end()), std::to_string(delivered));
    ++delivered;
  };
  while (sent < 3000) {
    const std::string text = std::to_string(sent);
    if (link.west.saal->DataRequest(Text(text), link.now_ns()) == Status::kSuccess) {
      ++sent;
    } else {
      link.RunFor(20 * kNsPerMs);
    }
    link.Pump();
  }
  link.RunFor(5 * kNsPerSecond);
  EXPECT_EQ(delivered, sent);
  EXPECT_EQ(link.west.saal->counters().retransmitted_sds.Read(), 0u);
  EXPECT_EQ(link.west.saal->counters().Errors(MaaError::kBadStat), 0u);
}

// Requests made while actions are carried out: they come after what is there, and nothing nests.
TEST_F(SaalTest, AUserMayAnswerWhileItIsTold) {
  Establish();
  int depth = 0;
  std::string order;
  auto carry_out = [&](const SaalAction& action) {
    EXPECT_EQ(depth++, 0);
    switch (action.kind) {
      case Kind::kDataIndication:
        order += std::string(action.bytes.begin(), action.bytes.end());
        if (order == "a") {
          ASSERT_EQ(EastSends("1"), Status::kSuccess);
          ASSERT_EQ(link_.east.saal->ReleaseRequest(link_.now_ns()), Status::kSuccess);
          link_.east.saal->CarryOut([](const SaalAction&) { FAIL(); });
        }
        break;
      case Kind::kSendPdu:
        order += " " + std::string(SscopTypeName(
                           static_cast<SscopType>(action.bytes[action.bytes.size() - 4] & 0x0f)));
        break;
      default:
        order += "?";
    }
    --depth;
  };
  // Two SDs before anything is carried out: the second was delivered before the user released.
  const Bytes first = {'a', 0, 0, 0, 0xc8, 0, 0, 0};
  const Bytes second = {'b', 0, 0, 0, 0xc8, 0, 0, 1};
  link_.east.saal->OnPdu(first, link_.now_ns());
  link_.east.saal->OnPdu(second, link_.now_ns());
  link_.east.saal->CarryOut(carry_out);
  EXPECT_EQ(order, "ab SD END");
}

// PDUs handed over from within: their bytes may go before their SDU's turn comes.
TEST_F(SaalTest, APduHandedOverWhileCarryingOutIsCopied) {
  Establish();
  std::string order;
  link_.east.saal->OnPdu(Bytes{'a', 0, 0, 0, 0xc8, 0, 0, 0}, link_.now_ns());
  Bytes first = {'a', 0, 0, 0, 0xc8, 0, 0, 1};
  link_.east.saal->OnPdu(first, link_.now_ns());
  bool nested = false;
  link_.east.saal->CarryOut([&](const SaalAction& action) {
    if (!std::exchange(nested, true)) {
      Bytes pdu = {'c', 0, 0, 0, 0xc8, 0, 0, 2};
      link_.east.saal->OnPdu(pdu, link_.now_ns());
      pdu.assign(pdu.size(), 'x');
      return;
    }
    order += std::string(action.bytes.begin(), action.bytes.end());
  });
  EXPECT_EQ(order, "ac");
}

TEST(SaalGuard, CopiesInARowAreDroppedWhereTheCarrierMayRepeat) {
  for (const bool may_repeat : {true, false}) {
    SaalLink link({.carrier_may_repeat = may_repeat});
    ASSERT_EQ(link.west.saal->EstablishRequest(link.now_ns()), Status::kSuccess);
    link.Settle();
    link.Settle(), link.west.Told(), link.east.Told();
    link.fault = [](const SscopPdu&) { return std::vector<uint64_t>{0, 0}; };
    ASSERT_EQ(link.west.saal->DataRequest(Text("a"), link.now_ns()), Status::kSuccess);
    ASSERT_EQ(link.west.saal->DataRequest(Text("b"), link.now_ns()), Status::kSuccess);
    link.Settle();
    if (may_repeat) {
      EXPECT_EQ(link.east.Told(), "data(a) data(b)");
      EXPECT_EQ(link.east.saal->dropped_duplicates().Read(), 2u);
      EXPECT_EQ(link.east.Errors(), "");
      link.RunFor(kNsPerSecond);
      EXPECT_EQ(link.west.Errors() + link.east.Errors(), "");
    } else {
      EXPECT_EQ(link.east.saal->dropped_duplicates().Read(), 0u);
      EXPECT_EQ(link.east.Errors(), "Q");
    }
  }
}

// A BGN is repeated because the BGAK was lost: a guard that dropped it would never let it through.
TEST(SaalGuard, RepetitionsOnPurposePass) {
  SaalLink link({.carrier_may_repeat = true});
  int bgaks = 0;
  link.fault = [&bgaks](const SscopPdu& pdu) {
    const bool lost = pdu.type == SscopType::kBgak && ++bgaks <= 2;
    return lost ? std::vector<uint64_t>{} : std::vector<uint64_t>{0};
  };
  // A peer that says nothing else meanwhile.
  ASSERT_EQ(link.west.saal->EstablishRequest(link.now_ns()), Status::kSuccess);
  link.RunFor(2100 * kNsPerMs);
  EXPECT_EQ(link.west.Told(), "establish.confirm");
  EXPECT_EQ(bgaks, 3);
}

TEST(SaalGuard, OnlyTheSameOctets) {
  DuplicateGuard guard;
  const Bytes sd = {'a', 0, 0, 0, 0xc8, 0, 0, 0};
  const Bytes other = {'b', 0, 0, 0, 0xc8, 0, 0, 0};
  const Bytes bgn = {0, 0, 0, 1, 0x01, 0, 0, 30};
  const Bytes unassured = {'a', 0, 0, 0, 0xcd, 0, 0, 0};
  EXPECT_FALSE(guard.IsDuplicate(sd));
  EXPECT_TRUE(guard.IsDuplicate(sd));
  EXPECT_TRUE(guard.IsDuplicate(sd));
  EXPECT_FALSE(guard.IsDuplicate(other));
  EXPECT_FALSE(guard.IsDuplicate(sd));
  for (const Bytes& repeated : {bgn, unassured, Bytes{}, Bytes{1, 2, 3}}) {
    EXPECT_FALSE(guard.IsDuplicate(repeated));
    EXPECT_FALSE(guard.IsDuplicate(repeated));
  }
}

}  // namespace
}  // namespace vcp::signaling
