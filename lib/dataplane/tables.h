// What a packet needs to know of its VC: one cache line per direction. The control thread programs
// entries by command; only the owning poll core touches them. Counters may be read by anyone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"
#include "base/limits.h"
#include "dataplane/vc_program.h"
#include "wire/frame.h"

namespace vcp::dataplane {

class ChannelService;

inline constexpr uint32_t kVcIndexMask = (1u << 20) - 1;  // base/handle.h: index in the low 20 bits
// Transmit direction, indexed by the channel VC's index within its channel.
struct alignas(64) TransmitVc {
  // Why a list may not just leave.
  static constexpr uint8_t kQueued = 1;     // lists wait in its VcQueue; later ones go behind them
  static constexpr uint8_t kPaced = 2;      // each SDU has to conform to a contract
  static constexpr uint8_t kConfirmed = 4;  // lists complete when the port has sent them

  bool is_queued() const { return (odds & kQueued) != 0; }
  bool is_paced() const { return (odds & kPaced) != 0; }
  void SetQueued(bool on) { Set(kQueued, on); }
  void SetPaced(bool on) { Set(kPaced, on); }
  bool is_confirmed() const { return (odds & kConfirmed) != 0; }
  void SetConfirmed(bool on) { Set(kConfirmed, on); }

  uint32_t channel_vc = 0;  // 0: carries nothing
  uint8_t port = 0;
  uint8_t header_bytes = 0;
  uint8_t odds = 0;  // of the above
  uint32_t max_sdu_bytes = 0;
  Counter sdus;
  Counter bytes;
  std::array<uint8_t, wire::HeaderTemplate::kBytes> header{};  // ends where the SDU begins

 private:
  void Set(uint8_t bit, bool on) { odds = static_cast<uint8_t>(on ? odds | bit : odds & ~bit); }
};
static_assert(sizeof(TransmitVc) == 64);

// What became of the SDUs that arrived for a VC, counted by the core that knows.
struct ReceiveCounters {
  Counter sdus;  // delivered, as are the bytes
  Counter bytes;
  Counter errored;  // of those delivered
  Counter drops;

  void AddTo(VcCounters* total) const {
    total->received_sdus += sdus.Read();
    total->received_bytes += bytes.Read();
    total->errored_sdus += errored.Read();
    total->receive_drops += drops.Read();
  }
};

// Receive direction, indexed by label, per port.
struct alignas(64) ReceiveVc {
  uint32_t channel_vc = 0;  // 0: no VC has this label, or several share it
  uint32_t max_sdu_bytes = 0;
  ChannelService* channel = nullptr;
  bool is_signaling = false;   // its SDUs are received behind their source address
  bool stamps = false;         // they are received with the time
  bool takes_errored = false;  // they are received though they are damaged
  bool is_odd = false;         // one of these
  ReceiveCounters counters;
  // In the table: the first of the VCs that share the label; in one of those, which lie elsewhere,
  // the next. Only labels that no single VC has are looked at for it.
  ReceiveVc* next_leaf = nullptr;
};
static_assert(sizeof(ReceiveVc) == 64);

struct VcQueue;

// What else a channel keeps of a VC, by the same index; not looked at for the common SDU.
struct VcRest {
  VcQueue* queue = nullptr;
  ReceiveCounters handed_over;  // SDUs that the core of another port left here
  PortIndex port = 0;
  bool stamps = false;  // what is received
  bool takes_errored = false;
};
static_assert(sizeof(VcRest) == 48);

// Zeroed, huge-page aligned, populated on demand; aborts when address space runs out.
void* MapZeros(size_t size_bytes);
void Unmap(void* data, size_t size_bytes);
// Makes the pages of these bytes exist without changing them. Any thread.
void Populate(void* data, size_t size_bytes);

// An array of zeros as large as an index can say, in pages that exist only once touched: an index
// is a lookup, at any number of VCs. Asks for huge pages: at a million VCs they halve the cost of a
// lookup.
template <typename T>
class DirectTable {
 public:
  explicit DirectTable(size_t count)
      : entries_(static_cast<T*>(MapZeros(count * sizeof(T)))), count_(count) {}
  DirectTable(const DirectTable&) = delete;
  DirectTable& operator=(const DirectTable&) = delete;
  ~DirectTable() { Unmap(entries_, count_ * sizeof(T)); }

  T& operator[](size_t index) { return entries_[index]; }
  const T& operator[](size_t index) const { return entries_[index]; }
  size_t size() const { return count_; }
  // For the control thread, before a poll core writes the entry for the first time: zeroing a huge
  // page takes about 100 us, and nobody's traffic should wait for that.
  void Prepare(size_t index) { Populate(&entries_[index], sizeof(T)); }

 private:
  T* entries_;
  size_t count_;
};

using ReceiveTable = DirectTable<ReceiveVc>;    // kLabelSpace entries: 64 MiB of address space
using TransmitTable = DirectTable<TransmitVc>;  // kMaxVcsPerClient entries: 4 MiB
using RestTable = DirectTable<VcRest>;          // as many: 3 MiB

}  // namespace vcp::dataplane
