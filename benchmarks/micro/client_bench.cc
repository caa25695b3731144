// What the library costs an application for each message: one list of one segment at a time, or an
// SDU received, in bursts. The daemon's side is paused: it only turns rings around, which is
// measured with it, and alone for comparison.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "client/data_path.h"
#include "client/vc_table.h"
#include "shm/channel.h"

namespace vcp::client {
namespace {

constexpr uint32_t kBurst = 32;
constexpr uint32_t kMessageBytes = 64;

// A channel with both ends in one process, and VCs that are connected.
class Path {
 public:
  explicit Path(uint32_t vc_count) {
    const shm::ChannelLayout layout = shm::LayOut({.max_sdu_bytes = kMessageBytes}, 0);
    VCP_CHECK(shm::DaemonChannel::Create(layout, &daemon_) == Status::kSuccess);
    std::array<UniqueFd, shm::kChannelFdCount> fds;
    for (size_t i = 0; i < fds.size(); ++i) fds[i] = UniqueFd(dup(daemon_->client_fds()[i]));
    std::unique_ptr<shm::ClientChannel> channel;
    VCP_CHECK(shm::ClientChannel::Map(layout, fds, &channel) == Status::kSuccess);
    data_ = std::make_unique<DataPath>(std::move(channel), &table_, 1);
    for (uint32_t i = 0; i < vc_count; ++i) {
      Vc* vc = table_.Insert();
      table_.Join(vc, 0x100000 + i);
      vc->state = VcState::kConnected;
      vc->max_sdu_bytes = kMessageBytes;
      vcs_.push_back(vc->handle);
    }
  }

  // In an order that no prefetcher knows.
  uint32_t NextVc() {
    turn_ = turn_ * 1664525 + 1013904223;
    return vcs_[(turn_ >> 12) % vcs_.size()];
  }
  DataPath& data() { return *data_; }
  shm::DaemonChannel& daemon() { return *daemon_; }

  void CompleteAll() {
    for (shm::Submission submission; daemon_->submit.Read(&submission);) {
      daemon_->complete.Stage({.cookie = submission.cookie});
    }
    daemon_->complete.Publish();
  }

 private:
  std::unique_ptr<shm::DaemonChannel> daemon_;
  VcTable table_;
  std::unique_ptr<DataPath> data_;
  std::vector<uint32_t> vcs_;
  uint32_t turn_ = 1;
};

// Allocated, submitted, flushed, completed.
void BM_SubmitInPlace(benchmark::State& state) {
  Path path(static_cast<uint32_t>(state.range(0)));
  std::array<vcp_segment, kBurst> segments;
  std::array<vcp_send_list, kBurst> lists{};
  std::array<vcp_completion, kBurst> completions;
  for (auto _ : state) {
    path.data().Allocate(segments.data(), kBurst);
    for (uint32_t i = 0; i < kBurst; ++i) {
      segments[i].size_bytes = kMessageBytes;
      lists[i] = {.vc = path.NextVc(),
                  .segment_count = 1,
                  .segments = &segments[i],
                  .cookie = i,
                  .cancel_id = 0};
    }
    VCP_CHECK(path.data().Submit(lists.data(), kBurst, nullptr) == kBurst);
    path.data().Flush();
    path.CompleteAll();
    VCP_CHECK(path.data().Completions(completions.data(), kBurst) == kBurst);
  }
  state.SetItemsProcessed(state.iterations() * kBurst);
}
BENCHMARK(BM_SubmitInPlace)->ArgName("vcs")->Arg(1)->Arg(1000);

void BM_SendCopying(benchmark::State& state) {
  Path path(static_cast<uint32_t>(state.range(0)));
  const std::array<uint8_t, kMessageBytes> message{};
  std::array<vcp_completion, kBurst> completions;
  for (auto _ : state) {
    for (uint32_t i = 0; i < kBurst; ++i) {
      VCP_CHECK(path.data().Send(path.NextVc(), message.data(), message.size(), i) == VCP_SUCCESS);
    }
    path.data().Flush();
    path.CompleteAll();
    VCP_CHECK(path.data().Completions(completions.data(), kBurst) == kBurst);
  }
  state.SetItemsProcessed(state.iterations() * kBurst);
}
BENCHMARK(BM_SendCopying)->ArgName("vcs")->Arg(1)->Arg(1000);

// The daemon's part of the above: to be subtracted.
void BM_RingsAlone(benchmark::State& state) {
  std::vector<uint64_t> there(2 * 2048), back(2048);
  shm::RingWriter<shm::Submission> submit(there.data(), 2048);
  shm::RingReader<shm::Submission> submitted(there.data(), 2048);
  shm::RingWriter<shm::Completion> complete(back.data(), 2048);
  shm::RingReader<shm::Completion> completed(back.data(), 2048);
  for (auto _ : state) {
    for (uint32_t i = 0; i < kBurst; ++i) submit.Stage({.cookie = i});
    submit.Publish();
    for (shm::Submission one; submitted.Read(&one);) complete.Stage({.cookie = one.cookie});
    complete.Publish();
    for (shm::Completion one; completed.Read(&one);) benchmark::DoNotOptimize(one);
  }
  state.SetItemsProcessed(state.iterations() * kBurst);
}
BENCHMARK(BM_RingsAlone);

// Received, returned, flushed.
void BM_Receive(benchmark::State& state) {
  Path path(static_cast<uint32_t>(state.range(0)));
  std::array<vcp_received, kBurst> received;
  uint32_t slot = 0;
  for (auto _ : state) {
    for (uint32_t i = 0; i < kBurst; ++i) {
      path.daemon().receive.Stage(
          {.slot = slot++ % 2048,
           .channel_vc = 0x100000 + slot % static_cast<uint32_t>(state.range(0)),
           .length = kMessageBytes});
    }
    path.daemon().receive.Publish();
    VCP_CHECK(path.data().Receive(received.data(), kBurst) == kBurst);
    path.data().Return(received.data(), kBurst);
    path.data().Flush();
    for (shm::Return one; path.daemon().returns.Read(&one);) benchmark::DoNotOptimize(one);
  }
  state.SetItemsProcessed(state.iterations() * kBurst);
}
BENCHMARK(BM_Receive)->ArgName("vcs")->Arg(1)->Arg(1000);

}  // namespace
}  // namespace vcp::client

BENCHMARK_MAIN();
