// What the control thread keeps for the data path; shared by the files that make up Dataplane.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "dataplane/dataplane.h"
#include "dataplane/poll_core.h"
#include "dataplane/tables.h"

namespace vcp::dataplane {

// One poll core with what the control thread keeps for it.
struct CoreRecord {
  std::unique_ptr<PollCore> core;
  std::thread thread;
  std::deque<Command> backlog;  // behind the core's bound on unanswered commands
  size_t unanswered = 0;
};

// Who receives on a label of a port: nobody, one VC, or so many leaves that share it.
using LabelUse = uint32_t;
inline constexpr LabelUse kSoleVc = ~LabelUse{0};

struct PortRecord {
  enum class Life { kStopped, kServed, kReleasing, kRestarting };
  std::unique_ptr<PortService> service;
  // By label: 4 MiB of address space.
  std::unique_ptr<DirectTable<LabelUse>> label_uses =
      std::make_unique<DirectTable<LabelUse>>(kLabelSpace);
  Life life = Life::kStopped;  // kServed, kReleasing: a poll core has it
  bool link_up = false;        // as whoever watches links says
  bool path_up = false;        // what poll cores are told: served, and the link is up
  uint64_t path_changes = 0;
  size_t unreleased_cores = 0;  // kReleasing: that have not said yet that nothing leaves by it
  Dataplane::Done restarted;    // kReleasing, kRestarting
  // Which nobody else may send on: it would speak in the daemon's name.
  std::optional<uint32_t> signaling_label;
  uint32_t confirming_vcs = 0;  // whose lists complete when their frames come back
  PortLosses departed_losses;   // of channels that are no more
  bool paused = false;
  bool resetting = false;
  bool removed = false;
  Dataplane::Done pause_done;  // while it is not complete
  size_t pause_answers = 0;    // that poll cores still owe
  bool still_held = false;     // one of them said so
};

struct VcRecord {
  VcProgram program;
  VcQueue queue;
  std::unique_ptr<ReceiveVc> leaf;  // of a VC that shares its label
  Dataplane::Done ended;            // once it is being deactivated
};

// Who hears of the commands that are out, by token; 0 is nobody's.
class Listeners {
 public:
  uint64_t Add(Dataplane::Done done) {
    if (free_.empty()) {
      all_.push_back(std::move(done));
      return all_.size();
    }
    const uint64_t token = free_.back();
    free_.pop_back();
    all_[token - 1] = std::move(done);
    return token;
  }
  // Asked for once; empty after a Clear.
  Dataplane::Done Take(uint64_t token) {
    free_.push_back(token);
    return std::exchange(all_[token - 1], nullptr);
  }
  void Clear() { std::fill(all_.begin(), all_.end(), nullptr); }

 private:
  std::vector<Dataplane::Done> all_;
  std::vector<uint64_t> free_;
};

struct Dataplane::State {
  explicit State(rte_mempool* pool) : frames(pool) {}

  UniqueFd event_fd;
  SharedFrames frames;
  std::vector<CoreRecord> cores;
  std::vector<PortRecord> ports;
  std::array<std::unique_ptr<ChannelService>, kMaxChannels> channels;
  std::bitset<kMaxChannels> served;  // which of them their poll cores know
  ChannelCounters departed;
  std::vector<std::unique_ptr<FrameQueue>> queues;  // between cores
  // By channel, and by the index of the channel VC as the poll cores' tables: looked up without a
  // search, and with few lines of memory, however many there are.
  std::array<std::vector<std::unique_ptr<VcRecord>>, kMaxChannels> vcs;
  Listeners waiting;
  std::deque<std::pair<Done, Status>> answers;  // that needed no poll core
  OnEvict on_evict;

  void Send(uint32_t core, const Command& command, Done done);
  void SendBacklog(CoreRecord& record);
  void Answer(Done done, Status status);
  void TakeReports(CoreRecord& record);
  void TakeReport(CoreRecord& record, const Report& report);
  void ConnectCores();
  void StartThread(uint32_t index, int cpu);
  void OpenPaths(PortIndex index);
  void ServePort(PortIndex index);
  void UpdatePath(PortIndex index);
  void SendToOthers(uint32_t core, const Command& command);
  // Takes a served port from all poll cores; then OnReleased.
  void ReleasePort(PortIndex index);
  void OnReleased(PortIndex index);
  void BeginRestart(PortIndex index);
  void EndRestart(PortIndex index, bool runs);
  // Tells all poll cores what lists for the port complete with, if they do not know; `told` runs
  // for each.
  void TellRefusal(PortIndex index, const Dataplane::Done& told = nullptr);
  // kPending, and `done` when all cores know, if there was this reason to refuse.
  Status EndRefusal(PortIndex index, bool* refused, const Dataplane::Done& done);
  void CheckPause(PortIndex index);
  void FinishRestarts();
  // Where the record of a VC is, or may be put.
  std::unique_ptr<VcRecord>& SlotOf(const VcProgram& program);
  // Of the VC that has the index now; null when none has.
  VcRecord* FindByIndex(ChannelIndex channel, uint32_t index) const;
  // Null when the VC is not active.
  VcRecord* FindVc(ChannelIndex channel, uint32_t channel_vc) const;
  LabelUse& UseOf(const VcProgram& program) const {
    return (*ports[program.port].label_uses)[program.receive_label];
  }
  Status CheckProgram(const VcProgram& program) const;
  Status CheckLabel(const VcProgram& program, const VcRecord* known) const;
  // A VC's lists are from now on confirmed, or not.
  void CountConfirming(PortIndex port, bool did, bool does);
  void UseLabel(VcRecord* record);
  void ReleaseLabel(const VcProgram& program);
  void ProgramReceive(VcRecord& record, Done done);
  void ClearReceive(VcRecord* record, Done done);
  // The steps of a VC's end.
  void EndVc(VcRecord* record);
  void Purge(VcRecord* record);
  void Forget(VcRecord* record);

  // Valid for as long as the data path is.
  PortService& port(PortIndex index) const { return *ports[index].service; }
};

}  // namespace vcp::dataplane
