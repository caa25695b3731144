// Random events in an adapter's life against a small model of what must be true: every pause,
// restart and reset that pends ends once, states follow life.h, objects stay (C133 to C140).
#include <random>

#include "stage.h"

namespace vcp::circuit {
namespace {

class Model {
 public:
  explicit Model(uint32_t seed) : random_(seed) {
    client.pause = Status::kPending;
    miniport.pause = miniport.restart = miniport.reset = miniport.oid_request = Status::kPending;
    EXPECT_EQ(board.RegisterAdapter("port", &miniport, &adapter), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&client, adapter, &binding), Status::kSuccess);
    board.MiniportRestartComplete(Status::kSuccess, adapter);
    client.on_oid_request_complete = [this] { ++oids_ended_; };
  }

  void Step() {
    const AdapterState before = State();
    switch (random_() % 9) {
      case 0:
        return Begin(AdapterState::kRunning, &pauses_,
                     board.PauseAdapter(adapter, Counting(&pauses_)));
      case 1:
        return Begin(AdapterState::kPaused, &restarts_,
                     board.RestartAdapter(adapter, Counting(&restarts_)));
      case 2:
        return BeginReset();
      case 3:
        board.PauseBindingComplete(binding);
        break;
      case 4:
        board.MiniportPauseComplete(adapter);
        break;
      case 5:
        board.MiniportRestartComplete(random_() % 2 == 0 ? Status::kSuccess : Status::kFailure,
                                      adapter);
        break;
      case 6:
        board.MiniportResetComplete(Status::kSuccess, adapter);
        break;
      case 7:
        return AskOid();
      default:
        AnswerOid();
    }
    EXPECT_TRUE(State() == before || MayMove(before, State()));
  }

  // Whatever pends is completed, and then nothing does.
  void Finish() {
    while (!oids_.empty()) AnswerOid();
    board.MiniportResetComplete(Status::kSuccess, adapter);
    board.PauseBindingComplete(binding);
    board.MiniportPauseComplete(adapter);
    board.MiniportRestartComplete(Status::kSuccess, adapter);
    EXPECT_EQ(pauses_.begun, pauses_.ended);
    EXPECT_EQ(restarts_.begun, restarts_.ended);
    EXPECT_EQ(resets_.begun, resets_.ended);
    EXPECT_EQ(oids_begun_, oids_ended_);
    EXPECT_FALSE(board.FindAdapterRow(adapter)->resetting);
    EXPECT_EQ(board.FindAdapterRow(adapter)->oids, 0u);
    EXPECT_TRUE(State() == AdapterState::kPaused || State() == AdapterState::kRunning);
    const bool runs = State() == AdapterState::kRunning;
    EXPECT_EQ(board.FindBindingState(binding),
              runs ? BindingState::kRunning : BindingState::kPaused);
    EXPECT_EQ(std::count(client.life.begin(), client.life.end(), kStart),
              std::count(client.life.begin(), client.life.end(), kEnd));
  }

 private:
  struct Count {
    int begun = 0;
    int ended = 0;
  };
  static constexpr char kStart[] = "Status 1073807364";
  static constexpr char kEnd[] = "Status 1073807365";

  AdapterState State() { return board.FindAdapterRow(adapter)->state; }
  Switchboard::Done Counting(Count* count) {
    return [count](Status) { ++count->ended; };
  }
  // One is taken exactly when the adapter was in that state, which it then has left.
  void Begin(AdapterState from, Count* count, Status status) {
    if (status == Status::kPending) {
      ++count->begun;
      EXPECT_TRUE(MayMove(from, State()));
    } else {
      EXPECT_EQ(status, Status::kInvalidState);
      EXPECT_NE(State(), from);
    }
    EXPECT_LE(count->begun - count->ended, 1);
  }
  void BeginReset() {
    const bool resetting = board.FindAdapterRow(adapter)->resetting;
    const Status status = board.ResetAdapter(adapter, Counting(&resets_));
    EXPECT_EQ(status, resetting ? Status::kResetInProgress : Status::kPending);
    if (!resetting) ++resets_.begun;
  }
  void AskOid() {
    const bool resetting = board.FindAdapterRow(adapter)->resetting;
    OidAnswer answer;
    OidHandle oid;
    const Status status = board.RequestOid({.from = binding}, 0, {}, &answer, &oid);
    if (oids_.size() == kMaxOidsPerBinding) {
      EXPECT_EQ(status, Status::kResources);
    } else {
      EXPECT_EQ(status, resetting ? Status::kResetInProgress : Status::kPending);
    }
    if (status != Status::kPending) return;
    ++oids_begun_;
    oids_.push_back(oid);
  }
  void AnswerOid() {
    if (oids_.empty()) return;
    const size_t at = random_() % oids_.size();
    board.CompleteOid(oids_[at], Status::kSuccess, {});
    oids_.erase(oids_.begin() + static_cast<ptrdiff_t>(at));
  }

  Switchboard board;
  RecordingMiniport miniport;
  RecordingClient client;
  AdapterHandle adapter;
  BindingHandle binding;
  std::minstd_rand random_;
  Count pauses_, restarts_, resets_;
  int oids_begun_ = 0;
  int oids_ended_ = 0;
  std::vector<OidHandle> oids_;
};

TEST(LifeModel, C133_RandomLivesKeepTheRules) {
  for (uint32_t seed = 1; seed <= 200 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed);
    for (int i = 0; i < 200; ++i) model.Step();
    model.Finish();
  }
}

}  // namespace
}  // namespace vcp::circuit
