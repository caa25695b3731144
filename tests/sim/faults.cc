// What goes wrong in a run beside the wires: partitions, daemons and clients that die.
#include <algorithm>

#include "world.h"

namespace vcp::sim {

void World::ArmFaults() {
  const Character& character = environment_.character;
  Repeat(character.mean_between_cuts_ns, &World::CutALink);
  Repeat(character.mean_between_restarts_ns, &World::RestartADaemon);
  Repeat(character.mean_between_deaths_ns, &World::KillAClient);
}

void World::Repeat(uint64_t mean_ns, void (World::*fault)()) {
  if (mean_ns == 0) return;
  environment_.timers.Arm(environment_.now_ns() + environment_.Around(mean_ns),
                          [this, mean_ns, fault] {
                            if (!environment_.busy) return;
                            (this->*fault)();
                            Repeat(mean_ns, fault);
                          });
}

// One way or both, for shorter or longer than T309.
void World::CutALink() {
  Link& link = *links_[environment_.Below(static_cast<uint32_t>(links_.size()))];
  const uint32_t ways = 1 + environment_.Below(3);
  const uint64_t duration_ns =
      environment_.Around(environment_.Chance(50) ? 3 * kNsPerSecond : 15 * kNsPerSecond);
  environment_.Trace("link ", link.daemon[0], "-", link.daemon[1], " is cut, ways ", ways, ", for ",
                     duration_ns / kNsPerMs, " ms");
  for (size_t end = 0; end < 2; ++end) {
    if ((ways >> end & 1) != 0) link.wire.SetCut(end, true);
  }
  environment_.timers.Arm(environment_.now_ns() + duration_ns, [this, &link] {
    environment_.Trace("link ", link.daemon[0], "-", link.daemon[1], " is whole again");
    for (size_t end = 0; end < 2; ++end) link.wire.SetCut(end, false);
  });
}

// It loses everything, and its clients with it.
void World::RestartADaemon() {
  const size_t index = environment_.Below(static_cast<uint32_t>(daemons_.size()));
  Daemon& daemon = daemons_[index];
  if (!daemon.host) return;
  environment_.Trace("daemon ", index, " dies");
  environment_.timers.Cancel(std::exchange(daemon.plane_timer, {}));
  daemon.clients.clear();
  daemon.teardowns.clear();
  daemon.host.reset();
  ++daemon.life;
  const uint64_t downtime_ns = environment_.Chance(50) ? 1 : environment_.Around(6 * kNsPerSecond);
  environment_.timers.Arm(environment_.now_ns() + downtime_ns, [this, index] {
    if (!daemons_[index].host) StartDaemon(index);
  });
}

void World::KillAClient() {
  const size_t index = environment_.Below(static_cast<uint32_t>(daemons_.size()));
  const size_t slot = environment_.Below(environment_.character.clients_per_daemon);
  if (daemons_[index].host) KillClient(index, slot);
}

void World::KillClient(size_t index, size_t slot) {
  Daemon& daemon = daemons_[index];
  std::unique_ptr<Client> client = std::move(daemon.clients[slot]);
  if (client == nullptr) return;
  environment_.Trace(client->name(), " dies");
  auto teardown = std::make_unique<circuit::ClientTeardown>(&daemon.host->board, client.get());
  client.reset();
  circuit::ClientTeardown* end = teardown.get();
  daemon.teardowns.push_back(std::move(teardown));
  // Its successor does not come from inside the teardown, and not to another daemon's life.
  end->Start([this, index, slot, end, life = daemon.life] {
    environment_.timers.Arm(environment_.now_ns(), [this, index, slot, end, life] {
      if (daemons_[index].life == life) OnClientEnded(index, slot, end);
    });
  });
}

void World::OnClientEnded(size_t index, size_t slot, const circuit::ClientTeardown* teardown) {
  environment_.Trace("nothing is left of client ", slot, " of daemon ", index);
  std::erase_if(daemons_[index].teardowns,
                [teardown](const auto& other) { return other.get() == teardown; });
  if (environment_.busy) StartClient(index, slot);
}

void World::EndFaults() {
  environment_.Trace("faults end");
  environment_.busy = false;
  for (const std::unique_ptr<Link>& link : links_) {
    link->wire.SetFaults({.delay_ns = environment_.character.wire.delay_ns});
    for (size_t end = 0; end < 2; ++end) link->wire.SetCut(end, false);
  }
}

}  // namespace vcp::sim
