// What a client reads of the rates and sizes that it asked for: those, unless they may be rounded.
#include "uni_call_manager_fixture.h"

namespace vcp::callmgr {
namespace {

class UniRounding : public UniCallManagerTest {
 protected:
  // Of rates that are no whole cells, each way.
  static CallParameters Asking(uint64_t rate, uint32_t rounding = 0) {
    CallParameters params = To(kServer);
    params.call_manager->transmit = Guaranteed(rate);
    params.call_manager->receive = Guaranteed(1'000'001);
    for (qos::FlowSpec* flow : {&params.call_manager->transmit, &params.call_manager->receive}) {
      flow->max_sdu_size_bytes = 1000;
    }
    params.media->flags |= rounding;
    return params;
  }
  static uint64_t RateOf(const CallParameters& params) {
    return params.call_manager->transmit.token_rate_bytes_per_second;
  }
  static bool IsMarked(const CallParameters& params) {
    return (params.flags & circuit::kCallParametersChanged) != 0;
  }
  // A call of its own that is connected; what its caller is told.
  CallParameters Made(const CallParameters& params) {
    vc = MakeVc();
    EXPECT_EQ(Call(params), Status::kPending);
    Settle();
    EXPECT_THAT(Take(&caller.log), ElementsAre(::testing::StartsWith("MakeCallComplete SUCCESS")));
    return caller.params;
  }
  Status Change(CallParameters params) {
    const Status status = user.board.ModifyCallQoS(vc, &params);
    if (status != Status::kPending) return status;
    Settle();
    EXPECT_THAT(Take(&caller.log),
                ElementsAre(::testing::StartsWith("ModifyCallQoSComplete SUCCESS")));
    return Status::kSuccess;
  }
};

TEST_F(UniRounding, C038_C053_ACallerReadsWhatItAskedFor) {
  const CallParameters asked = Asking(1'000'001);
  const CallParameters made = Made(asked);
  EXPECT_FALSE(IsMarked(made));
  EXPECT_EQ(RateOf(made), 1'000'001u);
  EXPECT_EQ(made.call_manager->transmit.peak_bandwidth_bytes_per_second, 1'000'001u);
  EXPECT_EQ(made.call_manager->receive, caller.params.call_manager->receive);
  EXPECT_EQ(made.call_manager->receive.token_rate_bytes_per_second, 1'000'001u);
  // Its cells are what the other end hears of.
  EXPECT_FALSE(IsMarked(server.params));
  EXPECT_GT(server.params.call_manager->receive.token_rate_bytes_per_second, 1'000'001u);
  EXPECT_EQ(user.manager().transmit_admission().reserved(),
            network.manager().receive_admission().reserved());
  ExpectCleanEnd();
}

TEST_F(UniRounding, C038_WhoLetsRatesBecomeMoreReadsTheCells) {
  const CallParameters made = Made(Asking(1'000'001, circuit::kRoundUpFlow));
  EXPECT_TRUE(IsMarked(made));
  EXPECT_GT(RateOf(made), 1'000'001u);
  EXPECT_LT(RateOf(made), 1'000'001u + 48);
  EXPECT_EQ(RateOf(made), server.params.call_manager->receive.token_rate_bytes_per_second);
  ExpectCleanEnd();
}

// A bucket that is left open asks for nothing beside the peak, nor does it afterwards.
TEST_F(UniRounding, C053_WhatIsLeftOpenIsFilledInUnmarked) {
  CallParameters asked = Asking(1'000'001);
  asked.call_manager->transmit.peak_bandwidth_bytes_per_second = 3'000'000;
  CallParameters made = Made(asked);
  EXPECT_FALSE(IsMarked(made));
  EXPECT_EQ(RateOf(made), 1'000'001u);
  EXPECT_EQ(made.call_manager->transmit.token_bucket_size_bytes, qos::kUnspecified);
  asked.call_manager->transmit.peak_bandwidth_bytes_per_second = qos::kUnspecified;
  asked.call_manager->transmit.max_sdu_size_bytes = qos::kUnspecified;
  made = Made(asked);
  EXPECT_FALSE(IsMarked(made));
  EXPECT_EQ(made.call_manager->transmit.max_sdu_size_bytes, 1492u);
  EXPECT_GE(made.call_manager->transmit.peak_bandwidth_bytes_per_second, 1'000'001u);
  made = Made(To(kServer));
  EXPECT_FALSE(IsMarked(made));
  ExpectCleanEnd();
}

TEST_F(UniRounding, C053_ADirectionThatIsNotAskedForIsNotMarked) {
  CallParameters one_way = Asking(1'000'001);
  one_way.media->flags = circuit::kTransmitVc;
  EXPECT_FALSE(IsMarked(Made(one_way)));
  circuit::PartyHandle party;
  CallParameters multipoint = Asking(1'000'001);
  vc = MakeVc();
  ASSERT_EQ(user.board.MakeCall(vc, &multipoint, 21, &party), Status::kPending);
  Settle();
  EXPECT_FALSE(IsMarked(caller.params));
  EXPECT_EQ(RateOf(caller.params), 1'000'001u);
  ExpectCleanEnd();
}

// A call has one service: beside a reserved direction best effort has its minimum and no more.
TEST_F(UniRounding, C053_ADirectionThatGetsLessBesideAReservedOneIsMarked) {
  CallParameters asked = Asking(1'000'001);
  asked.call_manager->receive.service_type = qos::ServiceType::kBestEffort;
  asked.call_manager->receive.peak_bandwidth_bytes_per_second = 5'000'000;
  const CallParameters made = Made(asked);
  EXPECT_TRUE(IsMarked(made));
  EXPECT_LT(made.call_manager->receive.peak_bandwidth_bytes_per_second, 5'000'000u);
  EXPECT_EQ(RateOf(made), 1'000'001u);
  ExpectCleanEnd();
}

TEST_F(UniRounding, C038_C053_SizesThatBecomeLessAreMarked) {
  CallParameters asked = To(kServer);
  asked.call_manager->transmit.max_sdu_size_bytes = 9180;
  EXPECT_EQ(Call(asked), Status::kInvalidData);
  asked.media->flags |= circuit::kRoundDownFlow;
  const CallParameters made = Made(asked);
  EXPECT_TRUE(IsMarked(made));
  EXPECT_EQ(made.call_manager->transmit.max_sdu_size_bytes, 1492u);
  ExpectCleanEnd();
}

TEST_F(UniRounding, C038_RatesThatMayBecomeLessBecomeWhatIsFree) {
  Made(Asking(600'000'000));
  vc = MakeVc();
  EXPECT_EQ(Call(Asking(600'000'000)), Status::kResources);
  const CallParameters less = Made(Asking(600'000'000, circuit::kRoundDownFlow));
  EXPECT_TRUE(IsMarked(less));
  EXPECT_GT(RateOf(less), 300'000'000u);
  EXPECT_LT(RateOf(less), 600'000'000u);
  EXPECT_EQ(less.call_manager->transmit.peak_bandwidth_bytes_per_second, RateOf(less));
  EXPECT_EQ(less.call_manager->receive.token_rate_bytes_per_second, 1'000'001u);
  // That was all of it.
  const qos::AdmissionControl& admission = user.manager().transmit_admission();
  qos::AdmissionCount count;
  const qos::AtmTraffic cell{.conformance = qos::ConformanceClass::kCbr1, .rates = {.peak = 1}};
  EXPECT_NE(admission.Judge(cell, 1000, &count), qos::Admission::kAdmitted);
  vc = MakeVc();
  EXPECT_EQ(Call(Asking(1'000, circuit::kRoundDownFlow)), Status::kResources);
  ExpectCleanEnd();
}

TEST_F(UniRounding, C038_RatesBeyondEveryPortMayBecomeLessToo) {
  CallParameters asked = Asking(uint64_t{1} << 60);
  EXPECT_EQ(Call(asked), Status::kInvalidData);
  asked.media->flags |= circuit::kRoundDownFlow;
  const CallParameters made = Made(asked);
  EXPECT_TRUE(IsMarked(made));
  EXPECT_GT(RateOf(made), 1'000'000'000u);
  EXPECT_LT(RateOf(made), testing::UniHost::kLinkBitsPerSecond / 8);
  ExpectCleanEnd();
}

TEST_F(UniRounding, C084_AChangeIsReadAsItWasAskedFor) {
  Made(Asking(1'000'001, circuit::kRoundUpFlow));
  EXPECT_EQ(Change(Asking(2'000'003)), Status::kSuccess);
  EXPECT_FALSE(IsMarked(caller.params));  // What was said of the call is not said again.
  EXPECT_EQ(RateOf(caller.params), 2'000'003u);
  EXPECT_FALSE(IsMarked(server.params));
  EXPECT_GT(server.params.call_manager->receive.token_rate_bytes_per_second, 2'000'003u);
  EXPECT_EQ(Change(Asking(2'000'003, circuit::kRoundUpFlow)), Status::kSuccess);
  EXPECT_TRUE(IsMarked(caller.params));
  EXPECT_GT(RateOf(caller.params), 2'000'003u);
  ExpectCleanEnd();
}

TEST_F(UniRounding, C038_C084_AChangeThatMayBecomeLessBecomesWhatIsFree) {
  Made(Asking(600'000'000));
  Made(Asking(100'000'000));
  EXPECT_EQ(Change(Asking(900'000'000)), Status::kResources);
  EXPECT_EQ(Change(Asking(900'000'000, circuit::kRoundDownFlow)), Status::kSuccess);
  EXPECT_TRUE(IsMarked(caller.params));
  EXPECT_GT(RateOf(caller.params), 300'000'000u);
  EXPECT_LT(RateOf(caller.params), 600'000'000u);
  EXPECT_EQ(user.manager().transmit_admission().reserved(),
            network.manager().receive_admission().reserved());
  ExpectCleanEnd();
}

// Q.2963.1 changes rates alone.
TEST_F(UniRounding, C084_SizesStayWhatTheyAre) {
  Made(Asking(1'000'001));
  CallParameters larger = Asking(2'000'003);
  larger.call_manager->transmit.max_sdu_size_bytes = 1200;
  EXPECT_EQ(Change(larger), Status::kInvalidData);
  CallParameters smaller = Asking(2'000'003);
  smaller.call_manager->receive.max_sdu_size_bytes = 800;
  EXPECT_EQ(Change(smaller), Status::kInvalidData);
  larger.media->flags |= circuit::kRoundDownFlow;
  EXPECT_EQ(Change(larger), Status::kSuccess);
  EXPECT_TRUE(IsMarked(caller.params));
  EXPECT_EQ(caller.params.call_manager->transmit.max_sdu_size_bytes, 1000u);
  smaller.media->flags |= circuit::kRoundUpFlow;
  EXPECT_EQ(Change(smaller), Status::kSuccess);
  EXPECT_TRUE(IsMarked(caller.params));
  EXPECT_EQ(caller.params.call_manager->receive.max_sdu_size_bytes, 1000u);
  CallParameters open = Asking(2'000'003);
  open.call_manager->transmit.max_sdu_size_bytes = qos::kUnspecified;
  EXPECT_EQ(Change(open), Status::kSuccess);
  EXPECT_FALSE(IsMarked(caller.params));
  ExpectCleanEnd();
}

TEST_F(UniRounding, C084_WhatACalleeWouldTakeOfAnOfferIsReadAsItWasAskedFor) {
  server.incoming_call = Status::kPending;
  ASSERT_EQ(Call(Asking(4'000'001)), Status::kPending);
  Settle();
  CallParameters wanted = server.params;
  wanted.call_manager->receive.token_rate_bytes_per_second = 1'000'001;
  wanted.call_manager->receive.peak_bandwidth_bytes_per_second = 1'000'001;
  wanted.call_manager->receive.token_bucket_size_bytes = qos::kUnspecified;
  EXPECT_EQ(network.board.ModifyCallQoS(server.last_vc, &wanted), Status::kPending);
  Settle();
  EXPECT_FALSE(IsMarked(server.params));
  EXPECT_EQ(server.params.call_manager->receive.token_rate_bytes_per_second, 1'000'001u);
  network.board.IncomingCallComplete(Status::kSuccess, server.last_vc, server.params);
  Settle();
  EXPECT_TRUE(IsMarked(caller.params));  // C53
  EXPECT_NEAR(RateOf(caller.params), 1'000'001, 48);
  ExpectCleanEnd();
}

}  // namespace
}  // namespace vcp::callmgr
