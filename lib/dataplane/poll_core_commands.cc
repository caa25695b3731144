// What the control thread asks of a poll core, a few commands a turn; and the ends of VCs, which
// take until their receives are returned.
#include <rte_mbuf.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "dataplane/frame_owner.h"
#include "dataplane/poll_core.h"

namespace vcp::dataplane {

uint32_t PollCore::TakeCommands() {
  // A few per turn: each may touch cold memory, and traffic does not wait for the control thread.
  constexpr uint32_t kCommandsPerTurn = 4;
  uint32_t taken = 0;
  for (Command command; taken < kCommandsPerTurn && commands.TryPop(&command); ++taken) {
    Execute(command);
  }
  return taken;
}

void PollCore::Execute(const Command& command) {
  switch (command.type) {
    case CommandType::kServePort:
      ports_.push_back(command.port);
      has_chores_ |= command.port->confirms;  // as it did before it was restarted
      CountPolledPorts();
      break;
    case CommandType::kReleasePort:
      std::erase(ports_, command.port);
      CountPolledPorts();
      break;
    case CommandType::kSetPath:
      paths_[command.port_index].SetUp(command.path_up);
      break;
    case CommandType::kRefuseLists:
      paths_[command.port_index].SetRefusal(command.refusal);
      if (!paths_[command.port_index].is_remote()) {
        command.port->paused = command.refusal == Status::kPaused;
      }
      break;
    case CommandType::kConfirmSends:
      command.port->confirms = command.confirms;
      has_chores_ |= command.confirms;
      break;
    case CommandType::kCheckPause:
      return Done(command.token,
                  IsHeldOf(command.port_index) ? Status::kPending : Status::kSuccess);
    case CommandType::kOpenPath: {
      TransmitPath& path = paths_[command.port_index];
      if (command.handoff == nullptr) {
        path.OpenLocal(command.port);
      } else {
        path.OpenRemote(command.handoff, command.port->core);
      }
      path.SetUp(command.path_up);
      open_paths_.push_back(&path);
      break;
    }
    case CommandType::kTakeFrames:
      incoming_frames_[command.port_index].queues.push_back({command.handoff, command.core});
      break;
    case CommandType::kServeChannel:
      ServeChannel(command.channel);
      break;
    case CommandType::kAbandonChannel:
      command.channel->Abandon();
      break;
    case CommandType::kDropChannel:
      DropChannel(command.channel);
      break;
    case CommandType::kStop:
      stopped_ = true;
      break;
    default:
      return ExecuteVcCommand(command);
  }
  Done(command.token, Status::kSuccess);
}

bool PollCore::IsHeldOf(PortIndex port) const {
  if (paths_[port].HasClientsWaiting() || !paths_[port].sent.empty()) return true;
  return std::ranges::any_of(
      channels_, [port](const ChannelService* channel) { return channel->HoldsReceivesOf(port); });
}

void PollCore::ExecuteVcCommand(const Command& command) {
  const VcProgram& program = command.program;
  const PollContext context = Context();
  switch (command.type) {
    case CommandType::kSetVc:
      command.channel->SetVc(context, program, command.source_mac, command.queue);
      break;
    case CommandType::kSetReceiveVc:
      SetReceiveVc(command);
      break;
    case CommandType::kClearReceiveVc:
      ClearReceiveVc(command);
      break;
    case CommandType::kPurgeVc:
      PurgeVc(command);
      break;
    case CommandType::kEndVc:
      // What another core handed over before the label was cleared is delivered first: as much as a
      // queue holds, not what is still being added.
      for (size_t taken = 0; taken < kHandoffFrames && TakeDeliveries() != 0; taken += kBurst) {
      }
      command.channel->EndVc(context, program.channel_vc);
      ending_.push_back({command.channel, program.channel_vc, command.token, ~uint64_t{0}});
      has_chores_ = true;
      return Post({.type = ReportType::kBegun, .token = command.token});
    default:
      VCP_CHECK(false);
  }
  Done(command.token, Status::kSuccess);
}

void PollCore::SetReceiveVc(const Command& command) {
  const VcProgram& program = command.program;
  ReceiveVc& label = command.port->labels[program.receive_label];
  ReceiveVc& vc = command.leaf != nullptr ? *command.leaf : label;
  const bool is_new_leaf = command.leaf != nullptr && vc.channel_vc == 0;
  vc.channel = command.channel;
  const uint32_t source_bytes = program.is_signaling ? kSourceBytes : 0;
  vc.max_sdu_bytes =
      std::min(program.max_sdu_bytes, command.channel->max_receive_bytes() - source_bytes);
  vc.is_signaling = program.is_signaling;
  vc.stamps = program.stamps_receives;
  vc.takes_errored = program.indicates_errored;
  vc.is_odd = vc.is_signaling || vc.stamps || vc.takes_errored;
  vc.channel_vc = program.channel_vc;
  if (is_new_leaf) vc.next_leaf = std::exchange(label.next_leaf, &vc);
}

void PollCore::ClearReceiveVc(const Command& command) {
  ReceiveVc& label = command.port->labels[command.program.receive_label];
  if (command.leaf == nullptr) {
    label = ReceiveVc{};
    return;
  }
  ReceiveVc** at = &label.next_leaf;
  while (*at != nullptr && *at != command.leaf) at = &(*at)->next_leaf;
  if (*at != nullptr) *at = command.leaf->next_leaf;  // else it was taken out before
}

// Another core's frames of a VC that ended there: those that have come as far as this core's way
// out, and those that are still between the cores.
void PollCore::PurgeVc(const Command& command) {
  const FrameOwner owner{command.program.channel, command.program.channel_vc};
  TransmitPath& path = paths_[command.program.port];
  size_t purged = path.Purge(owner);
  for (const auto& from : incoming_frames_[command.program.port].queues) {
    purged += from.queue->RemoveIf([&owner](rte_mbuf* frame) {
      if (OwnerOf(frame) != owner) return false;
      rte_pktmbuf_free(frame);
      return true;
    });
  }
  command.port->drops[static_cast<size_t>(Drop::kTxUnsent)].Add(purged);
}

uint32_t PollCore::ServiceEndingVcs() {
  if (reports.size() >= kMaxWaitingReports) return 0;
  uint32_t ended = 0;
  for (size_t looks = std::min(kEndingPerTurn, ending_.size()); looks > 0; --looks) {
    if (next_ending_ >= ending_.size()) next_ending_ = 0;
    EndingVc& vc = ending_[next_ending_];
    vc.channel->ServiceReturns(/*eagerly=*/true);
    const uint64_t returned = vc.channel->returned_sdus();
    const bool changed = std::exchange(vc.returned_before, returned) != returned;
    if (!changed || vc.channel->HoldsReceives(vc.channel_vc)) {
      ++next_ending_;
      continue;
    }
    Post({.type = ReportType::kVcEnded, .token = vc.token});
    vc = ending_.back();
    ending_.pop_back();
    ++ended;
  }
  return ended;
}

void PollCore::CountPolledPorts() {
  polls_ports_ = std::any_of(ports_.begin(), ports_.end(), [](const PortService* service) {
    return service->port->NeedsPolling();
  });
}

void PollCore::ServeChannel(ChannelService* channel) {
  channels_.push_back(channel);
  channel_by_index_[channel->index()] = channel;
  WatchDoorbell(channel);
}

void PollCore::DropChannel(ChannelService* channel) {
  std::erase(channels_, channel);
  channel_by_index_[channel->index()] = nullptr;
  UnwatchDoorbell(channel);
}

void PollCore::Done(uint64_t token, Status status) {
  Post({.type = ReportType::kDone, .status = status, .token = token});
}

}  // namespace vcp::dataplane
