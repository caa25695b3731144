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

void StartEalOnce() {
  static const bool started = [] {
    std::string error;
    const Status status =
        port::InitEal({.hugepages = false, .memory_megabytes = 128}, &error);
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

PollHarness::PollHarness(std::unique_ptr<port::Port> port)
    : PollHarness([&port](rte_mempool*) { return std::move(port); }) {}

PollHarness::PollHarness(const MakePort& make_port) {
  StartEalOnce();
  std::string error;
  VCP_CHECK(port::MakeFramePool(kFrames, 9300, &frames_, &error) == Status::kSuccess);
  report_fd_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  core_ = std::make_unique<dataplane::PollCore>(0, frames_.get(), dataplane::IdlePolicy::kSpin,
                                                report_fd_.get());
  port_ = std::make_unique<dataplane::PortService>(make_port(frames_.get()));
  Execute({.type = dataplane::CommandType::kServePort, .port = port_.get()});
  Execute({.type = dataplane::CommandType::kOpenPath, .port = port_.get()});
}

PollHarness::~PollHarness() {
  clients_.clear();
  core_.reset();
  port_.reset();
}

void PollHarness::Execute(const dataplane::Command& asked, bool* done) {
  bool executed = false;
  dataplane::Command command = asked;
  command.token = next_token_++;
  waiting_.emplace_back(command.token, done == nullptr ? &executed : done);
  VCP_CHECK(core_->commands.TryPush(command));
  if (done != nullptr) return;
  for (int turns = 0; !executed && turns < 100; ++turns) Turn();
  VCP_CHECK(executed);
}

void PollHarness::TakeReports() {
  for (dataplane::Report report; core_->reports.TryPop(&report);) {
    if (report.type == dataplane::ReportType::kEvicted) evict_reason_ = report.reason;
    if (report.type == dataplane::ReportType::kBegun) continue;
    for (auto& [token, done] : waiting_) {
      if (token == report.token) *done = true;
    }
    std::erase_if(waiting_, [&report](const auto& entry) { return entry.first == report.token; });
  }
}

void PollHarness::Turn() {
  core_->Turn();
  TakeReports();
}

void PollHarness::Settle() {
  for (int turns = 0; turns < 10'000; ++turns) {
    const bool worked = core_->Turn();
    TakeReports();
    if (!worked) return;
  }
  VCP_CHECK_MSG(false, "the poll core never comes to rest");
}

HarnessClient& PollHarness::AddClient(const shm::ChannelRequest& request) {
  auto client = std::make_unique<HarnessClient>();
  std::unique_ptr<shm::DaemonChannel> channel;
  VCP_CHECK(shm::DaemonChannel::Create(shm::LayOut(request, 1492), &channel) == Status::kSuccess);
  UniqueFd fds[shm::kChannelFdCount];
  for (int i = 0; i < shm::kChannelFdCount; ++i) {
    fds[i] = UniqueFd(fcntl(channel->client_fds()[i], F_DUPFD_CLOEXEC, 0));
  }
  channel->CloseClientFds();
  VCP_CHECK(shm::ClientChannel::Map(channel->layout(), fds, &client->channel) == Status::kSuccess);
  const auto index = static_cast<dataplane::ChannelIndex>(clients_.size());
  client->service = std::make_unique<dataplane::ChannelService>(std::move(channel), index, 0);
  Execute({.type = dataplane::CommandType::kServeChannel, .channel = client->service.get()});
  clients_.push_back(std::move(client));
  return *clients_.back();
}

void PollHarness::Activate(HarnessClient& client, uint32_t channel_vc, uint32_t transmit_label,
                           uint32_t receive_label, uint32_t max_sdu_bytes) {
  queues_.push_back(std::make_unique<dataplane::VcQueue>());
  queues_.back()->channel = client.service.get();
  queues_.back()->channel_vc = channel_vc;
  const wire::HeaderTemplate headers(wire::FrameHeader{.label = transmit_label});
  dataplane::Command command{.type = dataplane::CommandType::kSetTransmitVc,
                             .channel = client.service.get(),
                             .port = port_.get()};
  command.queue = queues_.back().get();
  command.program = {.channel_vc = channel_vc,
                     .transmit_label = transmit_label,
                     .receive_label = receive_label,
                     .max_sdu_bytes = max_sdu_bytes};
  command.entry.channel_vc = channel_vc;
  command.entry.header_bytes = headers.size_bytes;
  command.entry.max_sdu_bytes = max_sdu_bytes;
  command.entry.header = headers.bytes;
  Execute(command);
  command.type = dataplane::CommandType::kSetReceiveVc;
  Execute(command);
}

void PollHarness::BeginEnd(HarnessClient& client, uint32_t channel_vc, uint32_t receive_label,
                           bool* done) {
  dataplane::Command command{.type = dataplane::CommandType::kClearReceiveVc,
                             .channel = client.service.get(),
                             .port = port_.get()};
  command.program = {.channel_vc = channel_vc, .receive_label = receive_label};
  Execute(command);
  command.type = dataplane::CommandType::kEndVc;
  Execute(command, done);
}

void PollHarness::Abandon(HarnessClient& client) {
  Execute({.type = dataplane::CommandType::kAbandonChannel, .channel = client.service.get()});
}

void PollHarness::SetPath(bool up) {
  Execute({.type = dataplane::CommandType::kSetPath, .port_index = 0, .path_up = up});
}

uint32_t PollHarness::FreeFrames() const { return rte_mempool_avail_count(frames_.get()); }

}  // namespace vcp::testing
