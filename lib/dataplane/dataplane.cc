#include "dataplane/dataplane.h"

#include <pthread.h>
#include <rte_lcore.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/unique_fd.h"
#include "dataplane/poll_core.h"
#include "wire/frame.h"

namespace vcp::dataplane {
namespace {

uint64_t LabelKey(PortIndex port, uint32_t label) { return uint64_t{port} << 32 | label; }
uint64_t VcKey(ChannelIndex channel, uint32_t channel_vc) {
  return uint64_t{channel} << 32 | channel_vc;
}

}  // namespace

// One poll core with what the control thread keeps for it.
struct CoreRecord {
  std::unique_ptr<PollCore> core;
  std::thread thread;
  std::deque<Command> backlog;  // behind the core's bound on unanswered commands
  size_t unanswered = 0;
};

struct VcRecord {
  VcProgram program;
  VcQueue queue;
};

struct Dataplane::State {
  UniqueFd event_fd;
  std::vector<CoreRecord> cores;
  std::vector<std::unique_ptr<PortService>> ports;
  std::array<std::unique_ptr<ChannelService>, kMaxClients> channels;
  ChannelCounters departed;
  std::vector<std::unique_ptr<FrameQueue>> queues;  // between cores
  std::unordered_map<uint64_t, std::unique_ptr<VcRecord>> vcs;
  std::unordered_map<uint64_t, uint64_t> label_owner;  // LabelKey -> VcKey
  std::unordered_map<uint64_t, Done> waiting;          // token -> who hears of it
  std::deque<std::pair<Done, Status>> answers;         // that needed no poll core
  uint64_t next_token = 1;
  OnEvict on_evict;

  void Send(uint32_t core, const Command& command, Done done);
  void SendBacklog(CoreRecord& record);
  void Answer(Done done, Status status);
  void TakeReports(CoreRecord& record);
  void TakeReport(CoreRecord& record, const Report& report);
  void ConnectCores();
  void StartThread(uint32_t index, int cpu);
  void ServePort(PortIndex index);
  TransmitVc MakeTransmitVc(const VcProgram& program) const;
  Status CheckProgram(const VcProgram& program) const;
  void ProgramReceive(VcRecord& record, Done done);
  void Forget(ChannelIndex channel, uint32_t channel_vc);
};

// --- speaking with poll cores
// ---------------------------------------------------------------------

void Dataplane::State::Send(uint32_t core, const Command& command, Done done) {
  cores[core].backlog.push_back(command);
  cores[core].backlog.back().token = next_token;
  if (done) waiting.emplace(next_token, std::move(done));
  ++next_token;
  SendBacklog(cores[core]);
}

void Dataplane::State::SendBacklog(CoreRecord& record) {
  bool sent = false;
  while (!record.backlog.empty() && record.unanswered < PollCore::kMaxCommands) {
    VCP_CHECK(record.core->commands.TryPush(record.backlog.front()));
    record.backlog.pop_front();
    ++record.unanswered;
    sent = true;
  }
  if (sent) record.core->Wake();
}

void Dataplane::State::Answer(Done done, Status status) {
  answers.emplace_back(std::move(done), status);
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(event_fd.get(), &one, sizeof one);
}

void Dataplane::State::TakeReports(CoreRecord& record) {
  for (Report report; record.core->reports.TryPop(&report);) TakeReport(record, report);
  SendBacklog(record);
}

void Dataplane::State::TakeReport(CoreRecord& record, const Report& report) {
  if (report.type == ReportType::kEvicted) {
    if (on_evict) on_evict(report.channel, report.reason);
    return;
  }
  if (report.type != ReportType::kVcEnded) --record.unanswered;
  if (report.type == ReportType::kBegun) return;
  auto found = waiting.extract(report.token);
  if (!found.empty()) found.mapped()(report.status);
}

void Dataplane::HandleEvents() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(state_->event_fd.get(), &count, sizeof count);
  for (CoreRecord& record : state_->cores) state_->TakeReports(record);
  // Answers that these cause are for the next round.
  std::deque<std::pair<Done, Status>> answers = std::exchange(state_->answers, {});
  for (auto& [done, status] : answers) done(status);
}

int Dataplane::event_fd() const { return state_->event_fd.get(); }

// --- life
// -----------------------------------------------------------------------------------------

Dataplane::Dataplane(const DataplaneOptions& options, rte_mempool* frames)
    : state_(std::make_unique<State>()) {
  VCP_CHECK(!options.cpus.empty() && options.cpus.size() <= kMaxPollCores);
  state_->event_fd = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  VCP_CHECK(state_->event_fd);
  state_->cores.resize(options.cpus.size());
  for (uint32_t i = 0; i < state_->cores.size(); ++i) {
    state_->cores[i].core =
        std::make_unique<PollCore>(i, frames, options.idle, state_->event_fd.get());
  }
  state_->ConnectCores();
  for (uint32_t i = 0; i < state_->cores.size(); ++i) state_->StartThread(i, options.cpus[i]);
}

void Dataplane::State::ConnectCores() {
  const auto count = static_cast<uint32_t>(cores.size());
  std::vector<FrameQueue*> between(count * count);
  for (FrameQueue*& queue : between) {
    queues.push_back(std::make_unique<FrameQueue>(kHandoffFrames));
    queue = queues.back().get();
  }
  for (uint32_t from = 0; from < count; ++from) {
    for (uint32_t to = 0; to < count; ++to) {
      if (from == to) continue;
      cores[from].core->ConnectDeliveries(to, between[from * count + to],
                                          between[to * count + from]);
    }
  }
}

void Dataplane::State::StartThread(uint32_t index, int cpu) {
  PollCore* core = cores[index].core.get();
  cores[index].thread = std::thread([core] {
    // Gives the thread a cache of the frame pool.
    VCP_CHECK(rte_thread_register() == 0);
    core->Run();
    rte_thread_unregister();
  });
  const pthread_t thread = cores[index].thread.native_handle();
  pthread_setname_np(thread, ("poll-" + std::to_string(index)).c_str());
  if (cpu < 0) return;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<size_t>(cpu), &cpus);
  pthread_setaffinity_np(thread, sizeof cpus, &cpus);
}

Dataplane::~Dataplane() {
  state_->waiting.clear();
  state_->on_evict = nullptr;
  for (uint32_t i = 0; i < state_->cores.size(); ++i) {
    state_->Send(i, {.type = CommandType::kStop}, nullptr);
  }
  for (CoreRecord& record : state_->cores) {
    // Earlier commands may fill the queue; they are taken before the stop.
    while (!record.backlog.empty()) {
      state_->TakeReports(record);
      sched_yield();
    }
    record.thread.join();
    record.core.reset();
  }
}

// --- ports
// ----------------------------------------------------------------------------------------

Status Dataplane::AddPort(std::unique_ptr<port::Port> port, PortIndex* index) {
  if (state_->ports.size() == kMaxPorts) return Status::kResources;
  *index = static_cast<PortIndex>(state_->ports.size());
  state_->ports.push_back(std::make_unique<PortService>(std::move(port)));
  state_->ServePort(*index);
  return Status::kSuccess;
}

// Ports go to the cores in turn; every other core gets a queue to the port's core.
void Dataplane::State::ServePort(PortIndex index) {
  PortService* service = ports[index].get();
  service->core = index % static_cast<uint32_t>(cores.size());
  Send(service->core, {.type = CommandType::kServePort, .port = service}, nullptr);
  for (uint32_t core = 0; core < cores.size(); ++core) {
    Command open{.type = CommandType::kOpenPath, .port = service, .port_index = index};
    if (core != service->core) {
      queues.push_back(std::make_unique<FrameQueue>(kHandoffFrames));
      open.handoff = queues.back().get();
      Command take = open;
      take.type = CommandType::kTakeFrames;
      Send(service->core, take, nullptr);
    }
    Send(core, open, nullptr);
  }
}

PortIndex Dataplane::port_count() const { return static_cast<PortIndex>(state_->ports.size()); }

port::PortInfo Dataplane::GetPortInfo(PortIndex port) const {
  return state_->ports[port]->port->Info();
}

PortCounters Dataplane::ReadPortCounters(PortIndex port) const {
  const PortService& service = *state_->ports[port];
  PortCounters counters{.received_frames = service.received_frames.Read(),
                        .received_bytes = service.received_bytes.Read(),
                        .transmitted_frames = service.transmitted_frames.Read(),
                        .transmitted_bytes = service.transmitted_bytes.Read(),
                        .transmit_stalls = service.transmit_stalls.Read()};
  for (size_t i = 0; i < kDropCount; ++i) counters.drops[i] = service.drops[i].Read();
  for (size_t i = 0; i < kMaxFrameErrors; ++i) counters.rejected[i] = service.rejected[i].Read();
  counters.driver = service.port->ReadCounters();
  return counters;
}

// --- channels
// -------------------------------------------------------------------------------------

Status Dataplane::AddChannel(std::unique_ptr<shm::DaemonChannel> channel, ChannelIndex* index) {
  for (ChannelIndex i = 0; i < state_->channels.size(); ++i) {
    if (state_->channels[i] != nullptr) continue;
    const uint32_t core = i % static_cast<uint32_t>(state_->cores.size());
    state_->channels[i] = std::make_unique<ChannelService>(std::move(channel), i, core);
    *index = i;
    state_->Send(core, {.type = CommandType::kServeChannel, .channel = state_->channels[i].get()},
                 nullptr);
    return Status::kSuccess;
  }
  return Status::kResources;
}

void Dataplane::AbandonChannel(ChannelIndex channel) {
  ChannelService* service = state_->channels[channel].get();
  state_->Send(service->core(), {.type = CommandType::kAbandonChannel, .channel = service},
               nullptr);
}

void Dataplane::RemoveChannel(ChannelIndex channel, Done done) {
  ChannelService* service = state_->channels[channel].get();
  State* state = state_.get();
  state->Send(service->core(), {.type = CommandType::kDropChannel, .channel = service},
              [state, channel, done = std::move(done)](Status status) {
                state->departed.AddDeparted(state->channels[channel]->ReadCounters());
                state->channels[channel].reset();
                done(status);
              });
}

ChannelCounters Dataplane::ReadChannelCounters(ChannelIndex channel) const {
  const auto& service = state_->channels[channel];
  return service == nullptr ? ChannelCounters{} : service->ReadCounters();
}

ChannelCounters Dataplane::ReadDepartedCounters() const { return state_->departed; }

void Dataplane::SetEvictHandler(OnEvict on_evict) { state_->on_evict = std::move(on_evict); }

// --- VCs
// ------------------------------------------------------------------------------------------

TransmitVc Dataplane::State::MakeTransmitVc(const VcProgram& program) const {
  const wire::HeaderTemplate headers(
      wire::FrameHeader{.destination = program.peer_mac,
                        .source = ports[program.port]->port->Info().mac,
                        .label = program.transmit_label});
  return {.channel_vc = program.channel_vc,
          .port = static_cast<uint8_t>(program.port),
          .header_bytes = headers.size_bytes,
          .max_sdu_bytes = program.max_sdu_bytes,
          .header = headers.bytes};
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
      program.max_sdu_bytes > ports[program.port]->port->Info().max_sdu_bytes) {
    return Status::kInvalidData;
  }
  const auto owner = label_owner.find(LabelKey(program.port, program.receive_label));
  if (program.receive && owner != label_owner.end() &&
      owner->second != VcKey(program.channel, program.channel_vc)) {
    return Status::kInUse;
  }
  // An active VC keeps its place on the wire; new labels are a new VC.
  const auto known = vcs.find(VcKey(program.channel, program.channel_vc));
  if (known != vcs.end()) {
    const VcProgram& now = known->second->program;
    if (now.port != program.port || now.receive_label != program.receive_label ||
        now.receive != program.receive || now.transmit != program.transmit) {
      return Status::kNotSupported;
    }
  }
  return Status::kSuccess;
}

void Dataplane::ActivateVc(const VcProgram& program, Done done) {
  const Status status = state_->CheckProgram(program);
  if (status != Status::kSuccess) return state_->Answer(std::move(done), status);
  std::unique_ptr<VcRecord>& record = state_->vcs[VcKey(program.channel, program.channel_vc)];
  if (record == nullptr) record = std::make_unique<VcRecord>();
  ChannelService* channel = state_->channels[program.channel].get();
  record->program = program;
  record->queue.channel = channel;
  record->queue.channel_vc = program.channel_vc;
  if (program.receive) {
    state_->label_owner[LabelKey(program.port, program.receive_label)] =
        VcKey(program.channel, program.channel_vc);
  }
  channel->PrepareVc(program.channel_vc);
  if (program.receive) state_->ports[program.port]->labels.Prepare(program.receive_label);
  // Always by way of the channel's core, which then knows the channel before anything is delivered.
  Command command{.type = CommandType::kSetTransmitVc, .channel = channel};
  command.queue = &record->queue;
  command.program = program;
  if (program.transmit) command.entry = state_->MakeTransmitVc(program);
  State* state = state_.get();
  VcRecord* kept = record.get();
  state->Send(channel->core(), command, [state, kept, done = std::move(done)](Status) mutable {
    state->ProgramReceive(*kept, std::move(done));
  });
}

void Dataplane::State::ProgramReceive(VcRecord& record, Done done) {
  if (!record.program.receive) return Answer(std::move(done), Status::kSuccess);
  PortService* port = ports[record.program.port].get();
  Command command{.type = CommandType::kSetReceiveVc, .channel = record.queue.channel};
  command.port = port;
  command.program = record.program;
  Send(port->core, command, std::move(done));
}

void Dataplane::DeactivateVc(ChannelIndex channel, uint32_t channel_vc, Done done) {
  const auto found = state_->vcs.find(VcKey(channel, channel_vc));
  if (found == state_->vcs.end()) return state_->Answer(std::move(done), Status::kInvalidState);
  State* state = state_.get();
  const VcProgram& program = found->second->program;
  ChannelService* service = state->channels[channel].get();
  Command end{.type = CommandType::kEndVc, .channel = service};
  end.program = program;
  auto ended = [state, channel, channel_vc, done = std::move(done)](Status status) {
    state->Forget(channel, channel_vc);
    done(status);
  };
  if (!program.receive) return state->Send(service->core(), end, std::move(ended));
  PortService* port = state->ports[program.port].get();
  Command clear{.type = CommandType::kClearReceiveVc, .port = port};
  clear.program = program;
  state->Send(port->core, clear, [state, service, end, ended = std::move(ended)](Status) {
    state->Send(service->core(), end, ended);
  });
}

void Dataplane::State::Forget(ChannelIndex channel, uint32_t channel_vc) {
  const auto found = vcs.find(VcKey(channel, channel_vc));
  const VcProgram& program = found->second->program;
  if (program.receive) label_owner.erase(LabelKey(program.port, program.receive_label));
  vcs.erase(found);
}

VcCounters Dataplane::ReadVcCounters(ChannelIndex channel, uint32_t channel_vc) const {
  const auto found = state_->vcs.find(VcKey(channel, channel_vc));
  if (found == state_->vcs.end()) return {};
  const VcProgram& program = found->second->program;
  const TransmitVc* transmit = state_->channels[channel]->FindTransmitVc(channel_vc);
  const ReceiveVc& receive = state_->ports[program.port]->labels[program.receive_label];
  VcCounters counters;
  if (program.transmit) {
    counters.transmitted_sdus = transmit->sdus.Read();
    counters.transmitted_bytes = transmit->bytes.Read();
  }
  if (program.receive) {
    counters.received_sdus = receive.sdus.Read();
    counters.received_bytes = receive.bytes.Read();
  }
  return counters;
}

size_t Dataplane::poll_core_count() const { return state_->cores.size(); }

PollCoreCounters Dataplane::ReadPollCoreCounters(size_t core) const {
  return state_->cores[core].core->ReadCounters();
}

}  // namespace vcp::dataplane
