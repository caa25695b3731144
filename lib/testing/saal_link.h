#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "signaling/saal.h"
#include "testing/fake_clock.h"
#include "wire/sscop_pdu.h"

namespace vcp::testing {

// One end of a simulated signaling link: its SAAL, and a user that only remembers what it is told
// unless `on_action` takes over.
struct SaalEnd {
  using Action = signaling::SaalAction;

  explicit SaalEnd(const signaling::SscopConfig& config)
      : saal(std::make_unique<signaling::Saal>(config)) {}

  // What the user was told since the last call, as "establish.confirm data(text)".
  std::string Told() { return std::exchange(told, {}); }
  // What layer management was told, one letter each time.
  std::string Errors() { return std::exchange(errors, {}); }

  std::unique_ptr<signaling::Saal> saal;
  std::function<void(const Action& action)> on_action;  // Everything but PDUs.
  std::string told;
  std::string errors;
};

inline std::string_view ToString(signaling::SaalAction::Kind kind) {
  constexpr std::array<std::string_view, 9> kNames = {"send",
                                                      "establish.indication",
                                                      "establish.confirm",
                                                      "release.indication",
                                                      "release.confirm",
                                                      "data",
                                                      "unit_data",
                                                      "management_data",
                                                      "error"};
  return kNames[static_cast<size_t>(kind)];
}

// Two SAALs and a carrier between them that takes kDelayNs, under a virtual clock. Without a fault
// it delivers every PDU once and in order.
class SaalLink {
 public:
  static constexpr uint64_t kDelayNs = 5 * kNsPerMs;

  // What becomes of a PDU: for each copy how much later than kDelayNs it arrives; none is a loss.
  // PDUs that begin, end or recover a connection arrive in order with all others, and copies of one
  // together: SDs do not say which connection they are of, nor BGAK, RSAK and ERAK what they
  // answer, so SSCOP cannot live with anything else.
  using Fault = std::function<std::vector<uint64_t>(const wire::SscopPdu& pdu)>;
  // Sees each PDU that is sent.
  using Tap = std::function<void(std::span<const uint8_t> pdu, bool from_west)>;

  explicit SaalLink(const signaling::SscopConfig& config = {}) : west(config), east(config) {}

  uint64_t now_ns() const { return clock_.now_ns; }

  // Carries out what the ends want done, which requests made from outside need.
  void Pump() {
    CarryOut(&west);
    CarryOut(&east);
  }

  // Up to and with what is due at the end. PDUs arrive before timers run.
  void RunFor(uint64_t duration_ns) {
    const uint64_t until_ns = clock_.now_ns + duration_ns;
    Pump();
    for (uint64_t next_ns = NextNs(); next_ns <= until_ns; next_ns = NextNs()) {
      clock_.now_ns = std::max(clock_.now_ns, next_ns);
      Deliver();
      for (SaalEnd* end : {&west, &east}) end->saal->OnTimer(clock_.now_ns);
      Pump();
    }
    clock_.now_ns = until_ns;
  }

  // Long enough for a few round trips, too short for any timer.
  void Settle() { RunFor(100 * kNsPerMs); }

  SaalEnd west;
  SaalEnd east;
  Fault fault;
  Tap tap;

 private:
  struct Flight {
    uint64_t arrival_ns;
    SaalEnd* to;
    std::vector<uint8_t> pdu;
  };
  // Of one direction.
  struct Order {
    uint64_t last_arrival_ns = 0;
    uint64_t barrier_ns = 0;
  };

  uint64_t NextNs() const {
    uint64_t next_ns = UINT64_MAX;
    for (const Flight& flight : flights_) next_ns = std::min(next_ns, flight.arrival_ns);
    for (const SaalEnd* end : {&west, &east}) {
      next_ns = std::min(next_ns, end->saal->NextDeadlineNs().value_or(UINT64_MAX));
    }
    return next_ns;
  }

  void CarryOut(SaalEnd* from) {
    from->saal->CarryOut([this, from](const SaalEnd::Action& action) {
      using Kind = SaalEnd::Action::Kind;
      if (action.kind == Kind::kSendPdu) return Send(from, action.bytes);
      if (from->on_action) return from->on_action(action);
      if (action.kind == Kind::kLayerManagementError) {
        from->errors.push_back(static_cast<char>(action.error));
        return;
      }
      if (!from->told.empty()) from->told += " ";
      from->told += ToString(action.kind);
      const std::string text(action.bytes.begin(), action.bytes.end());
      if (!text.empty()) from->told += "(" + text + ")";
    });
  }

  void Send(SaalEnd* from, std::span<const uint8_t> bytes) {
    wire::SscopPdu pdu;
    if (wire::ParseSscopPdu(bytes, &pdu) != wire::SscopError::kNone) std::abort();
    if (tap) tap(bytes, from == &west);
    Order& order = orders_[from == &west];
    for (const uint64_t extra_ns : fault ? fault(pdu) : std::vector<uint64_t>{0}) {
      uint64_t arrival_ns = std::max(clock_.now_ns + kDelayNs, order.barrier_ns);
      if (IsTransfer(pdu.type)) {
        arrival_ns = std::max(arrival_ns, clock_.now_ns + kDelayNs + extra_ns);
      } else {
        arrival_ns = std::max(arrival_ns, order.last_arrival_ns);
        order.barrier_ns = arrival_ns;
      }
      order.last_arrival_ns = std::max(order.last_arrival_ns, arrival_ns);
      flights_.push_back({arrival_ns, from == &west ? &east : &west, {bytes.begin(), bytes.end()}});
    }
  }

  static bool IsTransfer(wire::SscopType type) {
    using wire::SscopType;
    return type == SscopType::kSd || type == SscopType::kPoll || type == SscopType::kStat ||
           type == SscopType::kUstat || type == SscopType::kUd || type == SscopType::kMd;
  }

  // In the order of arrival, and of sending where that is the same.
  void Deliver() {
    while (!flights_.empty()) {
      const auto first = std::ranges::min_element(flights_, {}, &Flight::arrival_ns);
      if (first->arrival_ns > clock_.now_ns) return;
      const Flight flight = std::move(*first);
      flights_.erase(first);
      flight.to->saal->OnPdu(flight.pdu, clock_.now_ns);
      CarryOut(flight.to);
    }
  }

  FakeClock clock_;
  std::deque<Flight> flights_;  // In the order sent.
  std::array<Order, 2> orders_;
};

}  // namespace vcp::testing
