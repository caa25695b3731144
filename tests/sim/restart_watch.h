// RESTART on one link, as it passes by: loses one or its answer now and then, where SSCOP does not
// notice, and knows which one was never answered.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "environment.h"
#include "wire/message.h"

namespace vcp::sim {

class RestartWatch {
 public:
  explicit RestartWatch(Environment* environment) : environment_(environment) {}

  // What an end of the link sends, and what arrives of it.
  void OnSend(size_t from, std::span<uint8_t> pdu);
  void OnArrival(size_t from, std::span<const uint8_t> pdu);
  // Empty: each RESTART of all connections was answered in the end, or the link began anew. One of
  // a single connection is not always repeated (Repeat, in uni_restart.cc).
  std::string Unanswered() const;

 private:
  // Of what the end of this number asks.
  struct Asked {
    bool of_all = false;        // and waits for an answer
    bool has_lost_one = false;  // the next time it works: a peer gives up after two
  };

  void Reset(size_t end);
  // A message is sent for the first time: whether it is lost.
  bool Decide(size_t from, const wire::Message& message);

  Environment* environment_;
  std::array<Asked, 2> asked_ = {};
  // By end and N(S), whether it is lost: what SSCOP sends again is the same message.
  std::map<std::pair<size_t, uint32_t>, bool> seen_;
};

}  // namespace vcp::sim
