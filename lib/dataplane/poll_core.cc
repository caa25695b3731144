#include "dataplane/poll_core.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "dataplane/frame_owner.h"

namespace vcp::dataplane {

PollCore::PollCore(uint32_t index, rte_mempool* frames, IdlePolicy idle, int report_fd)
    : index_(index), idle_(idle), report_fd_(report_fd), frames_(frames) {
  OpenWaking();
  channels_.reserve(kMaxClients);
  ports_.reserve(kMaxPorts);
  open_paths_.reserve(kMaxPorts);
  ending_.reserve(kMaxVcs);  // address space; pages of it exist once that many VCs end at a time
}

void PollCore::ConnectDeliveries(uint32_t other, FrameQueue* outgoing, FrameQueue* incoming) {
  deliveries_[other] = outgoing;
  incoming_deliveries_.push_back(incoming);
}

void PollCore::Run() {
  while (!stopped_) {
    if (!Turn()) Idle();
  }
}

bool PollCore::Turn() {
  const uint64_t started = rte_rdtsc();
  uint32_t work = 0;
  const PollContext context{.paths = paths_.data(), .frames = &frames_};
  for (ChannelService* channel : channels_) {
    work += channel->ServiceReturns(/*eagerly=*/idle_turns_ != 0);
    work += channel->ServiceSubmissions(context);
  }
  if (!incoming_frames_.empty() || !incoming_deliveries_.empty()) work += TakeHandoffs();
  work += ServicePaths();
  for (PortService* port : ports_) work += ServicePort(*port);
  if (!ending_.empty()) work += ServiceEndingVcs();
  if (!commands.empty()) work += TakeCommands();
  for (ChannelService* channel : channels_) channel->Publish();
  ReportEvictions();

  turns_.Add();
  if (work == 0) return false;
  const uint64_t cycles = rte_rdtsc() - started;
  busy_turns_.Add();
  busy_cycles_.Add(cycles);
  if (cycles > longest_turn_cycles_.Read()) {
    longest_turn_cycles_.Add(cycles - longest_turn_cycles_.Read());
  }
  idle_turns_ = 0;
  sleeps_in_a_row_ = 0;
  return true;
}

// --- receiving
// ------------------------------------------------------------------------------------

uint32_t PollCore::ServicePort(PortService& port) {
  std::array<rte_mbuf*, kBurst> frames;
  const uint16_t count = port.port->Receive(frames.data(), kBurst);
  if (count == 0) return 0;
  std::array<wire::ParsedFrame, kBurst> parsed;
  std::array<wire::FrameError, kBurst> errors;
  for (uint16_t i = 0; i < count; ++i) rte_prefetch0(rte_pktmbuf_mtod(frames[i], void*));
  uint64_t bytes = 0;
  for (uint16_t i = 0; i < count; ++i) {
    bytes += frames[i]->pkt_len;
    // Only what lies in the first segment counts: ports are set up so that a frame fits in one.
    errors[i] = wire::ParseDataFrame(rte_pktmbuf_mtod(frames[i], uint8_t*), frames[i]->data_len,
                                     &parsed[i]);
    if (errors[i] == wire::FrameError::kNone) rte_prefetch0(&port.labels[parsed[i].label]);
  }
  port.received_frames.Add(count);
  port.received_bytes.Add(bytes);
  const uint32_t kept = Deliver(port, frames.data(), parsed.data(), errors.data(), count);
  rte_pktmbuf_free_bulk(frames.data(), kept);
  return count;
}

// Delivers a burst; leaves at the front of `frames` those that are still ours, and returns how
// many.
uint32_t PollCore::Deliver(PortService& port, rte_mbuf** frames, const wire::ParsedFrame* parsed,
                           const wire::FrameError* errors, uint32_t count) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    rte_mbuf* frame = frames[i];
    if (errors[i] != wire::FrameError::kNone) [[unlikely]] {
      port.rejected[static_cast<size_t>(errors[i])].Add();
      frames[kept++] = frame;
      continue;
    }
    ReceiveVc& vc = port.labels[parsed[i].label];
    if (vc.channel_vc == 0) [[unlikely]] {
      port.drops[static_cast<size_t>(Drop::kRxLabelNotOnPort)].Add();
    } else if (parsed[i].vlan_id != wire::kNoVlan) [[unlikely]] {
      port.drops[static_cast<size_t>(Drop::kRxVlan)].Add();
    } else if (parsed[i].sdu_bytes > vc.max_sdu_bytes) [[unlikely]] {
      port.drops[static_cast<size_t>(Drop::kRxTooBig)].Add();
    } else {
      vc.sdus.Add();
      vc.bytes.Add(parsed[i].sdu_bytes);
      if (vc.channel->core() != index_) [[unlikely]] {
        if (HandOff(*vc.channel, vc, frame, parsed[i])) continue;
        port.drops[static_cast<size_t>(Drop::kRxHandoffFull)].Add();
      } else {
        vc.channel->Deliver(vc.channel_vc,
                            rte_pktmbuf_mtod_offset(frame, uint8_t*, parsed[i].sdu_offset),
                            parsed[i].sdu_bytes);
      }
    }
    frames[kept++] = frame;
  }
  return kept;
}

// Leaves the SDU to the core that serves its channel.
bool PollCore::HandOff(ChannelService& channel, const ReceiveVc& vc, rte_mbuf* frame,
                       const wire::ParsedFrame& parsed) {
  frame->data_off = static_cast<uint16_t>(frame->data_off + parsed.sdu_offset);
  frame->data_len = static_cast<uint16_t>(parsed.sdu_bytes);
  SetOwner(frame, {channel.index(), vc.channel_vc});
  return deliveries_[channel.core()]->TryPush(frame);
}

uint32_t PollCore::TakeHandoffs() {
  uint32_t work = 0;
  std::array<rte_mbuf*, kBurst> frames;
  for (FrameQueue* delivery : incoming_deliveries_) {
    const auto count = static_cast<uint32_t>(delivery->Pop(frames));
    for (uint32_t i = 0; i < count; ++i) {
      const FrameOwner owner = OwnerOf(frames[i]);
      channel_by_index_[owner.channel]->Deliver(
          owner.channel_vc, rte_pktmbuf_mtod(frames[i], uint8_t*), frames[i]->data_len);
    }
    rte_pktmbuf_free_bulk(frames.data(), count);
    work += count;
  }
  for (const IncomingFrames& incoming : incoming_frames_) {
    // A stalled path takes nothing more: the queue fills, and its writer's path stalls in turn.
    if (incoming.path->stalled() && incoming.path->up()) continue;
    const auto count = static_cast<uint32_t>(incoming.queue->Pop(frames));
    if (incoming.path->up()) {
      for (uint32_t i = 0; i < count; ++i) incoming.path->Stage(frames[i]);
    } else {
      incoming.path->DropForNoLink({frames.data(), count});
    }
    work += count;
  }
  return work;
}

// --- transmitting
// ---------------------------------------------------------------------------------

uint32_t PollCore::ServicePaths() {
  uint32_t work = 0;
  const PollContext context{.paths = paths_.data(), .frames = &frames_};
  for (TransmitPath* path : open_paths_) {
    if (path->idle()) continue;
    const bool was_stalled = path->stalled();
    const uint32_t flushed = path->Flush();
    if (was_stalled) work += flushed;
    for (uint32_t i = 0; i < kBurst && !path->stalled(); ++i) {
      VcQueue* queue = path->NextWaiting();
      if (queue == nullptr) break;
      ++work;
      if (queue->channel->SendQueued(context, queue)) continue;
      path->Wait(queue);
      break;
    }
    path->Flush();
  }
  return work;
}

// --- commands
// -------------------------------------------------------------------------------------

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
      CountPolledPorts();
      break;
    case CommandType::kReleasePort:
      std::erase(ports_, command.port);
      CountPolledPorts();
      break;
    case CommandType::kSetPath:
      paths_[command.port_index].SetUp(command.path_up);
      break;
    case CommandType::kOpenPath: {
      TransmitPath& path = paths_[command.port_index];
      if (command.handoff == nullptr) {
        path.OpenLocal(command.port);
      } else {
        path.OpenRemote(command.handoff);
      }
      open_paths_.push_back(&path);
      break;
    }
    case CommandType::kTakeFrames:
      incoming_frames_.push_back({command.handoff, &paths_[command.port_index]});
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

void PollCore::ExecuteVcCommand(const Command& command) {
  const VcProgram& program = command.program;
  const PollContext context{.paths = paths_.data(), .frames = &frames_};
  switch (command.type) {
    case CommandType::kSetTransmitVc:
      command.channel->SetTransmitVc(program, command.entry, command.queue);
      break;
    case CommandType::kSetReceiveVc: {
      ReceiveVc& vc = command.port->labels[program.receive_label];
      vc.channel = command.channel;
      vc.max_sdu_bytes = program.max_sdu_bytes;
      vc.channel_vc = program.channel_vc;
      break;
    }
    case CommandType::kClearReceiveVc:
      command.port->labels[program.receive_label] = ReceiveVc{};
      break;
    case CommandType::kPurgeVc:
      PurgeVc(command);
      break;
    case CommandType::kEndVc:
      // What another core handed over before the label was cleared is delivered first: as much as a
      // queue holds, not what is still being added.
      for (size_t taken = 0; taken < kHandoffFrames && TakeHandoffs() != 0; taken += kBurst) {
      }
      command.channel->EndTransmitVc(context, program.channel_vc);
      ending_.push_back({command.channel, program.channel_vc, command.token, ~uint64_t{0}});
      return Post({.type = ReportType::kBegun, .token = command.token});
    default:
      VCP_CHECK(false);
  }
  Done(command.token, Status::kSuccess);
}

// Another core's frames of a VC that ended there: those that have come as far as this core's way
// out, and those that are still between the cores.
void PollCore::PurgeVc(const Command& command) {
  const FrameOwner owner{command.program.channel, command.program.channel_vc};
  TransmitPath& path = paths_[command.program.port];
  size_t purged = path.Purge(owner);
  for (const IncomingFrames& incoming : incoming_frames_) {
    if (incoming.path != &path) continue;
    purged += incoming.queue->RemoveIf([&owner](rte_mbuf* frame) {
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

void PollCore::ReportEvictions() {
  for (ChannelService* channel : channels_) {
    const char* reason = channel->TakeEvictReason();
    if (reason == nullptr) [[likely]]
      continue;
    Post({.type = ReportType::kEvicted, .channel = channel->index(), .reason = reason});
  }
}

void PollCore::Done(uint64_t token, Status status) {
  Post({.type = ReportType::kDone, .status = status, .token = token});
}

PollCoreCounters PollCore::ReadCounters() const {
  return {.turns = turns_.Read(),
          .busy_turns = busy_turns_.Read(),
          .busy_cycles = busy_cycles_.Read(),
          .sleeps = sleeps_.Read(),
          .longest_turn_cycles = longest_turn_cycles_.Read(),
          .cycles_per_second = static_cast<double>(rte_get_tsc_hz())};
}

}  // namespace vcp::dataplane
