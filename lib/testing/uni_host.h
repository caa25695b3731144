// What a daemon has for one signaled link, without its data path: a switchboard, a port's miniport
// over a data path that answers when told to, and the link's call manager.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/check.h"
#include "callmgr/uni_call_manager.h"
#include "circuit/switchboard.h"
#include "miniport/port_miniport.h"
#include "testing/fake_vc_programmer.h"

namespace vcp::testing {

class UniHost {
 public:
  static constexpr uint64_t kLinkBitsPerSecond = 10'000'000'000;
  static constexpr uint32_t kMaxSduBytes = 1492;

  UniHost(signaling::Role role, callmgr::SignalingCarrier* carrier, const Clock* clock,
          TimerQueue* timers)
      : miniport(&board, &plane, 0, {.name = "wire", .max_sdu_bytes = kMaxSduBytes}) {
    VCP_CHECK(board.RegisterAdapter("wire", &miniport, &adapter) == Status::kSuccess);
    callmgr::UniOptions options;
    options.uni = signaling::UniConfig::DefaultsOf(role);
    options.admission = qos::PolicyOfLink(kLinkBitsPerSecond);
    options.capacity = {.max_sdu_bytes = kMaxSduBytes,
                        .cells_per_second = options.admission.cells_per_second};
    manager.emplace(options, callmgr::UniCallManager::Parts{.switchboard = &board,
                                                            .pvcs = &pvcs,
                                                            .routes = nullptr,
                                                            .carrier = carrier,
                                                            .clock = clock,
                                                            .timers = timers});
    VCP_CHECK(manager->Start(adapter) == Status::kSuccess);
  }

  // The end that a client has of a family it opened.
  circuit::AfHandle OpenAf(circuit::Client* client, circuit::Context context) {
    circuit::BindingHandle binding;
    circuit::AfHandle af;
    VCP_CHECK(board.OpenBinding(client, adapter, &binding) == Status::kSuccess);
    VCP_CHECK(board.OpenAddressFamily(binding, callmgr::UniCallManager::kFamily, context, &af) ==
              Status::kSuccess);
    return af;
  }

  circuit::Switchboard board;
  FakeVcProgrammer plane;
  callmgr::PvcList pvcs;
  miniport::PortMiniport miniport;
  circuit::AdapterHandle adapter;
  std::optional<callmgr::UniCallManager> manager;
};

}  // namespace vcp::testing
