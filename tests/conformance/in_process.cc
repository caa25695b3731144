#include "in_process.h"

#include <algorithm>

#include "base/check.h"
#include "stage.h"

namespace vcp::conformance {
namespace {

constexpr dataplane::PortIndex kLoopIndex = 0;
constexpr dataplane::PortIndex kCableIndex = 1;
constexpr uint64_t kLinkBitsPerSecond = 10'000'000'000;
// Longer than any timer of signaling.
constexpr uint64_t kPatienceNs = 200 * kNsPerSecond;

port::PortInfo InfoOf(const char* name) {
  return {.name = name,
          .max_sdu_bytes = kPortSduBytes,
          .link_up = true,
          .link_bits_per_second = kLinkBitsPerSecond};
}

miniport::PortDoors DoorsTo(InProcessPlane* plane, const Clock* clock) {
  return {.plane = plane, .life = plane, .pauser = plane, .clock = clock};
}

}  // namespace

// --- hosts ---------------------------------------------------------------------------------------

InProcessHost::InProcessHost(signaling::Role role, callmgr::SignalingCarrier* carrier,
                             const Clock* clock, TimerQueue* timers)
    : plane({InfoOf(kLoopPort), InfoOf(kCablePort)}),
      loop(&board, &programmer, kLoopIndex, InfoOf(kLoopPort), DoorsTo(&plane, clock)),
      cable(&board, &programmer, kCableIndex, InfoOf(kCablePort), DoorsTo(&plane, clock)),
      links(
          &plane,
          [this](dataplane::PortIndex port, bool) {
            (port == kLoopIndex ? loop.miniport() : cable).OnLinkChange();
          },
          [](dataplane::PortIndex) {}) {
  VCP_CHECK(loop.Start() == Status::kSuccess);
  circuit::AdapterHandle adapter;
  VCP_CHECK(board.RegisterAdapter(kCablePort, &cable, &adapter) == Status::kSuccess);
  callmgr::UniOptions options;
  options.uni = signaling::UniConfig::DefaultsOf(role);
  options.admission = qos::PolicyOfLink(kLinkBitsPerSecond);
  options.capacity = {.max_sdu_bytes = kPortSduBytes,
                      .cells_per_second = options.admission.cells_per_second};
  uni.emplace(options, callmgr::UniCallManager::Parts{.switchboard = &board,
                                                      .pvcs = &pvcs,
                                                      .routes = nullptr,
                                                      .carrier = carrier,
                                                      .clock = clock,
                                                      .timers = timers});
  VCP_CHECK(uni->Start(adapter) == Status::kSuccess);
  VCP_CHECK(pvc_manager.Start(adapter) == Status::kSuccess);
  VCP_CHECK(loop_pvc_manager.Start(board.FindAdapter(kLoopPort)) == Status::kSuccess);
  for (int line = 0; line < kLines; ++line) {
    const uint32_t label = LabelOf(line);
    VCP_CHECK(pvcs.Add({.name = LineName(line), .adapter = kCablePort, .labels = {label, label}}) ==
              Status::kSuccess);
  }
  for (uint32_t i = 0; i < 4; ++i) {
    VCP_CHECK(pvcs.Add({.name = "group/" + std::to_string(i),
                        .adapter = kCablePort,
                        .labels = {2000 + i, 2000 + i}}) == Status::kSuccess);
  }
  for (uint32_t i = 0; i < 2; ++i) {
    VCP_CHECK(pvcs.Add({.name = "far/" + std::to_string(i),
                        .adapter = kCablePort,
                        .labels = {4000 + i, 4000 + i},
                        .destination = *ParseAddress(kPvcDestination)}) == Status::kSuccess);
  }
  qos::FlowSpec slow;
  slow.token_rate_bytes_per_second = 1'000'000;
  slow.max_sdu_size_bytes = 1000;
  VCP_CHECK(pvcs.Add({.name = "slow",
                      .adapter = kCablePort,
                      .labels = {3000, 3000},
                      .transmit = slow,
                      .receive = slow}) == Status::kSuccess);
  links.Look(clock->NowNs());
  objects_without_clients = board.LiveObjectCount();
}

InProcessHost::~InProcessHost() {
  (void)loop_pvc_manager.Stop();
  (void)pvc_manager.Stop();
  (void)uni->Stop();
}

InProcessWorld::InProcessWorld() {
  west_ = std::make_unique<InProcessHost>(signaling::Role::kUser, wire_.end(0), &clock_, &timers_);
  east_ =
      std::make_unique<InProcessHost>(signaling::Role::kNetwork, wire_.end(1), &clock_, &timers_);
  Settle();
}

InProcessWorld::~InProcessWorld() {
  west_.reset();
  east_.reset();
}

void InProcessWorld::StartManagers() {
  StartManagers(&InProcessHost::external, ExternalManager::kFamily);
}

void InProcessWorld::StartOtherManagers() {
  StartManagers(&InProcessHost::other_external, ExternalManager::kOthersFamily);
}

void InProcessWorld::StartManagers(std::unique_ptr<InProcessManager> InProcessHost::*managers,
                                   uint32_t family) {
  uint32_t first = 0;
  for (InProcessHost* host : {west_.get(), east_.get()}) {
    host->objects_without_clients -= host->board.LiveObjectCount();
    host->*managers = std::make_unique<InProcessManager>(&host->board, &clock_, InfoOf(kCablePort),
                                                         first++, family);
  }
  (west_.get()->*managers)->JoinTo((east_.get()->*managers).get());
  (east_.get()->*managers)->JoinTo((west_.get()->*managers).get());
  Settle();
  for (InProcessHost* host : {west_.get(), east_.get()}) {
    VCP_CHECK((host->*managers)->is_ready());
    host->objects_without_clients += host->board.LiveObjectCount();
  }
}

std::vector<InProcessManager*> InProcessWorld::ManagersOf(const InProcessHost& host) {
  std::vector<InProcessManager*> managers;
  for (const auto& manager : {&host.external, &host.other_external}) {
    if (*manager != nullptr) managers.push_back(manager->get());
  }
  return managers;
}

// What it leaves behind are two bindings less, its own and its family's, once no client has that
// open.
void InProcessWorld::KillManager(InProcessHost* host) {
  host->external->Kill();
  host->objects_without_clients -= 2;
  Settle();
}

void InProcessWorld::SetLink(InProcessHost* host, std::string_view port, bool up) {
  host->plane.ports[port == kLoopPort ? kLoopIndex : kCableIndex].link_up = up;
  Pass(dataplane::LinkMonitor::kLookIntervalNs);
  host->links.Look(NowNs());
}

std::optional<uint64_t> InProcessWorld::NextDeadlineNs() const {
  std::optional<uint64_t> next_ns = timers_.NextDeadlineNs();
  for (const InProcessHost* host : {west_.get(), east_.get()}) {
    for (InProcessManager* manager : ManagersOf(*host)) {
      const std::optional<uint64_t> due_ns = manager->NextDeadlineNs();
      if (due_ns && (!next_ns || *due_ns < *next_ns)) next_ns = due_ns;
    }
  }
  return next_ns;
}

std::unique_ptr<Player> InProcessWorld::NewPlayer(InProcessHost* host) {
  const auto channel = static_cast<uint32_t>(players_.size());
  auto player = std::make_unique<InProcessPlayer>(this, host, channel);
  players_.push_back(player.get());
  return player;
}

::testing::AssertionResult InProcessWorld::HoldsNothing(InProcessHost* host) {
  Pass(kPatienceNs);  // The peer's last words.
  const size_t objects = host->board.LiveObjectCount();
  const size_t calls = host->uni->signaling().uni().call_count();
  const size_t admitted =
      host->uni->transmit_admission().size() + host->uni->receive_admission().size();
  if (objects == host->objects_without_clients && calls == 0 && admitted == 0 &&
      host->programmer.active.empty()) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << objects - host->objects_without_clients << " objects, " << calls << " calls, "
         << admitted << " admissions, " << host->programmer.active.size() << " active VCs are left";
}

void InProcessWorld::Settle() {
  for (bool moved = true; moved;) {
    moved = timers_.RunDue(clock_.NowNs()) != 0;
    for (InProcessHost* host : {west_.get(), east_.get()}) {
      moved |= !host->programmer.commands.empty();
      host->programmer.AnswerAll();
      moved |= host->plane.Settle();
      for (InProcessManager* manager : ManagersOf(*host)) moved |= manager->Turn();
      moved |= !host->programmer.commands.empty();
    }
    clock_.Advance(1);
  }
}

void InProcessWorld::Pass(uint64_t ns) {
  const uint64_t until_ns = clock_.NowNs() + ns;
  Settle();
  while (NextDeadlineNs().value_or(until_ns + 1) <= until_ns) {
    clock_.now_ns = std::max(clock_.now_ns, *NextDeadlineNs());
    Settle();
  }
  clock_.now_ns = std::max(clock_.now_ns, until_ns);
}

void InProcessWorld::Deliver(const InProcessHost* from, const dataplane::VcProgram& program,
                             std::string_view bytes) {
  const bool is_west = from == west_.get();
  InProcessHost& to = (program.port == kLoopIndex) == is_west ? *west_ : *east_;
  if (to.plane.ports_paused.contains(program.port)) return;
  for (const auto& [key, other] : to.programmer.active) {
    if (other.port == program.port && other.receive &&
        other.receive_label == program.transmit_label) {
      to.plane.counters[program.port].received_frames += 1;
      to.plane.vcs[key].received_sdus += 1;
      to.plane.vcs[key].received_bytes += bytes.size();
      players_[other.channel]->TakeDelivery(other.channel_vc, bytes);
    }
  }
}

}  // namespace vcp::conformance
