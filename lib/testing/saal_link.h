#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "signaling/saal.h"
#include "testing/fake_clock.h"

namespace vcp::testing {

using SaalBytes = std::vector<uint8_t>;

// One end of a simulated signaling link and what its user was told.
struct SaalEnd {
  explicit SaalEnd(const signaling::SaalConfig& config) : saal(config) {}

  // What the user was told since the last call, as "establish.confirm data(text)".
  std::string Told() {
    std::string text;
    for (const std::string& each : told) text += (text.empty() ? "" : " ") + each;
    told.clear();
    return text;
  }
  // What layer management was told, one letter each time.
  std::string Errors() { return std::exchange(errors, {}); }

  signaling::Saal saal;
  std::vector<std::string> told;
  std::string errors;
};

// Two SAALs and a carrier between them that takes kDelayNs, under a virtual clock. Without a fault
// it delivers every PDU once and in order.
class SaalLink {
 public:
  static constexpr uint64_t kDelayNs = 5 * kNsPerMs;

  // What becomes of a PDU: for each copy how much later than kDelayNs it arrives; none is a loss.
  using Fault = std::function<std::vector<uint64_t>(const SaalBytes& pdu)>;

  explicit SaalLink(const signaling::SaalConfig& config = {}) : west(config), east(config) {}

  uint64_t now_ns() const { return clock_.now_ns; }

  // Carries out what the ends want done; call it after making requests.
  void Pump() {
    CarryOut(&west, &east);
    CarryOut(&east, &west);
  }

  // Goes to the next event up to `until_ns`: PDUs arrive before timers run. False at `until_ns`.
  bool Step(uint64_t until_ns) {
    Pump();
    uint64_t next_ns = until_ns;
    for (const Flight& flight : flights_) next_ns = std::min(next_ns, flight.arrival_ns);
    for (const SaalEnd* end : {&west, &east}) {
      next_ns = std::min(next_ns, end->saal.NextDeadlineNs().value_or(until_ns));
    }
    clock_.now_ns = std::max(clock_.now_ns, next_ns);
    if (clock_.now_ns >= until_ns) return false;
    Deliver();
    for (SaalEnd* end : {&west, &east}) end->saal.OnTimer(clock_.now_ns);
    Pump();
    return true;
  }

  void RunFor(uint64_t duration_ns) {
    const uint64_t until_ns = clock_.now_ns + duration_ns;
    while (Step(until_ns)) {
    }
  }

  // Long enough for a few round trips, too short for any timer.
  void Settle() { RunFor(100 * kNsPerMs); }

  SaalEnd west;
  SaalEnd east;
  Fault fault;
  std::function<void(const SaalBytes& pdu, bool from_west)> tap;  // sees each PDU that is sent

 private:
  struct Flight {
    uint64_t arrival_ns;
    SaalEnd* to;
    SaalBytes pdu;
  };

  void CarryOut(SaalEnd* from, SaalEnd* to) {
    from->saal.CarryOut([this, from, to](const signaling::SaalAction& action) {
      using Kind = signaling::SaalAction::Kind;
      const std::string text(action.bytes.begin(), action.bytes.end());
      const std::string data = text.empty() ? "" : "(" + text + ")";
      switch (action.kind) {
        case Kind::kSendPdu:
          return Send(from, to, {action.bytes.begin(), action.bytes.end()});
        case Kind::kLayerManagementError:
          from->errors.push_back(static_cast<char>(action.error));
          return;
        case Kind::kEstablishIndication:
          return from->told.push_back("establish.indication" + data);
        case Kind::kEstablishConfirm:
          return from->told.push_back("establish.confirm" + data);
        case Kind::kReleaseIndication:
          return from->told.push_back("release.indication" + data);
        case Kind::kReleaseConfirm:
          return from->told.push_back("release.confirm" + data);
        case Kind::kDataIndication:
          return from->told.push_back("data(" + text + ")");
        case Kind::kUnitDataIndication:
          return from->told.push_back("unit_data(" + text + ")");
        case Kind::kManagementDataIndication:
          return from->told.push_back("management_data(" + text + ")");
      }
    });
  }

  void Send(SaalEnd* from, SaalEnd* to, SaalBytes pdu) {
    if (tap) tap(pdu, from == &west);
    const std::vector<uint64_t> copies = fault ? fault(pdu) : std::vector<uint64_t>{0};
    for (const uint64_t extra_ns : copies) {
      flights_.push_back({clock_.now_ns + kDelayNs + extra_ns, to, pdu});
    }
  }

  void Deliver() {
    for (size_t i = 0; i < flights_.size();) {
      if (flights_[i].arrival_ns > clock_.now_ns) {
        ++i;
        continue;
      }
      const Flight flight = std::move(flights_[i]);
      flights_.erase(flights_.begin() + static_cast<ptrdiff_t>(i));
      flight.to->saal.OnPdu(flight.pdu, clock_.now_ns);
      Pump();
    }
  }

  FakeClock clock_;
  std::deque<Flight> flights_;  // in the order sent
};

}  // namespace vcp::testing
