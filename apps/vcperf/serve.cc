#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <span>
#include <vector>

#include "idle.h"
#include "measure.h"

namespace vcp::perf {

namespace {

using vcplane::Completion;
using vcplane::Event;
using vcplane::Received;
using vcplane::Segment;
using vcplane::SendList;
using vcplane::Vc;

constexpr size_t kBurst = 64;

// Takes calls and sends back what comes. Nothing is taken in that there is no room to send.
class Echo {
 public:
  explicit Echo(vcplane::Client* client) : client_(*client) {}

  // Returns how many messages came.
  size_t Turn() {
    const auto fresh = client_.AllocateSegments(std::span(segments_).subspan(spare_));
    spare_ += fresh.size();
    const bool short_of_room = spare_ < kBurst;
    const std::span<Received> received = client_.Receive(std::span(received_).first(spare_));
    if (!received.empty()) SendBack(received);
    // Nobody waits for completions, and looking for them costs both sides: not without need.
    if (short_of_room || received.empty()) {
      while (client_.Completions(completions_).size() == kBurst) {
      }
    }
    client_.Flush();
    return received.size();
  }

  // Looks after calls. Empty, or why it is over.
  std::string HandleEvents() {
    std::array<Event, 64> room;
    for (const Event& event : client_.Poll(room)) {
      if (event.type == VCP_EVENT_INCOMING_CALL) {
        static_cast<void>(client_.Accept(event.vc));
        connecting_.push_back(event.vc);
        ++calls_;
      } else if (event.type == VCP_EVENT_CALL_CONNECTED) {
        std::erase(connecting_, event.vc);
      } else if (event.type == VCP_EVENT_INCOMING_CLOSE_CALL) {
        std::erase(connecting_, event.vc);
        closing_.push_back(event.vc);
      } else if (event.type == VCP_EVENT_DISCONNECTED) {
        connecting_.clear();
        closing_.clear();
        spare_ = 0;
        std::cerr << "vcperf: the daemon went away; waiting for it to come back\n";
      } else if (event.type == VCP_EVENT_EVICTED) {
        return std::string("the daemon refuses us: ") + event.text;
      } else if (event.type == VCP_EVENT_NOTIFY_CLOSE_AF) {
        return "the port, or its call manager, is gone";
      }
    }
    // Not while sends are outstanding (C63): those are tried again.
    std::erase_if(closing_,
                  [this](Vc vc) { return client_.CloseCall(vc, 0) != VCP_INVALID_STATE; });
    return "";
  }

  bool closing() const { return !closing_.empty(); }
  uint64_t calls() const { return calls_; }
  uint64_t messages() const { return messages_; }
  uint64_t dropped() const { return dropped_; }

 private:
  // Neighbours of one VC go into one buffer list.
  void SendBack(std::span<const Received> received) {
    std::array<SendList, kBurst> lists;
    size_t list_count = 0;
    const size_t first = spare_ - received.size();
    for (size_t i = 0; i < received.size(); ++i) {
      Segment& segment = segments_[first + i];
      std::memcpy(segment.data, received[i].data, received[i].size_bytes);
      segment.size_bytes = received[i].size_bytes;
      segment.flags |= VCP_SEGMENT_END_OF_BUFFER;
      if (list_count != 0 && lists[list_count - 1].vc == received[i].vc) {
        ++lists[list_count - 1].segment_count;
      } else {
        lists[list_count++] = {.vc = received[i].vc,
                               .segment_count = 1,
                               .segments = &segment,
                               .cookie = 0,
                               .cancel_id = 0};
      }
    }
    client_.Return(received);
    messages_ += received.size();
    spare_ = first;
    Submit({lists.data(), list_count});
  }

  void Submit(std::span<const SendList> lists) {
    while (!lists.empty()) {
      vcplane::Status why;
      lists = lists.subspan(client_.Submit(lists, &why));
      if (lists.empty()) return;
      if (why == VCP_BACK_PRESSURED) {
        client_.Flush();
        static_cast<void>(client_.Completions(completions_));
        continue;
      }
      // Data may overtake the news that its call is connected.
      if (why == VCP_INVALID_STATE && IsConnecting(lists[0].vc)) {
        static_cast<void>(client_.Wait(std::chrono::milliseconds(1)));
        if (HandleEvents().empty()) continue;
      }
      // Its call ended meanwhile: there is nobody to send to.
      client_.FreeSegments({lists[0].segments, lists[0].segment_count});
      dropped_ += lists[0].segment_count;
      lists = lists.subspan(1);
    }
  }

  bool IsConnecting(Vc vc) const {
    return std::find(connecting_.begin(), connecting_.end(), vc) != connecting_.end();
  }

  vcplane::Client& client_;
  std::array<Segment, kBurst> segments_;  // the first spare_ of them are ours to fill
  size_t spare_ = 0;
  std::array<Received, kBurst> received_;
  std::array<Completion, kBurst> completions_;
  std::vector<Vc> connecting_;  // accepted, and not heard of since
  std::vector<Vc> closing_;
  uint64_t calls_ = 0;
  uint64_t messages_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace

std::string Serve(Session* session, const Options& options) {
  if (std::string error = session->RegisterSap(options); !error.empty()) return error;
  std::cout << (options.json ? "{\"ready\": true}" : "ready") << std::endl;

  Echo echo(&session->client());
  Idle idle(session->client(), options.spin);
  constexpr int kTurnsBetweenEvents = 1000;
  int turns = 0;
  while (!stop_requested) {
    const bool worked = echo.Turn() != 0;
    bool look = ++turns == kTurnsBetweenEvents || echo.closing();
    worked ? idle.Worked() : static_cast<void>(look |= idle.Nothing());
    if (!look) continue;
    turns = 0;
    if (std::string error = echo.HandleEvents(); !error.empty()) return error;
  }
  if (options.json) {
    std::cout << "{\"calls\": " << echo.calls() << ", \"echoed\": " << echo.messages()
              << ", \"dropped\": " << echo.dropped() << "}" << std::endl;
  } else {
    std::cout << "echoed " << echo.messages() << " messages on " << echo.calls()
              << " calls, dropped " << echo.dropped() << std::endl;
  }
  return "";
}

}  // namespace vcp::perf
