// Two hosts joined by a link, for tests of calls between them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "callmgr/uni_call_manager.h"

#include "circuit/client_teardown.h"
#include "testing/fake_clock.h"
#include "testing/lossy_wire.h"
#include "testing/recording_roles.h"
#include "testing/uni_host.h"
#include "wire/cause.h"

namespace vcp::callmgr {
using circuit::CallParameters;
using circuit::CallState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Take;
using wire::CauseValue;

inline const Address kServer = *ParseAddress("+358401234567");
inline const Address kOther = *ParseAddress("47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00");

// Two hosts joined by a link: a caller on the user's side, a server with a SAP on the network's.
class UniCallManagerTest : public ::testing::Test {
 protected:
  UniCallManagerTest() {
    Settle();
    caller_af = user.OpenAf(&caller, 1);
    server_af = network.OpenAf(&server, 2);
    EXPECT_EQ(network.board.RegisterSap(server_af, 5, {.address = kServer}, &sap),
              Status::kSuccess);
    vc = MakeVc();
    caller.log.clear();
    server.log.clear();
  }
  circuit::VcHandle MakeVc() {
    circuit::VcHandle made;
    const circuit::Context context = next_vc++;
    const circuit::DataEndpoint endpoint{.channel = 1,
                                         .channel_vc = static_cast<uint32_t>(context)};
    EXPECT_EQ(user.board.CreateVc(caller_af, context, endpoint, &made), Status::kSuccess);
    return made;
  }

  // Lets everything happen that needs no time to pass.
  void Settle() { testing::Settle({&user, &network}, &clock, &timers); }
  void Pass(uint64_t ns) { testing::Pass(ns, {&user, &network}, &clock, &timers); }

  static CallParameters To(const Address& address) {
    CallParameters params;
    params.call_manager.emplace().called = address;
    params.media.emplace();
    return params;
  }
  static qos::FlowSpec Guaranteed(uint64_t bytes_per_second) {
    return {.token_rate_bytes_per_second = bytes_per_second,
            .peak_bandwidth_bytes_per_second = bytes_per_second,
            .service_type = qos::ServiceType::kGuaranteed};
  }
  Status Call(CallParameters params) { return user.board.MakeCall(vc, &params); }
  void Connect(const CallParameters& params) {
    const std::string there = std::to_string(server.next_vc_context);
    ASSERT_EQ(Call(params), Status::kPending);
    Settle();
    ASSERT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
    ASSERT_THAT(Take(&server.log),
                ElementsAre("CreateVc 2", "IncomingCall 5 " + there, "CallConnected " + there));
  }
  // Everything of both clients ends in order, and nothing is left of it anywhere.
  void ExpectCleanEnd() {
    circuit::ClientTeardown ends_caller(&user.board, &caller);
    circuit::ClientTeardown ends_server(&network.board, &server);
    int done = 0;
    ends_caller.Start([&] { ++done; });
    ends_server.Start([&] { ++done; });
    Pass(100 * kNsPerSecond);
    EXPECT_EQ(done, 2);
    for (testing::UniHost* host : {&user, &network}) {
      EXPECT_EQ(host->manager().signaling().uni().call_count(), 0u);
      EXPECT_EQ(host->manager().transmit_admission().size(), 0u);
      EXPECT_EQ(host->manager().receive_admission().size(), 0u);
      EXPECT_TRUE(host->plane.active.empty());
    }
  }

  testing::FakeClock clock;
  TimerQueue timers;
  std::mt19937_64 random{1};
  testing::LossyWire wire{&clock, &timers, &random};
  testing::UniHost user{signaling::Role::kUser, wire.end(0), &clock, &timers};
  testing::UniHost network{signaling::Role::kNetwork, wire.end(1), &clock, &timers};
  testing::RecordingClient caller;
  testing::RecordingClient server;
  circuit::AfHandle caller_af;
  circuit::AfHandle server_af;
  circuit::SapHandle sap;
  circuit::VcHandle vc;
  circuit::Context next_vc = 11;
};

}  // namespace vcp::callmgr
