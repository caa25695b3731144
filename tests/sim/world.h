// One simulated run: daemons joined by signaled links, clients on them, calls and parties at random
// (S11), faults (W7, S2, S8, S9), and after the last fault the question whether everything is as it
// must be. All of it follows from the seed.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "circuit/client_teardown.h"
#include "client.h"
#include "environment.h"
#include "restart_watch.h"
#include "testing/uni_host.h"

namespace vcp::sim {

// Daemons are numbered; so are the ports of each, in the order of its links.
struct Link {
  explicit Link(Environment* environment)
      : wire(&environment->clock, &environment->timers, &environment->random),
        restarts(environment) {
    wire.SetMeddler([this](size_t from, std::span<uint8_t> pdu) { restarts.OnSend(from, pdu); });
    wire.SetArrival(
        [this](size_t from, std::span<const uint8_t> pdu) { restarts.OnArrival(from, pdu); });
  }

  testing::LossyWire wire;
  RestartWatch restarts;
  uint64_t restarting_ns = 0;  // since the last fault, and since one of them ended
  size_t restarts_owed = 0;
  size_t daemon[2] = {};  // the user's side, the network's side
  size_t port[2] = {};
};

struct Daemon {
  std::optional<testing::UniHost> host;         // none while it is down
  std::vector<std::pair<size_t, size_t>> ends;  // of its ports: link, and which end of it
  uint64_t life = 0;                            // counts its deaths
  // Both go before the host. A client is null when it is dead.
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::unique_ptr<circuit::ClientTeardown>> teardowns;
  TimerId plane_timer;
};

class World {
 public:
  World(uint64_t seed, bool verbose);
  ~World();

  // What was wrong; empty when all was well.
  const std::string& Run();
  uint64_t calls() const { return environment_.last_call_id; }
  const Character& character() const { return environment_.character; }
  const Census& census() const { return environment_.census; }

 private:
  // --- world.cc ---------------------------------------------------------------------------------
  void DrawCharacter();
  void CalmDown();
  void Join(size_t one, size_t other);
  void Build();
  void TraceWire(Link* link);
  void StartDaemon(size_t index);
  void StartClient(size_t index, size_t slot);
  void RunUntil(uint64_t until_ns);
  // Lets the data paths answer; commands that wait get a time.
  void ServePlanes();
  void AnswerPlane(size_t index);

  // --- faults.cc --------------------------------------------------------------------------------
  void ArmFaults();
  void Repeat(uint64_t mean_ns, void (World::*fault)());
  void CutALink();
  void RestartADaemon();
  void KillAClient();
  void KillClient(size_t index, size_t slot);
  void OnClientEnded(size_t index, size_t slot, const circuit::ClientTeardown* teardown);
  void EndFaults();

  // --- rest.cc: what must be true, always and when nothing happens any more ----------------------
  // A label of a link belongs to one call at a time, on both sides of it (W6).
  void CheckLabels();
  void CheckLabels(const Link& link);
  void AwaitRest(const char* when);
  void CheckRestarts(uint64_t passed_ns);
  // Empty: nobody waits for anything.
  std::string WhyNotAtRest() const;
  // Both sides of a link know the same calls, with the same labels and rates.
  void CheckAgreement();
  // Without faults nothing was lost or late, and nobody said what he should not.
  void CheckCounters();
  void CheckLink(const Link& link);
  void CheckAdmission(const Link& link);
  // Each call, and each party, by its reference: active on both sides of the link.
  void CheckCalls(const Link& link);
  void CheckParties(const Link& link);
  std::string Where(const Link& link) const;
  const callmgr::UniCallManager& ManagerOf(const Link& link, size_t end) const;
  void CheckEnds(const Link& link);
  void CheckNothingIsLeft();

  template <typename... Parts>
  bool Require(bool holds, const Parts&... parts) {
    return environment_.Require(holds, parts...);
  }

  Environment environment_;
  std::vector<std::unique_ptr<Link>> links_;
  std::deque<Daemon> daemons_;  // They stay where they are.
  uint32_t last_channel_ = 0;
};

}  // namespace vcp::sim
