#include "daemon/label_carrier.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "wire/sscop_pdu.h"

namespace vcp::daemon {
namespace {

using dataplane::kSourceBytes;

// The control thread's end of a channel whose other end the data path has.
Status MapOwnEnd(shm::DaemonChannel* made, std::unique_ptr<shm::ClientChannel>* channel) {
  UniqueFd fds[shm::kChannelFdCount];
  for (int i = 0; i < shm::kChannelFdCount; ++i) {
    fds[i] = UniqueFd(fcntl(made->client_fds()[i], F_DUPFD_CLOEXEC, 0));
    if (!fds[i]) return Status::kResources;
  }
  made->CloseClientFds();
  return shm::ClientChannel::Map(made->layout(), fds, channel);
}

std::optional<wire::SscopType> TypeOf(std::span<const uint8_t> pdu) {
  wire::SscopPdu parsed;
  if (wire::ParseSscopPdu(pdu, &parsed) != wire::SscopError::kNone) return std::nullopt;
  return parsed.type;
}

}  // namespace

Status LabelCarrier::Open(dataplane::ChannelHost* channels, EventLoop* loop,
                          std::unique_ptr<LabelCarrier>* carrier) {
  const shm::ChannelLayout layout = shm::LayOut(
      {.max_sdu_bytes = kMaxPduBytes + kSourceBytes, .send_slots = kSlots, .receive_slots = kSlots},
      0);
  std::unique_ptr<shm::DaemonChannel> made;
  Status status = shm::DaemonChannel::Create(layout, &made);
  std::unique_ptr<shm::ClientChannel> own_end;
  if (status == Status::kSuccess) status = MapOwnEnd(made.get(), &own_end);
  dataplane::ChannelIndex index = 0;
  if (status == Status::kSuccess) status = channels->AddChannel(std::move(made), &index);
  if (status == Status::kSuccess) status = channels->ServeChannel(index);
  if (status != Status::kSuccess) return status;
  carrier->reset(new LabelCarrier(std::move(own_end), index, loop));
  return status;
}

LabelCarrier::LabelCarrier(std::unique_ptr<shm::ClientChannel> channel,
                           dataplane::ChannelIndex index, EventLoop* loop)
    : channel_(std::move(channel)),
      index_(index),
      loop_(loop),
      watch_(loop->Watch(channel_->wake_fd(), EPOLLIN, [this](uint32_t) { OnWake(); })),
      more_(loop),
      send_slots_(channel_->layout().send_slot_count) {
  channel_->SetClientSleeps(true);
}

LabelCarrier::~LabelCarrier() { loop_->Unwatch(watch_); }

circuit::DataEndpoint LabelCarrier::endpoint() const {
  return {.channel = index_, .channel_vc = kChannelVc, .is_signaling = true};
}

void LabelCarrier::Send(std::span<const uint8_t> pdu) {
  TakeCompletions();
  const std::optional<uint32_t> slot =
      pdu.size() <= kMaxPduBytes ? send_slots_.Take() : std::nullopt;
  if (!slot) return unsent_pdus_.Add();
  if (TypeOf(pdu) == wire::SscopType::kBgn) asked_ = true;
  const uint32_t offset = *slot * channel_->layout().send_slot_bytes;
  std::memcpy(channel_->send_payload + offset, pdu.data(), pdu.size());
  channel_->submit.Stage({.offset = offset,
                          .channel_vc = kChannelVc,
                          .cookie = *slot,
                          .length = static_cast<uint16_t>(pdu.size()),
                          .flags = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList});
  channel_->submit.Publish();
  if (channel_->DaemonNeedsWake()) channel_->WakeDaemon();
}

void LabelCarrier::TakeCompletions() {
  for (shm::Completion completion; channel_->complete.Read(&completion);) {
    send_slots_.Return(completion.cookie);
  }
}

// A turn takes what there are slots for, which a flood fills again; the rest of the loop comes
// between.
void LabelCarrier::OnWake() {
  channel_->DrainWakes();
  TakeCompletions();
  shm::Reception reception;
  for (uint32_t i = 0; i < kSlots && channel_->receive.Read(&reception); ++i) Receive(reception);
  channel_->returns.Publish();
  channel_->SetClientSleeps(true);
  if (channel_->receive.Ready()) more_.Start(0, [this] { OnWake(); });
}

void LabelCarrier::Receive(const shm::Reception& reception) {
  const uint8_t* data =
      channel_->receive_payload + uint64_t{reception.slot} * channel_->layout().receive_slot_bytes;
  wire::MacAddress source;
  std::memcpy(source.data(), data, kSourceBytes);
  const std::span<const uint8_t> pdu(data + kSourceBytes, reception.length - kSourceBytes);
  if (!IsFromPeer(source, pdu)) {
    foreign_pdus_.Add();
  } else if (on_pdu_) {
    on_pdu_(pdu);
  }
  channel_->returns.Stage({.slot = reception.slot});
}

bool LabelCarrier::IsFromPeer(const wire::MacAddress& source, std::span<const uint8_t> pdu) {
  const bool is_pinned = connected_ && !replaceable_;
  if (peer_mac_ != source && !is_pinned && MayBeNewPeer(pdu)) peer_mac_ = source;
  if (peer_mac_ == source) replaceable_ = false;
  return !peer_mac_ || peer_mac_ == source;
}

// Who begins a connection may be somebody new, and so may the first who answers our asking.
bool LabelCarrier::MayBeNewPeer(std::span<const uint8_t> pdu) {
  const std::optional<wire::SscopType> type = TypeOf(pdu);
  const bool answers = type == wire::SscopType::kBgak && (asked_ || !peer_mac_);
  if (answers) asked_ = false;
  return answers || type == wire::SscopType::kBgn;
}

}  // namespace vcp::daemon
