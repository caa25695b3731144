// Signaling over UDP between two processes of this machine, one PDU a datagram: for tests and for
// other stacks. Only 127.0.0.1, since nothing here tells a peer from a forger. Control thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "base/unique_fd.h"
#include "callmgr/signaling_carrier.h"
#include "daemon/config.h"
#include "daemon/event_loop.h"

namespace vcp::daemon {

class UdpCarrier final : public callmgr::SignalingCarrier {
 public:
  // kInUse: another socket has the local port. `error` is one line.
  static Status Open(const UdpCarrierConfig& config, EventLoop* loop,
                     std::unique_ptr<UdpCarrier>* carrier, std::string* error);
  ~UdpCarrier() override;

  void SetReceiver(OnPdu on_pdu) override { on_pdu_ = std::move(on_pdu); }
  void Send(std::span<const uint8_t> pdu) override;

 private:
  UdpCarrier(UniqueFd socket, EventLoop* loop);
  void OnReadable();

  UniqueFd socket_;
  EventLoop* loop_;
  EventLoop::WatchId watch_;
  OnPdu on_pdu_;
};

}  // namespace vcp::daemon
