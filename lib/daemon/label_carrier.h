// Signaling over a VC of the link's own port: the control thread sends and receives through a
// channel, as clients do, and the call manager activates the VC. The other end's address is learned
// from the PDUs that open an SSCOP connection, and kept while there is one (signaling 3.3).
// Control thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/counter.h"
#include "base/status.h"
#include "callmgr/signaling_carrier.h"
#include "circuit/types.h"
#include "daemon/deadline.h"
#include "daemon/event_loop.h"
#include "dataplane/channel_host.h"
#include "shm/channel.h"
#include "shm/slot_map.h"
#include "wire/mac_address.h"

namespace vcp::daemon {

class LabelCarrier final : public callmgr::SignalingCarrier {
 public:
  // kResources: no memory, or no place, for a channel. The channel stays in the data path for as
  // long as that lives.
  static Status Open(dataplane::ChannelHost* channels, EventLoop* loop,
                     std::unique_ptr<LabelCarrier>* carrier);
  ~LabelCarrier() override;

  // What the signaling VC is activated with.
  circuit::DataEndpoint endpoint() const;

  void SetReceiver(OnPdu on_pdu) override { on_pdu_ = std::move(on_pdu); }
  void Send(std::span<const uint8_t> pdu) override;
  std::optional<wire::MacAddress> PeerMac() const override { return peer_mac_; }
  void SetConnected(bool connected) override { connected_ = connected; }
  // The port's link went down: who is there next may be another, connection or not.
  void OnLinkDown() override { replaceable_ = true; }

  // PDUs dropped because too many were on their way, and because they came from elsewhere.
  uint64_t unsent_pdus() const { return unsent_pdus_.Read(); }
  uint64_t foreign_pdus() const { return foreign_pdus_.Read(); }

 private:
  // Any that is not null: the channel has no other VC.
  static constexpr uint32_t kChannelVc = 1;
  // A window of SDs and what supervises them; a burst that finds no slot is lost, and SSCOP's to
  // send again.
  static constexpr uint32_t kSlots = 256;

  LabelCarrier(std::unique_ptr<shm::ClientChannel> channel, dataplane::ChannelIndex index,
               EventLoop* loop);
  void OnWake();
  void Receive(const shm::Reception& reception);
  void TakeCompletions();
  bool IsFromPeer(const wire::MacAddress& source, std::span<const uint8_t> pdu);
  bool MayBeNewPeer(std::span<const uint8_t> pdu);

  std::unique_ptr<shm::ClientChannel> channel_;
  const dataplane::ChannelIndex index_;
  EventLoop* loop_;
  EventLoop::WatchId watch_;
  Deadline more_;
  OnPdu on_pdu_;
  shm::SlotMap send_slots_;
  std::optional<wire::MacAddress> peer_mac_;
  bool asked_ = false;        // for a connection, and nobody has answered yet
  bool connected_ = false;    // the peer stays who it is,
  bool replaceable_ = false;  // unless its link was down, until it is heard again
  Counter unsent_pdus_;
  Counter foreign_pdus_;
};

}  // namespace vcp::daemon
