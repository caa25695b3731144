// Calls between two hosts through the whole control path of a link: switchboard, UNI call manager,
// call control, SSCOP, a carrier and a data path in memory that only answer. What a set-up and its
// release cost with many calls standing, what a refusal costs, what an SDU of SSCOP costs, and what
// a standing call takes of memory.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <deque>
#include <functional>
#include <vector>

#include "base/check.h"
#include "callmgr/uni_call_manager.h"
#include "miniport/port_miniport.h"
#include "signaling/saal.h"
#include "testing/fake_clock.h"

namespace vcp::callmgr {
namespace {

constexpr uint64_t kBitsPerSecond = 10'000'000'000;
constexpr uint32_t kMaxSduBytes = 1492;
// Less than SetupLimits allow.
constexpr uint64_t kNsPerCall = 100'000;

// What is to happen outside of whoever asked for it.
using Later = std::deque<std::function<void()>>;

class Plane final : public dataplane::VcProgrammer {
 public:
  explicit Plane(Later* later) : later_(later) {}
  void ActivateVc(const dataplane::VcProgram&, Done done) override { Answer(std::move(done)); }
  void DeactivateVc(dataplane::ChannelIndex, uint32_t, Done done) override {
    Answer(std::move(done));
  }
  void StopReceiving(dataplane::ChannelIndex, uint32_t, Done done) override {
    Answer(std::move(done));
  }
  dataplane::VcCounters ReadVcCounters(dataplane::ChannelIndex, uint32_t) const override {
    return {};
  }

 private:
  void Answer(Done done) {
    later_->push_back([done = std::move(done)] { done(Status::kSuccess); });
  }
  Later* later_;
};

class Pipe final : public SignalingCarrier {
 public:
  Pipe(Later* later, Pipe* other) : later_(later), other_(other) {
    if (other != nullptr) other->other_ = this;
  }
  void SetReceiver(OnPdu on_pdu) override { on_pdu_ = std::move(on_pdu); }
  void Send(std::span<const uint8_t> pdu) override {
    later_->push_back([other = other_, bytes = std::vector<uint8_t>(pdu.begin(), pdu.end())] {
      other->on_pdu_(bytes);
    });
  }

 private:
  Later* later_;
  Pipe* other_;
  OnPdu on_pdu_;
};

// A client that takes every call and remembers next to nothing.
class PlainClient final : public circuit::Client {
 public:
  void OnAfRegistered(circuit::BindingHandle, const circuit::AddressFamily&) override {}
  void OnOpenAfComplete(Status, circuit::Context, circuit::AfHandle) override {}
  void OnCloseAfComplete(Status, circuit::Context) override {}
  Status OnNotifyCloseAf(circuit::Context) override { return Status::kSuccess; }
  void OnRegisterSapComplete(Status, circuit::Context, const circuit::Sap&,
                             circuit::SapHandle) override {}
  void OnDeregisterSapComplete(Status, circuit::Context) override {}
  Status OnDeleteVc(circuit::Context) override { return Status::kSuccess; }
  Status OnIncomingCall(circuit::Context, circuit::Context, circuit::CallParameters*) override {
    return Status::kSuccess;
  }
  void OnCallConnected(circuit::Context) override {}
  void OnCloseCallComplete(Status, circuit::Context, circuit::Context) override {}
  void OnAddPartyComplete(Status, circuit::Context, circuit::PartyHandle,
                          const circuit::CallParameters&, const circuit::Cause&) override {}
  void OnDropPartyComplete(Status, circuit::Context) override {}
  void OnIncomingDropParty(Status, circuit::Context, std::span<const uint8_t>,
                           const circuit::Cause&) override {}
  void OnModifyCallQoSComplete(Status, circuit::Context, const circuit::CallParameters&,
                               const circuit::Cause&) override {}
  void OnIncomingCallQoSChange(circuit::Context, const circuit::CallParameters&) override {}
  Status OnCreateVc(circuit::Context, circuit::VcHandle vc, circuit::Context* context,
                    circuit::DataEndpoint* endpoint) override {
    last_vc = vc;
    *context = ++last_context;
    *endpoint = {.channel = 1, .channel_vc = last_context};
    return Status::kSuccess;
  }
  void OnMakeCallComplete(Status status, circuit::Context, circuit::PartyHandle,
                          const circuit::CallParameters&, const circuit::Cause&) override {
    succeeded += status == Status::kSuccess;
  }
  void OnIncomingCloseCall(Status, circuit::Context, std::span<const uint8_t>,
                           const circuit::Cause&) override {}

  circuit::VcHandle last_vc;
  uint32_t last_context = 0;
  uint64_t succeeded = 0;
};

struct Host {
  Host(signaling::Role role, Later* later, Pipe* pipe, const Clock* clock, TimerQueue* timers)
      : plane(later), miniport(&board, &plane, 0, {.name = "wire", .max_sdu_bytes = kMaxSduBytes}) {
    VCP_CHECK(board.RegisterAdapter("wire", &miniport, &adapter) == Status::kSuccess);
    UniOptions options;
    options.uni = signaling::UniConfig::DefaultsOf(role);
    options.admission = qos::PolicyOfLink(kBitsPerSecond);
    options.capacity = {.max_sdu_bytes = kMaxSduBytes,
                        .cells_per_second = options.admission.cells_per_second};
    manager.emplace(options, UniCallManager::Parts{.switchboard = &board,
                                                   .pvcs = &pvcs,
                                                   .routes = nullptr,
                                                   .carrier = pipe,
                                                   .clock = clock,
                                                   .timers = timers});
    VCP_CHECK(manager->Start(adapter) == Status::kSuccess);
  }
  // One after the other: none may have all the VCs.
  void AddClient() {
    PlainClient& client = clients.emplace_back();
    circuit::BindingHandle binding;
    VCP_CHECK(board.OpenBinding(&client, adapter, &binding) == Status::kSuccess);
    VCP_CHECK(board.OpenAddressFamily(binding, UniCallManager::kFamily, 0, &afs.emplace_back()) ==
              Status::kSuccess);
  }

  circuit::Switchboard board;
  Plane plane;
  PvcList pvcs;
  miniport::PortMiniport miniport;
  circuit::AdapterHandle adapter;
  std::optional<UniCallManager> manager;
  std::deque<PlainClient> clients;
  std::vector<circuit::AfHandle> afs;
};

class Link {
 public:
  static constexpr size_t kClients = 2;

  Link() {
    for (size_t i = 0; i < kClients; ++i) {
      caller.AddClient();
      called.AddClient();
      circuit::SapHandle sap;
      VCP_CHECK(called.board.RegisterSap(called.afs[i], 0, {.address = AddressOf(i)}, &sap) ==
                Status::kSuccess);
    }
    Settle();
  }

  static Address AddressOf(size_t client) { return *ParseAddress("+10" + std::to_string(client)); }
  void Settle() {
    timers.RunDue(clock.NowNs());
    while (!later.empty()) {
      const std::function<void()> next = std::move(later.front());
      later.pop_front();
      next();
      timers.RunDue(clock.NowNs());
    }
  }
  circuit::VcHandle MakeVc(size_t client) {
    circuit::VcHandle vc;
    const uint32_t context = ++caller.clients[client].last_context;
    VCP_CHECK(caller.board.CreateVc(caller.afs[client], context,
                                    {.channel = 1, .channel_vc = context},
                                    &vc) == Status::kSuccess);
    return vc;
  }
  void Call(circuit::VcHandle vc, const Address& address) {
    clock.Advance(kNsPerCall);
    circuit::CallParameters params;
    params.call_manager.emplace().called = address;
    VCP_CHECK(caller.board.MakeCall(vc, &params) == Status::kPending);
    Settle();
  }
  void HangUp(circuit::VcHandle vc, size_t client) {
    VCP_CHECK(caller.board.CloseCall(vc, {}) == Status::kPending);
    Settle();
    VCP_CHECK(called.board.CloseCall(called.clients[client].last_vc, {}) == Status::kPending);
    Settle();
  }
  void LetStand(size_t calls) {
    for (size_t i = 0; i < calls; ++i) Call(MakeVc(i % kClients), AddressOf(i % kClients));
    VCP_CHECK(caller.manager->signaling().uni().call_count() == calls);
  }

  Later later;
  testing::FakeClock clock;
  TimerQueue timers;
  Pipe pipes[2] = {Pipe(&later, nullptr), Pipe(&later, &pipes[0])};
  Host caller{signaling::Role::kUser, &later, &pipes[0], &clock, &timers};
  Host called{signaling::Role::kNetwork, &later, &pipes[1], &clock, &timers};
};

// One call from SETUP to RELEASE COMPLETE. A function of its own, so that callgrind can be told to
// look at nothing else: --toggle-collect='*MakeAndEndCall*'.
[[gnu::noinline]] void MakeAndEndCall(Link* link, circuit::VcHandle vc) {
  link->Call(vc, Link::AddressOf(0));
  link->HangUp(vc, 0);
}

void BM_SetupAndRelease(benchmark::State& state) {
  Link link;
  const auto standing = static_cast<size_t>(state.range(0));
  const size_t before = mallinfo2().uordblks;
  link.LetStand(standing);
  // Of both ends, switchboard, call manager, call control and admission.
  if (standing != 0) {
    state.counters["bytes_a_call_and_end"] =
        static_cast<double>(mallinfo2().uordblks - before) / static_cast<double>(2 * standing);
  }
  const circuit::VcHandle vc = link.MakeVc(0);
  const uint64_t succeeded = link.caller.clients[0].succeeded;
  for (auto _ : state) MakeAndEndCall(&link, vc);
  VCP_CHECK(link.caller.clients[0].succeeded - succeeded ==
            static_cast<uint64_t>(state.iterations()));
  VCP_CHECK(link.caller.manager->signaling().uni().call_count() == standing);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_SetupAndRelease)->ArgName("standing")->Arg(0)->Arg(1000)->Arg(100'000);

// Nobody listens at the address: SETUP and RELEASE COMPLETE, and all that both ends do for it.
void BM_RefusedSetup(benchmark::State& state) {
  Link link;
  const circuit::VcHandle vc = link.MakeVc(0);
  for (auto _ : state) link.Call(vc, *ParseAddress("+999"));
  VCP_CHECK(link.caller.clients[0].succeeded == 0);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_RefusedSetup);

// A client that asks for ten times the calls that it may have (S3): items are those that come
// about, so this beside BM_SetupAndRelease is what is left of them. At least 80 % are to be.
void BM_TenTimesTooManySetups(benchmark::State& state) {
  constexpr uint64_t kNsPerAttempt =
      kNsPerSecond / (10 * signaling::SetupLimits().client_setups_per_second);
  Link link;
  const circuit::VcHandle vc = link.MakeVc(0);
  uint64_t taken = 0;
  for (auto _ : state) {
    for (int attempt = 0; attempt < 10; ++attempt) {
      link.clock.Advance(kNsPerAttempt);
      circuit::CallParameters params;
      params.call_manager.emplace().called = Link::AddressOf(0);
      if (link.caller.board.MakeCall(vc, &params) != Status::kPending) continue;
      ++taken;
      link.Settle();
      link.HangUp(vc, 0);
    }
  }
  VCP_CHECK(link.caller.clients[0].succeeded == taken);
  state.counters["refused_a_call"] = static_cast<double>(10 * state.iterations() - taken) /
                                     static_cast<double>(std::max<uint64_t>(taken, 1));
  state.SetItemsProcessed(static_cast<int64_t>(taken));
}
BENCHMARK(BM_TenTimesTooManySetups);

// From one SAAL to the other and acknowledged, without a carrier between them.
void BM_SaalSdu(benchmark::State& state) {
  using signaling::SaalAction;
  signaling::Saal ends[2];
  uint64_t now_ns = kNsPerSecond;
  uint64_t delivered = 0;
  bool moved = true;
  const auto pump = [&] {
    for (moved = true; moved;) {
      moved = false;
      for (size_t end = 0; end < 2; ++end) {
        ends[end].CarryOut([&](const SaalAction& action) {
          if (action.kind == SaalAction::Kind::kDataIndication) ++delivered;
          if (action.kind != SaalAction::Kind::kSendPdu) return;
          moved = true;
          ends[1 - end].OnPdu(action.bytes, now_ns);
        });
      }
    }
  };
  VCP_CHECK(ends[0].EstablishRequest(now_ns) == Status::kSuccess);
  pump();
  const std::vector<uint8_t> sdu(100);
  for (auto _ : state) {
    VCP_CHECK(ends[0].DataRequest(sdu, now_ns) == Status::kSuccess);
    pump();
    now_ns += 10 * kNsPerMs;  // A POLL now and then.
    ends[0].OnTimer(now_ns);
    pump();
  }
  VCP_CHECK(delivered == static_cast<uint64_t>(state.iterations()));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_SaalSdu);

}  // namespace
}  // namespace vcp::callmgr

BENCHMARK_MAIN();
