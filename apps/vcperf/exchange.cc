#include "exchange.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include "idle.h"

namespace vcp::perf {

namespace {

using std::chrono::steady_clock;
using vcplane::Completion;
using vcplane::Received;
using vcplane::Segment;
using vcplane::SendList;

constexpr size_t kBurst = 64;
constexpr auto kProbeInterval = std::chrono::milliseconds(100);
constexpr auto kSilenceIsLoss = std::chrono::seconds(2);

}  // namespace

Exchange::Exchange(Session* session, const Options& options)
    : session_(*session),
      client_(session->client()),
      options_(options),
      vcs_(session->vcs()),
      accounts_(options.vcs),
      answered_(options.vcs, false),
      answers_(0) {}

std::string Exchange::AwaitAnswers() {
  const auto deadline =
      steady_clock::now() + std::chrono::duration<double>(options_.patience_seconds);
  auto next_probes = steady_clock::now();
  Idle idle(client_, options_.spin);
  while (answers_ < options_.vcs) {
    const auto now = steady_clock::now();
    if (now > deadline || stop_requested) {
      return "no answer on " + std::to_string(options_.vcs - answers_) + " of " +
             std::to_string(options_.vcs) +
             " VCs: is vcperf serve running at the other end, and the cable up (vcctl show ports)?";
    }
    if (std::string error = session_.CheckEvents(); !error.empty()) return error;
    if (now >= next_probes) {
      if (std::string error = SendProbes(); !error.empty()) return error;
      next_probes = now + kProbeInterval;
    }
    const uint32_t before = answers_;
    Receive();
    Flush();
    answers_ != before ? idle.Worked() : static_cast<void>(idle.Nothing());
  }
  return "";
}

std::string Exchange::SendProbes() {
  std::vector<uint8_t> probe(options_.size_bytes);
  for (uint32_t vc = 0; vc < options_.vcs; ++vc) {
    if (answered_[vc]) continue;
    Accounts::WriteProbe(vc, probe.data(), probe.size());
    const vcplane::Status status = client_.Send(vcs_[vc], std::as_bytes(std::span(probe)));
    if (status == VCP_INVALID_LENGTH) {
      return "messages of " + std::to_string(options_.size_bytes) +
             " bytes are more than this circuit carries (MAX SDU in vcctl show ports, show pvcs)";
    }
    if (status != VCP_SUCCESS) break;
    ++uncompleted_lists_;
    if (vc % kBurst == kBurst - 1) {
      Flush();
      Receive();
    }
  }
  return "";
}

uint32_t Exchange::Send(uint32_t count) {
  std::array<Segment, kMaxBatch> segment_room;
  std::array<SendList, kMaxBatch> lists;
  const bool timed = options_.mode == Mode::kThroughput && timed_.vc == kNobody;
  if (timed) timed_since_ = Ticks::Now();
  const std::span<Segment> segments =
      client_.AllocateSegments(std::span(segment_room).first(std::min(count, kMaxBatch)));
  size_t list_count = 0;
  for (size_t i = 0; i < segments.size();) {
    const auto in_list = std::min<size_t>(options_.list, segments.size() - i);
    lists[list_count++] = {.vc = vcs_[next_vc_],
                           .segment_count = static_cast<uint32_t>(in_list),
                           .segments = &segments[i],
                           .cookie = next_vc_,
                           .cancel_id = 0};
    for (const size_t end = i + in_list; i < end; ++i) {
      accounts_.WriteNext(next_vc_, static_cast<uint8_t*>(segments[i].data), options_.size_bytes);
      segments[i].size_bytes = options_.size_bytes;
      segments[i].flags |= VCP_SEGMENT_END_OF_BUFFER;
    }
    next_vc_ = next_vc_ + 1 == options_.vcs ? 0 : next_vc_ + 1;
  }
  if (list_count == 0) [[unlikely]] {
    TakeCompletions();
    return 0;
  }
  const size_t taken = client_.Submit({lists.data(), list_count});
  uncompleted_lists_ += static_cast<uint32_t>(taken);
  auto sent = static_cast<uint32_t>(segments.size());
  if (taken != list_count) [[unlikely]] {
    const auto left = static_cast<uint32_t>(lists[taken].segments - segments.data());
    Unsend(&lists[taken], list_count - taken);
    client_.FreeSegments(segments.subspan(left));
    sent = left;
  }
  if (timed && sent != 0) {
    const auto vc = static_cast<uint32_t>(lists[0].cookie);
    const uint64_t in_list = std::min<uint64_t>(options_.list, sent);
    timed_ = {vc, static_cast<uint32_t>(accounts_.Sent(vc) - in_list)};
  }
  outstanding_ += sent;
  return sent;
}

void Exchange::Unsend(const SendList* lists, size_t count) {
  next_vc_ = static_cast<uint32_t>(lists[0].cookie);
  for (size_t i = 0; i < count; ++i) {
    for (uint32_t k = 0; k < lists[i].segment_count; ++k) {
      accounts_.Unsend(static_cast<uint32_t>(lists[i].cookie));
    }
  }
}

inline void Exchange::Book(const Received& received) {
  const auto* payload = static_cast<const uint8_t*>(received.data);
  const uint32_t vc = Accounts::ClaimedVc(payload, received.size_bytes);
  MessageId id;
  Accounts::Kind kind;
  if (vc < options_.vcs && vcs_[vc] == received.vc) [[likely]] {
    kind = accounts_.Read(vc, payload, received.size_bytes, options_.size_bytes, &id);
  } else {
    kind = accounts_.BookStranger();
  }
  if (kind == Accounts::Kind::kProbe) [[unlikely]] {
    answers_ += answered_[vc] ? 0 : 1;
    answered_[vc] = true;
    return;
  }
  outstanding_ -= std::min(outstanding_, 1u);
  if (id.vc == timed_.vc && id.sequence == timed_.sequence) {
    round_trip_ticks_.Record(Ticks::Now() - timed_since_);
    timed_.vc = kNobody;
  }
}

uint32_t Exchange::Receive() {
  std::array<Received, kMaxBatch> room;
  const std::span<Received> received =
      client_.Receive(std::span(room).first(std::min(options_.batch, kMaxBatch)));
  for (const Received& message : received) Book(message);
  client_.Return(received);
  // Where the daemon is writing, every look costs both sides a cache line's way: not without need.
  // But before sleep: what waits there would be the end of it.
  const bool may_sleep = received.empty() && !options_.spin;
  if (uncompleted_lists_ >= options_.batch || may_sleep) TakeCompletions();
  return static_cast<uint32_t>(received.size());
}

void Exchange::TakeCompletions() {
  std::array<Completion, kBurst> room;
  size_t count;
  do {
    count = client_.Completions(room).size();
    uncompleted_lists_ -= static_cast<uint32_t>(count);
  } while (count == kBurst);
}

void Exchange::Settle() {
  Idle idle(client_, options_.spin);
  auto last = steady_clock::now();
  // By the accounts, for what was written off may have been late only.
  while (accounts_.Lost() != 0 && steady_clock::now() - last < kSilenceIsLoss) {
    const bool any = Receive() != 0;
    Flush();
    if (any) last = steady_clock::now();
    any ? idle.Worked() : static_cast<void>(idle.Nothing());
  }
}

}  // namespace vcp::perf
