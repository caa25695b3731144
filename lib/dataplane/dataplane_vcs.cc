// VCs and their labels, as the control thread programs them.
#include <utility>

#include "dataplane/dataplane.h"
#include "dataplane/dataplane_state.h"
#include "wire/frame.h"

namespace vcp::dataplane {

std::unique_ptr<VcRecord>& Dataplane::State::SlotOf(const VcProgram& program) {
  std::vector<std::unique_ptr<VcRecord>>& of_channel = vcs[program.channel];
  const size_t index = program.channel_vc & kVcIndexMask;
  if (index >= of_channel.size()) of_channel.resize(index + 1);
  return of_channel[index];
}

VcRecord* Dataplane::State::FindByIndex(ChannelIndex channel, uint32_t index) const {
  const bool was_used = channel < vcs.size() && index < vcs[channel].size();
  return was_used ? vcs[channel][index].get() : nullptr;
}

VcRecord* Dataplane::State::FindVc(ChannelIndex channel, uint32_t channel_vc) const {
  VcRecord* record = FindByIndex(channel, channel_vc & kVcIndexMask);
  return record != nullptr && record->program.channel_vc == channel_vc ? record : nullptr;
}

Status Dataplane::State::CheckProgram(const VcProgram& program) const {
  if (program.port >= ports.size()) return Status::kNoSuchPort;
  if (program.channel >= channels.size() || channels[program.channel] == nullptr ||
      program.channel_vc == 0 || (program.channel_vc & kVcIndexMask) >= kMaxVcsPerClient) {
    return Status::kInvalidHandle;
  }
  if (program.transmit_label >= kLabelSpace || program.receive_label >= kLabelSpace) {
    return Status::kInvalidData;
  }
  if (program.max_sdu_bytes == 0 ||
      program.max_sdu_bytes > port(program.port).port->Info().max_sdu_bytes) {
    return Status::kInvalidData;
  }
  if (program.confirms_sends && !port(program.port).port->Info().tells_when_sent) {
    return Status::kNotSupported;
  }
  const VcRecord* known = FindByIndex(program.channel, program.channel_vc & kVcIndexMask);
  if (known != nullptr && known->program.channel_vc != program.channel_vc) return Status::kInUse;
  if (const Status free = CheckLabel(program, known); free != Status::kSuccess) return free;
  // An active VC keeps its place on the wire; new labels are a new VC. What runs is no reserve.
  if (known != nullptr) {
    const VcProgram& now = known->program;
    if (now.port != program.port || now.receive_label != program.receive_label ||
        now.receive != program.receive || now.transmit != program.transmit ||
        now.shares_label != program.shares_label || (program.is_reserved && !now.is_reserved)) {
      return Status::kNotSupported;
    }
  }
  return Status::kSuccess;
}

// A label is one VC's, or its leaves'.
Status Dataplane::State::CheckLabel(const VcProgram& program, const VcRecord* known) const {
  if (program.transmit && !program.is_signaling &&
      ports[program.port].signaling_label == program.transmit_label) {
    return Status::kInUse;
  }
  if (!program.receive || UseOf(program) == 0) return Status::kSuccess;
  const LabelUse use = UseOf(program);
  if (use == kSoleVc) {
    const bool is_ours = known != nullptr && known->program.receive &&
                         known->program.port == program.port &&
                         known->program.receive_label == program.receive_label;
    return is_ours ? Status::kSuccess : Status::kInUse;
  }
  if (!program.shares_label) return Status::kInUse;
  return known != nullptr || use < kMaxPartiesPerCall ? Status::kSuccess : Status::kResources;
}

void Dataplane::State::CountConfirming(PortIndex index, bool did, bool does) {
  PortRecord& record = ports[index];
  const bool before = record.confirming_vcs != 0;
  record.confirming_vcs += (does ? 1u : 0u) - (did ? 1u : 0u);
  const bool now = record.confirming_vcs != 0;
  if (now == before) return;
  Command command{.type = CommandType::kConfirmSends, .port = record.service.get()};
  command.confirms = now;
  Send(record.service->core, command, nullptr);
}

void Dataplane::State::UseLabel(VcRecord* record) {
  const VcProgram& program = record->program;
  port(program.port).labels.Prepare(program.receive_label);
  LabelUse& use = UseOf(program);
  if (!program.shares_label) {
    use = kSoleVc;
  } else if (record->leaf == nullptr) {
    record->leaf = std::make_unique<ReceiveVc>();
    ++use;
  }
}

void Dataplane::State::ReleaseLabel(const VcProgram& program) {
  LabelUse& use = UseOf(program);
  use = program.shares_label ? use - 1 : 0;
}

void Dataplane::ActivateVc(const VcProgram& program, Done done) {
  const Status status = state_->CheckProgram(program);
  if (status != Status::kSuccess) return state_->Answer(std::move(done), status);
  std::unique_ptr<VcRecord>& record = state_->SlotOf(program);
  if (record == nullptr) record = std::make_unique<VcRecord>();
  ChannelService* channel = state_->channels[program.channel].get();
  state_->CountConfirming(program.port, record->program.confirms_sends, program.confirms_sends);
  record->program = program;
  record->queue.channel = channel;
  record->queue.channel_vc = program.channel_vc;
  record->queue.is_signaling = program.is_signaling;
  if (program.receive) state_->UseLabel(record.get());
  if (program.is_signaling) {
    state_->ports[program.port].signaling_label = program.transmit_label;
  }
  channel->PrepareVc(program.channel_vc);
  if (program.is_reserved) return state_->Answer(std::move(done), Status::kSuccess);
  // Always by way of the channel's core, which then knows the channel before anything is delivered.
  Command command{.type = CommandType::kSetVc, .channel = channel};
  command.queue = &record->queue;
  command.program = program;
  command.source_mac = state_->port(program.port).port->Info().mac;
  State* state = state_.get();
  VcRecord* kept = record.get();
  state->Send(channel->core(), command, [state, kept, done = std::move(done)](Status) mutable {
    state->ProgramReceive(*kept, std::move(done));
  });
}

void Dataplane::State::ProgramReceive(VcRecord& record, Done done) {
  if (!record.program.receive) return Answer(std::move(done), Status::kSuccess);
  PortService& service = port(record.program.port);
  Command command{.type = CommandType::kSetReceiveVc, .channel = record.queue.channel};
  command.port = &service;
  command.program = record.program;
  command.leaf = record.leaf.get();
  Send(service.core, command, std::move(done));
}

void Dataplane::DeactivateVc(ChannelIndex channel, uint32_t channel_vc, Done done) {
  VcRecord* record = state_->FindVc(channel, channel_vc);
  if (record == nullptr || record->ended) {
    return state_->Answer(std::move(done), Status::kInvalidState);
  }
  State* state = state_.get();
  record->ended = std::move(done);
  if (!record->program.receive) return state->EndVc(record);
  state->ClearReceive(record, [state, record](Status) { state->EndVc(record); });
}

void Dataplane::StopReceiving(ChannelIndex channel, uint32_t channel_vc, Done done) {
  VcRecord* record = state_->FindVc(channel, channel_vc);
  if (record == nullptr || !record->program.receive) {
    return state_->Answer(std::move(done), Status::kInvalidState);
  }
  state_->ClearReceive(record, std::move(done));
}

void Dataplane::State::ClearReceive(VcRecord* record, Done done) {
  PortService& service = port(record->program.port);
  Command clear{.type = CommandType::kClearReceiveVc, .port = &service};
  clear.program = record->program;
  clear.leaf = record->leaf.get();
  Send(service.core, clear, std::move(done));
}

void Dataplane::State::EndVc(VcRecord* record) {
  Command end{.type = CommandType::kEndVc, .channel = record->queue.channel};
  end.program = record->program;
  Send(end.channel->core(), end, [this, record](Status) { Purge(record); });
}

// The channel's core has none of the VC's frames any more; where the port is another's, that one
// may have. When nobody has, its labels may be another VC's.
void Dataplane::State::Purge(VcRecord* record) {
  const VcProgram& program = record->program;
  PortService& service = port(program.port);
  if (!program.transmit || service.core == record->queue.channel->core()) return Forget(record);
  Command purge{.type = CommandType::kPurgeVc, .port = &service};
  purge.program = program;
  Send(service.core, purge, [this, record](Status) { Forget(record); });
}

void Dataplane::State::Forget(VcRecord* record) {
  const VcProgram& program = record->program;
  const Done done = std::move(record->ended);
  if (program.receive) ReleaseLabel(program);
  if (program.is_signaling) ports[program.port].signaling_label.reset();
  CountConfirming(program.port, program.confirms_sends, false);
  SlotOf(program).reset();
  done(Status::kSuccess);
}

VcCounters Dataplane::ReadVcCounters(ChannelIndex channel, uint32_t channel_vc) const {
  const VcRecord* record = state_->FindVc(channel, channel_vc);
  if (record == nullptr) return {};
  const VcProgram& program = record->program;
  const VcQueue& queue = record->queue;
  VcCounters counters{.transmit_drops = queue.drops.Read(),
                      .paced_sdus = queue.paced.Read(),
                      .waiting = queue.backlog.Read()};
  state_->channels[channel]->AddVcCounters(channel_vc, &counters);
  if (!program.receive) return counters;
  const ReceiveVc* leaf = record->leaf.get();
  const ReceiveVc& label = state_->port(program.port).labels[program.receive_label];
  (leaf != nullptr ? *leaf : label).counters.AddTo(&counters);
  return counters;
}

}  // namespace vcp::dataplane
