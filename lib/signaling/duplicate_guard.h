#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace vcp::signaling {

// SSCOP counts on a carrier that never duplicates; UDP may. This recognizes a copy of the PDU that
// came just before. SD, POLL, STAT and USTAT only: of those no peer sends two alike in a row,
// whereas the others are repeated on purpose, because the answer was lost.
class DuplicateGuard {
 public:
  // Remembers `pdu` either way.
  bool IsDuplicate(std::span<const uint8_t> pdu);

 private:
  std::vector<uint8_t> last_;
};

}  // namespace vcp::signaling
