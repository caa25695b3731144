// Calls and PVCs between clients of one daemon in whatever order chance brings: clients that call,
// answer, refuse, change their calls, hang up and die, an operator who adds and deletes PVCs, a
// data path that answers late or refuses. Every operation completes once, and nothing stays behind.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "callmgr/pvc_call_manager.h"
#include "circuit/client_teardown.h"
#include "miniport/loopback_mcm.h"
#include "testing/fake_vc_programmer.h"

namespace vcp {
namespace {

using circuit::CallParameters;
using circuit::CallState;
using circuit::Context;
using circuit::VcHandle;

enum class Deed : uint8_t {
  kRegisterSap,
  kDeregisterSap,
  kCreateVc,
  kMakeCall,
  kAnswer,
  kModify,
  kClose,
  kDelete,
  kDie,
  kDataPath,
  kAddPvc,
  kDeletePvc,
  kSend,
  kCount,
};

struct Move {
  Deed deed = Deed::kDataPath;
  uint8_t who = 0;
  uint8_t what = 0;
  uint8_t how = 0;
};

void showValue(const Move& move, std::ostream& out) {
  out << "{deed " << static_cast<int>(move.deed) << " who " << static_cast<int>(move.who)
      << " what " << static_cast<int>(move.what) << " how " << static_cast<int>(move.how) << "}";
}

const char* const kNumbers[] = {"+1", "+2", "+3", "+4"};
const char* const kPvcs[] = {"a", "g/0", "g/1", "g/2"};
const char* const kPvcSaps[] = {"a", "g", "g/1", "g/2"};

// An application. Its contexts are numbers of its own; it counts what it is owed for each.
class App final : public circuit::Client {
 public:
  enum class Asked { kRegister, kDeregister, kMake, kModify, kClose };

  App(circuit::Switchboard* board, circuit::AdapterHandle adapter, uint32_t channel)
      : board_(board), channel_(channel) {
    RC_ASSERT(board_->OpenBinding(this, adapter, &binding_) == Status::kSuccess);
    RC_ASSERT(board_->OpenAddressFamily(binding_, {}, 1, &calls_) == Status::kSuccess);
    RC_ASSERT(board_->OpenAddressFamily(binding_, callmgr::PvcCallManager::kFamily, 2, &pvcs_) ==
              Status::kSuccess);
  }

  void RegisterSap(const Move& move) {
    const bool pvc = move.how % 2 == 0;
    circuit::Sap sap;
    if (pvc) {
      sap.pvc_name = kPvcSaps[move.what % 4];
    } else if (move.what % 5 != 4) {
      sap.address = *ParseAddress(kNumbers[move.what % 5]);
    }
    const Context context = next_++;
    circuit::SapHandle handle;
    const Status status = board_->RegisterSap(pvc ? pvcs_ : calls_, context, sap, &handle);
    if (status == Status::kSuccess) saps_.push_back(handle);
    Note(Asked::kRegister, context, status);
  }
  void DeregisterSap(const Move& move) {
    if (saps_.empty()) return;
    const auto at = saps_.begin() + move.what % saps_.size();
    RC_ASSERT(board_->DeregisterSap(*at) == Status::kSuccess);
    saps_.erase(at);
  }
  void CreateVc(const Move& move) {
    const Context context = next_++;
    VcHandle vc;
    RC_ASSERT(board_->CreateVc(move.how % 3 == 0 ? pvcs_ : calls_, context,
                               {channel_, static_cast<uint32_t>(context)},
                               &vc) == Status::kSuccess);
    vcs_[context] = vc;
  }
  void MakeCall(const Move& move) {
    const auto found = Choose(move, [](const circuit::VcRow& row) {
      return row.made_by_client && row.call == CallState::kNone;
    });
    if (found == vcs_.end()) return;
    CallParameters params;
    params.call_manager.emplace().called = *ParseAddress(kNumbers[move.how % 4]);
    if (board_->FindVc(found->second)->af == pvcs_ && move.how % 5 != 0) {
      params.media.emplace().pvc_name = kPvcs[move.how % 4];
    }
    const Context context = found->first;
    Note(Asked::kMake, context, board_->MakeCall(found->second, &params));
  }
  void Answer(const Move& move) {
    const auto found =
        Choose(move, [](const circuit::VcRow& row) { return row.call == CallState::kOffered; });
    if (found == vcs_.end()) return;
    const Status answer = move.how % 4 == 0 ? Status::kNotAccepted : Status::kSuccess;
    board_->IncomingCallComplete(answer, found->second, offers_[found->first]);
  }
  void Modify(const Move& move) {
    const auto found = Choose(move, [this](const circuit::VcRow& row) {
      return row.af == calls_ &&
             (row.call == CallState::kConnected || row.call == CallState::kOffered);
    });
    if (found != vcs_.end()) ModifyCall(found->first, move.how);
  }
  void Close(const Move& move) {
    const auto found = Choose(move, [](const circuit::VcRow& row) {
      return row.call != CallState::kNone && row.call != CallState::kClosing;
    });
    if (found != vcs_.end()) CloseCall(found->first);
  }
  void Delete(const Move& move) {
    const auto found = Choose(move, [](const circuit::VcRow& row) {
      return row.made_by_client && row.call == CallState::kNone;
    });
    if (found == vcs_.end()) return;
    // A call that is over has left its VC inactive.
    RC_ASSERT(board_->DeleteVc(found->second) == Status::kSuccess);
    vcs_.erase(found);
  }

  // Any VC that was ever this one's, with a call or without.
  circuit::DataEndpoint ChooseSender(const Move& move) const {
    return {channel_, static_cast<uint32_t>(10 + move.what % (next_ - 9))};
  }

  // Nothing completed twice, and what still pends can still complete.
  void Check() const {
    for (const auto& [asked, count] : owed_) {
      RC_ASSERT(count == 0 || count == 1);
      const auto vc = vcs_.find(asked.second);
      if (asked.first == Asked::kRegister || asked.first == Asked::kDeregister) continue;
      if (count == 0) continue;
      RC_ASSERT(vc != vcs_.end());
      const CallState call = board_->FindVc(vc->second)->call;
      if (asked.first == Asked::kModify) {
        RC_ASSERT(call != CallState::kNone && call != CallState::kMaking);
        continue;
      }
      RC_ASSERT(call == CallState::kClosing || call == CallState::kMaking);
    }
  }

  uint8_t mood = 0;  // decides how it takes what it hears

  void OnAfRegistered(circuit::BindingHandle, const circuit::AddressFamily&) override {}
  void OnOpenAfComplete(Status, Context, circuit::AfHandle) override { RC_FAIL("opens at once"); }
  void OnCloseAfComplete(Status, Context) override { RC_FAIL("never closes"); }
  Status OnNotifyCloseAf(Context) override { return Status::kSuccess; }
  void OnRegisterSapComplete(Status status, Context context, const circuit::Sap&,
                             circuit::SapHandle handle) override {
    --owed_[{Asked::kRegister, context}];
    if (status == Status::kSuccess) saps_.push_back(handle);
  }
  void OnDeregisterSapComplete(Status, Context) override { RC_FAIL("deregisters at once"); }
  Status OnCreateVc(Context, VcHandle vc, Context* context,
                    circuit::DataEndpoint* endpoint) override {
    if (mood % 16 == 0) return Status::kResources;
    *context = next_++;
    *endpoint = {channel_, static_cast<uint32_t>(*context)};
    vcs_[*context] = vc;
    return Status::kSuccess;
  }
  Status OnDeleteVc(Context context) override {
    vcs_.erase(context);
    return Status::kSuccess;
  }
  void OnMakeCallComplete(Status status, Context context, circuit::PartyHandle,
                          const CallParameters&, const circuit::Cause&) override {
    --owed_[{Asked::kMake, context}];
    const circuit::VcRow row = *board_->FindVc(vcs_.at(context));
    if (status == Status::kSuccess) RC_ASSERT(row.state == circuit::VcState::kActive);
    if (row.call == CallState::kNone) RC_ASSERT(row.state == circuit::VcState::kInactive);
  }
  Status OnIncomingCall(Context, Context context, CallParameters* params) override {
    offers_[context] = *params;
    if (mood % 4 == 1) return Status::kNotAccepted;
    if (mood % 4 == 2) return Status::kPending;
    if (mood % 8 == 7 && params->call_manager) {
      params->flags |= circuit::kCallParametersChanged;
      params->call_manager->receive.max_sdu_size_bytes = mood % 16 == 7 ? 100 : 100000;
    }
    return Status::kSuccess;
  }
  void OnCallConnected(Context context) override {
    if (mood % 8 == 3) CloseCall(context);
  }
  void OnCloseCallComplete(Status status, Context context, Context) override {
    RC_ASSERT(status == Status::kSuccess);
    --owed_[{Asked::kClose, context}];
  }
  void OnIncomingCloseCall(Status, Context context, std::span<const uint8_t>,
                           const circuit::Cause&) override {
    if (mood % 2 == 0) CloseCall(context);
  }
  void OnAddPartyComplete(Status, Context, circuit::PartyHandle, const CallParameters&,
                          const circuit::Cause&) override {
    RC_FAIL("nobody added a party");
  }
  void OnDropPartyComplete(Status, Context) override { RC_FAIL("nobody dropped a party"); }
  void OnIncomingDropParty(Status, Context, std::span<const uint8_t>,
                           const circuit::Cause&) override {
    RC_FAIL("there are no parties");
  }
  void OnModifyCallQoSComplete(Status, Context context, const CallParameters& params,
                               const circuit::Cause&) override {
    --owed_[{Asked::kModify, context}];
    RC_ASSERT(params == board_->FindVc(vcs_.at(context))->params);
  }
  void OnIncomingCallQoSChange(Context context, const CallParameters& params) override {
    RC_ASSERT(params == board_->FindVc(vcs_.at(context))->params);
    if (mood % 8 == 1) CloseCall(context);
    if (mood % 8 == 3) ModifyCall(context, mood);
  }

 private:
  using Vcs = std::map<Context, VcHandle>;

  void CloseCall(Context context) {
    Note(Asked::kClose, context, board_->CloseCall(vcs_.at(context), {}));
  }
  void ModifyCall(Context context, uint8_t how) {
    CallParameters params;
    params.call_manager.emplace().transmit.max_sdu_size_bytes = how % 16 == 5 ? 100000 : 64 + how;
    params.call_manager->receive.max_sdu_size_bytes = 64 + how / 2;
    Note(Asked::kModify, context, board_->ModifyCallQoS(vcs_.at(context), &params));
  }
  void Note(Asked asked, Context context, Status status) {
    if (status == Status::kPending) ++owed_[{asked, context}];
  }
  template <typename Fits>
  Vcs::iterator Choose(const Move& move, Fits fits) {
    std::vector<Vcs::iterator> all;
    for (auto at = vcs_.begin(); at != vcs_.end(); ++at) {
      if (fits(*board_->FindVc(at->second))) all.push_back(at);
    }
    return all.empty() ? vcs_.end() : all[move.what % all.size()];
  }

  circuit::Switchboard* board_;
  uint32_t channel_;
  circuit::BindingHandle binding_;
  circuit::AfHandle calls_, pvcs_;
  Context next_ = 10;
  Vcs vcs_;
  std::vector<circuit::SapHandle> saps_;
  std::map<Context, CallParameters> offers_;
  std::map<std::pair<Asked, Context>, int> owed_;
};

class Daemon {
 public:
  Daemon() {
    RC_ASSERT(mcm_.Start() == Status::kSuccess);
    adapter_ = board_.FindAdapter("lo");
    RC_ASSERT(pvc_manager_.Start(adapter_) == Status::kSuccess);
    for (uint8_t i = 0; i < 4; ++i) AddPvc(i);
    // Something to begin with: chance alone takes long to get as far as a call.
    for (uint8_t i = 0; i < 3; ++i) {
      apps_[i] = NewApp();
      apps_[i]->RegisterSap({.what = i, .how = 1});
      for (int vc = 0; vc < 2; ++vc) apps_[i]->CreateVc({.how = 1});
    }
  }

  void Do(const Move& move) {
    std::unique_ptr<App>& app = apps_[move.who % 3];
    for (std::unique_ptr<App>& each : apps_) each->mood = move.how;
    switch (move.deed) {
      case Deed::kRegisterSap:
        app->RegisterSap(move);
        break;
      case Deed::kDeregisterSap:
        app->DeregisterSap(move);
        break;
      case Deed::kCreateVc:
        app->CreateVc(move);
        break;
      case Deed::kMakeCall:
        app->MakeCall(move);
        break;
      case Deed::kAnswer:
        app->Answer(move);
        break;
      case Deed::kModify:
        app->Modify(move);
        break;
      case Deed::kClose:
        app->Close(move);
        break;
      case Deed::kDelete:
        app->Delete(move);
        break;
      case Deed::kDie:
        if (move.how % 4 == 0) app = (Kill(std::move(app)), NewApp());
        break;
      case Deed::kDataPath:
        AnswerOne(move);
        break;
      case Deed::kAddPvc:
        AddPvc(move.what);
        break;
      case Deed::kDeletePvc:
        (void)pvcs_.Delete(kPvcs[move.what % 4]);
        break;
      case Deed::kSend:
        Send(app->ChooseSender(move));
        break;
      case Deed::kCount:
        break;
    }
    Check();
  }

  void EndAll() {
    for (std::unique_ptr<App>& app : apps_) Kill(std::move(app));
    programmer_.AnswerAll();
    for (const Ending& ending : endings_) RC_ASSERT(ending.done);
    RC_ASSERT(pvc_manager_.Stop() == Status::kSuccess);
    RC_ASSERT(mcm_.Stop() == Status::kSuccess);
    RC_ASSERT(board_.LiveObjectCount() == 0U);
    RC_ASSERT(programmer_.active.empty());
    for (const callmgr::PvcList::Row& row : pvcs_.Rows()) RC_ASSERT(!row.in_use && !row.deleting);
  }

 private:
  struct Ending {
    std::unique_ptr<circuit::ClientTeardown> teardown;
    bool done = false;
  };

  std::unique_ptr<App> NewApp() {
    return std::make_unique<App>(&board_, adapter_, ++last_channel_);
  }
  void Kill(std::unique_ptr<App> app) {
    Ending& ending = endings_.emplace_back();
    ending.teardown = std::make_unique<circuit::ClientTeardown>(&board_, app.get());
    app.reset();
    ending.teardown->Start([&ending] { ending.done = true; });
  }
  void AddPvc(uint8_t which) {
    const uint32_t label = 64u + which % 4;
    (void)pvcs_.Add({.name = kPvcs[which % 4],
                     .adapter = "lo",
                     .labels = {.transmit = label, .receive = label},
                     .destination = *ParseAddress(kNumbers[which % 4])});
  }
  void AnswerOne(const Move& move) {
    for (int i = 0; i <= move.what % 4 && !programmer_.commands.empty(); ++i) {
      const bool activates =
          programmer_.commands.front().kind == testing::FakeVcProgrammer::Kind::kActivate;
      const bool refuses = activates && (move.how + i) % 8 == 0;
      programmer_.Answer(refuses ? Status::kResources : Status::kSuccess);
    }
  }
  std::optional<circuit::VcRow> FindRow(const testing::FakeVcProgrammer::Key& key) const {
    for (const circuit::VcRow& row : board_.Vcs()) {
      if (row.endpoint.channel == key.first && row.endpoint.channel_vc == key.second) return row;
    }
    return std::nullopt;
  }
  // A callee's is up before it is offered the call.
  static void ExpectInUse(const std::optional<circuit::VcRow>& row) {
    RC_ASSERT(row.has_value());
    RC_ASSERT(row->call != CallState::kNone || row->state != circuit::VcState::kInactive ||
              !row->made_by_client);
  }
  // What the data path does with an SDU: it goes along the programs that run, to those that receive
  // on the label. No data outside an active VC: none leaves or reaches one that has no call and is
  // not up, and where it arrives is the other end of the same call or circuit.
  void Send(const circuit::DataEndpoint& from) {
    const auto sending = programmer_.active.find({from.channel, from.channel_vc});
    if (sending == programmer_.active.end() || !sending->second.transmit) return;
    const std::optional<circuit::VcRow> sender = FindRow(sending->first);
    ExpectInUse(sender);
    int heard = 0;
    for (const auto& [key, program] : programmer_.active) {
      if (!program.receive || program.receive_label != sending->second.transmit_label) continue;
      ++heard;
      ExpectInUse(FindRow(key));
      RC_ASSERT(program.transmit_label == sending->second.receive_label);
    }
    if (sender->call == CallState::kConnected && !sender->remote_closed) RC_ASSERT(heard == 1);
  }
  void Check() const {
    for (const std::unique_ptr<App>& app : apps_) app->Check();
    // What is active in the switchboard is so on the data path, and every label is received once.
    std::map<uint32_t, int> receivers;
    for (const auto& [key, program] : programmer_.active) ++receivers[program.receive_label];
    for (const auto& [label, count] : receivers) RC_ASSERT(count == 1);
    std::map<testing::FakeVcProgrammer::Key, circuit::VcRow> rows;
    for (const circuit::VcRow& row : board_.Vcs()) {
      rows.emplace(testing::FakeVcProgrammer::Key(row.endpoint.channel, row.endpoint.channel_vc),
                   row);
    }
    // No data outside an active VC: nothing runs for one that is no more, or has no call; a path is
    // there before its VC is announced, and before a callee's is offered the call.
    for (const auto& [key, program] : programmer_.active) {
      RC_ASSERT(rows.contains(key));
      const circuit::VcRow& row = rows.at(key);
      if (row.made_by_client && row.call == CallState::kNone) {
        RC_ASSERT(row.state != circuit::VcState::kInactive);
      }
    }
    for (const circuit::VcRow& row : board_.Vcs()) {
      const bool active =
          programmer_.active.contains({row.endpoint.channel, row.endpoint.channel_vc});
      if (row.state == circuit::VcState::kActive) RC_ASSERT(active);
      if (row.call == CallState::kConnected) RC_ASSERT(active);
    }
    if (programmer_.commands.empty()) CheckMirrors();
  }
  // When nothing is on its way, both ends of a call have the same flows, and the data path runs
  // them; unless the call is lost, because going back was refused.
  void CheckMirrors() const {
    std::map<uint32_t, circuit::VcRow> receivers;
    for (const circuit::VcRow& row : board_.Vcs()) {
      const bool here = row.call == CallState::kConnected && !row.remote_closed &&
                        row.params.media && row.params.media->labels && row.params.call_manager;
      if (!here) continue;
      receivers.emplace(row.params.media->labels->receive, row);
      const auto program = programmer_.active.find({row.endpoint.channel, row.endpoint.channel_vc});
      RC_ASSERT(program->second.max_sdu_bytes ==
                std::max(row.params.call_manager->transmit.max_sdu_size_bytes,
                         row.params.call_manager->receive.max_sdu_size_bytes));
    }
    for (const auto& [label, row] : receivers) {
      const auto other = receivers.find(row.params.media->labels->transmit);
      if (other == receivers.end() || other->second.handle == row.handle) continue;
      RC_ASSERT(row.params.call_manager->transmit == other->second.params.call_manager->receive);
    }
  }

  circuit::Switchboard board_;
  testing::FakeVcProgrammer programmer_;
  miniport::LoopbackMcm mcm_{&board_, &programmer_, 0, {.name = "lo", .max_sdu_bytes = 1488}};
  callmgr::PvcList pvcs_;
  callmgr::PvcCallManager pvc_manager_{&board_, &pvcs_};
  circuit::AdapterHandle adapter_;
  uint32_t last_channel_ = 0;
  std::unique_ptr<App> apps_[3];
  std::deque<Ending> endings_;
};

}  // namespace
}  // namespace vcp

namespace rc {

template <>
struct Arbitrary<vcp::Move> {
  static Gen<vcp::Move> arbitrary() {
    using vcp::Deed;
    using vcp::Move;
    const auto deed = gen::weightedElement<Deed>({{2, Deed::kRegisterSap},
                                                  {1, Deed::kDeregisterSap},
                                                  {2, Deed::kCreateVc},
                                                  {6, Deed::kMakeCall},
                                                  {3, Deed::kAnswer},
                                                  {6, Deed::kModify},
                                                  {3, Deed::kClose},
                                                  {2, Deed::kDelete},
                                                  {1, Deed::kDie},
                                                  {12, Deed::kDataPath},
                                                  {1, Deed::kAddPvc},
                                                  {1, Deed::kDeletePvc},
                                                  {4, Deed::kSend}});
    return gen::build<Move>(gen::set(&Move::deed, deed), gen::set(&Move::who),
                            gen::set(&Move::what), gen::set(&Move::how));
  }
};

}  // namespace rc

namespace vcp {
namespace {

RC_GTEST_PROP(LocalCallsProperty, EverythingCompletesOnceAndNothingStays, ()) {
  const auto count = *rc::gen::inRange<size_t>(0, 300);
  const auto moves = *rc::gen::container<std::vector<Move>>(count, rc::gen::arbitrary<Move>());
  Daemon daemon;
  for (const Move& move : moves) daemon.Do(move);
  daemon.EndAll();
}

}  // namespace
}  // namespace vcp
