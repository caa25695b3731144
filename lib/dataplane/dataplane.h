// The control thread's hold on all poll cores: starts them, gives them ports, channels and VCs by
// command, and hears back. Every method runs on the control thread and returns without waiting; a
// `done` runs later, from HandleEvents. Poll cores own what they were given until they say
// otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "dataplane/counters.h"
#include "dataplane/vc_programmer.h"
#include "port/port.h"
#include "shm/channel.h"

namespace vcp::dataplane {

// What a poll core does when there is nothing to do.
enum class IdlePolicy {
  kSpin,      // nothing else: lowest latency, a whole core
  kAdaptive,  // spins briefly, then yields, then sleeps until woken or a port is due a look
};

struct DataplaneOptions {
  std::vector<int> cpus = {-1};  // one poll core each; -1 leaves it to the scheduler
  IdlePolicy idle = IdlePolicy::kAdaptive;
  uint32_t frame_count = 32768;       // mbufs shared by all ports
  uint32_t largest_mtu_bytes = 1500;  // decides the size of an mbuf
};

class Dataplane final : public VcProgrammer {
 public:
  // DPDK's environment is initialized before (port/dpdk/eal.h). `error` is one line for a person.
  static Status Create(const DataplaneOptions& options, std::unique_ptr<Dataplane>* dataplane,
                       std::string* error);
  // Stops and joins the poll cores; nothing is pending any more afterwards and no `done` runs.
  ~Dataplane() override;

  // --- ports -------------------------------------------------------------------------------------
  Status AddPort(const port::PortConfig& config, PortIndex* index, std::string* error);
  PortIndex port_count() const;
  port::PortInfo GetPortInfo(PortIndex port) const;
  PortCounters ReadPortCounters(PortIndex port) const;

  // --- channels ----------------------------------------------------------------------------------
  // kResources: no free place in the channel table. The poll core serves it from then on.
  Status AddChannel(std::unique_ptr<shm::DaemonChannel> channel, ChannelIndex* index);
  // The client is gone: queued sends are discarded, receives it held count as returned, nothing is
  // read from or written to its memory any more. Its VCs are then deactivated as usual.
  void AbandonChannel(ChannelIndex channel);
  // All VCs deactivated. `done` when the memory is unmapped and the index is free again.
  void RemoveChannel(ChannelIndex channel, Done done);
  ChannelCounters ReadChannelCounters(ChannelIndex channel) const;
  // A poll core caught a client lying and serves it no more; the owner abandons and removes it.
  using OnEvict = std::function<void(ChannelIndex channel, const char* reason)>;
  void SetEvictHandler(OnEvict on_evict);

  // --- VCs (VcProgrammer) ------------------------------------------------------------------------
  void ActivateVc(const VcProgram& program, Done done) override;
  void DeactivateVc(ChannelIndex channel, uint32_t channel_vc, Done done) override;
  VcCounters ReadVcCounters(ChannelIndex channel, uint32_t channel_vc) const override;

  // --- hearing back ------------------------------------------------------------------------------
  int event_fd() const;  // readable when HandleEvents has something to do
  void HandleEvents();
  PollCoreCounters ReadPollCoreCounters(size_t core) const;
  size_t poll_core_count() const;

 private:
  struct State;
  explicit Dataplane(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vcp::dataplane
