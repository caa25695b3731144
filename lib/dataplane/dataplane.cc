#include "dataplane/dataplane.h"

#include <pthread.h>
#include <rte_lcore.h>
#include <rte_mempool.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "base/check.h"
#include "dataplane/dataplane_state.h"

namespace vcp::dataplane {

// --- speaking with poll cores -------------------------------------------------------------------

void Dataplane::State::Send(uint32_t core, const Command& command, Done done) {
  cores[core].backlog.push_back(command);
  if (done) cores[core].backlog.back().token = waiting.Add(std::move(done));
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
  if (sent) record.core->WakeIfAsleep();
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
  if (report.token == 0) return;
  if (const Done done = waiting.Take(report.token)) done(report.status);
}

void Dataplane::HandleEvents() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(state_->event_fd.get(), &count, sizeof count);
  for (CoreRecord& record : state_->cores) state_->TakeReports(record);
  state_->FinishRestarts();
  // Answers that these cause are for the next round.
  std::deque<std::pair<Done, Status>> answers = std::exchange(state_->answers, {});
  for (auto& [done, status] : answers) done(status);
}

int Dataplane::event_fd() const { return state_->event_fd.get(); }

// --- life ---------------------------------------------------------------------------------------

Dataplane::Dataplane(const DataplaneOptions& options, rte_mempool* frames)
    : state_(std::make_unique<State>(frames)) {
  VCP_CHECK(!options.cpus.empty() && options.cpus.size() <= kMaxPollCores);
  state_->event_fd = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  VCP_CHECK(state_->event_fd);
  state_->cores.resize(options.cpus.size());
  for (uint32_t i = 0; i < state_->cores.size(); ++i) {
    state_->cores[i].core =
        std::make_unique<PollCore>(i, &state_->frames, options.idle, state_->event_fd.get());
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
      cores[from].core->ConnectTo(cores[to].core.get(), between[from * count + to],
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
  state_->waiting.Clear();
  state_->on_evict = nullptr;
  for (uint32_t i = 0; i < state_->cores.size(); ++i) {
    state_->Send(i, {.type = CommandType::kStop}, nullptr);
  }
  // All of them, before any of them goes: a core looks whether others sleep.
  for (CoreRecord& record : state_->cores) {
    // Earlier commands may fill the queue; they are taken before the stop.
    while (!record.backlog.empty()) {
      state_->TakeReports(record);
      sched_yield();
    }
    record.thread.join();
  }
}

// --- channels -----------------------------------------------------------------------------------

Status Dataplane::AddChannel(std::unique_ptr<shm::DaemonChannel> channel, ChannelIndex* index) {
  for (ChannelIndex i = 0; i < state_->channels.size(); ++i) {
    if (state_->channels[i] != nullptr) continue;
    const uint32_t core = i % static_cast<uint32_t>(state_->cores.size());
    state_->channels[i] = std::make_unique<ChannelService>(std::move(channel), i, core);
    *index = i;
    return Status::kSuccess;
  }
  return Status::kResources;
}

Status Dataplane::ServeChannel(ChannelIndex channel) {
  ChannelService* service = state_->channels[channel].get();
  const Status kept = service->channel().KeepMemory();
  if (kept != Status::kSuccess) return kept;
  state_->served.set(channel);
  state_->Send(service->core(), {.type = CommandType::kServeChannel, .channel = service}, nullptr);
  return Status::kSuccess;
}

void Dataplane::AbandonChannel(ChannelIndex channel) {
  if (!state_->served[channel]) return;
  ChannelService* service = state_->channels[channel].get();
  state_->Send(service->core(), {.type = CommandType::kAbandonChannel, .channel = service},
               nullptr);
}

void Dataplane::RemoveChannel(ChannelIndex channel, Done done) {
  ChannelService* service = state_->channels[channel].get();
  State* state = state_.get();
  auto dropped = [state, channel, done = std::move(done)](Status status) {
    const ChannelService& gone = *state->channels[channel];
    state->departed.AddDeparted(gone.ReadCounters());
    for (PortIndex port = 0; port < state->ports.size(); ++port) {
      state->ports[port].departed_losses.Add(gone.ReadLosses(port));
    }
    state->channels[channel].reset();
    state->served.reset(channel);
    done(status);
  };
  if (!state->served[channel]) return state->Answer(std::move(dropped), Status::kSuccess);
  state->Send(service->core(), {.type = CommandType::kDropChannel, .channel = service},
              std::move(dropped));
}

ChannelCounters Dataplane::ReadChannelCounters(ChannelIndex channel) const {
  const auto& service = state_->channels[channel];
  return service == nullptr ? ChannelCounters{} : service->ReadCounters();
}

ChannelCounters Dataplane::ReadDepartedCounters() const { return state_->departed; }

void Dataplane::SetEvictHandler(OnEvict on_evict) { state_->on_evict = std::move(on_evict); }

size_t Dataplane::poll_core_count() const { return state_->cores.size(); }

PollCoreCounters Dataplane::ReadPollCoreCounters(size_t core) const {
  return state_->cores[core].core->ReadCounters();
}

uint64_t Dataplane::CountFreeFrames() const { return rte_mempool_avail_count(state_->frames.pool); }

}  // namespace vcp::dataplane
