// Makes calls and closes them again, several at a time, and holds others meanwhile. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/histogram.h"
#include "options.h"
#include "session.h"

namespace vcp::perf {

// Calls that were refused, by the cause that came with it (0: none) and the status.
using Refusals = std::map<std::pair<uint8_t, vcplane::Status>, uint64_t>;

class CallMaker {
 public:
  CallMaker(Session* session, const Options& options, const vcplane::CallParams& params);

  // Makes options.held calls and keeps them. Empty, or one line that says what is wrong.
  [[nodiscard]] std::string Hold();
  // Makes and closes calls until `until_ticks`, then waits for what is under way.
  [[nodiscard]] std::string Run(uint64_t until_ticks);
  // Closes what is held. Gives up after a while: who detaches has no calls.
  void CloseAll();

  const Histogram& setup_ticks() const { return setup_ticks_; }
  // Connected before the time was over, and after it.
  uint64_t connected() const { return connected_; }
  uint64_t late() const { return late_; }
  const Refusals& refusals() const { return refusals_; }
  uint64_t held() const { return held_; }
  // Calls that the other side closed, and those of which nobody said a word.
  uint64_t ended_by_peer() const { return ended_by_peer_; }
  uint64_t unanswered() const { return under_way_; }

 private:
  enum class Phase : uint8_t { kHold, kRun, kClose };
  // A VC, and what there is on it.
  struct Slot {
    vcplane::Vc vc = 0;
    bool is_held = false;
    bool is_closing = false;
    uint64_t since_ticks = 0;  // its set-up began
  };

  // A VC is made for it unless it has one.
  void Begin(uint32_t slot);
  void Call(uint32_t slot);
  void Close(uint32_t slot);
  void OnConnected(uint32_t slot);
  void OnRefused(uint32_t slot, uint8_t cause, vcplane::Status status);
  void OnClosed(uint32_t slot);
  void OnPeerClosed(vcplane::Vc vc);
  // Until `done`, or nothing has happened for as long as one is patient.
  template <typename Done>
  [[nodiscard]] std::string HandleEvents(Done&& done);
  void Handle(const vcplane::Event& event);
  void Fail(const std::string& error);

  vcplane::Client& client_;
  const vcplane::Af af_;
  const Options& options_;
  const vcplane::CallParams params_;
  Phase phase_ = Phase::kHold;
  uint64_t until_ticks_ = 0;
  std::vector<Slot> slots_;  // named by the cookies of their requests
  uint32_t under_way_ = 0;   // slots whose call is being made or closed
  uint64_t held_ = 0;
  uint32_t refused_in_a_row_ = 0;
  Histogram setup_ticks_;
  uint64_t connected_ = 0;
  uint64_t late_ = 0;
  uint64_t ended_by_peer_ = 0;
  Refusals refusals_;
  std::string error_;
  std::array<vcplane::Event, 64> events_;
};

// The meaning of refusals as one line: "10 cause 47 (resource unavailable), 2 TIMED_OUT".
std::string ToString(const Refusals& refusals);

}  // namespace vcp::perf
