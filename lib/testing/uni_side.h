// A UniLink as a test drives it: a virtual clock, a SAAL that does what the test says, and all that
// the link sent and told, kept by value.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "signaling/uni_link.h"
#include "wire/message.h"

namespace vcp::testing {

// Labels from 64 up, each used once; remembers who gave what back.
class FakeConnections final : public signaling::ConnectionSpace {
 public:
  std::optional<signaling::ConnectionId> Reserve(const Wish& wish) override {
    signaling::ConnectionId given = wish.connection;
    if (wish.any_vpci) given.vpci = vpci;
    if (wish.any_vci) given.vci = next_vci++;
    if (is_empty || taken.contains(given.label())) return std::nullopt;
    taken.insert(given.label());
    return given;
  }
  void Free(signaling::ConnectionId connection, bool peer_knows) override {
    VCP_CHECK(taken.erase(connection.label()) == 1);
    if (!peer_knows) ++unconfirmed;
  }

  bool is_empty = false;
  uint16_t vpci = 0;
  uint16_t next_vci = 64;
  std::set<uint32_t> taken;
  int unconfirmed = 0;
};

struct UniTold {
  signaling::UniIndication what;  // Its `message` points to nothing.
  std::optional<wire::Message> message;
};

class UniSide {
 public:
  using Kind = signaling::UniIndication::Kind;
  using Request = signaling::UniRequest;

  explicit UniSide(signaling::Role role) : UniSide(signaling::UniConfig::DefaultsOf(role)) {}
  explicit UniSide(const signaling::UniConfig& config)
      : config_(config), link_(config, &connections) {}

  signaling::UniLink& link() { return link_; }
  const signaling::UniConfig& config() const { return config_; }
  uint64_t now_ns() const { return now_ns_; }

  // Brings the link up and forgets how; some time ago.
  void Up() {
    link_.Start(now_ns_);
    link_.OnEstablished(now_ns_);
    CarryOut();
    Advance(10 * kNsPerSecond);
    establish_requests = 0;
    told.clear();
  }
  void Down() {
    link_.OnReleased(now_ns_);
    CarryOut();
  }
  void Established() {
    link_.OnEstablished(now_ns_);
    CarryOut();
  }

  signaling::UniReply Ask(const Request& request) {
    const signaling::UniReply reply = link_.Handle(request, now_ns_);
    CarryOut();
    return reply;
  }

  void Receive(std::span<const uint8_t> octets) {
    link_.OnData(octets, now_ns_);
    CarryOut();
  }
  void Receive(const wire::Message& message) {
    std::array<uint8_t, kMaxSignalingBytes> octets;
    const size_t size = EmitMessage(message, octets);
    VCP_CHECK(size != 0);
    Receive(std::span<const uint8_t>(octets).first(size));
  }

  // Runs every timer up to then, each at its time.
  void AdvanceTo(uint64_t to_ns) {
    while (link_.NextDeadlineNs() && *link_.NextDeadlineNs() <= to_ns) {
      now_ns_ = std::max(now_ns_, *link_.NextDeadlineNs());
      link_.OnTimer(now_ns_);
      CarryOut();
    }
    now_ns_ = to_ns;
  }
  void Advance(uint64_t ns) { AdvanceTo(now_ns_ + ns); }

  // The oldest message not taken yet; nothing when there is none.
  std::optional<wire::Message> TakeSent() {
    if (sent.empty()) return std::nullopt;
    wire::Message message;
    wire::ParseReport report;
    VCP_CHECK(ParseMessage(sent.front(), &message, &report) == wire::HeaderError::kNone);
    VCP_CHECK(report.clean());
    sent.pop_front();
    return message;
  }
  std::optional<UniTold> TakeTold() {
    if (told.empty()) return std::nullopt;
    UniTold first = std::move(told.front());
    told.pop_front();
    return first;
  }
  uint64_t Counted(signaling::UniCounter counter) const {
    return link_.counters()[static_cast<size_t>(counter)].Read();
  }

  void CarryOut() {
    link_.CarryOut([this](const signaling::UniAction& action) {
      switch (action.kind) {
        case signaling::UniAction::Kind::kEstablishRequest:
          ++establish_requests;
          break;
        case signaling::UniAction::Kind::kReleaseRequest:
          ++release_requests;
          break;
        case signaling::UniAction::Kind::kDataRequest:
          sent.emplace_back(action.data.begin(), action.data.end());
          break;
        case signaling::UniAction::Kind::kIndication:
          Keep(action.indication);
          if (on_indication) on_indication(action.indication);
          break;
      }
    });
  }

  FakeConnections connections;
  int establish_requests = 0;
  int release_requests = 0;
  std::deque<std::vector<uint8_t>> sent;
  std::deque<UniTold> told;
  // A call manager, if the test has one.
  std::function<void(const signaling::UniIndication&)> on_indication;

 private:
  void Keep(const signaling::UniIndication& indication) {
    UniTold& kept = told.emplace_back();
    kept.what = indication;
    kept.what.message = nullptr;
    if (indication.message != nullptr) kept.message = *indication.message;
  }

  signaling::UniConfig config_;
  uint64_t now_ns_ = kNsPerSecond;
  signaling::UniLink link_;
};

}  // namespace vcp::testing
