// The side of a data path that ports are counted, paused and restarted by, for hosts without
// processes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "dataplane/channel_host.h"
#include "dataplane/link_monitor.h"
#include "dataplane/port_pauser.h"
#include "testing/fake_vc_programmer.h"

namespace vcp::conformance {

// What a data path counts, and how it pauses and restarts ports: when the world settles, or, to
// force an order, when the test says so.
class InProcessPlane final : public dataplane::PlaneView,
                             public dataplane::PortLife,
                             public dataplane::PortPauser {
 public:
  using Done = std::function<void(Status)>;

  explicit InProcessPlane(std::vector<port::PortInfo> infos)
      : ports(std::move(infos)), counters(ports.size()) {}

  dataplane::PortIndex port_count() const override {
    return static_cast<dataplane::PortIndex>(ports.size());
  }
  port::PortInfo GetPortInfo(dataplane::PortIndex port) const override { return ports[port]; }
  dataplane::PortCounters ReadPortCounters(dataplane::PortIndex port) const override {
    return counters[port];
  }
  dataplane::ChannelCounters ReadChannelCounters(dataplane::ChannelIndex) const override {
    return {};
  }
  dataplane::ChannelCounters ReadDepartedCounters() const override { return {}; }
  dataplane::VcCounters ReadVcCounters(dataplane::ChannelIndex channel,
                                       uint32_t channel_vc) const override {
    const auto found = vcs.find({channel, channel_vc});
    return found == vcs.end() ? dataplane::VcCounters() : found->second;
  }
  size_t poll_core_count() const override { return 1; }
  dataplane::PollCoreCounters ReadPollCoreCounters(size_t) const override { return {}; }
  uint64_t CountFreeFrames() const override { return 0; }

  bool NeedsRestart(dataplane::PortIndex) const override { return false; }
  void RestartPort(dataplane::PortIndex, Done done) override {
    restarts.push_back(std::move(done));
  }
  void SetLink(dataplane::PortIndex, bool) override {}
  bool IsGone(dataplane::PortIndex) const override { return false; }
  void RemovePort(dataplane::PortIndex) override {}
  void PausePort(dataplane::PortIndex port, Done done) override {
    ports_paused.insert(port);
    pauses.push_back(std::move(done));
  }
  Status ResumePort(dataplane::PortIndex port, Done) override {
    if (resume == Status::kSuccess) ports_paused.erase(port);
    return resume;
  }
  void BeginReset(dataplane::PortIndex port) override { ports_resetting.insert(port); }
  Status EndReset(dataplane::PortIndex port, Done) override {
    ports_resetting.erase(port);
    return Status::kSuccess;
  }

  // Whether there was anything to do.
  bool Settle() {
    bool moved = false;
    for (std::deque<Done>* waiting : {&pauses, &restarts}) {
      for (; !holds && !waiting->empty(); moved = true) AnswerOne(waiting);
    }
    return moved;
  }
  static void AnswerOne(std::deque<Done>* waiting) {
    const Done done = std::move(waiting->front());
    waiting->pop_front();
    done(Status::kSuccess);
  }

  std::vector<port::PortInfo> ports;
  std::vector<dataplane::PortCounters> counters;
  std::map<testing::FakeVcProgrammer::Key, dataplane::VcCounters> vcs;
  std::set<dataplane::PortIndex> ports_paused, ports_resetting;
  std::deque<Done> restarts, pauses;
  bool holds = false;  // restarts and pauses wait for the test
  Status resume = Status::kSuccess;
};

}  // namespace vcp::conformance
