#include "testing/poll_harness.h"

#include <fcntl.h>
#include <rte_mempool.h>
#include <sys/eventfd.h>

#include <cstring>
#include <utility>

#include "base/check.h"
#include "port/dpdk/eal.h"
#include "wire/frame.h"

namespace vcp::testing {

using dataplane::CommandType;

void StartEalOnce() {
  static const bool started = [] {
    std::string error;
    const Status status = port::InitEal({.hugepages = false, .memory_megabytes = 128}, &error);
    VCP_CHECK_MSG(status == Status::kSuccess, error.c_str());
    return true;
  }();
  static_cast<void>(started);
}

void HarnessClient::Send(uint32_t channel_vc, std::span<const uint8_t> sdu, uint32_t cookie) {
  const shm::ChannelLayout& layout = channel->layout();
  const uint32_t slot = next_send_slot++ % layout.send_slot_count;
  const uint32_t offset = slot * layout.send_slot_bytes;
  std::memcpy(channel->send_payload + offset, sdu.data(), sdu.size());
  channel->submit.Stage({.offset = offset,
                         .channel_vc = channel_vc,
                         .cookie = cookie,
                         .length = static_cast<uint16_t>(sdu.size()),
                         .flags = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList});
}

void HarnessClient::Send(uint32_t channel_vc, const std::string& sdu, uint32_t cookie) {
  Send(channel_vc, std::span(reinterpret_cast<const uint8_t*>(sdu.data()), sdu.size()), cookie);
}

std::vector<shm::Completion> HarnessClient::Completions() {
  std::vector<shm::Completion> all;
  for (shm::Completion one; channel->complete.Read(&one);) all.push_back(one);
  return all;
}

std::vector<shm::Reception> HarnessClient::Receptions() {
  std::vector<shm::Reception> all;
  for (shm::Reception one; channel->receive.Read(&one);) all.push_back(one);
  return all;
}

std::string HarnessClient::Payload(const shm::Reception& reception) const {
  const uint8_t* data =
      channel->receive_payload + uint64_t{reception.slot} * channel->layout().receive_slot_bytes;
  return {reinterpret_cast<const char*>(data), reception.length};
}

void HarnessClient::Return(uint32_t slot) {
  channel->returns.Stage({.slot = slot});
  channel->returns.Publish();
}

PollHarness::PollHarness(std::unique_ptr<port::Port> port, uint32_t cores)
    : PollHarness([&port](rte_mempool*) { return std::move(port); }, cores) {}

PollHarness::PollHarness(const MakePort& make_port, uint32_t cores) {
  StartEalOnce();
  std::string error;
  VCP_CHECK(port::MakeFramePool(kFrames, 9300, &frames_, &error) == Status::kSuccess);
  shared_frames_ = std::make_unique<dataplane::SharedFrames>(frames_.get());
  report_fd_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  for (uint32_t i = 0; i < cores; ++i) {
    cores_.push_back(std::make_unique<dataplane::PollCore>(
        i, shared_frames_.get(), dataplane::IdlePolicy::kSpin, report_fd_.get()));
  }
  ConnectCores();
  AddPort(make_port(frames_.get()));
}

dataplane::FrameQueue* PollHarness::MakeQueue() {
  between_cores_.push_back(std::make_unique<dataplane::FrameQueue>(dataplane::kHandoffFrames));
  return between_cores_.back().get();
}

void PollHarness::ConnectCores() {
  for (uint32_t from = 0; from < cores_.size(); ++from) {
    for (uint32_t to = 0; to < from; ++to) {
      dataplane::FrameQueue* back = MakeQueue();
      dataplane::FrameQueue* forth = MakeQueue();
      cores_[from]->ConnectTo(cores_[to].get(), forth, back);
      cores_[to]->ConnectTo(cores_[from].get(), back, forth);
    }
  }
}

dataplane::PortIndex PollHarness::AddPort(std::unique_ptr<port::Port> port, uint32_t core) {
  const auto index = static_cast<dataplane::PortIndex>(ports_.size());
  ports_.push_back(std::make_unique<dataplane::PortService>(std::move(port)));
  ports_.back()->core = core;
  for (uint32_t from = 0; from < cores_.size(); ++from) {
    dataplane::Command open{.type = CommandType::kOpenPath,
                            .port = ports_.back().get(),
                            .port_index = index,
                            .path_up = true};
    if (from != core) {
      open.handoff = MakeQueue();
      dataplane::Command take = open;
      take.type = CommandType::kTakeFrames;
      take.core = from;
      Execute(core, take);
    }
    Execute(from, open);
  }
  Execute(core, {.type = CommandType::kServePort, .port = ports_.back().get()});
  return index;
}

PollHarness::~PollHarness() {
  clients_.clear();
  cores_.clear();
  ports_.clear();
}

void PollHarness::Execute(uint32_t core, const dataplane::Command& asked, bool* done) {
  bool executed = false;
  dataplane::Command command = asked;
  command.token = next_token_++;
  waiting_.emplace_back(command.token, done == nullptr ? &executed : done);
  VCP_CHECK(cores_[core]->commands.TryPush(command));
  if (done != nullptr) return;
  for (int turns = 0; !executed && turns < 100; ++turns) Turn();
  VCP_CHECK(executed);
}

void PollHarness::TakeReports() {
  for (auto& core : cores_) {
    for (dataplane::Report report; core->reports.TryPop(&report);) TakeReport(report);
  }
}

void PollHarness::TakeReport(const dataplane::Report& report) {
  if (report.type == dataplane::ReportType::kEvicted) evict_reason_ = report.reason;
  if (report.type == dataplane::ReportType::kBegun) return;
  for (auto& [token, done] : waiting_) {
    if (token == report.token) *done = true;
  }
  std::erase_if(waiting_, [&report](const auto& entry) { return entry.first == report.token; });
}

bool PollHarness::TurnAll() {
  bool worked = false;
  for (auto& core : cores_) worked |= now_ns_ ? core->TurnAt(*now_ns_) : core->Turn();
  TakeReports();
  return worked;
}

void PollHarness::Turn() { TurnAll(); }

void PollHarness::Settle() {
  for (int turns = 0; turns < 10'000; ++turns) {
    if (!TurnAll()) return;
  }
  VCP_CHECK_MSG(false, "the poll cores never come to rest");
}

HarnessClient& PollHarness::AddClient(const shm::ChannelRequest& request, uint32_t core) {
  auto client = std::make_unique<HarnessClient>();
  std::unique_ptr<shm::DaemonChannel> channel;
  VCP_CHECK(shm::DaemonChannel::Create(shm::LayOut(request, 1492), &channel) == Status::kSuccess);
  UniqueFd fds[shm::kChannelFdCount];
  for (int i = 0; i < shm::kChannelFdCount; ++i) {
    fds[i] = UniqueFd(fcntl(channel->client_fds()[i], F_DUPFD_CLOEXEC, 0));
  }
  channel->CloseClientFds();
  VCP_CHECK(shm::ClientChannel::Map(channel->layout(), fds, &client->channel) == Status::kSuccess);
  VCP_CHECK(channel->KeepMemory() == Status::kSuccess);
  const auto index = static_cast<dataplane::ChannelIndex>(clients_.size());
  client->service = std::make_unique<dataplane::ChannelService>(std::move(channel), index, core);
  Execute(core, {.type = CommandType::kServeChannel, .channel = client->service.get()});
  clients_.push_back(std::move(client));
  return *clients_.back();
}

void PollHarness::Activate(HarnessClient& client, uint32_t channel_vc, uint32_t transmit_label,
                           uint32_t receive_label, uint32_t max_sdu_bytes, bool is_signaling) {
  Activate(client, {.channel_vc = channel_vc,
                    .transmit_label = transmit_label,
                    .receive_label = receive_label,
                    .max_sdu_bytes = max_sdu_bytes,
                    .is_signaling = is_signaling});
}

void PollHarness::Activate(HarnessClient& client, dataplane::VcProgram program) {
  program.channel = client.service->index();
  std::unique_ptr<VcRecord>& record = vcs_[{program.channel, program.channel_vc}];
  if (record == nullptr || record->ended) record = std::make_unique<VcRecord>();
  record->program = program;
  record->queue.channel = client.service.get();
  record->queue.channel_vc = program.channel_vc;
  record->queue.is_signaling = program.is_signaling;
  if (program.shares_label && record->leaf == nullptr) {
    record->leaf = std::make_unique<dataplane::ReceiveVc>();
  }
  dataplane::Command command{.type = CommandType::kSetVc,
                             .channel = client.service.get(),
                             .port = ports_[program.port].get(),
                             .queue = &record->queue,
                             .leaf = record->leaf.get(),
                             .program = program};
  Execute(client.service->core(), command);
  if (!program.receive) return;
  command.type = CommandType::kSetReceiveVc;
  Execute(command.port->core, command);
}

// Of one that never was, too.
PollHarness::VcRecord& PollHarness::FindVc(const HarnessClient& client, uint32_t channel_vc) {
  std::unique_ptr<VcRecord>& record = vcs_[{client.service->index(), channel_vc}];
  if (record == nullptr) {
    record = std::make_unique<VcRecord>();
    record->program = {.channel = client.service->index(), .channel_vc = channel_vc};
  }
  return *record;
}

void PollHarness::BeginStopReceiving(HarnessClient& client, uint32_t channel_vc, bool* done) {
  const VcRecord& record = FindVc(client, channel_vc);
  dataplane::PortService* port = ports_[record.program.port].get();
  Execute(port->core,
          {.type = CommandType::kClearReceiveVc,
           .port = port,
           .leaf = record.leaf.get(),
           .program = record.program},
          done);
}

void PollHarness::BeginEnd(HarnessClient& client, uint32_t channel_vc, bool* done) {
  VcRecord& record = FindVc(client, channel_vc);
  record.ended = true;
  bool cleared = !record.program.receive;
  if (!cleared) BeginStopReceiving(client, channel_vc, &cleared);
  for (int turns = 0; !cleared && turns < 100; ++turns) Turn();
  VCP_CHECK(cleared);
  Execute(client.service->core(),
          {.type = CommandType::kEndVc, .channel = client.service.get(), .program = record.program},
          done);
}

void PollHarness::Purge(HarnessClient& client, uint32_t channel_vc) {
  const VcRecord& record = FindVc(client, channel_vc);
  dataplane::PortService* port = ports_[record.program.port].get();
  Execute(port->core, {.type = CommandType::kPurgeVc, .port = port, .program = record.program});
}

void PollHarness::Abandon(HarnessClient& client) {
  Execute(client.service->core(),
          {.type = CommandType::kAbandonChannel, .channel = client.service.get()});
}

dataplane::VcCounters PollHarness::ReadVcCounters(const HarnessClient& client,
                                                  uint32_t channel_vc) {
  const VcRecord& record = FindVc(client, channel_vc);
  const dataplane::PortService& port = *ports_[record.program.port];
  dataplane::VcCounters counters{.transmit_drops = record.queue.drops.Read(),
                                 .paced_sdus = record.queue.paced.Read(),
                                 .waiting = record.queue.backlog.Read()};
  client.service->AddVcCounters(channel_vc, &counters);
  const dataplane::ReceiveVc& label = port.labels[record.program.receive_label];
  (record.leaf != nullptr ? *record.leaf : label).counters.AddTo(&counters);
  return counters;
}

void PollHarness::SetPath(bool up, dataplane::PortIndex port) {
  for (uint32_t core = 0; core < cores_.size(); ++core) {
    Execute(core, {.type = CommandType::kSetPath, .port_index = port, .path_up = up});
  }
}

void PollHarness::SetRefusal(Status refusal, dataplane::PortIndex port) {
  for (uint32_t core = 0; core < cores_.size(); ++core) {
    Execute(core, {.type = CommandType::kRefuseLists,
                   .port = ports_[port].get(),
                   .port_index = port,
                   .refusal = refusal});
  }
}

uint32_t PollHarness::FreeFrames() const { return rte_mempool_avail_count(frames_.get()); }

}  // namespace vcp::testing
