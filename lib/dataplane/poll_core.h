// One poll-mode core: a loop, run to completion, with bounded work per turn, that moves SDUs
// between the channels and ports it was given. No allocation, lock, log or system call while there
// is traffic. The control thread speaks to it through `commands` and hears from it through
// `reports`; everything else belongs to the core's own thread. Turn() alone is the whole data path,
// which is how tests and benchmarks drive it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "base/counter.h"
#include "base/limits.h"
#include "base/spsc_queue.h"
#include "base/unique_fd.h"
#include "dataplane/channel_service.h"
#include "dataplane/commands.h"
#include "dataplane/cycle_clock.h"
#include "dataplane/dataplane.h"
#include "dataplane/frame_reserve.h"
#include "dataplane/port_service.h"
#include "dataplane/transmit_path.h"

namespace vcp::dataplane {

class PollCore {
 public:
  // `report_fd` is an eventfd of the control thread's, written when a turn has left reports.
  PollCore(uint32_t index, SharedFrames* frames, IdlePolicy idle, int report_fd);

  // The thread's body; returns after kStop.
  void Run();
  // One turn. True when there was anything to do.
  bool Turn();
  // The same at a time of the caller's, which pacing goes by.
  bool TurnAt(uint64_t now_ns);
  // How long the core may sleep when a turn found nothing, as things are now; kSleepUntilWoken.
  int64_t SleepNs(uint64_t now_ns) const;
  static constexpr int64_t kSleepUntilWoken = -1;

  // Before Run: another core, which outlives this one's Run, and the SDUs for its channels and from
  // it.
  void ConnectTo(PollCore* other, FrameQueue* outgoing, FrameQueue* incoming);

  // --- control thread ----------------------------------------------------------------------------
  // Commands that may be unanswered at a time, so that reports always find room: an answer to each,
  // an eviction of each client, and as many ended VCs as are left to wait (kMaxWaitingReports).
  static constexpr size_t kMaxCommands = 256;
  SpscQueue<Command> commands{kMaxCommands};
  SpscQueue<Report> reports{4 * kMaxCommands};
  void Wake();          // any thread
  void WakeIfAsleep();  // after pushing commands
  uint32_t index() const { return index_; }
  PollCoreCounters ReadCounters() const;
  // What waits here for a port.
  Backlog ReadBacklog(PortIndex port) const { return paths_[port].backlog.Read(); }

 private:
  static constexpr uint16_t kBurst = 32;
  // How often returns are taken that nobody needs yet. To look each turn would only take lines away
  // from a client that is about to write into them.
  static constexpr uint32_t kTurnsBetweenReturns = 16;
  // VCs looked at per turn while they wait for receives to be returned.
  static constexpr size_t kEndingPerTurn = 8;
  // Reports that leave no room for an ended VC's: it is looked at again once they are taken.
  static constexpr size_t kMaxWaitingReports = 2 * kMaxCommands;

  struct EndingVc {
    ChannelService* channel;
    uint32_t channel_vc;
    uint64_t token;
    uint64_t returned_before;  // by the channel, when this was looked at last
  };

  // Frames that other cores leave here for one port.
  struct IncomingFrames {
    struct FromCore {
      FrameQueue* queue;
      uint32_t core;
    };
    std::vector<FromCore> queues;
    size_t next = 0;         // whose turn it is
    bool are_first = false;  // before the lists of this core that wait
  };

  bool Turn(uint64_t started, uint64_t now_ns);
  void CountBusyTurn(uint64_t cycles);
  PollContext Context() { return {.paths = paths_.data(), .frames = &frames_, .now_ns = now_ns_}; }
  uint32_t ServiceChannels();
  void ShareFrames();
  uint32_t ServicePort(PortService& port);
  uint32_t Deliver(PortService& port, rte_mbuf** frames, wire::ParsedFrame* parsed,
                   const wire::FrameError* errors, uint32_t count);
  uint32_t KeepSignaling(PortService& port, rte_mbuf** frames, wire::ParsedFrame* parsed,
                         wire::FrameError* errors, uint32_t count);
  static void CountDropOfVcs(ReceiveVc* label);
  bool IsForOneHere(const ReceiveVc& vc, const wire::ParsedFrame& parsed) const;
  bool DeliverOdd(PortService& port, ReceiveVc& vc, rte_mbuf* frame, wire::ParsedFrame* parsed);
  bool DeliverAnySdu(PortService& port, ReceiveVc& vc, rte_mbuf* frame, wire::ParsedFrame* parsed,
                     bool is_errored);
  bool DeliverErrored(PortService& port, wire::FrameError error, rte_mbuf* frame, uint32_t label);
  bool HandOff(ChannelService& channel, const ReceiveVc& vc, rte_mbuf* frame,
               const wire::ParsedFrame& parsed, bool is_errored);
  void DeliverToLeaves(PortService& port, ReceiveVc* first, rte_mbuf* frame,
                       const wire::ParsedFrame& parsed);
  void DeliverToLeaf(PortService& port, ReceiveVc& leaf, rte_mbuf* frame,
                     const wire::ParsedFrame& whole, bool is_errored);
  void SetReceiveVc(const Command& command);
  void ClearReceiveVc(const Command& command);
  uint32_t TakeDeliveries();
  void RingBells();
  uint32_t ServicePaths();
  uint32_t ServicePath(TransmitPath* path, IncomingFrames* incoming);
  uint32_t SendWaiting(TransmitPath* path);
  uint32_t TakeFrames(TransmitPath* path, IncomingFrames* incoming);
  PortIndex PortOf(const TransmitPath* path) const {
    return static_cast<PortIndex>(path - paths_.data());
  }
  uint32_t RefuseWaiting(TransmitPath* path);
  // Whether lists wait for a port, or clients hold what came by it.
  bool IsHeldOf(PortIndex port) const;
  uint32_t DoChores();
  uint32_t ServiceEndingVcs();
  uint32_t TakeCommands();
  void Execute(const Command& command);
  void ExecuteVcCommand(const Command& command);
  void PurgeVc(const Command& command);
  void CountPolledPorts();
  void ServeChannel(ChannelService* channel);
  void DropChannel(ChannelService* channel);
  void ReportEvictions();
  void Done(uint64_t token, Status status);
  void Post(const Report& report);
  void RingForReports();

  void OpenWaking();
  void WatchDoorbell(ChannelService* channel);
  void UnwatchDoorbell(ChannelService* channel);
  void Idle();
  void Sleep();
  bool NothingWaits() const;
  int64_t LookAgainNs() const;

  uint32_t index_;
  const CycleClock clock_;
  uint64_t now_ns_ = 0;  // of the turn
  IdlePolicy idle_;
  int report_fd_;
  UniqueFd command_fd_;
  UniqueFd epoll_fd_;
  SharedFrames* shared_frames_;
  FrameReserve frames_;
  bool lists_lack_frames_ = false;  // that wait: they come before new submissions
  bool said_short_ = false;
  bool posted_ = false;  // reports, in this turn
  bool stopped_ = false;
  bool polls_ports_ = false;  // some port needs a look even when nobody rings
  std::vector<PortService*> ports_;
  std::vector<ChannelService*> channels_;
  size_t first_channel_ = 0;  // the one whose turn it was when frames ran out
  bool has_chores_ = false;
  std::vector<EndingVc> ending_;
  size_t next_ending_ = 0;
  std::array<TransmitPath, kMaxPorts> paths_;
  std::vector<TransmitPath*> open_paths_;
  // Per other core: where SDUs for its channels go, and what it left here.
  std::array<PollCore*, kMaxPollCores> others_{};
  std::array<FrameQueue*, kMaxPollCores> deliveries_{};
  std::vector<FrameQueue*> incoming_deliveries_;
  // Cores that were given something, or room, in this turn: they may sleep.
  uint32_t to_ring_ = 0;
  std::array<uint32_t, kMaxPollCores> woken_numbers_{};  // the last sleep of each ended from here
  std::array<IncomingFrames, kMaxPorts> incoming_frames_;
  std::array<ChannelService*, kMaxChannels> channel_by_index_{};

  uint32_t idle_turns_ = 0;
  uint32_t sleeps_in_a_row_ = 0;
  uint32_t last_sleep_number_ = 0;
  alignas(kCacheLineBytes) std::atomic<uint32_t> sleep_number_ = 0;  // 0: awake
  Counter turns_;
  Counter busy_turns_;
  Counter busy_cycles_;
  Counter sleeps_;
  uint64_t turn_started_ = 0;  // in time stamp counter cycles
  bool was_busy_ = false;
  Counter longest_turn_cycles_;
};

}  // namespace vcp::dataplane
