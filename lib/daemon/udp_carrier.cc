#include "daemon/udp_carrier.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace vcp::daemon {
namespace {

// Datagrams taken at a time, so that a flood leaves the loop to others.
constexpr int kPdusPerTurn = 32;

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

Status UdpCarrier::Open(const UdpCarrierConfig& config, EventLoop* loop,
                        std::unique_ptr<UdpCarrier>* carrier, std::string* error) {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in local = Loopback(config.local_port);
  const sockaddr_in remote = Loopback(config.remote_port);
  if (!socket || bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    const bool taken = socket && errno == EADDRINUSE;
    *error = "UDP port 127.0.0.1:" + std::to_string(config.local_port) +
             (taken ? " is another process's; choose another udp_local_port"
                    : std::string(" cannot be used (") + strerror(errno) + ")");
    return taken ? Status::kInUse : Status::kFailure;
  }
  // Connected: datagrams of anybody else are the kernel's to drop.
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0) {
    *error = "UDP port 127.0.0.1:" + std::to_string(config.remote_port) + " cannot be reached (" +
             strerror(errno) + ")";
    return Status::kFailure;
  }
  carrier->reset(new UdpCarrier(std::move(socket), loop));
  return Status::kSuccess;
}

UdpCarrier::UdpCarrier(UniqueFd socket, EventLoop* loop)
    : socket_(std::move(socket)),
      loop_(loop),
      watch_(loop->Watch(socket_.get(), EPOLLIN, [this](uint32_t) { OnReadable(); })) {}

UdpCarrier::~UdpCarrier() { loop_->Unwatch(watch_); }

// An absent peer shows as ECONNREFUSED on the next call, which takes the error from the socket.
void UdpCarrier::Send(std::span<const uint8_t> pdu) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (send(socket_.get(), pdu.data(), pdu.size(), MSG_NOSIGNAL) >= 0) return;
    if (errno != ECONNREFUSED) return;
  }
}

void UdpCarrier::OnReadable() {
  std::array<uint8_t, kMaxPduBytes> buffer;
  for (int i = 0; i < kPdusPerTurn; ++i) {
    const ssize_t size = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == ECONNREFUSED) continue;
    if (size < 0) return;
    if (on_pdu_) on_pdu_({buffer.data(), static_cast<size_t>(size)});
  }
}

}  // namespace vcp::daemon
