// Clients that ask for more calls than they may (quality C.5, S1 and S2). The daemon has two ports
// whose signaling is joined, one the user's side and one the network's; they carry nothing.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "abuse_test.h"
#include "base/limits.h"
#include "testing/free_udp_port.h"

namespace vcp::abuse {
namespace {

using shm::MessageType;
using testing::CallTo;
using testing::NewRequest;
using testing::RawClient;

constexpr uint32_t kCallFamily = 1;
constexpr uint32_t kBeyondShare = 40;

std::string LinkPort(int number, const char* side, uint16_t here, uint16_t there) {
  const std::string name = "wan" + std::to_string(number);
  return "[[port]]\nname = \"" + name + "\"\ndevice = \"net_null" + std::to_string(number) +
         ",no-rx=1\"\n[[link]]\nport = \"" + name + "\"\nside = \"" + side +
         "\"\nudp_local_port = " + std::to_string(here) +
         "\nudp_remote_port = " + std::to_string(there) + "\n";
}

// `limits` are of the user's side.
std::string TwoLinks(const std::string& limits) {
  const uint16_t user = testing::FreeUdpPort();
  const uint16_t network = testing::FreeUdpPort();
  return LinkPort(0, "user", user, network) + limits + LinkPort(1, "network", network, user);
}

class SetupAbuse : public AbuseTest {
 protected:
  explicit SetupAbuse(const std::string& limits = "")
      : AbuseTest(/*poll_cores=*/1, TwoLinks(limits)) {}

  void SetUp() override {
    AbuseTest::SetUp();
    ASSERT_TRUE(Eventually([&] {
      const auto links = Show("links");
      return std::ranges::all_of(links, [](const auto& link) { return link["signaling"] == "up"; });
    }));
  }
  static uint32_t OpenAf(RawClient& client, const std::string& port) {
    auto request = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
    request.family = kCallFamily;
    port.copy(request.adapter, sizeof request.adapter - 1);
    return client.Ask<shm::SimpleReply>(request).handle;
  }
  static uint32_t StartCall(RawClient& client, uint32_t vc, const std::string& address) {
    auto request = NewRequest<shm::MakeCall>(MessageType::kMakeCall);
    request.vc = vc;
    request.params = CallTo(address);
    return client.Start(request);
  }
  // Another client calls, one that answers takes the call, and both end.
  void ExpectCallThrough(const std::string& from, const std::string& to,
                         const std::string& address) {
    const auto caller = AttachOne();
    const auto callee = AttachOne();
    ASSERT_NE(callee->RegisterSap(OpenAf(*callee, to), address), 0u);
    const uint32_t vc = caller->CreateVc(OpenAf(*caller, from));
    const uint32_t made = StartCall(*caller, vc, address);
    const auto offer = callee->WaitFor<shm::IncomingCall>(MessageType::kIncomingCall);
    ASSERT_TRUE(offer);
    auto answer = NewRequest<shm::AnswerCall>(MessageType::kAnswerCall);
    answer.vc = offer->vc;
    answer.params = CallTo(address);
    EXPECT_EQ(callee->Ask<shm::SimpleReply>(answer).status, 0u);
    EXPECT_EQ(caller->Finish<shm::CallReply>(made).status, 0u);
    EXPECT_EQ(caller->CloseCall(vc), Status::kSuccess);
  }
  uint64_t CountOfLink(const std::string& port, const std::string& counter) {
    for (const auto& row : Show("counters")) {
      if (row["scope"] == "link " + port && row["name"] == counter) return row["value"];
    }
    return 0;
  }
};

// So few a second that any machine's storm is beyond it.
class SetupStorm : public SetupAbuse {
 protected:
  SetupStorm() : SetupAbuse("client_setups_per_second = 500\n") {}
};

// Those beyond a client's share are refused here, the others by the peer, each at once; whoever has
// a VC goes on meanwhile and loses nothing (I3).
TEST_F(SetupStorm, S1_AStormOfCallsThatNobodyTakesIsRefusedAndHurtsNoVc) {
  constexpr uint32_t kClients = 4;
  constexpr uint32_t kRounds = 32;
  constexpr uint32_t kCallsAtOnce = 64;  // what a socket holds
  struct Stormer {
    std::unique_ptr<RawClient> client;
    std::vector<uint32_t> vcs;
    std::vector<uint32_t> requests;
  };
  std::vector<Stormer> stormers(kClients);
  for (Stormer& stormer : stormers) {
    stormer.client = AttachOne();
    const uint32_t af = OpenAf(*stormer.client, "wan0");
    for (uint32_t i = 0; i < kCallsAtOnce; ++i) {
      stormer.vcs.push_back(stormer.client->CreateVc(af));
    }
  }
  std::map<uint32_t, uint32_t> outcomes;
  for (uint32_t round = 0; round < kRounds; ++round) {
    for (Stormer& stormer : stormers) {
      stormer.requests.clear();
      for (const uint32_t vc : stormer.vcs) {
        stormer.requests.push_back(StartCall(*stormer.client, vc, "+4749"));
      }
    }
    for (Stormer& stormer : stormers) {
      for (const uint32_t request : stormer.requests) {
        ++outcomes[stormer.client->Finish<shm::CallReply>(request).status];
      }
    }
    EXPECT_TRUE(bystander().WaitForMore(kBystanderBurst));
  }
  const auto here = static_cast<uint32_t>(Status::kResources);
  const auto there = static_cast<uint32_t>(Status::kNotFound);
  EXPECT_GT(outcomes[there], 0u);
  EXPECT_GT(outcomes[here], outcomes[there]);
  EXPECT_EQ(outcomes[here], CountOfLink("wan0", "uni_calls_over_share"));
  EXPECT_EQ(outcomes[here] + outcomes[there], kRounds * kClients * kCallsAtOnce);
  ExpectCallThrough("wan0", "wan1", "+4741");
  ExpectCallThrough("wan1", "wan0", "+4742");
}

TEST_F(SetupAbuse, S2_CallsThatNobodyAnswersAreInNobodysWay) {
  const uint64_t before = CountOfLink("wan0", "uni_calls_over_share");
  const auto deaf = AttachOne();
  ASSERT_NE(deaf->RegisterSap(OpenAf(*deaf, "wan1"), "+4740"), 0u);
  const auto greedy = AttachOne();
  const uint32_t af = OpenAf(*greedy, "wan0");
  std::vector<uint32_t> requests;
  for (uint32_t i = 0; i < kMaxCallsInSetupPerClient + kBeyondShare; ++i) {
    requests.push_back(StartCall(*greedy, greedy->CreateVc(af), "+4740"));
  }
  for (uint32_t i = kMaxCallsInSetupPerClient; i < requests.size(); ++i) {
    EXPECT_EQ(greedy->Finish<shm::CallReply>(requests[i]).status,
              static_cast<uint32_t>(Status::kResources));
  }
  EXPECT_EQ(CountOfLink("wan0", "uni_calls_over_share") - before, kBeyondShare);
  ExpectCallThrough("wan0", "wan1", "+4741");
  ExpectCallThrough("wan1", "wan0", "+4742");
  EXPECT_FALSE(greedy->HasReply(requests.front()));
}

TEST_F(SetupAbuse, S2_AClientThatAnswersNothingIsBusyAndOthersAreNot) {
  const uint64_t before = CountOfLink("wan1", "uni_offers_over_share");
  const auto deaf = AttachOne();
  ASSERT_NE(deaf->RegisterSap(OpenAf(*deaf, "wan1"), "+4740"), 0u);
  std::vector<std::unique_ptr<RawClient>> callers;
  for (uint32_t offers = 0; offers < kMaxOffersPerClient;) {
    callers.push_back(AttachOne());
    const uint32_t af = OpenAf(*callers.back(), "wan0");
    for (uint32_t i = 0; i < kMaxCallsInSetupPerClient; ++i, ++offers) {
      StartCall(*callers.back(), callers.back()->CreateVc(af), "+4740");
      ASSERT_TRUE(deaf->WaitFor<shm::IncomingCall>(MessageType::kIncomingCall)) << offers;
    }
  }
  const auto last = AttachOne();
  const uint32_t vc = last->CreateVc(OpenAf(*last, "wan0"));
  const auto reply = last->Finish<shm::CallReply>(StartCall(*last, vc, "+4740"));
  EXPECT_EQ(reply.status, static_cast<uint32_t>(Status::kNotAccepted));
  EXPECT_EQ(reply.cause.value, 17);
  EXPECT_EQ(CountOfLink("wan1", "uni_offers_over_share") - before, 1u);
  ExpectCallThrough("wan0", "wan1", "+4741");
}

}  // namespace
}  // namespace vcp::abuse
