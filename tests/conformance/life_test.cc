// Group 12: ports that pause, restart and reset under the calls on them.
#include <string>

#include "circuit/oids.h"
#include "circuit/status_indications.h"
#include "stage.h"

namespace vcp::conformance {
namespace {

class Lives : public OverEach {
 protected:
  enum class Deed : uint8_t { kPause, kRestart, kReset };

  // By an operator; in the test's process by whoever owns the device. PENDING is a success, too.
  vcp_status Do(Deed deed, Side side = Side::kCaller) {
    if (is_attached()) {
      static constexpr const char* kWords[] = {"pause", "restart", "reset"};
      const std::string answer = DaemonOf(side).Ask(
          std::string("port ") + kWords[static_cast<size_t>(deed)] + " " + medium().port);
      return answer.find("\"ok\":true") == std::string::npos ? VCP_FAILURE : VCP_SUCCESS;
    }
    circuit::Switchboard& board = HostOf(side)->board;
    const circuit::AdapterHandle adapter = board.FindAdapter(medium().port);
    const Status status = deed == Deed::kPause     ? board.PauseAdapter(adapter)
                          : deed == Deed::kRestart ? board.RestartAdapter(adapter)
                                                   : board.ResetAdapter(adapter);
    const bool begun = status == Status::kSuccess || status == Status::kPending;
    return begun ? VCP_SUCCESS : VCP_FAILURE;
  }
  std::string LifeOf(Side side = Side::kCaller) {
    if (is_attached()) return PortField(DaemonOf(side), "life");
    circuit::Switchboard& board = HostOf(side)->board;
    return std::string(
        circuit::AdapterStateName(board.FindAdapterRow(board.FindAdapter(medium().port))->state));
  }
  void AwaitLife(const std::string& life, Side side = Side::kCaller) {
    for (int looks = 0; looks < 100'000 && LifeOf(side) != life; ++looks) {
      if (!is_attached()) world().Settle();
    }
    ASSERT_EQ(LifeOf(side), life);
  }
  void Exchange(const Call& call) {
    caller_->SendAndComplete(call.caller, "there");
    EXPECT_EQ(callee_->Receive().bytes, "there");
    callee_->SendAndComplete(call.callee, "and back");
    EXPECT_EQ(caller_->Receive().bytes, "and back");
  }
  vcp_status HardwareStatus(vcp_oid_target target) {
    return caller_->Query(target, static_cast<uint32_t>(circuit::Oid::kHardwareStatus)).status;
  }
  // A watching client hears of a reset's beginning and end, and maybe of the link.
  void ExpectReset(Player* app) {
    for (const uint32_t code : {VCP_STATUS_RESET_START, VCP_STATUS_RESET_END}) {
      vcp_event told = app->Expect(VCP_EVENT_STATUS);
      while (told.indication.code == VCP_STATUS_LINK_STATE && !HasFailure()) {
        told = app->Expect(VCP_EVENT_STATUS);
      }
      EXPECT_EQ(told.indication.code, code);
      EXPECT_STREQ(told.indication.adapter, medium().port);
    }
  }
  void TearDown() override {
    if (LifeOf() != "running") {
      EXPECT_EQ(Do(Deed::kRestart), VCP_SUCCESS);
    }
    AwaitLife("running");
    OverEach::TearDown();
  }
};

TEST_P(Lives, C134_PausedSendsCompleteSoAndQueriesAreAnswered) {
  MakeBoth();
  const Call call = Connect(0);
  ASSERT_EQ(Do(Deed::kPause), VCP_SUCCESS);
  AwaitLife("paused");
  for (uint64_t cookie = 1; cookie <= 3; ++cookie) {
    ASSERT_EQ(caller_->Send(call.caller, "too late", cookie), VCP_SUCCESS);
    const vcp_completion completion = caller_->Completion();
    EXPECT_EQ(completion.cookie, cookie);
    EXPECT_EQ(completion.status, VCP_PAUSED) << vcp_status_name(completion.status);
  }
  EXPECT_EQ(HardwareStatus(AtPort(medium().port)), VCP_SUCCESS);
  EXPECT_EQ(HardwareStatus(AtPort(medium().port, call.caller)), VCP_SUCCESS);
  // Not twice, and no reset of it either way.
  EXPECT_EQ(Do(Deed::kPause), VCP_FAILURE);
  ASSERT_EQ(Do(Deed::kRestart), VCP_SUCCESS);
  AwaitLife("running");
  EXPECT_EQ(Do(Deed::kRestart), VCP_FAILURE);
  Exchange(call);
  EXPECT_FALSE(callee_->HasSdu());
  End(call);
}

TEST_P(Lives, C135_APauseWaitsForWhatClientsHold) {
  MakeBoth();
  const Call call = Connect(0);
  callee_->SendAndComplete(call.callee, "held");
  const Sdu held = caller_->ReceiveHeld();
  EXPECT_EQ(held.bytes, "held");
  if (!is_attached()) world().west().plane.holds = world().east().plane.holds = true;
  ASSERT_EQ(Do(Deed::kPause), VCP_SUCCESS);
  // Sends are not taken any more as soon as the data path has heard of it.
  vcp_status sent = VCP_SUCCESS;
  while (sent == VCP_SUCCESS && !HasFailure()) {
    ASSERT_EQ(caller_->Send(call.caller, "too late?", 1), VCP_SUCCESS);
    sent = caller_->Completion().status;
  }
  EXPECT_EQ(sent, VCP_PAUSED) << vcp_status_name(sent);
  // Queries are answered meanwhile, and it cannot be undone.
  caller_->ExpectNothing();
  EXPECT_EQ(LifeOf(), "pausing");
  EXPECT_EQ(HardwareStatus(AtPort(medium().port)), VCP_SUCCESS);
  EXPECT_EQ(Do(Deed::kRestart), VCP_FAILURE);
  // Those that were taken arrived, or met the pause; the callee may be on the same port.
  callee_->Fence();
  while (callee_->HasSdu()) callee_->Receive();
  caller_->Return(held);
  if (!is_attached()) world().west().plane.holds = world().east().plane.holds = false;
  AwaitLife("paused");
}

TEST_P(Lives, C138_AResetIsIndicatedAndEverythingSurvivesIt) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  const Call call = Accept(offer);
  const vcp_vc idle = caller_->CreateVc(caller_af_);
  const std::unique_ptr<Player> other = NewPlayer(Side::kCaller);
  for (Player* app : {caller_.get(), other.get()}) app->WatchStatus();
  Exchange(call);
  ASSERT_EQ(Do(Deed::kReset), VCP_SUCCESS);
  for (Player* app : {caller_.get(), other.get()}) ExpectReset(app);
  if (is_attached()) {
    ASSERT_TRUE(stage().WaitForCable());
  }
  for (Player* app : {caller_.get(), other.get()}) app->StopWatching();  // of the link
  Exchange(call);
  // Families, SAPs and VCs are as they were.
  EXPECT_EQ(caller_->StartDeleteVc(call.caller, 1), VCP_NOT_ACCEPTED);
  caller_->DeleteVc(idle);
  caller_->DeleteVc(caller_->CreateVc(caller_af_));
  End(call);
  callee_->DeregisterSap(offer.sap);
}

INSTANTIATE_TEST_SUITE_P(, Lives,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere,
                                                       {kLoopback, kUni, kExternal, kPvc})),
                         [](const auto& info) { return NameOf(info.param); });

// What applications see of the same, however long a port takes.
class AttachedLives : public Lives {
 protected:
  // A call whose sends wait in the VC's queue: each takes a tenth of a second.
  vcp_vc ConnectSlowly() {
    if (!medium().by_address) return CallPaced("80kbit");
    return Accept(MakeOffer(0, WithRate(CallOn(0), 10'000))).caller;
  }
  void TearDown() override {
    caller_.reset();
    if (!medium().by_address) DeletePaced();
    Lives::TearDown();
  }
};

TEST_P(AttachedLives, C139_WhatAResetMeetsEndsBeforeItDoes) {
  constexpr uint64_t kSends = 16;
  MakeBoth();
  const vcp_vc vc = ConnectSlowly();
  caller_->WatchStatus();
  // Some of the sends that wait when it begins are refused, none is lost; a query is answered or
  // refused. Should a busy machine be so late that none waits any more, it is tried again.
  uint64_t refused = 0;
  while (refused == 0 && !HasFailure()) {
    for (uint64_t i = 0; i < kSends; ++i) {
      ASSERT_EQ(caller_->Send(vc, std::string(1000, 'x'), i), VCP_SUCCESS);
    }
    ASSERT_EQ(Do(Deed::kReset), VCP_SUCCESS);
    constexpr auto kHardwareStatus = static_cast<uint32_t>(circuit::Oid::kHardwareStatus);
    const vcp_status asked = caller_->OutcomeOf(
        caller_->StartOidQuery(AtPort(medium().port), kHardwareStatus, 4, 99), 99);
    EXPECT_TRUE(asked == VCP_SUCCESS || asked == VCP_RESET_IN_PROGRESS) << vcp_status_name(asked);
    ExpectReset(caller_.get());
    for (uint64_t i = 0; i < kSends; ++i) {
      ASSERT_TRUE(caller_->HasCompletion());  // without a wait
      const vcp_completion completion = caller_->Completion();
      EXPECT_EQ(completion.cookie, i);
      if (completion.status == VCP_RESET_IN_PROGRESS) ++refused;
      // Once it refuses it goes on to.
      EXPECT_EQ(completion.status, refused == 0 ? VCP_SUCCESS : VCP_RESET_IN_PROGRESS);
    }
    ASSERT_TRUE(stage().WaitForCable());
  }
  caller_->StopWatching();
  caller_->SendAndComplete(vc, "as if nothing had been");
}

TEST_P(AttachedLives, C140_AResetBeginsAndEndsInsideAPause) {  // Race 14
  MakeBoth();
  const Call call = Connect(0);
  callee_->SendAndComplete(call.callee, "held");
  const Sdu held = caller_->ReceiveHeld();
  caller_->WatchStatus();
  ASSERT_EQ(Do(Deed::kPause), VCP_SUCCESS);
  EXPECT_EQ(LifeOf(), "pausing");
  ASSERT_EQ(Do(Deed::kReset), VCP_SUCCESS);
  ExpectReset(caller_.get());
  EXPECT_EQ(LifeOf(), "pausing");
  caller_->Return(held);
  AwaitLife("paused");
  ASSERT_EQ(Do(Deed::kRestart), VCP_SUCCESS);
  AwaitLife("running");
  ASSERT_TRUE(stage().WaitForCable());
  caller_->StopWatching();
  Exchange(call);
  End(call);
}

INSTANTIATE_TEST_SUITE_P(, AttachedLives,
                         ::testing::ValuesIn(ColumnsOf({Where::kAttached},
                                                       {kLoopback, kUni, kExternal, kPvc})),
                         [](const auto& info) { return NameOf(info.param); });

// In the test's own process a pause and a reset end when they are told to.
class Overlaps : public InProcessOverEach {
 protected:
  circuit::Switchboard& board() { return CallerHost().board; }
  circuit::AdapterHandle adapter() { return board().FindAdapter(medium().port); }
  circuit::AdapterRow row() { return *board().FindAdapterRow(adapter()); }
  InProcessPlane& plane() { return CallerHost().plane; }
  void ExpectStatus(uint32_t code) {
    EXPECT_EQ(caller_->Expect(VCP_EVENT_STATUS).indication.code, code);
  }
};

TEST_P(Overlaps, C139_C140_AResetAndAPauseEndInBothOrders) {  // Race 14
  MakeBoth();
  const Call call = Connect(0);
  caller_->WatchStatus();
  plane().holds = true;
  for (const bool reset_ends_first : {true, false}) {
    ASSERT_EQ(board().ResetAdapter(adapter()), Status::kPending);
    ExpectStatus(VCP_STATUS_RESET_START);
    EXPECT_EQ(board().ResetAdapter(adapter()), Status::kResetInProgress);
    // C139: nothing is sent, and the miniport is asked nothing, meanwhile.
    ASSERT_EQ(caller_->Send(call.caller, "not now", 1), VCP_SUCCESS);
    EXPECT_EQ(caller_->Completion().status, VCP_RESET_IN_PROGRESS);
    EXPECT_EQ(caller_->Query(AtPort(medium().port), 0x00010102).status, VCP_RESET_IN_PROGRESS);
    ASSERT_EQ(board().PauseAdapter(adapter()), Status::kPending);
    EXPECT_EQ(row().state, circuit::AdapterState::kPausing);
    EXPECT_TRUE(row().resetting);
    const auto end_reset = [&] {
      plane().AnswerOne(&plane().restarts);
      ExpectStatus(VCP_STATUS_RESET_END);
      EXPECT_FALSE(row().resetting);
    };
    if (reset_ends_first) end_reset();
    EXPECT_EQ(row().state, circuit::AdapterState::kPausing);
    plane().AnswerOne(&plane().pauses);
    EXPECT_EQ(row().state, circuit::AdapterState::kPaused);
    if (!reset_ends_first) end_reset();
    EXPECT_EQ(caller_->Query(AtPort(medium().port), 0x00010102).status, VCP_SUCCESS);
    ASSERT_EQ(board().RestartAdapter(adapter()), Status::kSuccess);
    caller_->SendAndComplete(call.caller, "as if nothing had been");
    EXPECT_EQ(callee_->Receive().bytes, "as if nothing had been");
  }
  caller_->ExpectNothing();
  plane().holds = false;
  End(call);
}

TEST_P(Overlaps, C136_AFailedRestartStaysPaused) {
  MakeBoth();
  const Call call = Connect(0);
  ASSERT_EQ(board().PauseAdapter(adapter()), Status::kPending);
  world().Settle();
  plane().resume = Status::kFailure;
  EXPECT_EQ(board().RestartAdapter(adapter()), Status::kFailure);
  EXPECT_EQ(row().state, circuit::AdapterState::kPaused);
  ASSERT_EQ(caller_->Send(call.caller, "not yet", 1), VCP_SUCCESS);
  EXPECT_EQ(caller_->Completion().status, VCP_PAUSED);
  plane().resume = Status::kSuccess;
  EXPECT_EQ(board().RestartAdapter(adapter()), Status::kSuccess);
  EXPECT_EQ(row().state, circuit::AdapterState::kRunning);
  caller_->SendAndComplete(call.caller, "as if nothing had been");
  EXPECT_EQ(callee_->Receive().bytes, "as if nothing had been");
  End(call);
}

INSTANTIATE_TEST_SUITE_P(, Overlaps,
                         ::testing::ValuesIn(ColumnsOf({Where::kInProcess},
                                                       {kLoopback, kUni, kExternal, kPvc})),
                         [](const auto& info) { return NameOf(info.param); });

// In the test's own process links go and come by themselves, and so does time.
TEST_P(InProcessOverEach, C142_ALinksChangeIsToldToAllWhoAreBound) {
  caller_ = NewPlayer(Side::kCaller);
  const std::unique_ptr<Player> other = NewPlayer(Side::kCaller);
  for (Player* app : {caller_.get(), other.get()}) app->WatchStatus();
  for (const bool up : {false, true}) {
    const uint64_t changed_ns = world().NowNs();
    world().SetLink(&CallerHost(), medium().port, up);
    for (Player* app : {caller_.get(), other.get()}) {
      const vcp_event told = app->Expect(VCP_EVENT_STATUS);
      EXPECT_EQ(told.indication.code, VCP_STATUS_LINK_STATE);
      EXPECT_STREQ(told.indication.adapter, medium().port);
      EXPECT_EQ(told.indication.data[0], up ? 1 : 2);
      app->ExpectNothing();
    }
    EXPECT_LE(world().NowNs() - changed_ns, 2 * kNsPerSecond);
  }
}

// Over the cable, whose other end goes and comes.
class Links : public AttachedTest, public ::testing::WithParamInterface<Medium> {
 protected:
  Links() : AttachedTest(GetParam()) {}
  // Of the cable, and not of other ports.
  void ExpectLink(Player* app, uint8_t connected_or_not) {
    vcp_event told = app->Expect(VCP_EVENT_STATUS);
    while (told.indication.code != VCP_STATUS_LINK_STATE && !HasFailure()) {
      told = app->Expect(VCP_EVENT_STATUS);  // resets, and what a call manager says
    }
    EXPECT_STREQ(told.indication.adapter, kCablePort);
    EXPECT_EQ(told.indication.length, 24u);
    EXPECT_EQ(told.indication.data[0], connected_or_not);
  }
};

TEST_P(Links, C142_ALinkThatGoesAndComesIsTold) {
  caller_ = NewPlayer(Side::kCaller);
  const std::unique_ptr<Player> other = NewPlayer(Side::kCaller);
  for (Player* app : {caller_.get(), other.get()}) app->WatchStatus();
  stage().east().Kill();
  for (Player* app : {caller_.get(), other.get()}) ExpectLink(app, 2);
  ASSERT_TRUE(stage().Start());
  for (Player* app : {caller_.get(), other.get()}) ExpectLink(app, 1);
}

INSTANTIATE_TEST_SUITE_P(, Links, ::testing::Values(kUni, kExternal, kPvc),
                         [](const auto& info) { return std::string(info.param.name); });

// A port whose device is gone, which stays so until its daemon is another. After the links' tests:
// one that came just before it goes again is told to nobody.
class Removals : public OverEach {
 protected:
  void Remove() {
    if (is_attached()) {
      const std::string answer = CallerDaemon().Ask(std::string("port remove ") + medium().port);
      ASSERT_NE(answer.find("\"ok\":true"), std::string::npos) << answer;
    } else {
      ASSERT_EQ(board().RemoveAdapter(board().FindAdapter(medium().port)), Status::kPending);
      world().Settle();
    }
  }
  bool IsGone() {
    return is_attached() ? PortField(CallerDaemon(), "life") == "removed"
                         : !board().FindAdapter(medium().port);
  }
  void AwaitItsEnd() {
    if (is_attached()) {
      CallerDaemon().WaitFor("show ports", [this](const std::string&) { return IsGone(); });
    } else {
      for (int looks = 0; looks < 1000 && !IsGone(); ++looks) world().Settle();
    }
    ASSERT_TRUE(IsGone());
  }
  // Its call managers' bindings went with it.
  void TearDown() override {
    caller_.reset();
    callee_.reset();
    if (is_attached()) {
      CallerDaemon().Kill();
      ASSERT_TRUE(stage().Start());
    } else {
      world().Settle();
      EXPECT_TRUE(board().Vcs().empty());
      EXPECT_TRUE(board().Afs().empty());
      HostOf(Side::kCaller)->objects_without_clients = board().LiveObjectCount();
    }
    OverEach::TearDown();
  }
  circuit::Switchboard& board() { return HostOf(Side::kCaller)->board; }
};

// The call manager asks for its families back, too: the four steps, and the answer.
TEST_P(Removals, C014_C015_C016_C017_C018_C141_ClientsLetGoOfItAndThenItIsGone) {
  MakeBoth();
  const Call call = Connect(0);
  vcp_sap sap = 0;  // A PVC's is a call at once.
  if (medium().by_address) sap = caller_->RegisterSap(caller_af_, SapOn(1));
  Remove();
  EXPECT_EQ(caller_->Expect(VCP_EVENT_NOTIFY_CLOSE_AF).af, caller_af_);
  caller_->ExpectNothing();
  const auto expect_not_closed = [this] {
    const vcp_event event =
        caller_->Finish(caller_->StartCloseAf(caller_af_, 1), VCP_EVENT_CLOSE_AF_COMPLETE, 1);
    EXPECT_EQ(event.status, VCP_FAILURE);
  };
  expect_not_closed();
  // Sends are not taken any more as soon as the data path has heard of it.
  vcp_status sent = is_attached() ? VCP_SUCCESS : VCP_NOT_ACCEPTED;
  while (sent == VCP_SUCCESS && !HasFailure()) {
    ASSERT_EQ(caller_->Send(call.caller, "too late?", 1), VCP_SUCCESS);
    sent = caller_->Completion().status;
  }
  EXPECT_EQ(sent, VCP_NOT_ACCEPTED) << vcp_status_name(sent);
  caller_->CloseCall(call.caller);
  caller_->DeleteVc(call.caller);
  if (sap != 0) {
    expect_not_closed();
    caller_->DeregisterSap(sap);
  }
  EXPECT_FALSE(IsGone());  // C018
  caller_->CloseAf(caller_af_);
  EXPECT_FALSE(IsGone());  // Its client's answer is still to come.
  vcp_vc vc = 0;
  EXPECT_EQ(caller_->StartCreateVc(caller_af_, 3, &vc), is_attached() ? VCP_CLOSING : VCP_FAILURE);
  EXPECT_EQ(caller_->NotifyCloseAfComplete(caller_af_, VCP_SUCCESS), VCP_SUCCESS);
  callee_.reset();
  AwaitItsEnd();
  vcp_af af = 0;
  if (is_attached()) {
    EXPECT_EQ(caller_->OutcomeOf(caller_->StartOpenAf(medium().port, medium().family, 2, &af), 2),
              VCP_NO_SUCH_PORT);
  }
  caller_->ExpectNothing();
}

// In the test's own process a miniport can be made to indicate something then.
class GonePorts : public Removals {};

TEST_P(GonePorts, C116_NothingIsIndicatedAnyMore) {
  caller_ = NewPlayer(Side::kCaller);
  caller_->WatchStatus();
  const circuit::AdapterHandle adapter = board().FindAdapter(medium().port);
  const circuit::StatusIndication news{.code = circuit::StatusCode::kNetworkChange};
  ASSERT_EQ(board().IndicateStatus(adapter, {}, news), Status::kSuccess);
  caller_->Expect(VCP_EVENT_STATUS);
  Remove();
  AwaitItsEnd();
  EXPECT_NE(board().IndicateStatus(adapter, {}, news), Status::kSuccess);
  caller_->ExpectNothing();
}

INSTANTIATE_TEST_SUITE_P(, GonePorts,
                         ::testing::ValuesIn(ColumnsOf({Where::kInProcess},
                                                       {kLoopback, kUni, kExternal, kPvc})),
                         [](const auto& info) { return NameOf(info.param); });

INSTANTIATE_TEST_SUITE_P(, Removals,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere,
                                                       {kLoopback, kUni, kExternal, kPvc})),
                         [](const auto& info) { return NameOf(info.param); });

}  // namespace
}  // namespace vcp::conformance
