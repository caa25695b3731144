// Poll cores with one port and its clients, driven turn by turn from the test's thread: no other
// thread, no sleeping. The port belongs to the first core. DPDK's environment is started once per
// process, without privileges.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "dataplane/poll_core.h"
#include "port/dpdk/frame_pool.h"
#include "shm/channel.h"

namespace vcp::testing {

// DPDK's environment, without privileges; the first call starts it.
void StartEalOnce();

// The daemon's and the client's side of one channel.
struct HarnessClient {
  std::unique_ptr<dataplane::ChannelService> service;
  std::unique_ptr<shm::ClientChannel> channel;
  uint32_t next_send_slot = 0;

  // Copies a payload into the next send slot and stages a list of one buffer of one segment.
  void Send(uint32_t channel_vc, std::span<const uint8_t> sdu, uint32_t cookie);
  void Send(uint32_t channel_vc, const std::string& sdu, uint32_t cookie);
  void Flush() { channel->submit.Publish(); }
  std::vector<shm::Completion> Completions();
  std::vector<shm::Reception> Receptions();
  std::string Payload(const shm::Reception& reception) const;
  void Return(uint32_t slot);
};

class PollHarness {
 public:
  static constexpr uint32_t kFrames = 4095;
  // Serves one port, at index 0, on the first core: a given one, or one made of this harness's
  // frames.
  explicit PollHarness(std::unique_ptr<port::Port> port, uint32_t cores = 1);
  using MakePort = std::function<std::unique_ptr<port::Port>(rte_mempool* frames)>;
  explicit PollHarness(const MakePort& make_port, uint32_t cores = 1);
  ~PollHarness();

  // Returns its index.
  dataplane::PortIndex AddPort(std::unique_ptr<port::Port> port, uint32_t core = 0);
  HarnessClient& AddClient(const shm::ChannelRequest& request = {}, uint32_t core = 0);
  // Both directions; equal labels make the VC hear itself on a loop.
  void Activate(HarnessClient& client, uint32_t channel_vc, uint32_t transmit_label,
                uint32_t receive_label, uint32_t max_sdu_bytes = 1492, bool is_signaling = false);
  // As the program says, but for its channel, which is the client's.
  void Activate(HarnessClient& client, dataplane::VcProgram program);
  // Starts taking the VC off its label, before whatever is submitted from now on.
  void BeginStopReceiving(HarnessClient& client, uint32_t channel_vc, bool* done);
  // Starts ending the VC; `*done` turns true when the core says so.
  void BeginEnd(HarnessClient& client, uint32_t channel_vc, bool* done);
  // Frees what the port's core has of an ended VC of another core's client.
  void Purge(HarnessClient& client, uint32_t channel_vc);
  void Abandon(HarnessClient& client);
  // Of an active VC.
  dataplane::VcCounters ReadVcCounters(const HarnessClient& client, uint32_t channel_vc);
  // Whether frames leave by the port.
  void SetPath(bool up, dataplane::PortIndex port = 0);
  // What lists for the port complete with; kSuccess: they are taken.
  void SetRefusal(Status refusal, dataplane::PortIndex port = 0);
  void SetPaused(bool paused) { SetRefusal(paused ? Status::kPaused : Status::kSuccess); }

  // Turns until nothing happens any more; aborts after a bound.
  void Settle();
  // Each core once.
  void Turn();
  // What pacing goes by from now on, instead of the processor's time.
  void SetTime(uint64_t now_ns) { now_ns_ = now_ns; }
  uint32_t FreeFrames() const;
  rte_mempool* frames() { return frames_.get(); }
  const char* evict_reason() const { return evict_reason_; }
  dataplane::PollCore& core(uint32_t index = 0) { return *cores_[index]; }
  dataplane::PortService& port(dataplane::PortIndex index = 0) { return *ports_[index]; }

 private:
  void Execute(uint32_t core, const dataplane::Command& asked, bool* done = nullptr);
  void TakeReports();
  void TakeReport(const dataplane::Report& report);
  bool TurnAll();
  void ConnectCores();
  // What is kept of a VC: the port's own entry for its label, or that of a leaf.
  struct VcRecord {
    dataplane::VcProgram program;
    dataplane::VcQueue queue;
    std::unique_ptr<dataplane::ReceiveVc> leaf;
    bool ended = false;
  };
  VcRecord& FindVc(const HarnessClient& client, uint32_t channel_vc);
  dataplane::FrameQueue* MakeQueue();

  port::FramePool frames_;
  std::unique_ptr<dataplane::SharedFrames> shared_frames_;
  UniqueFd report_fd_;
  std::vector<std::unique_ptr<dataplane::PortService>> ports_;
  std::vector<std::unique_ptr<dataplane::FrameQueue>> between_cores_;
  std::vector<std::unique_ptr<dataplane::PollCore>> cores_;
  std::vector<std::unique_ptr<HarnessClient>> clients_;
  std::map<std::pair<dataplane::ChannelIndex, uint32_t>, std::unique_ptr<VcRecord>> vcs_;
  std::vector<std::pair<uint64_t, bool*>> waiting_;
  std::optional<uint64_t> now_ns_;
  uint64_t next_token_ = 1;
  const char* evict_reason_ = nullptr;
};

}  // namespace vcp::testing
