#include "shm/channel.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <new>
#include <utility>

#include "base/limits.h"

namespace vcp::shm {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kHugePageBytes = size_t{2} << 20;

constexpr uint64_t RoundUp(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// An odd number of cache lines, so that slots do not crowd into a few cache sets; a slot of one
// line is packed as it is.
uint32_t SlotBytes(uint32_t max_sdu_bytes) {
  const uint32_t lines = (max_sdu_bytes + kCacheLineBytes - 1) / kCacheLineBytes;
  return (lines | 1u) * kCacheLineBytes;
}

// Whole huge pages once a region fills a good part of one.
uint64_t RegionBytes(uint64_t used_bytes) {
  return RoundUp(used_bytes, used_bytes > kHugePageBytes / 2 ? kHugePageBytes : kPageBytes);
}

uint32_t ClampSlots(uint32_t asked) {
  return std::clamp(asked == 0 ? kDefaultSlots : asked, kMinSlots, kMaxSlots);
}

void InitHeader(Region& region) {
  auto* header = new (region.data()) RegionHeader{};
  header->magic = kRegionMagic;
  header->abi_major = kAbiMajor;
  header->abi_minor = kAbiMinor;
  header->struct_size = sizeof(RegionHeader);
}

RegionHeader* HeaderOf(const Region& region) {
  return reinterpret_cast<RegionHeader*>(region.data());
}

// The sleep number and the rings are stored and loaded in opposite order on both sides: who
// announces a sleep then looks at the rings, who writes a ring then looks for a sleep, each with a
// full fence between. One of the two always sees the other.
void StoreSleep(const Region& region, uint32_t number) {
  std::atomic_ref(HeaderOf(region)->writer_sleep).store(number, std::memory_order_seq_cst);
}

uint32_t LoadSleep(const Region& region) {
  return __atomic_load_n(&HeaderOf(region)->writer_sleep, __ATOMIC_RELAXED);
}

// The number of the next sleep, never the 0 that means awake.
uint32_t NextSleep(uint32_t number) { return number == ~uint32_t{0} ? 1 : number + 1; }

}  // namespace

ChannelLayout LayOut(const ChannelRequest& request, uint32_t default_max_sdu_bytes) {
  ChannelLayout layout{};
  layout.struct_size = sizeof(ChannelLayout);
  const uint32_t sdu = request.max_sdu_bytes == 0 ? default_max_sdu_bytes : request.max_sdu_bytes;
  layout.max_sdu_bytes = std::clamp(sdu, 1u, kMaxSduBytes);
  layout.send_slot_count = ClampSlots(request.send_slots);
  layout.receive_slot_count = ClampSlots(request.receive_slots);
  layout.send_slot_bytes = layout.receive_slot_bytes = SlotBytes(layout.max_sdu_bytes);
  layout.submit_capacity = layout.complete_capacity = std::bit_ceil(layout.send_slot_count);
  layout.receive_capacity = layout.return_capacity = std::bit_ceil(layout.receive_slot_count);

  layout.up_submit_offset = RoundUp(sizeof(RegionHeader), kPageBytes);
  layout.up_return_offset =
      layout.up_submit_offset + uint64_t{layout.submit_capacity} * kDescriptorBytes<Submission>;
  layout.up_payload_offset =
      RoundUp(layout.up_return_offset + uint64_t{layout.return_capacity} * kDescriptorBytes<Return>,
              kPageBytes);
  layout.up_size_bytes = RegionBytes(layout.up_payload_offset +
                                     uint64_t{layout.send_slot_count} * layout.send_slot_bytes);

  layout.down_complete_offset = RoundUp(sizeof(RegionHeader), kPageBytes);
  layout.down_receive_offset = layout.down_complete_offset +
                               uint64_t{layout.complete_capacity} * kDescriptorBytes<Completion>;
  layout.down_payload_offset = RoundUp(
      layout.down_receive_offset + uint64_t{layout.receive_capacity} * kDescriptorBytes<Reception>,
      kPageBytes);
  layout.down_size_bytes = RegionBytes(
      layout.down_payload_offset + uint64_t{layout.receive_slot_count} * layout.receive_slot_bytes);
  return layout;
}

Status DaemonChannel::Create(const ChannelLayout& layout, std::unique_ptr<DaemonChannel>* channel) {
  std::unique_ptr<DaemonChannel> made(new DaemonChannel);
  made->layout_ = layout;
  UniqueFd* fds = made->client_owned_;
  Status status = Region::Create("vcplane-up", layout.up_size_bytes, RegionWriter::kClient,
                                 &made->up_, &fds[kUpRegionFd]);
  if (status != Status::kSuccess) return status;
  status = Region::Create("vcplane-down", layout.down_size_bytes, RegionWriter::kDaemon,
                          &made->down_, &fds[kDownRegionFd]);
  if (status != Status::kSuccess) return status;
  UniqueFd daemon_end;
  status = Doorbell::MakePair(&daemon_end, &fds[kDoorbellFd]);
  if (status != Status::kSuccess) return status;
  made->doorbell_ = Doorbell(std::move(daemon_end));
  for (int i = 0; i < kChannelFdCount; ++i) made->client_fds_[i] = fds[i].get();

  InitHeader(made->up_);
  InitHeader(made->down_);
  made->submit = {made->up_.data() + layout.up_submit_offset, layout.submit_capacity};
  made->returns = {made->up_.data() + layout.up_return_offset, layout.return_capacity};
  made->complete = {made->down_.data() + layout.down_complete_offset, layout.complete_capacity};
  made->receive = {made->down_.data() + layout.down_receive_offset, layout.receive_capacity};
  made->send_payload = made->up_.data() + layout.up_payload_offset;
  made->receive_payload = made->down_.data() + layout.down_payload_offset;
  *channel = std::move(made);
  return Status::kSuccess;
}

void DaemonChannel::CloseClientFds() {
  up_fd_ = std::move(client_owned_[kUpRegionFd]);
  for (int i = 0; i < kChannelFdCount; ++i) {
    client_owned_[i].Reset();
    client_fds_[i] = -1;
  }
}

Status DaemonChannel::KeepMemory() {
  const UniqueFd up = std::move(up_fd_);
  return up_.Keep(up.get());
}

bool DaemonChannel::ClientNeedsWake() const {
  const uint32_t sleep = LoadSleep(up_);
  return sleep != 0 && sleep != woken_number_;
}

void DaemonChannel::WakeClient() {
  woken_number_ = LoadSleep(up_);
  doorbell_.Ring();
}

void DaemonChannel::SetDaemonSleeps(bool sleeps) {
  if (sleeps) sleep_number_ = NextSleep(sleep_number_);
  StoreSleep(down_, sleeps ? sleep_number_ : 0);
}

Status ClientChannel::Map(const ChannelLayout& layout, std::span<UniqueFd, kChannelFdCount> fds,
                          std::unique_ptr<ClientChannel>* channel) {
  std::unique_ptr<ClientChannel> made(new ClientChannel);
  made->layout_ = layout;
  Status status = Region::Map(fds[kUpRegionFd].get(), layout.up_size_bytes, true, &made->up_);
  if (status != Status::kSuccess) return status;
  status = Region::Map(fds[kDownRegionFd].get(), layout.down_size_bytes, false, &made->down_);
  if (status != Status::kSuccess) return status;
  if (HeaderOf(made->down_)->magic != kRegionMagic) return Status::kProtocolError;
  made->doorbell_ = Doorbell(std::move(fds[kDoorbellFd]));

  made->submit = {made->up_.data() + layout.up_submit_offset, layout.submit_capacity};
  made->returns = {made->up_.data() + layout.up_return_offset, layout.return_capacity};
  made->complete = {made->down_.data() + layout.down_complete_offset, layout.complete_capacity};
  made->receive = {made->down_.data() + layout.down_receive_offset, layout.receive_capacity};
  made->send_payload = made->up_.data() + layout.up_payload_offset;
  made->receive_payload = made->down_.data() + layout.down_payload_offset;
  *channel = std::move(made);
  return Status::kSuccess;
}

bool ClientChannel::DaemonNeedsWake() const {
  const uint32_t sleep = LoadSleep(down_);
  return sleep != 0 && sleep != woken_number_;
}

void ClientChannel::WakeDaemon() {
  woken_number_ = LoadSleep(down_);
  doorbell_.Ring();
}

void ClientChannel::SetClientSleeps(bool sleeps) {
  if (sleeps) sleep_number_ = NextSleep(sleep_number_);
  StoreSleep(up_, sleeps ? sleep_number_ : 0);
}

}  // namespace vcp::shm
