// The door to the data path for whoever attaches clients, and the window on it for whoever shows
// what it does. The real implementation is Dataplane; tests bring their own. Control thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/status.h"
#include "dataplane/counters.h"
#include "dataplane/vc_program.h"
#include "port/port_info.h"
#include "shm/channel.h"

namespace vcp::dataplane {

class ChannelHost {
 public:
  using Done = std::function<void(Status)>;
  virtual ~ChannelHost() = default;
  // kResources: no free place in the channel table.
  virtual Status AddChannel(std::unique_ptr<shm::DaemonChannel> channel, ChannelIndex* index) = 0;
  // Once, when its client has mapped its memory, which is then there to stay: a poll core serves
  // the channel from now on. Fails like DaemonChannel::KeepMemory.
  virtual Status ServeChannel(ChannelIndex channel) = 0;
  // The client is gone: queued sends are discarded, receives it held count as returned, nothing is
  // read from or written to its memory any more. Its VCs are then deactivated as usual.
  virtual void AbandonChannel(ChannelIndex channel) = 0;
  // All VCs deactivated. `done` when the memory is unmapped and the index is free again.
  virtual void RemoveChannel(ChannelIndex channel, Done done) = 0;
};

class PlaneView {
 public:
  virtual ~PlaneView() = default;
  virtual PortIndex port_count() const = 0;
  virtual port::PortInfo GetPortInfo(PortIndex port) const = 0;
  virtual PortCounters ReadPortCounters(PortIndex port) const = 0;
  virtual ChannelCounters ReadChannelCounters(ChannelIndex channel) const = 0;
  // Summed over all channels that were removed, so that no drop is forgotten with its client.
  virtual ChannelCounters ReadDepartedCounters() const = 0;
  virtual VcCounters ReadVcCounters(ChannelIndex channel, uint32_t channel_vc) const = 0;
  virtual size_t poll_core_count() const = 0;
  virtual PollCoreCounters ReadPollCoreCounters(size_t core) const = 0;
  // Frames that are in nobody's hands, give or take what poll cores take this moment.
  virtual uint64_t CountFreeFrames() const = 0;
};

}  // namespace vcp::dataplane
