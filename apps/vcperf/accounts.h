// Who sent what, and what of it came back: one account per VC. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "payload.h"

namespace vcp::perf {

// What went wrong with messages that did come back; the ones that did not are Accounts::Lost().
struct Faults {
  uint64_t reordered = 0;   // came after a later one of the same VC
  uint64_t duplicated = 0;  // came again
  uint64_t corrupted = 0;   // changed, cut, or on another VC than it was sent on
};

class Accounts {
 public:
  explicit Accounts(uint32_t vc_count) : accounts_(vc_count) {}

  uint32_t vc_count() const { return static_cast<uint32_t>(accounts_.size()); }

  // Writes the next message of a VC.
  void WriteNext(uint32_t vc, uint8_t* to, size_t size) {
    WriteMessage(to, size, {vc, static_cast<uint32_t>(accounts_[vc].sent++)});
  }
  // Takes back the last WriteNext of a VC: that message was not sent after all.
  void Unsend(uint32_t vc) { --accounts_[vc].sent; }

  // What came back.
  enum class Kind {
    kBooked,     // one of ours; Faults tells whether all is well with it
    kProbe,      // WriteProbe's: in no account
    kCorrupted,  // not as it was sent, or not where
  };
  // Reads and books a message that came back on `vc`; `expected_size` is what was sent.
  Kind Read(uint32_t vc, const uint8_t* from, size_t size, size_t expected_size, MessageId* id) {
    if (!ReadMessage(from, size, id) || id->vc != vc || size != expected_size) [[unlikely]] {
      return ReadOther(vc, from, size, expected_size);
    }
    Account& account = accounts_[vc];
    if (id->sequence == static_cast<uint32_t>(account.expected)) [[likely]] {
      ++account.expected;
      ++account.received;
      account.missing <<= 1;
    } else {
      BookOutOfOrder(account, id->sequence);
    }
    return Kind::kBooked;
  }
  // On no VC that we have.
  Kind BookStranger() {
    ++faults_.corrupted;
    return Kind::kCorrupted;
  }

  // A message that only asks whether the other side answers on this VC.
  static void WriteProbe(uint32_t vc, uint8_t* to, size_t size) {
    WriteMessage(to, size, {vc | kProbeBit, 0});
  }
  // The VC that a message says it was sent on; check it before use. `size` may be anything.
  static uint32_t ClaimedVc(const uint8_t* from, size_t size) {
    uint32_t vc = ~kProbeBit;
    if (size >= sizeof(vc)) std::memcpy(&vc, from, sizeof(vc));
    return vc & ~kProbeBit;
  }

  uint64_t Sent(uint32_t vc) const { return accounts_[vc].sent; }
  uint64_t Received(uint32_t vc) const { return accounts_[vc].received; }
  uint64_t Sent() const;
  uint64_t Received() const;  // intact and for the first time
  uint64_t Lost() const;
  const Faults& faults() const { return faults_; }
  bool AllIntact() const;

 private:
  struct Account {
    uint64_t sent = 0;
    uint64_t received = 0;
    uint64_t missing = 0;   // bit k: number expected - 1 - k has not come yet
    uint64_t expected = 0;  // the number after the highest that came
  };

  static constexpr uint32_t kProbeBit = uint32_t{1} << 31;

  Kind ReadOther(uint32_t vc, const uint8_t* from, size_t size, size_t expected_size);
  void BookOutOfOrder(Account& account, uint32_t sequence);

  std::vector<Account> accounts_;
  Faults faults_;
};

}  // namespace vcp::perf
