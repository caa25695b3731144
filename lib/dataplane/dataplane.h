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
#include "dataplane/channel_host.h"
#include "dataplane/counters.h"
#include "dataplane/link_monitor.h"
#include "dataplane/port_pauser.h"
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
};

class Dataplane final : public VcProgrammer,
                        public ChannelHost,
                        public PlaneView,
                        public PortLife,
                        public PortPauser {
 public:
  using Done = std::function<void(Status)>;
  // `frames` are the mbufs of all ports (port/dpdk/frame_pool.h); they outlive the data path.
  Dataplane(const DataplaneOptions& options, rte_mempool* frames);
  // Stops and joins the poll cores; nothing is pending any more afterwards and no `done` runs.
  ~Dataplane() override;

  // --- ports -------------------------------------------------------------------------------------
  // kResources: more than kMaxPorts. A port that does not run yet is served once it was restarted.
  Status AddPort(std::unique_ptr<port::Port> port, PortIndex* index);
  PortIndex port_count() const override;
  port::PortInfo GetPortInfo(PortIndex port) const override;
  PortCounters ReadPortCounters(PortIndex port) const override;
  // PortLife; kInUse: the port is being restarted already; kNotAccepted: it is removed.
  bool NeedsRestart(PortIndex port) const override;
  void RestartPort(PortIndex port, Done done) override;
  void SetLink(PortIndex port, bool up) override;
  bool IsGone(PortIndex port) const override;
  void RemovePort(PortIndex port) override;
  // PortPauser. What clients hold is looked at with each SetLink.
  void PausePort(PortIndex port, Done done) override;
  Status ResumePort(PortIndex port, Done done) override;
  void BeginReset(PortIndex port) override;
  Status EndReset(PortIndex port, Done done) override;

  // --- channels (ChannelHost) --------------------------------------------------------------------
  Status AddChannel(std::unique_ptr<shm::DaemonChannel> channel, ChannelIndex* index) override;
  Status ServeChannel(ChannelIndex channel) override;
  void AbandonChannel(ChannelIndex channel) override;
  void RemoveChannel(ChannelIndex channel, Done done) override;
  ChannelCounters ReadChannelCounters(ChannelIndex channel) const override;
  ChannelCounters ReadDepartedCounters() const override;
  // A poll core caught a client lying and serves it no more; the owner abandons and removes it.
  using OnEvict = std::function<void(ChannelIndex channel, const char* reason)>;
  void SetEvictHandler(OnEvict on_evict);

  // --- VCs (VcProgrammer) ------------------------------------------------------------------------
  void ActivateVc(const VcProgram& program, Done done) override;
  void DeactivateVc(ChannelIndex channel, uint32_t channel_vc, Done done) override;
  void StopReceiving(ChannelIndex channel, uint32_t channel_vc, Done done) override;
  VcCounters ReadVcCounters(ChannelIndex channel, uint32_t channel_vc) const override;

  // --- hearing back ------------------------------------------------------------------------------
  int event_fd() const;  // readable when HandleEvents has something to do
  void HandleEvents();
  PollCoreCounters ReadPollCoreCounters(size_t core) const override;
  uint64_t CountFreeFrames() const override;
  size_t poll_core_count() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vcp::dataplane
