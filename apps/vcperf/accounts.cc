#include "accounts.h"

#include <algorithm>

namespace vcp::perf {

namespace {

constexpr uint32_t kMissingBits = 64;

}  // namespace

Accounts::Kind Accounts::ReadOther(uint32_t vc, const uint8_t* from, size_t size,
                                   size_t expected_size) {
  MessageId id;
  if (ReadMessage(from, size, &id) && id.vc == (vc | kProbeBit) && size == expected_size) {
    return Kind::kProbe;
  }
  ++faults_.corrupted;
  return Kind::kCorrupted;
}

void Accounts::BookOutOfOrder(Account& account, uint32_t sequence) {
  const auto ahead = static_cast<int32_t>(sequence - static_cast<uint32_t>(account.expected));
  if (ahead >= 0 && account.expected + static_cast<uint32_t>(ahead) >= account.sent) {
    ++faults_.corrupted;  // Never sent: a straggler of somebody before us.
    return;
  }
  if (ahead > 0) {  // What it skipped is lost, or late.
    const auto skipped = static_cast<uint32_t>(ahead);
    if (skipped >= kMissingBits - 1) {
      account.missing = ~uint64_t{1};
    } else {
      account.missing = account.missing << (skipped + 1) | ((uint64_t{1} << skipped) - 1) << 1;
    }
    account.expected += skipped + 1;
    ++account.received;
    return;
  }
  const auto age = static_cast<uint32_t>(-(ahead + 1));
  const uint64_t bit = age < kMissingBits ? uint64_t{1} << age : 0;
  // Too old to know whether it came before: taken for late as long as something is missing.
  const bool late = bit != 0 ? (account.missing & bit) != 0 : account.received < account.sent;
  if (!late) {
    ++faults_.duplicated;
    return;
  }
  account.missing &= ~bit;
  ++account.received;
  ++faults_.reordered;
}

uint64_t Accounts::Sent() const {
  uint64_t sum = 0;
  for (const Account& account : accounts_) sum += account.sent;
  return sum;
}

uint64_t Accounts::Received() const {
  uint64_t sum = 0;
  for (const Account& account : accounts_) sum += account.received;
  return sum;
}

uint64_t Accounts::Lost() const {
  const uint64_t sent = Sent();
  return sent - std::min(sent, Received());
}

bool Accounts::AllIntact() const {
  return Lost() == 0 && faults_.reordered == 0 && faults_.duplicated == 0 && faults_.corrupted == 0;
}

}  // namespace vcp::perf
