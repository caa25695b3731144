// The measuring client's traffic: messages go out on all VCs in turn, what comes back is checked
// and booked. Burst by burst, nothing is allocated. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "accounts.h"
#include "base/histogram.h"
#include "options.h"
#include "session.h"
#include "ticks.h"

namespace vcp::perf {

class Exchange {
 public:
  Exchange(Session* session, const Options& options);

  // Asks on every VC until each has answered. Empty, or one line that says what is missing.
  [[nodiscard]] std::string AwaitAnswers();

  // Hands over `count` messages, or as many as there is room for; they go out with Flush. Returns
  // how many.
  uint32_t Send(uint32_t count);
  // Takes what came back, and from time to time what was completed: nobody waits for that. Returns
  // how many messages came back.
  uint32_t Receive();
  void Flush() { client_.Flush(); }
  // Waits for what has not come back, as long as anything does.
  void Settle();
  // What is under way seems not to come any more: opens the window again.
  void WriteOff() { outstanding_ = 0; }

  uint32_t outstanding() const { return outstanding_; }
  const Accounts& accounts() const { return accounts_; }
  // When measuring throughput, one message at a time is timed among the others.
  const Histogram& round_trip_ticks() const { return round_trip_ticks_; }

 private:
  static constexpr uint32_t kNobody = ~uint32_t{0};

  // Empty, or why none of them can be sent.
  [[nodiscard]] std::string SendProbes();
  void TakeCompletions();
  void Book(const vcplane::Received& received);
  void Unsend(const vcplane::SendList* lists, size_t count);

  Session& session_;
  vcplane::Client& client_;
  const Options& options_;
  const std::vector<vcplane::Vc>& vcs_;
  Accounts accounts_;
  uint32_t next_vc_ = 0;
  uint32_t outstanding_ = 0;
  uint32_t uncompleted_lists_ = 0;
  std::vector<bool> answered_;
  uint32_t answers_;
  MessageId timed_{kNobody, 0};
  uint64_t timed_since_ = 0;
  Histogram round_trip_ticks_;
};

}  // namespace vcp::perf
