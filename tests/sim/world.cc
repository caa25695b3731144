#include "world.h"

#include <algorithm>

#include "base/check.h"
#include "wire/message.h"

namespace vcp::sim {

namespace {

constexpr uint32_t kSapsPerClient = 2;
constexpr uint32_t kManyLabels = 10'000;

Address AddressOfSap(size_t daemon, size_t client, size_t sap) {
  return *ParseAddress("+10" + std::to_string(daemon) + "0" + std::to_string(client) + "0" +
                       std::to_string(sap));
}

}  // namespace

World::World(uint64_t seed, bool verbose) : environment_(seed, verbose) {
  DrawCharacter();
  Build();
}

World::~World() {
  for (Daemon& daemon : daemons_) {
    environment_.timers.Cancel(daemon.plane_timer);
    daemon.clients.clear();
    daemon.teardowns.clear();
  }
}

// Half of the runs have a trouble, the others do without it.
void World::DrawCharacter() {
  Environment& env = environment_;
  Character& character = env.character;
  auto sometimes = [&env](uint64_t value) { return env.Chance(50) ? value : 0; };
  character.daemons = env.Chance(60) ? 2 : 2 + env.Below(7);
  character.clients_per_daemon = 1 + env.Below(3);
  character.busy_ns = (5 + env.Below(40)) * kNsPerSecond;
  character.mean_pause_ns = (50 + env.Below(1000)) * kNsPerMs;
  character.wire.lost_percent = static_cast<uint32_t>(sometimes(env.Below(31)));
  character.wire.repeated_percent = static_cast<uint32_t>(sometimes(env.Below(31)));
  character.wire.reordered_percent = static_cast<uint32_t>(sometimes(env.Below(31)));
  character.wire.delay_ns = 1 + env.Below(env.Chance(80) ? 20 : 300) * kNsPerMs;
  // Twice that, for who is activated and then deactivated, is less than the quarantine of a label.
  character.plane_delay_ns = sometimes(env.Below(env.Chance(80) ? 10 : 450) * kNsPerMs);
  character.plane_failures = static_cast<uint32_t>(sometimes(env.Below(10)));
  character.mean_between_cuts_ns = sometimes((2 + env.Below(20)) * kNsPerSecond);
  character.mean_between_restarts_ns = sometimes((5 + env.Below(30)) * kNsPerSecond);
  character.mean_between_deaths_ns = sometimes((2 + env.Below(20)) * kNsPerSecond);
  character.labels = env.Chance(50) ? kManyLabels : 3 + env.Below(60);
  character.has_parties = env.Chance(50);
  character.has_changes = env.Chance(50);
  character.wire.corrupted_percent = static_cast<uint32_t>(sometimes(env.Below(10)));
  // So that numbers begin anew at 0 while a connection lasts.
  if (env.Chance(30)) character.first_sscop_number = wire::kSscopNumberMask - env.Below(300);
  if (env.Chance(10)) return CalmDown();
  character.peers_err = env.Chance(10);
  if (character.peers_err) character.wire.damaged_per_mille = 1 + env.Below(50);
}

void World::CalmDown() {
  Character& character = environment_.character;
  character.is_calm = true;
  character.is_orderly = environment_.Chance(50);
  character.wire = {.delay_ns = character.wire.delay_ns};
  character.plane_failures = 0;
  character.mean_between_cuts_ns = 0;
  character.mean_between_restarts_ns = 0;
  character.mean_between_deaths_ns = 0;
  character.labels = kManyLabels;
  character.max_rate_bytes_per_second = 200'000;  // 6000 such calls fit on a link.
  // A client that has to answer does so before somebody's T303 or T310.
  character.mean_pause_ns = std::min(character.mean_pause_ns, 100 * kNsPerMs);
  if (!character.is_orderly) return;
  character.daemons = std::min(character.daemons, 3u);
  character.clients_per_daemon = std::min(character.clients_per_daemon, 2u);
  character.wire.delay_ns = std::min(character.wire.delay_ns, 20 * kNsPerMs);
  character.plane_delay_ns = std::min(character.plane_delay_ns, 10 * kNsPerMs);
}

// --- what there is -------------------------------------------------------------------------------

void World::Join(size_t one, size_t other) {
  if (environment_.Chance(50)) std::swap(one, other);
  Link& link = *links_.emplace_back(std::make_unique<Link>(&environment_));
  const size_t ends[] = {one, other};
  for (size_t end = 0; end < 2; ++end) {
    link.daemon[end] = ends[end];
    link.port[end] = daemons_[ends[end]].ends.size();
    daemons_[ends[end]].ends.emplace_back(links_.size() - 1, end);
  }
  link.wire.SetFaults(environment_.character.wire);
  if (environment_.verbose()) TraceWire(&link);
}

// A tree, and now and then a link more.
void World::Build() {
  const uint32_t count = environment_.character.daemons;
  daemons_.resize(count);
  for (uint32_t daemon = 1; daemon < count; ++daemon) Join(environment_.Below(daemon), daemon);
  if (environment_.Chance(20)) Join(0, count - 1);
  for (uint32_t daemon = 0; daemon < count; ++daemon) StartDaemon(daemon);
}

void World::TraceWire(Link* link) {
  link->wire.SetTap([this, link](size_t from, std::span<const uint8_t> bytes, bool arrives) {
    wire::SscopPdu pdu;
    VCP_CHECK(wire::ParseSscopPdu(bytes, &pdu) == wire::SscopError::kNone);
    if (pdu.type == wire::SscopType::kPoll || pdu.type == wire::SscopType::kStat) return;
    wire::Message message;
    wire::ParseReport report;
    const bool is_message = pdu.type == wire::SscopType::kSd &&
                            ParseMessage(pdu.body, &message, &report) == wire::HeaderError::kNone;
    environment_.Trace("  ", link->daemon[from], ">", link->daemon[1 - from], " ",
                       wire::ToString(pdu), arrives ? " " : " LOST ",
                       is_message ? ToString(message) : std::string());
  });
}

void World::StartDaemon(size_t index) {
  Daemon& daemon = daemons_[index];
  environment_.Trace("daemon ", index, " starts");
  testing::UniHost& host = daemon.host.emplace(&environment_.clock, &environment_.timers);
  for (const auto& [link, end] : daemon.ends) {
    const signaling::Role role = end == 0 ? signaling::Role::kUser : signaling::Role::kNetwork;
    callmgr::UniOptions options = testing::UniHost::OptionsOf(role);
    options.uni.hash_seed = environment_.Below(~0u);
    options.last_label = kMinDataLabel + environment_.character.labels - 1;
    options.sscop.carrier_may_repeat = true;
    options.sscop.first_number = environment_.character.first_sscop_number;
    options.sscop.connection_number = static_cast<uint8_t>(environment_.Below(255));
    host.AddLink(options, links_[link]->wire.end(end));
  }
  daemon.clients.clear();
  daemon.clients.resize(environment_.character.clients_per_daemon);
  for (size_t slot = 0; slot < daemon.clients.size(); ++slot) StartClient(index, slot);
}

// Whoever comes takes the addresses of the one that went.
void World::StartClient(size_t index, size_t slot) {
  Daemon& daemon = daemons_[index];
  std::vector<Door> doors;
  for (size_t port = 0; port < daemon.ends.size(); ++port) {
    const auto& [link, end] = daemon.ends[port];
    Door door{.adapter = daemon.host->ports[port].adapter};
    const size_t neighbour = links_[link]->daemon[1 - end];
    for (size_t client = 0; client < environment_.character.clients_per_daemon; ++client) {
      for (size_t sap = 0; sap < kSapsPerClient; ++sap) {
        door.reachable.push_back(AddressOfSap(neighbour, client, sap));
      }
    }
    doors.push_back(std::move(door));
  }
  std::vector<Address> addresses;
  for (size_t sap = 0; sap < kSapsPerClient; ++sap) {
    addresses.push_back(AddressOfSap(index, slot, sap));
  }
  const uint32_t channel = ++last_channel_;
  const std::string name = "d" + std::to_string(index) + "c" + std::to_string(channel);
  daemon.clients[slot] = std::make_unique<Client>(&environment_, &daemon.host->board, name, channel,
                                                  std::move(doors), std::move(addresses));
}

// --- time ----------------------------------------------------------------------------------------

void World::RunUntil(uint64_t until_ns) {
  TimerQueue& timers = environment_.timers;
  ServePlanes();
  while (environment_.failure().empty() &&
         timers.NextDeadlineNs().value_or(until_ns + 1) <= until_ns) {
    environment_.clock.now_ns = std::max(environment_.now_ns(), *timers.NextDeadlineNs());
    timers.RunDue(environment_.now_ns());
    ServePlanes();
    if (environment_.labels_changed && !environment_.character.peers_err) CheckLabels();
  }
  environment_.clock.now_ns = std::max(environment_.now_ns(), until_ns);
}

void World::ServePlanes() {
  for (size_t index = 0; index < daemons_.size(); ++index) {
    Daemon& daemon = daemons_[index];
    const bool waits = daemon.host && !daemon.host->plane.commands.empty();
    if (!waits || daemon.plane_timer != TimerId()) continue;
    const uint64_t delay_ns = environment_.random() % (environment_.character.plane_delay_ns + 1);
    daemon.plane_timer = environment_.timers.Arm(environment_.now_ns() + delay_ns, [this, index] {
      daemons_[index].plane_timer = {};
      for (size_t due = daemons_[index].host->plane.commands.size(); due > 0; --due) {
        AnswerPlane(index);
      }
    });
  }
}

void World::AnswerPlane(size_t index) {
  testing::FakeVcProgrammer& plane = daemons_[index].host->plane;
  const testing::FakeVcProgrammer::Command& command = plane.commands.front();
  const bool activates = command.kind == testing::FakeVcProgrammer::Kind::kActivate;
  const bool fails =
      activates && environment_.busy && environment_.Chance(environment_.character.plane_failures);
  environment_.Trace("  plane ", index, activates ? " activates " : " ends or stops ",
                     command.program.channel, "/", command.program.channel_vc, " label ",
                     command.program.receive_label, fails ? " in vain" : "");
  environment_.labels_changed |= activates && !fails;
  plane.Answer(fails ? Status::kResources : Status::kSuccess);
}

// --- the run -------------------------------------------------------------------------------------

const std::string& World::Run() {
  ArmFaults();
  RunUntil(environment_.now_ns() + environment_.character.busy_ns);
  EndFaults();
  AwaitRest("after the last fault");
  if (environment_.failure().empty() && !environment_.character.peers_err) CheckAgreement();
  if (environment_.failure().empty() && environment_.character.is_calm) CheckCounters();
  if (!environment_.failure().empty()) return environment_.failure();
  for (size_t index = 0; index < daemons_.size(); ++index) {
    for (size_t slot = 0; slot < daemons_[index].clients.size(); ++slot) {
      Client* client = daemons_[index].clients[slot].get();
      if (client == nullptr) continue;
      environment_.Chance(50) ? client->Leave() : KillClient(index, slot);
    }
  }
  AwaitRest("after all clients left");
  if (environment_.failure().empty()) CheckNothingIsLeft();
  return environment_.failure();
}

}  // namespace vcp::sim
