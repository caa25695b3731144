// Ports and their links, as the control thread handles them.
#include <utility>

#include "base/check.h"
#include "dataplane/dataplane.h"
#include "dataplane/dataplane_state.h"

namespace vcp::dataplane {

Status Dataplane::AddPort(std::unique_ptr<port::Port> port, PortIndex* index) {
  if (state_->ports.size() == kMaxPorts) return Status::kResources;
  *index = static_cast<PortIndex>(state_->ports.size());
  PortRecord& record = state_->ports.emplace_back();
  record.service = std::make_unique<PortService>(std::move(port));
  record.service->core = *index % static_cast<uint32_t>(state_->cores.size());
  record.link_up = record.service->port->Info().link_up;
  state_->OpenPaths(*index);
  if (record.service->port->state() == port::PortState::kRunning) state_->ServePort(*index);
  state_->UpdatePath(*index);
  return Status::kSuccess;
}

// Ports go to the cores in turn; every other core gets a queue to the port's core. All ways are
// down until UpdatePath says otherwise: the port may not run yet.
void Dataplane::State::OpenPaths(PortIndex index) {
  PortService* service = ports[index].service.get();
  for (uint32_t core = 0; core < cores.size(); ++core) {
    Command open{.type = CommandType::kOpenPath, .port = service, .port_index = index};
    if (core != service->core) {
      queues.push_back(std::make_unique<FrameQueue>(kHandoffFrames));
      open.handoff = queues.back().get();
      Command take = open;
      take.type = CommandType::kTakeFrames;
      take.core = core;
      Send(service->core, take, nullptr);
    }
    Send(core, open, nullptr);
  }
}

void Dataplane::State::ServePort(PortIndex index) {
  PortRecord& record = ports[index];
  record.life = PortRecord::Life::kServed;
  Send(record.service->core, {.type = CommandType::kServePort, .port = record.service.get()},
       nullptr);
}

// Other cores' ways lead to the port's core, which would drop what comes while its own is down: so
// theirs are up only after its own is.
void Dataplane::State::UpdatePath(PortIndex index) {
  PortRecord& record = ports[index];
  const bool up = record.life == PortRecord::Life::kServed && record.link_up;
  if (up == std::exchange(record.path_up, up)) return;
  const uint64_t change = ++record.path_changes;
  const Command command{.type = CommandType::kSetPath, .port_index = index, .path_up = up};
  if (!up) SendToOthers(record.service->core, command);
  Send(record.service->core, command, [this, index, command, change](Status) {
    if (command.path_up && ports[index].path_changes == change) {
      SendToOthers(ports[index].service->core, command);
    }
  });
}

void Dataplane::State::SendToOthers(uint32_t core, const Command& command) {
  for (uint32_t other = 0; other < cores.size(); ++other) {
    if (other != core) Send(other, command, nullptr);
  }
}

void Dataplane::SetLink(PortIndex port, bool up) {
  state_->ports[port].link_up = up;
  state_->UpdatePath(port);
  const PortRecord& record = state_->ports[port];
  if (record.pause_done && record.pause_answers == 0) state_->CheckPause(port);
}

// --- what lists complete with -------------------------------------------------------------------

void Dataplane::State::TellRefusal(PortIndex index, const Done& told) {
  const PortRecord& record = ports[index];
  Command refuse{
      .type = CommandType::kRefuseLists, .port = record.service.get(), .port_index = index};
  if (record.resetting) refuse.refusal = Status::kResetInProgress;
  if (record.paused) refuse.refusal = Status::kPaused;
  if (record.removed) refuse.refusal = Status::kNotAccepted;
  for (uint32_t core = 0; core < cores.size(); ++core) Send(core, refuse, told);
}

void Dataplane::PausePort(PortIndex port, Done done) {
  PortRecord& record = state_->ports[port];
  VCP_CHECK(!record.paused);
  record.paused = true;
  record.pause_done = std::move(done);
  record.pause_answers = state_->cores.size();
  State* state = state_.get();
  state->TellRefusal(port, [state, port](Status) {
    if (--state->ports[port].pause_answers == 0) state->CheckPause(port);
  });
}

Status Dataplane::State::EndRefusal(PortIndex index, bool* refused, const Done& done) {
  if (!std::exchange(*refused, false)) return Status::kSuccess;
  TellRefusal(index, [done, owed = std::make_shared<size_t>(cores.size())](Status) {
    if (--*owed == 0 && done) done(Status::kSuccess);
  });
  return Status::kPending;
}

Status Dataplane::ResumePort(PortIndex port, Done done) {
  return state_->EndRefusal(port, &state_->ports[port].paused, done);
}

void Dataplane::BeginReset(PortIndex port) {
  if (!std::exchange(state_->ports[port].resetting, true)) state_->TellRefusal(port);
}

Status Dataplane::EndReset(PortIndex port, Done done) {
  return state_->EndRefusal(port, &state_->ports[port].resetting, done);
}

void Dataplane::State::CheckPause(PortIndex index) {
  PortRecord& record = ports[index];
  record.pause_answers = cores.size();
  record.still_held = false;
  for (uint32_t core = 0; core < cores.size(); ++core) {
    Send(core, {.type = CommandType::kCheckPause, .port_index = index}, [this, index](Status held) {
      PortRecord& asked = ports[index];
      asked.still_held |= held == Status::kPending;
      if (--asked.pause_answers != 0 || asked.still_held) return;
      if (const Done done = std::exchange(asked.pause_done, nullptr)) done(Status::kSuccess);
    });
  }
}

// --- restarts and removal -----------------------------------------------------------------------

bool Dataplane::NeedsRestart(PortIndex port) const {
  const PortRecord& record = state_->ports[port];
  const bool at_rest =
      record.life == PortRecord::Life::kStopped || record.life == PortRecord::Life::kServed;
  return at_rest && !record.removed && record.service->port->NeedsRestart();
}

void Dataplane::RestartPort(PortIndex port, Done done) {
  PortRecord& record = state_->ports[port];
  if (record.removed) return state_->Answer(std::move(done), Status::kNotAccepted);
  const PortRecord::Life before = record.life;
  if (before == PortRecord::Life::kReleasing || before == PortRecord::Life::kRestarting) {
    return state_->Answer(std::move(done), Status::kInUse);
  }
  record.restarted = std::move(done);
  before == PortRecord::Life::kStopped ? state_->BeginRestart(port) : state_->ReleasePort(port);
}

bool Dataplane::IsGone(PortIndex port) const {
  const PortRecord& record = state_->ports[port];
  return record.removed || record.service->port->IsGone();
}

// One that is being restarted, or released for it, ends that first.
void Dataplane::RemovePort(PortIndex port) {
  PortRecord& record = state_->ports[port];
  if (std::exchange(record.removed, true)) return;
  state_->TellRefusal(port);
  if (record.life == PortRecord::Life::kServed) return state_->ReleasePort(port);
  if (record.life == PortRecord::Life::kStopped) record.service->port->Release();
}

void Dataplane::State::ReleasePort(PortIndex index) {
  PortRecord& record = ports[index];
  record.life = PortRecord::Life::kReleasing;
  UpdatePath(index);
  record.unreleased_cores = cores.size();
  for (uint32_t core = 0; core < cores.size(); ++core) {
    Send(core, {.type = CommandType::kReleasePort, .port = record.service.get()},
         [this, index](Status) {
           if (--ports[index].unreleased_cores == 0) OnReleased(index);
         });
  }
}

void Dataplane::State::OnReleased(PortIndex index) {
  ports[index].removed ? EndRestart(index, false) : BeginRestart(index);
}

void Dataplane::State::BeginRestart(PortIndex port) {
  ports[port].life = PortRecord::Life::kRestarting;
  ports[port].service->port->Restart(event_fd.get());
}

void Dataplane::State::FinishRestarts() {
  for (PortIndex i = 0; i < ports.size(); ++i) {
    const port::PortState now = ports[i].service->port->state();
    if (ports[i].life != PortRecord::Life::kRestarting || now == port::PortState::kRestarting) {
      continue;
    }
    EndRestart(i, now == port::PortState::kRunning);
  }
}

// Of a restart, if there was one to end.
void Dataplane::State::EndRestart(PortIndex index, bool runs) {
  PortRecord& record = ports[index];
  record.life = PortRecord::Life::kStopped;
  if (record.removed) {
    runs = false;
    record.service->port->Release();
  }
  if (runs) ServePort(index);
  UpdatePath(index);
  const Done restarted = std::exchange(record.restarted, nullptr);
  if (restarted) restarted(runs ? Status::kSuccess : Status::kFailure);
}

PortIndex Dataplane::port_count() const { return static_cast<PortIndex>(state_->ports.size()); }

port::PortInfo Dataplane::GetPortInfo(PortIndex port) const {
  return state_->port(port).port->Info();
}

PortCounters Dataplane::ReadPortCounters(PortIndex port) const {
  const PortService& service = state_->port(port);
  PortCounters counters{.received_frames = service.received_frames.Read(),
                        .received_bytes = service.received_bytes.Read(),
                        .received_copies = service.received_copies.Read(),
                        .transmitted_frames = service.transmitted_frames.Read(),
                        .transmitted_bytes = service.transmitted_bytes.Read(),
                        .transmit_stalls = service.transmit_stalls.Read()};
  for (size_t i = 0; i < kDropCount; ++i) counters.drops[i] = service.drops[i].Read();
  for (size_t i = 0; i < kMaxFrameErrors; ++i) counters.rejected[i] = service.rejected[i].Read();
  counters.driver = service.port->ReadCounters();
  for (const CoreRecord& record : state_->cores) {
    const Backlog waiting = record.core->ReadBacklog(port);
    counters.waiting.buffers += waiting.buffers;
    counters.waiting.bytes += waiting.bytes;
  }
  counters.losses = state_->ports[port].departed_losses;
  for (const auto& channel : state_->channels) {
    if (channel != nullptr) counters.losses.Add(channel->ReadLosses(port));
  }
  return counters;
}

}  // namespace vcp::dataplane
