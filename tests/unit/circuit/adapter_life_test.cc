// Adapters pause, restart, reset and halt, and so do their bindings (C133 to C140).
#include <array>
#include <optional>
#include <string>

#include "stage.h"

namespace vcp::circuit {
namespace {

constexpr std::array kAdapterStates = {AdapterState::kHalted,  AdapterState::kInitializing,
                                       AdapterState::kPaused,  AdapterState::kRestarting,
                                       AdapterState::kRunning, AdapterState::kPausing,
                                       AdapterState::kShutDown};

std::string CodeLine(StatusCode code) {
  return "Status " + std::to_string(static_cast<uint32_t>(code));
}

class Lives : public VcStage {
 protected:
  Lives() {
    miniport.life.clear();
    client.life.clear();
    manager.life.clear();
  }

  AdapterState State() { return board.FindAdapterRow(adapter)->state; }
  BindingState BoundState() { return board.FindBindingState(binding).value(); }
  Switchboard::Done Note() {
    return [this](Status status) { done.push_back(status); };
  }

  std::vector<Status> done;
};

// --- C133: every pair of states -----------------------------------------------------------------

TEST(AdapterStates, C133_ExactlyTheseFollowEachOther) {
  using enum AdapterState;
  const std::vector<std::pair<AdapterState, AdapterState>> legal = {
      {kHalted, kInitializing}, {kInitializing, kPaused}, {kInitializing, kHalted},
      {kPaused, kRestarting},   {kPaused, kHalted},       {kPaused, kShutDown},
      {kRestarting, kRunning},  {kRestarting, kPaused},   {kRestarting, kShutDown},
      {kRunning, kPausing},     {kRunning, kShutDown},    {kPausing, kPaused},
      {kPausing, kShutDown}};
  for (AdapterState from : kAdapterStates) {
    for (AdapterState to : kAdapterStates) {
      const bool listed = std::find(legal.begin(), legal.end(), std::pair(from, to)) != legal.end();
      EXPECT_EQ(MayMove(from, to), listed)
          << AdapterStateName(from) << " to " << AdapterStateName(to);
    }
  }
}

TEST(BindingStates, C133_ExactlyTheseFollowEachOther) {
  using enum BindingState;
  const std::vector<std::pair<BindingState, BindingState>> legal = {
      {kUnbound, kOpening}, {kOpening, kPaused},     {kOpening, kUnbound},   {kPaused, kRestarting},
      {kPaused, kClosing},  {kRestarting, kRunning}, {kRestarting, kPaused}, {kRunning, kPausing},
      {kPausing, kPaused},  {kClosing, kUnbound}};
  for (size_t from = 0; from < kBindingStateCount; ++from) {
    for (size_t to = 0; to < kBindingStateCount; ++to) {
      const std::pair pair(static_cast<BindingState>(from), static_cast<BindingState>(to));
      const bool listed = std::find(legal.begin(), legal.end(), pair) != legal.end();
      EXPECT_EQ(MayMove(pair.first, pair.second), listed) << from << " to " << to;
    }
  }
}

// An adapter alone, to be brought into any state.
struct Subject {
  explicit Subject(AdapterState wanted) {
    if (wanted == AdapterState::kHalted) return;
    if (wanted == AdapterState::kRestarting) miniport.restart = Status::kPending;
    if (wanted == AdapterState::kPausing) miniport.pause = Status::kPending;
    EXPECT_EQ(board.RegisterAdapter("port", &miniport, &adapter), Status::kSuccess);
    if (wanted == AdapterState::kPausing) {
      EXPECT_EQ(board.PauseAdapter(adapter), Status::kPending);
    }
    if (wanted == AdapterState::kPaused) {
      EXPECT_EQ(board.PauseAdapter(adapter), Status::kSuccess);
    }
    if (wanted == AdapterState::kShutDown) {
      EXPECT_EQ(board.ShutDownAdapter(adapter), Status::kSuccess);
    }
    EXPECT_EQ(State(), wanted);
    miniport.restart = miniport.pause = Status::kSuccess;
    miniport.life.clear();
  }
  AdapterState State() {
    const std::optional<AdapterRow> row = board.FindAdapterRow(adapter);
    return row ? row->state : AdapterState::kHalted;
  }

  Switchboard board;
  testing::RecordingMiniport miniport;
  AdapterHandle adapter;
};

struct Deed {
  const char* name;
  Status (*act)(Subject*);
  // By state, in kAdapterStates' order; initializing is looked at below.
  std::array<Status, kAdapterStateCount> outcome;
  std::array<AdapterState, kAdapterStateCount> after;
};

// What each deed does in each state, refused ones without a word to the miniport.
const std::vector<Deed>& Deeds() {
  using enum AdapterState;
  constexpr Status kNone = Status::kInvalidHandle;
  constexpr Status kNotNow = Status::kInvalidState;
  constexpr Status kYes = Status::kSuccess;
  static const std::vector<Deed> deeds = {
      {"pause",
       [](Subject* s) { return s->board.PauseAdapter(s->adapter); },
       {kNone, kNone, kNotNow, kNotNow, kYes, kNotNow, kNotNow},
       {kHalted, kHalted, kPaused, kRestarting, kPaused, kPausing, kShutDown}},
      {"restart",
       [](Subject* s) { return s->board.RestartAdapter(s->adapter); },
       {kNone, kNone, kYes, kNotNow, kNotNow, kNotNow, kNotNow},
       {kHalted, kHalted, kRunning, kRestarting, kRunning, kPausing, kShutDown}},
      {"reset",
       [](Subject* s) { return s->board.ResetAdapter(s->adapter); },
       {kNone, kNone, kYes, kYes, kYes, kYes, kNotNow},
       {kHalted, kHalted, kPaused, kRestarting, kRunning, kPausing, kShutDown}},
      {"halt",
       [](Subject* s) { return s->board.DeregisterAdapter(s->adapter); },
       {kNone, kNone, kYes, kNotNow, kYes, kNotNow, kYes},
       {kHalted, kHalted, kHalted, kRestarting, kHalted, kPausing, kHalted}},
      {"shut down",
       [](Subject* s) { return s->board.ShutDownAdapter(s->adapter); },
       {kNone, kNone, kYes, kYes, kYes, kYes, kNotNow},
       {kHalted, kHalted, kShutDown, kShutDown, kShutDown, kShutDown, kShutDown}},
      {"pause complete",
       [](Subject* s) { return s->board.MiniportPauseComplete(s->adapter), Status::kSuccess; },
       {kYes, kYes, kYes, kYes, kYes, kYes, kYes},
       {kHalted, kHalted, kPaused, kRestarting, kRunning, kPaused, kShutDown}},
      {"restart complete",
       [](Subject* s) {
         return s->board.MiniportRestartComplete(Status::kSuccess, s->adapter), Status::kSuccess;
       },
       {kYes, kYes, kYes, kYes, kYes, kYes, kYes},
       {kHalted, kHalted, kPaused, kRunning, kRunning, kPausing, kShutDown}},
      {"restart failed",
       [](Subject* s) {
         return s->board.MiniportRestartComplete(Status::kFailure, s->adapter), Status::kSuccess;
       },
       {kYes, kYes, kYes, kYes, kYes, kYes, kYes},
       {kHalted, kHalted, kPaused, kPaused, kRunning, kPausing, kShutDown}}};
  return deeds;
}

TEST(AdapterStates, C133_EveryDeedInEveryState) {
  for (const Deed& deed : Deeds()) {
    for (size_t i = 0; i < kAdapterStateCount; ++i) {
      if (kAdapterStates[i] == AdapterState::kInitializing) continue;
      SCOPED_TRACE(std::string(deed.name) + " while " +
                   std::string(AdapterStateName(kAdapterStates[i])));
      Subject subject(kAdapterStates[i]);
      EXPECT_EQ(deed.act(&subject), deed.outcome[i]);
      EXPECT_EQ(subject.State(), deed.after[i]);
      if (deed.outcome[i] != Status::kSuccess) {
        EXPECT_THAT(subject.miniport.life, IsEmpty());
      }
    }
  }
}

TEST(AdapterStates, C133_NothingIsAskedOfOneThatInitializes) {
  Switchboard board;
  testing::RecordingMiniport miniport;
  testing::RecordingClient client;
  miniport.on_initialize = [&] {
    const AdapterHandle self = miniport.adapter;
    EXPECT_EQ(board.FindAdapterRow(self)->state, AdapterState::kInitializing);
    EXPECT_EQ(board.PauseAdapter(self), Status::kInvalidState);
    EXPECT_EQ(board.RestartAdapter(self), Status::kInvalidState);
    EXPECT_EQ(board.ResetAdapter(self), Status::kInvalidState);
    EXPECT_EQ(board.RemoveAdapter(self), Status::kInvalidState);
    EXPECT_EQ(board.ShutDownAdapter(self), Status::kInvalidState);
    EXPECT_EQ(board.DeregisterAdapter(self), Status::kInvalidState);
    BindingHandle binding;
    EXPECT_EQ(board.OpenBinding(&client, self, &binding), Status::kNotAccepted);
  };
  AdapterHandle adapter;
  EXPECT_EQ(board.RegisterAdapter("port", &miniport, &adapter), Status::kSuccess);
  EXPECT_EQ(board.FindAdapterRow(adapter)->state, AdapterState::kRunning);
  EXPECT_THAT(miniport.life, ElementsAre("Initialize", "Restart"));
}

TEST(AdapterStates, OneThatDoesNotInitializeIsNotThere) {
  Switchboard board;
  testing::RecordingMiniport miniport;
  AdapterHandle adapter;
  miniport.initialize = Status::kResources;
  EXPECT_EQ(board.RegisterAdapter("port", &miniport, &adapter), Status::kResources);
  EXPECT_FALSE(adapter);
  miniport.initialize = Status::kPending;
  EXPECT_EQ(board.RegisterAdapter("port", &miniport, &adapter), Status::kFailure);
  EXPECT_EQ(board.LiveObjectCount(), 0u);
  EXPECT_THAT(miniport.life, ElementsAre("Initialize", "Initialize"));
}

// --- pause and restart --------------------------------------------------------------------------

TEST_F(Lives, C135_PauseAsksBindingsAndThenTheMiniport) {
  client.pause = Status::kPending;
  miniport.pause = Status::kPending;
  EXPECT_EQ(board.PauseAdapter(adapter, Note()), Status::kPending);
  EXPECT_EQ(State(), AdapterState::kPausing);
  EXPECT_EQ(BoundState(), BindingState::kPausing);
  EXPECT_EQ(board.FindBindingState(manager_binding), BindingState::kPaused);
  EXPECT_THAT(miniport.life, IsEmpty());

  board.PauseBindingComplete(binding);
  EXPECT_EQ(BoundState(), BindingState::kPaused);
  EXPECT_THAT(miniport.life, ElementsAre("Pause"));
  EXPECT_EQ(State(), AdapterState::kPausing);
  EXPECT_THAT(done, IsEmpty());

  board.MiniportPauseComplete(adapter);
  EXPECT_EQ(State(), AdapterState::kPaused);
  EXPECT_THAT(done, ElementsAre(Status::kSuccess));
  board.MiniportPauseComplete(adapter);
  board.PauseBindingComplete(binding);
  EXPECT_EQ(done.size(), 1u);
}

TEST_F(Lives, C135_APauseCannotFail) {
  client.pause = Status::kFailure;
  miniport.pause = Status::kResources;
  EXPECT_EQ(board.PauseAdapter(adapter, Note()), Status::kSuccess);
  EXPECT_EQ(State(), AdapterState::kPaused);
  EXPECT_EQ(BoundState(), BindingState::kPaused);
  EXPECT_THAT(done, IsEmpty());  // It did not pend.
}

TEST_F(Lives, C135_CompletionsMayComeInsideTheHandlers) {
  client.pause = miniport.pause = Status::kPending;
  client.on_pause = [&] { board.PauseBindingComplete(binding); };
  miniport.on_pause = [&] { board.MiniportPauseComplete(adapter); };
  EXPECT_EQ(board.PauseAdapter(adapter, Note()), Status::kPending);
  EXPECT_EQ(State(), AdapterState::kPaused);
  EXPECT_THAT(done, ElementsAre(Status::kSuccess));
  EXPECT_THAT(miniport.life, ElementsAre("Pause"));
}

TEST_F(Lives, WhoUnbindsWhilePausingIsNotWaitedFor) {
  RecordingClient other;
  BindingHandle others;
  EXPECT_EQ(board.OpenBinding(&other, adapter, &others), Status::kSuccess);
  other.pause = Status::kPending;
  EXPECT_EQ(board.PauseAdapter(adapter, Note()), Status::kPending);
  EXPECT_EQ(board.CloseBinding(others), Status::kSuccess);
  EXPECT_EQ(State(), AdapterState::kPaused);
  EXPECT_THAT(done, ElementsAre(Status::kSuccess));
}

TEST_F(Lives, C136_AFailedRestartLeavesItPaused) {
  EXPECT_EQ(board.PauseAdapter(adapter), Status::kSuccess);
  miniport.restart = Status::kResources;
  EXPECT_EQ(board.RestartAdapter(adapter, Note()), Status::kResources);
  EXPECT_EQ(State(), AdapterState::kPaused);
  EXPECT_EQ(BoundState(), BindingState::kPaused);

  miniport.restart = Status::kPending;
  EXPECT_EQ(board.RestartAdapter(adapter, Note()), Status::kPending);
  board.MiniportRestartComplete(Status::kFailure, adapter);
  EXPECT_EQ(State(), AdapterState::kPaused);
  EXPECT_THAT(done, ElementsAre(Status::kFailure));

  EXPECT_EQ(board.RestartAdapter(adapter, Note()), Status::kPending);
  board.MiniportRestartComplete(Status::kSuccess, adapter);
  EXPECT_EQ(State(), AdapterState::kRunning);
  EXPECT_EQ(BoundState(), BindingState::kRunning);
  EXPECT_THAT(client.life, ElementsAre("Pause", "Restart"));
  EXPECT_THAT(done, ElementsAre(Status::kFailure, Status::kSuccess));
}

TEST_F(Lives, ABindingOfAPausedAdapterRestartsWithIt) {
  EXPECT_EQ(board.PauseAdapter(adapter), Status::kSuccess);
  RecordingClient late;
  BindingHandle lates;
  EXPECT_EQ(board.OpenBinding(&late, adapter, &lates), Status::kSuccess);
  EXPECT_EQ(board.FindBindingState(lates), BindingState::kPaused);
  EXPECT_THAT(late.life, IsEmpty());
  EXPECT_EQ(board.RestartAdapter(adapter), Status::kSuccess);
  EXPECT_EQ(board.FindBindingState(lates), BindingState::kRunning);
}

TEST_F(Lives, C138_FamiliesSapsVcsAndCallsSurviveAPause) {
  ConnectOutgoing();
  const size_t objects = board.LiveObjectCount();
  EXPECT_EQ(board.PauseAdapter(adapter), Status::kSuccess);
  EXPECT_EQ(board.RestartAdapter(adapter), Status::kSuccess);
  EXPECT_EQ(board.LiveObjectCount(), objects);
  EXPECT_EQ(Row(vc).state, VcState::kActive);
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
  EXPECT_EQ(board.FindAf(af)->state, AfState::kOpen);
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(Lives, C134_OidsAreServedWhilePausedAndPausing) {
  miniport.oid_request = Status::kSuccess;
  miniport.pause = Status::kPending;
  OidAnswer answer;
  const OidRequest query{.oid = Oid::kXmitPdusOk, .capacity_bytes = 8};
  EXPECT_EQ(board.PauseAdapter(adapter), Status::kPending);
  EXPECT_EQ(board.RequestOid({.from = binding}, 1, query, &answer), Status::kSuccess);
  board.MiniportPauseComplete(adapter);
  EXPECT_EQ(board.RequestOid({.from = binding}, 1, query, &answer), Status::kSuccess);
  EXPECT_EQ(board.ShutDownAdapter(adapter), Status::kSuccess);
  EXPECT_EQ(board.RequestOid({.from = binding}, 1, query, &answer), Status::kNotAccepted);
}

// --- halt ---------------------------------------------------------------------------------------

TEST_F(Lives, C137_NoHaltWhileAnOidIsOutstanding) {
  Subject subject(AdapterState::kRunning);
  RecordingClient asker;
  BindingHandle askers;
  EXPECT_EQ(subject.board.OpenBinding(&asker, subject.adapter, &askers), Status::kSuccess);
  subject.miniport.oid_request = Status::kPending;
  OidAnswer answer;
  EXPECT_EQ(subject.board.RequestOid({.from = askers}, 7, {}, &answer), Status::kPending);
  EXPECT_EQ(subject.board.DeregisterAdapter(subject.adapter), Status::kNotAccepted);
  // Whoever unbinds takes its requests along.
  EXPECT_EQ(subject.board.CloseBinding(askers), Status::kSuccess);
  EXPECT_THAT(asker.life, Contains("OidRequestComplete REQUEST_ABORTED 7"));
  EXPECT_EQ(subject.board.DeregisterAdapter(subject.adapter), Status::kSuccess);
  EXPECT_THAT(subject.miniport.life,
              ElementsAre("OidAborted", "Pause",
                          "Halt " + std::to_string(static_cast<int>(HaltReason::kDeviceStopped))));
}

TEST(AdapterStates, C137_AHaltWaitsForThePauseThatComesBefore) {
  Subject subject(AdapterState::kRunning);
  subject.miniport.pause = Status::kPending;
  EXPECT_EQ(subject.board.DeregisterAdapter(subject.adapter), Status::kPending);
  EXPECT_EQ(subject.board.DeregisterAdapter(subject.adapter), Status::kClosing);
  RecordingClient late;
  BindingHandle lates;
  EXPECT_EQ(subject.board.OpenBinding(&late, subject.adapter, &lates), Status::kNotAccepted);
  EXPECT_THAT(subject.miniport.life, ElementsAre("Pause"));
  subject.board.MiniportPauseComplete(subject.adapter);
  EXPECT_THAT(subject.miniport.life, ElementsAre("Pause", "Halt 6"));
  EXPECT_EQ(subject.board.LiveObjectCount(), 0u);
}

TEST(AdapterStates, ShutDownIsTheEndOfEverythingThatPends) {
  Subject subject(AdapterState::kRunning);
  subject.miniport.reset = subject.miniport.pause = Status::kPending;
  std::vector<Status> done;
  const auto note = [&](Status status) { done.push_back(status); };
  EXPECT_EQ(subject.board.ResetAdapter(subject.adapter, note), Status::kPending);
  EXPECT_EQ(subject.board.PauseAdapter(subject.adapter, note), Status::kPending);
  EXPECT_EQ(subject.board.ShutDownAdapter(subject.adapter), Status::kSuccess);
  EXPECT_THAT(done, ElementsAre(Status::kRequestAborted, Status::kRequestAborted));
  subject.board.MiniportResetComplete(Status::kSuccess, subject.adapter);
  subject.board.MiniportPauseComplete(subject.adapter);
  EXPECT_EQ(done.size(), 2u);
  EXPECT_EQ(subject.State(), AdapterState::kShutDown);
}

// --- reset --------------------------------------------------------------------------------------

TEST_F(Lives, C138_EveryBindingHearsOfAResetAndKeepsWhatItHas) {
  ConnectOutgoing();
  const size_t objects = board.LiveObjectCount();
  miniport.reset = Status::kPending;
  EXPECT_EQ(board.ResetAdapter(adapter, Note()), Status::kPending);
  EXPECT_EQ(board.ResetAdapter(adapter, Note()), Status::kResetInProgress);
  const std::string start = CodeLine(StatusCode::kResetStart);
  const std::string end = CodeLine(StatusCode::kResetEnd);
  EXPECT_THAT(client.life, ElementsAre(start, "StatusEnd"));
  EXPECT_THAT(manager.life, ElementsAre(start, "StatusEnd"));
  board.MiniportResetComplete(Status::kSuccess, adapter);
  EXPECT_THAT(client.life, ElementsAre(start, "StatusEnd", end, "StatusEnd"));
  EXPECT_THAT(manager.life, ElementsAre(start, "StatusEnd", end, "StatusEnd"));
  EXPECT_THAT(done, ElementsAre(Status::kSuccess));
  EXPECT_EQ(board.LiveObjectCount(), objects);
  EXPECT_EQ(Row(vc).state, VcState::kActive);
  EXPECT_EQ(State(), AdapterState::kRunning);
}

TEST_F(Lives, C138_WhoHearsOfAResetsEndMayBeginTheNext) {
  miniport.reset = Status::kPending;
  std::vector<Status> next;
  EXPECT_EQ(board.ResetAdapter(adapter, Note()), Status::kPending);
  client.on_status = [&] {
    client.on_status = nullptr;
    const auto note = [&next](Status status) { next.push_back(status); };
    EXPECT_EQ(board.ResetAdapter(adapter, note), Status::kPending);
  };
  board.MiniportResetComplete(Status::kFailure, adapter);
  EXPECT_THAT(done, ElementsAre(Status::kFailure));
  EXPECT_THAT(next, IsEmpty());
  board.MiniportResetComplete(Status::kSuccess, adapter);
  EXPECT_THAT(done, ElementsAre(Status::kFailure));
  EXPECT_THAT(next, ElementsAre(Status::kSuccess));
}

TEST_F(Lives, C139_OidsAreRefusedDuringAResetAndPendingOnesEndFirst) {
  miniport.oid_request = miniport.reset = Status::kPending;
  OidAnswer answer;
  OidHandle oid;
  EXPECT_EQ(board.RequestOid({.from = binding}, 3, {}, &answer, &oid), Status::kPending);
  EXPECT_EQ(board.ResetAdapter(adapter, Note()), Status::kPending);
  EXPECT_EQ(board.RequestOid({.from = binding}, 4, {}, &answer), Status::kResetInProgress);
  client.life.clear();
  board.MiniportResetComplete(Status::kSuccess, adapter);
  EXPECT_THAT(client.life, IsEmpty());  // An OID is still out.
  EXPECT_THAT(done, IsEmpty());
  board.CompleteOid(oid, Status::kFailure, {});
  EXPECT_THAT(client.life, ElementsAre("OidRequestComplete FAILURE 3",
                                       CodeLine(StatusCode::kResetEnd), "StatusEnd"));
  EXPECT_THAT(done, ElementsAre(Status::kSuccess));
  EXPECT_EQ(board.RequestOid({.from = binding}, 4, {}, &answer), Status::kPending);
}

TEST_F(Lives, C140_AResetAndAPauseEndInEitherOrder) {
  miniport.pause = miniport.reset = Status::kPending;
  for (const bool reset_first : {true, false}) {
    done.clear();
    EXPECT_EQ(board.ResetAdapter(adapter, Note()), Status::kPending);
    EXPECT_EQ(board.PauseAdapter(adapter, Note()), Status::kPending);
    if (reset_first) board.MiniportResetComplete(Status::kSuccess, adapter);
    board.MiniportPauseComplete(adapter);
    EXPECT_EQ(done.size(), reset_first ? 2u : 1u);
    EXPECT_EQ(State(), AdapterState::kPaused);
    if (!reset_first) board.MiniportResetComplete(Status::kSuccess, adapter);
    EXPECT_EQ(done.size(), 2u);
    EXPECT_FALSE(board.FindAdapterRow(adapter)->resetting);
    EXPECT_EQ(board.RestartAdapter(adapter), Status::kSuccess);
  }
  // And the other way round.
  done.clear();
  EXPECT_EQ(board.PauseAdapter(adapter, Note()), Status::kPending);
  EXPECT_EQ(board.ResetAdapter(adapter, Note()), Status::kPending);
  board.MiniportPauseComplete(adapter);
  board.MiniportResetComplete(Status::kFailure, adapter);
  EXPECT_THAT(done, ElementsAre(Status::kSuccess, Status::kFailure));
}

}  // namespace
}  // namespace vcp::circuit
