// What a daemon has for its signaled links, without its data path: a switchboard, and for each link
// a port's miniport over a data path that answers when told to, and the link's call manager.
#pragma once

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/check.h"
#include "callmgr/uni_call_manager.h"
#include "circuit/switchboard.h"
#include "miniport/port_miniport.h"
#include "testing/fake_clock.h"
#include "testing/fake_vc_programmer.h"

namespace vcp::testing {

class UniHost {
 public:
  static constexpr uint64_t kLinkBitsPerSecond = 10'000'000'000;
  static constexpr uint32_t kMaxSduBytes = 1492;

  struct Port {
    Port(UniHost* host, dataplane::PortIndex index, const std::string& name)
        : miniport(&host->board, &host->plane, index,
                   {.name = name, .max_sdu_bytes = kMaxSduBytes}) {}

    miniport::PortMiniport miniport;
    circuit::AdapterHandle adapter;
    std::optional<callmgr::UniCallManager> manager;
  };

  UniHost(const Clock* clock, TimerQueue* timers) : clock_(clock), timers_(timers) {}
  // A host with one link.
  UniHost(signaling::Role role, callmgr::SignalingCarrier* carrier, const Clock* clock,
          TimerQueue* timers)
      : UniHost(clock, timers) {
    AddLink(OptionsOf(role), carrier);
  }

  static callmgr::UniOptions OptionsOf(signaling::Role role) {
    callmgr::UniOptions options;
    options.uni = signaling::UniConfig::DefaultsOf(role);
    options.admission = qos::PolicyOfLink(kLinkBitsPerSecond);
    options.capacity = {.max_sdu_bytes = kMaxSduBytes,
                        .cells_per_second = options.admission.cells_per_second};
    return options;
  }

  // Its port has the next number, and brings the signaling up at once. Calls to any address may
  // leave by it; what `routes` says of others tests add themselves.
  void AddLink(const callmgr::UniOptions& options, callmgr::SignalingCarrier* carrier) {
    const auto index = static_cast<dataplane::PortIndex>(ports.size());
    const std::string name = index == 0 ? "wire" : "wire" + std::to_string(index);
    Port& port = ports.emplace_back(this, index, name);
    VCP_CHECK(board.RegisterAdapter(name, &port.miniport, &port.adapter) == Status::kSuccess);
    (void)routes.AddDefault({.link = options.link});  // several hosts' links are all number 0
    port.manager.emplace(options, callmgr::UniCallManager::Parts{.switchboard = &board,
                                                                 .pvcs = &pvcs,
                                                                 .routes = &routes,
                                                                 .carrier = carrier,
                                                                 .clock = clock_,
                                                                 .timers = timers_});
    VCP_CHECK(port.manager->Start(port.adapter) == Status::kSuccess);
  }

  // Of the first link.
  callmgr::UniCallManager& manager() { return *ports.front().manager; }
  const callmgr::UniCallManager& manager() const { return *ports.front().manager; }

  // The end that a client has of a family it opened.
  circuit::AfHandle OpenAf(circuit::Client* client, circuit::Context context, size_t port = 0) {
    circuit::BindingHandle binding;
    circuit::AfHandle af;
    VCP_CHECK(board.OpenBinding(client, ports[port].adapter, &binding) == Status::kSuccess);
    VCP_CHECK(board.OpenAddressFamily(binding, callmgr::UniCallManager::kFamily, context, &af) ==
              Status::kSuccess);
    return af;
  }

  circuit::Switchboard board;
  FakeVcProgrammer plane;
  callmgr::PvcList pvcs;
  callmgr::RouteTable routes;
  std::deque<Port> ports;

 private:
  const Clock* clock_;
  TimerQueue* timers_;
};

// Lets everything happen at these hosts that needs no time to pass.
inline void Settle(std::initializer_list<UniHost*> hosts, FakeClock* clock, TimerQueue* timers) {
  for (bool moved = true; moved;) {
    moved = timers->RunDue(clock->NowNs()) != 0;
    for (UniHost* host : hosts) {
      moved |= !host->plane.commands.empty();
      host->plane.AnswerAll();
    }
    clock->Advance(1);
  }
}

// And all that is due until then, each in its time.
inline void Pass(uint64_t ns, std::initializer_list<UniHost*> hosts, FakeClock* clock,
                 TimerQueue* timers) {
  const uint64_t until_ns = clock->NowNs() + ns;
  Settle(hosts, clock, timers);
  while (timers->NextDeadlineNs().value_or(until_ns + 1) <= until_ns) {
    clock->now_ns = std::max(clock->now_ns, *timers->NextDeadlineNs());
    Settle(hosts, clock, timers);
  }
  clock->now_ns = std::max(clock->now_ns, until_ns);
}

}  // namespace vcp::testing
