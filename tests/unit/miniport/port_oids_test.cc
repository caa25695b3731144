// A port's answers to a miniport's OIDs (C103, C105, C106, C108 to C110, C113), its resets and its
// link (C138, C142).
#include "miniport/port_oids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "miniport/nearest_flow.h"
#include "miniport/port_miniport.h"
#include "qos/admission.h"
#include "testing/fake_clock.h"
#include "testing/fake_vc_programmer.h"
#include "testing/recording_roles.h"

namespace vcp::miniport {
namespace {

using circuit::Oid;
using circuit::OidAnswer;
using circuit::OidRequest;
using ::testing::ElementsAre;

class CountingPlane final : public dataplane::PlaneView {
 public:
  dataplane::PortIndex port_count() const override { return 1; }
  port::PortInfo GetPortInfo(dataplane::PortIndex) const override { return info; }
  dataplane::PortCounters ReadPortCounters(dataplane::PortIndex) const override { return port; }
  dataplane::ChannelCounters ReadChannelCounters(dataplane::ChannelIndex) const override {
    return {};
  }
  dataplane::ChannelCounters ReadDepartedCounters() const override { return {}; }
  dataplane::VcCounters ReadVcCounters(dataplane::ChannelIndex channel,
                                       uint32_t channel_vc) const override {
    return channel == 4 && channel_vc == 77 ? vc : dataplane::VcCounters{};
  }
  size_t poll_core_count() const override { return 1; }
  dataplane::PollCoreCounters ReadPollCoreCounters(size_t) const override { return {}; }
  uint64_t CountFreeFrames() const override { return 0; }

  port::PortInfo info{.name = "wire",
                      .driver = "net_tap",
                      .mac = {2, 0x11, 0x22, 0x33, 0x44, 0x55},
                      .max_sdu_bytes = 1488,
                      .link_up = true,
                      .link_bits_per_second = 10'000'000'000};
  dataplane::PortCounters port;
  dataplane::VcCounters vc;
};

class RestartablePort final : public dataplane::PortLife {
 public:
  dataplane::PortIndex port_count() const override { return 1; }
  port::PortInfo GetPortInfo(dataplane::PortIndex) const override { return {}; }
  bool NeedsRestart(dataplane::PortIndex) const override { return false; }
  void RestartPort(dataplane::PortIndex, Done done) override { restarted = std::move(done); }
  void SetLink(dataplane::PortIndex, bool) override {}
  bool IsGone(dataplane::PortIndex) const override { return false; }
  void RemovePort(dataplane::PortIndex) override { removed = true; }

  Done restarted;
  bool removed = false;
};

class PortOidsTest : public ::testing::Test {
 protected:
  PortOidsTest() {
    EXPECT_EQ(board.RegisterAdapter("wire", &miniport, &adapter), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&manager, adapter, &bound), Status::kSuccess);
    EXPECT_EQ(board.RegisterAddressFamily(bound, {}), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&client, adapter, &binding), Status::kSuccess);
    circuit::AfHandle af;
    EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kSuccess);
    EXPECT_EQ(board.CreateVc(af, 2, {.channel = 4, .channel_vc = 77}, &vc), Status::kSuccess);
    client.life.clear();
  }

  Status Ask(Oid oid, uint32_t capacity_bytes = 512, circuit::VcHandle of = {}) {
    return board.RequestOid({.from = binding, .vc = of}, 0,
                            {.oid = oid, .capacity_bytes = capacity_bytes}, &answer);
  }
  uint64_t Count(Oid oid, circuit::VcHandle of = {}) {
    EXPECT_EQ(Ask(oid, 8, of), Status::kSuccess);
    return answer.bytes.size() == 8 ? circuit::ReadOid64(answer.bytes) : ~uint64_t{0};
  }
  uint32_t Number(Oid oid) {
    EXPECT_EQ(Ask(oid), Status::kSuccess);
    return answer.bytes.size() == 4 ? circuit::ReadOid32(answer.bytes) : ~uint32_t{0};
  }

  circuit::Switchboard board;
  testing::FakeVcProgrammer programmer;
  testing::FakeClock clock;
  CountingPlane plane;
  RestartablePort life;
  PortMiniport miniport{
      &board, &programmer, 0, plane.info, {.plane = &plane, .life = &life, .clock = &clock}};
  testing::RecordingCallManager manager;
  testing::RecordingClient client;
  circuit::AdapterHandle adapter;
  circuit::BindingHandle bound, binding;
  circuit::VcHandle vc;
  OidAnswer answer;
};

TEST_F(PortOidsTest, C108_EveryMandatoryOneAnswersAndTheListAscends) {
  ASSERT_EQ(Ask(Oid::kSupportedList), Status::kSuccess);
  const std::vector<uint8_t> list = answer.bytes;
  std::vector<Oid> supported;
  for (size_t at = 0; at < list.size(); at += 4) {
    supported.push_back(static_cast<Oid>(circuit::ReadOid32(std::span(list).subspan(at))));
  }
  EXPECT_TRUE(std::is_sorted(supported.begin(), supported.end()));
  for (const circuit::OidTraits& traits : circuit::AllOids()) {
    const bool listed = std::binary_search(supported.begin(), supported.end(), traits.oid);
    if (traits.presence == circuit::OidPresence::kMandatory) {
      EXPECT_TRUE(listed) << traits.name;
    }
    if (traits.access == circuit::OidAccess::kSet) continue;
    const circuit::VcHandle of = traits.oid == Oid::kAtmNearestFlow ? vc : circuit::VcHandle();
    EXPECT_EQ(Ask(traits.oid, 512, of), listed ? Status::kSuccess : Status::kNotSupported)
        << traits.name;
    const bool fixed = traits.size_bytes != 0 && traits.size_bytes != circuit::kCounterSize;
    if (listed && fixed) {
      EXPECT_EQ(answer.bytes.size(), traits.size_bytes) << traits.name;
    }
  }
}

TEST_F(PortOidsTest, C102_TheNearestFlowIsAVcs) {
  EXPECT_EQ(Ask(Oid::kAtmNearestFlow), Status::kInvalidData);
  // Of a VC without a call it is what the port has.
  ASSERT_EQ(Ask(Oid::kAtmNearestFlow, 512, vc), Status::kSuccess);
  EXPECT_EQ(circuit::ReadOid32(answer.bytes), circuit::kTransmitVc | circuit::kReceiveVc);
  const auto field = [this](size_t direction, size_t index) {
    return circuit::ReadOid64(std::span(answer.bytes).subspan(8 + 64 * direction + 8 * index));
  };
  for (const size_t direction : {0, 1}) {
    EXPECT_EQ(field(direction, 0), qos::kUnspecified);
    EXPECT_EQ(field(direction, 2),
              48 * qos::PolicyOfLink(plane.info.link_bits_per_second).cells_per_second);
    EXPECT_EQ(field(direction, 5), 1488u);
  }
}

TEST(NearestFlow, C038_IsRoundedDownWhereItMayBe) {
  const PortOfVcs port{0, {.max_sdu_bytes = 1488, .link_bits_per_second = 1'000'000'000}};
  const uint64_t line = 48 * qos::PolicyOfLink(1'000'000'000).cells_per_second;
  circuit::CallParameters params;
  qos::FlowSpec& transmit = params.call_manager.emplace().transmit;
  transmit.service_type = qos::ServiceType::kGuaranteed;
  transmit.token_rate_bytes_per_second = 1'000'000;
  transmit.max_sdu_size_bytes = 1488;
  circuit::CallParameters fits = params;
  EXPECT_EQ(FindNearestFlow(port, &fits), Status::kSuccess);
  EXPECT_EQ(fits.call_manager->transmit.token_rate_bytes_per_second, 1'000'000u);
  EXPECT_EQ(fits.call_manager->transmit.peak_bandwidth_bytes_per_second, line);

  for (uint64_t qos::FlowSpec::*field :
       {&qos::FlowSpec::token_rate_bytes_per_second, &qos::FlowSpec::max_sdu_size_bytes,
        &qos::FlowSpec::peak_bandwidth_bytes_per_second}) {
    circuit::CallParameters much = params;
    much.call_manager->transmit.*field = line + 1;
    EXPECT_EQ(FindNearestFlow(port, &much), Status::kInvalidData);
    much.media->flags |= circuit::kRoundUpFlow;
    EXPECT_EQ(FindNearestFlow(port, &much), Status::kInvalidData);
    much.media->flags |= circuit::kRoundDownFlow;
    EXPECT_EQ(FindNearestFlow(port, &much), Status::kSuccess);
    EXPECT_EQ(much.call_manager->transmit.*field,
              field == &qos::FlowSpec::max_sdu_size_bytes ? 1488 : line);
    // A direction that the VC does not have is left alone.
    circuit::CallParameters one_way = params;
    one_way.call_manager->transmit.*field = line + 1;
    one_way.media.emplace().flags = circuit::kReceiveVc;
    EXPECT_EQ(FindNearestFlow(port, &one_way), Status::kSuccess);
    EXPECT_EQ(one_way.call_manager->transmit.*field, line + 1);
  }
}

TEST_F(PortOidsTest, C105_TooLittleRoomSaysHowMuch) {
  EXPECT_EQ(Ask(Oid::kSupportedList, 4), Status::kBufferTooShort);
  const uint32_t needed = answer.bytes_needed;
  EXPECT_GT(needed, 4u);
  EXPECT_EQ(Ask(Oid::kSupportedList, needed - 1), Status::kBufferTooShort);
  EXPECT_EQ(Ask(Oid::kSupportedList, needed), Status::kSuccess);
  EXPECT_EQ(answer.bytes.size(), needed);
}

TEST_F(PortOidsTest, C106_EachFaultHasItsStatus) {
  EXPECT_EQ(Ask(static_cast<Oid>(0x0001FFFF)), Status::kInvalidOid);
  EXPECT_EQ(Ask(Oid::kProtocolOptions), Status::kNotSupported);
  const auto set = [&](std::vector<uint8_t> bytes) {
    return board.RequestOid({.from = binding}, 0,
                            {.oid = Oid::kProtocolOptions,
                             .access = circuit::OidAccess::kSet,
                             .bytes = std::move(bytes)},
                            &answer);
  };
  EXPECT_EQ(set({1}), Status::kInvalidLength);
  EXPECT_EQ(set({0, 1, 0, 0}), Status::kInvalidData);
  EXPECT_EQ(set({3, 0, 0, 0}), Status::kSuccess);
}

TEST_F(PortOidsTest, C103_OfOneVcOrOfThemAll) {
  plane.port.transmitted_frames = 100;
  plane.port.received_frames = 200;
  plane.port.transmitted_bytes = 6400;
  plane.port.driver.missed_frames = 9;
  plane.port.losses = {.unsent_sdus = 4, .undelivered_sdus = 6};
  plane.port.rejected[1] = 7;
  plane.port.drops[static_cast<size_t>(dataplane::Drop::kRxLabelNotOnPort)] = 8;
  plane.port.drops[static_cast<size_t>(dataplane::Drop::kRxTooBig)] = 1;
  plane.vc = {.transmitted_sdus = 10,
              .transmitted_bytes = 640,
              .transmit_drops = 2,
              .received_sdus = 20,
              .received_bytes = 1280,
              .receive_drops = 3};
  EXPECT_EQ(Count(Oid::kXmitPdusOk), 100u);
  EXPECT_EQ(Count(Oid::kRcvPdusOk), 178u);
  EXPECT_EQ(Count(Oid::kBytesXmit), 6400u);
  EXPECT_EQ(Count(Oid::kXmitPdusError), 4u);
  EXPECT_EQ(Count(Oid::kRcvPdusError), 15u);
  EXPECT_EQ(Count(Oid::kRcvPdusNoBuffer), 16u);
  EXPECT_EQ(Count(Oid::kXmitPdusOk, vc), 10u);
  EXPECT_EQ(Count(Oid::kRcvPdusOk, vc), 20u);
  EXPECT_EQ(Count(Oid::kBytesXmit, vc), 640u);
  EXPECT_EQ(Count(Oid::kBytesRcv, vc), 1280u);
  EXPECT_EQ(Count(Oid::kXmitPdusError, vc), 2u);
  EXPECT_EQ(Count(Oid::kRcvPdusNoBuffer, vc), 3u);
}

TEST_F(PortOidsTest, WhatWaitsIsAskedForAndSmoothed) {
  plane.port.waiting = {.buffers = 3, .bytes = 1280};
  plane.vc.waiting = {.buffers = 2, .bytes = 700};
  EXPECT_EQ(Count(Oid::kTransmitQueueLength), 3u);
  EXPECT_EQ(Count(Oid::kTransmitQueueLength, vc), 2u);
  EXPECT_EQ(Count(Oid::kBytesXmitOutstanding), 1280u);
  EXPECT_EQ(Count(Oid::kBytesXmitOutstanding, vc), 700u);
  EXPECT_EQ(Count(Oid::kNetcardLoad), 0u);
  miniport.SampleLoad();
  EXPECT_EQ(Count(Oid::kNetcardLoad), 160u);  // (0 * 112 + 1280 * 16) / 128
  miniport.SampleLoad();
  EXPECT_EQ(Count(Oid::kNetcardLoad), 300u);
  for (int i = 0; i < 200; ++i) miniport.SampleLoad();
  EXPECT_NEAR(static_cast<double>(Count(Oid::kNetcardLoad)), 1280, 1);
  plane.port.waiting = {};
  for (int i = 0; i < 200; ++i) miniport.SampleLoad();
  EXPECT_EQ(Count(Oid::kNetcardLoad), 0u);
  EXPECT_EQ(Ask(Oid::kNetcardLoad, 8, vc), Status::kNotSupported);
}

TEST_F(PortOidsTest, CrcErrorsWhereTheDriverTellsThemApart) {
  EXPECT_EQ(Ask(Oid::kRcvCrcError), Status::kNotSupported);
  plane.port.driver.crc_errors = 7;
  EXPECT_EQ(Count(Oid::kRcvCrcError), 7u);
  EXPECT_EQ(Ask(Oid::kRcvCrcError, 8, vc), Status::kNotSupported);
}

TEST_F(PortOidsTest, ThereAreNoGuidsOfItsOwn) {
  EXPECT_EQ(Ask(Oid::kSupportedGuids, 0), Status::kSuccess);
  EXPECT_TRUE(answer.bytes.empty());
}

TEST_F(PortOidsTest, C109_CountersOfAFastLinkAreLong) {
  plane.port.transmitted_frames = 0x1'0000'0001;
  EXPECT_EQ(Count(Oid::kXmitPdusOk), 0x1'0000'0001u);
  EXPECT_EQ(Ask(Oid::kXmitPdusOk, 4), Status::kBufferTooShort);
  plane.info.link_bits_per_second = 100'000'000;
  EXPECT_EQ(Ask(Oid::kXmitPdusOk, 4), Status::kSuccess);
  EXPECT_EQ(answer.bytes, (std::vector<uint8_t>{1, 0, 0, 0}));
}

TEST_F(PortOidsTest, C110_LinkSpeedsAreInHundredsOfBits) {
  for (Oid oid : {Oid::kLinkSpeed, Oid::kMinimumLinkSpeed}) {
    ASSERT_EQ(Ask(oid), Status::kSuccess);
    EXPECT_EQ(circuit::ReadOid32(answer.bytes), 100'000'000u);
    EXPECT_EQ(circuit::ReadOid32(std::span(answer.bytes).subspan(4)), 100'000'000u);
  }
}

TEST_F(PortOidsTest, C113_TheTimeAtOnce) {
  clock.now_ns = 5000;
  EXPECT_EQ(Count(Oid::kGetNetcardTime), 50u);  // of 100 ns
  ASSERT_EQ(Ask(Oid::kGetTimeCaps), Status::kSuccess);
  EXPECT_EQ(circuit::ReadOid32(answer.bytes), 13u);
}

TEST_F(PortOidsTest, WhatItIsAndHowItIs) {
  EXPECT_EQ(Number(Oid::kMediaConnectStatus), 0u);
  plane.info.link_up = false;
  EXPECT_EQ(Number(Oid::kMediaConnectStatus), 1u);
  EXPECT_EQ(Number(Oid::kVendorId), 0x00221102u);
  EXPECT_EQ(Ask(Oid::kVendorDescription), Status::kSuccess);
  EXPECT_EQ(answer.bytes, (std::vector<uint8_t>{'n', 'e', 't', '_', 't', 'a', 'p', 0}));
  EXPECT_EQ(Number(Oid::kHardwareStatus), 0u);
  EXPECT_EQ(board.PauseAdapter(adapter), Status::kSuccess);
  EXPECT_EQ(Number(Oid::kHardwareStatus), 4u);
}

TEST_F(PortOidsTest, C142_ALinkThatChangesIsToldToEverybody) {
  plane.info.link_up = false;
  miniport.OnLinkChange();
  const std::string line =
      "Status " + std::to_string(static_cast<uint32_t>(circuit::StatusCode::kLinkState));
  EXPECT_THAT(client.life, ElementsAre(line, "StatusEnd"));
  EXPECT_THAT(manager.life, ::testing::Contains(line));
}

TEST_F(PortOidsTest, C138_AResetIsARestartOfThePort) {
  std::vector<Status> done;
  EXPECT_EQ(board.ResetAdapter(adapter, [&](Status status) { done.push_back(status); }),
            Status::kPending);
  ASSERT_TRUE(life.restarted);
  EXPECT_EQ(Ask(Oid::kXmitPdusOk), Status::kResetInProgress);
  life.restarted(Status::kSuccess);
  EXPECT_THAT(done, ElementsAre(Status::kSuccess));
  EXPECT_EQ(Ask(Oid::kXmitPdusOk), Status::kSuccess);
  EXPECT_TRUE(board.FindVc(vc));
}

TEST_F(PortOidsTest, OperatorsAskWithoutABinding) {
  plane.vc.transmitted_sdus = 3;
  const OidRequest query{.oid = Oid::kXmitPdusOk, .capacity_bytes = 8};
  EXPECT_EQ(board.AskMiniport(adapter, vc, query, &answer), Status::kSuccess);
  EXPECT_EQ(circuit::ReadOid64(answer.bytes), 3u);
  EXPECT_EQ(board.AskMiniport(adapter, circuit::VcHandle::FromValue(99), query, &answer),
            Status::kInvalidHandle);
}

class RecordingPauser final : public dataplane::PortPauser {
 public:
  void PausePort(dataplane::PortIndex, Done done) override {
    log.emplace_back("pause");
    paused = std::move(done);
  }
  Status ResumePort(dataplane::PortIndex, Done) override {
    log.emplace_back("resume");
    return Status::kSuccess;
  }
  void BeginReset(dataplane::PortIndex) override { log.emplace_back("begin reset"); }
  Status EndReset(dataplane::PortIndex, Done) override {
    log.emplace_back("end reset");
    return Status::kSuccess;
  }

  Done paused;
  std::vector<std::string> log;
};

class PortLifeTest : public ::testing::Test {
 protected:
  PortLifeTest() {
    EXPECT_EQ(board.RegisterAdapter("wire", &miniport, &adapter), Status::kSuccess);
    pauser.log.clear();
  }
  circuit::Switchboard board;
  testing::FakeVcProgrammer programmer;
  RestartablePort life;
  RecordingPauser pauser;
  PortMiniport miniport{&board, &programmer, 0, {}, {.life = &life, .pauser = &pauser}};
  circuit::AdapterHandle adapter;
};

TEST_F(PortLifeTest, C139_SendsAreRefusedAsLongAsTheResetLasts) {
  EXPECT_EQ(board.ResetAdapter(adapter), Status::kPending);
  EXPECT_THAT(pauser.log, ElementsAre("begin reset"));
  life.restarted(Status::kSuccess);
  EXPECT_THAT(pauser.log, ElementsAre("begin reset", "end reset"));
}

TEST_F(PortLifeTest, C140_AResetAndAPauseEndInAnyOrder) {
  for (const bool reset_first : {true, false}) {
    pauser.log.clear();
    int done = 0;
    EXPECT_EQ(board.ResetAdapter(adapter, [&](Status) { ++done; }), Status::kPending);
    EXPECT_EQ(board.PauseAdapter(adapter, [&](Status) { ++done; }), Status::kPending);
    if (reset_first) life.restarted(Status::kSuccess);
    pauser.paused(Status::kSuccess);
    if (!reset_first) life.restarted(Status::kSuccess);
    EXPECT_EQ(done, 2);
    EXPECT_THAT(pauser.log, ElementsAre("begin reset", "pause", "end reset"));
    EXPECT_EQ(board.RestartAdapter(adapter), Status::kSuccess);
  }
}

TEST_F(PortLifeTest, AShutDownStopsTheDeviceAndAsksForNothingElse) {
  EXPECT_EQ(board.ResetAdapter(adapter), Status::kPending);
  pauser.log.clear();
  EXPECT_EQ(board.ShutDownAdapter(adapter), Status::kSuccess);
  EXPECT_TRUE(life.removed);
  life.restarted(Status::kFailure);  // of the reset, which nobody waits for any more
  EXPECT_EQ(board.FindAdapterRow(adapter)->state, circuit::AdapterState::kShutDown);
}

TEST_F(PortLifeTest, C141_ADeviceThatIsGoneIsLetGoOf) {
  EXPECT_EQ(board.RemoveAdapter(adapter), Status::kPending);
  EXPECT_TRUE(life.removed);
  EXPECT_THAT(pauser.log, ElementsAre("pause"));
  pauser.paused(Status::kSuccess);
  EXPECT_FALSE(board.FindAdapterRow(adapter));
}

}  // namespace
}  // namespace vcp::miniport
