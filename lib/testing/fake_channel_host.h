// The data path as the attach server and operators see it: keeps the channels that it is given and
// writes down, one line an event, what happened to them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/channel_host.h"

namespace vcp::testing {

class FakeChannelHost final : public dataplane::ChannelHost, public dataplane::PlaneView {
 public:
  Status AddChannel(std::unique_ptr<shm::DaemonChannel> channel,
                    dataplane::ChannelIndex* index) override {
    if (add_channel != Status::kSuccess) return add_channel;
    *index = next_index++;
    channels[*index] = std::move(channel);
    return Status::kSuccess;
  }
  Status ServeChannel(dataplane::ChannelIndex channel) override {
    return serve_channel == Status::kSuccess ? channels[channel]->KeepMemory() : serve_channel;
  }
  void AbandonChannel(dataplane::ChannelIndex channel) override {
    log.push_back("abandon " + std::to_string(channel));
  }
  void RemoveChannel(dataplane::ChannelIndex channel, Done done) override {
    log.push_back("remove " + std::to_string(channel));
    removals.emplace_back(channel, std::move(done));
  }
  void AnswerAll() {
    while (!removals.empty()) {
      auto [channel, done] = std::move(removals.front());
      removals.pop_front();
      channels.erase(channel);
      done(Status::kSuccess);
    }
  }

  dataplane::PortIndex port_count() const override {
    return static_cast<dataplane::PortIndex>(ports.size());
  }
  port::PortInfo GetPortInfo(dataplane::PortIndex port) const override { return ports[port]; }
  dataplane::PortCounters ReadPortCounters(dataplane::PortIndex) const override { return {}; }
  dataplane::ChannelCounters ReadChannelCounters(dataplane::ChannelIndex) const override {
    return channel_counters;
  }
  dataplane::ChannelCounters ReadDepartedCounters() const override { return departed_counters; }
  dataplane::VcCounters ReadVcCounters(dataplane::ChannelIndex, uint32_t) const override {
    return vc_counters;
  }
  size_t poll_core_count() const override { return 1; }
  dataplane::PollCoreCounters ReadPollCoreCounters(size_t) const override { return {}; }
  uint64_t CountFreeFrames() const override { return 0; }

  Status add_channel = Status::kSuccess;
  Status serve_channel = Status::kSuccess;
  dataplane::ChannelIndex next_index = 0;
  std::map<dataplane::ChannelIndex, std::unique_ptr<shm::DaemonChannel>> channels;
  std::deque<std::pair<dataplane::ChannelIndex, Done>> removals;
  std::vector<std::string> log;
  std::vector<port::PortInfo> ports;
  dataplane::ChannelCounters channel_counters;
  dataplane::ChannelCounters departed_counters;
  dataplane::VcCounters vc_counters;
};

}  // namespace vcp::testing
