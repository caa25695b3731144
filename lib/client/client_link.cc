// The life of the link: attaching, noticing that the daemon is gone, coming back.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "client/client.h"

namespace vcp::client {
namespace {

constexpr int kGreetingTimeoutMs = 2000;
constexpr uint32_t kFirstBackoffMs = 10;
constexpr uint32_t kLastBackoffMs = 1000;

void Watch(int epoll_fd, int operation, int fd, uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  epoll_ctl(epoll_fd, operation, fd, &event);
}

std::string DescribeRefusal(const shm::HelloReply& reply) {
  return std::string(reply.reason, strnlen(reply.reason, sizeof reply.reason));
}

}  // namespace

Client::Client(const AttachOptions& options)
    : options_(options), afs_(kMaxAfs), saps_(kMaxSapsPerClient) {
  epoll_fd_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  timer_fd_ = UniqueFd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  Watch(epoll_fd_.get(), EPOLL_CTL_ADD, timer_fd_.get(), EPOLLIN);
}

vcp_status Client::Attach(const AttachOptions& options, std::unique_ptr<Client>* client,
                          std::string* error) {
  std::unique_ptr<Client> made(new Client(options));
  if (!made->epoll_fd_ || !made->timer_fd_) return VCP_RESOURCES;
  vcp_status status = made->Greet();
  if (status != VCP_SUCCESS) {
    *error = status == VCP_ACCESS_DENIED
                 ? "this user may not open " + options.socket_path
                 : "no daemon answers at " + options.socket_path +
                       "; start vcplaned, or name its socket in $VCPLANE_SOCKET";
    return status;
  }
  ReceivedMessage message;
  for (;;) {
    pollfd socket{.fd = made->connection_.fd(), .events = POLLIN, .revents = 0};
    if (poll(&socket, 1, kGreetingTimeoutMs) == 0) {
      *error = "the daemon at " + options.socket_path + " did not answer in time";
      return VCP_TIMED_OUT;
    }
    const Connection::Got got = made->connection_.Receive(&message);
    if (got == Connection::Got::kNothing) continue;
    if (got == Connection::Got::kMessage) break;
    *error = "the daemon at " + options.socket_path + " closed the connection";
    return VCP_DISCONNECTED;
  }
  status = made->FinishGreeting(&message, error);
  if (status == VCP_SUCCESS) *client = std::move(made);
  return status;
}

vcp_status Client::Greet() {
  const vcp_status status = connection_.Open(options_.socket_path);
  if (status != VCP_SUCCESS) return status;
  link_ = Link::kGreeting;
  shm::Hello hello;
  std::memset(&hello, 0, sizeof hello);
  hello.header = {.type = static_cast<uint16_t>(shm::MessageType::kHello),
                  .size_bytes = sizeof hello,
                  .request_id = next_request_id_++};
  hello.magic = shm::kAttachMagic;
  hello.abi_major = shm::kAbiMajor;
  hello.abi_minor = shm::kAbiMinor;
  hello.struct_size = sizeof hello;
  hello.max_sdu_bytes = options_.max_sdu_bytes;
  hello.send_slots = options_.send_slots;
  hello.receive_slots = options_.receive_slots;
  options_.name.copy(hello.name, sizeof hello.name - 1);
  WatchSocket();
  return connection_.Send({reinterpret_cast<const uint8_t*>(&hello), sizeof hello});
}

vcp_status Client::FinishGreeting(ReceivedMessage* message, std::string* error) {
  shm::MessageHeader header;
  std::memcpy(&header, message->bytes, sizeof header);
  if (header.type == static_cast<uint16_t>(shm::MessageType::kEvicted)) {
    shm::Evicted evicted;
    std::memcpy(&evicted, message->bytes, sizeof evicted);
    *error = std::string(evicted.reason, strnlen(evicted.reason, sizeof evicted.reason));
    return static_cast<vcp_status>(evicted.status);
  }
  shm::HelloReply reply;
  const auto type = static_cast<uint16_t>(shm::MessageType::kHello) | shm::kReplyBit;
  if (message->size_bytes < sizeof reply || header.type != type) {
    *error = "what answers at " + options_.socket_path + " is no vcplane daemon";
    return VCP_PROTOCOL_ERROR;
  }
  std::memcpy(&reply, message->bytes, sizeof reply);
  if (reply.status != VCP_SUCCESS) {
    *error = DescribeRefusal(reply);
    return static_cast<vcp_status>(reply.status);
  }
  if (message->fd_count != shm::kChannelFdCount) {
    *error = "the daemon's memory did not come along; too many open files?";
    return VCP_RESOURCES;
  }
  std::unique_ptr<shm::ClientChannel> channel;
  const Status mapped = shm::ClientChannel::Map(reply.layout, message->fds, &channel);
  if (mapped != Status::kSuccess) {
    *error = "cannot map the daemon's memory";
    return static_cast<vcp_status>(mapped);
  }
  Watch(epoll_fd_.get(), EPOLL_CTL_ADD, channel->wake_fd(), EPOLLIN);
  former_data_ = std::move(data_);
  former_data_told_ = false;
  data_ = std::make_unique<DataPath>(std::move(channel), &vcs_, ++epoch_);
  link_ = Link::kAttached;
  backoff_ms_ = 0;
  return VCP_SUCCESS;
}

// --- losing it and coming back
// --------------------------------------------------------------------

void Client::OnHangUp() {
  connection_.Close();
  watches_output_ = false;
  const bool was_attached = link_ == Link::kAttached;
  if (was_attached) {
    data_->Disconnect();
    epoll_ctl(epoll_fd_.get(), EPOLL_CTL_DEL, data_->wake_fd(), nullptr);
    Emit(VCP_EVENT_DISCONNECTED).status = VCP_DISCONNECTED;
    FailEverything();
  }
  if (link_ == Link::kDead) return;
  link_ = options_.reconnect ? Link::kLost : Link::kDead;
  if (options_.reconnect) ScheduleReconnect();
}

// Requests fail, calls end, VCs go; AFs and SAPs wait for the daemon under their handles.
void Client::FailEverything() {
  reopening_ = 0;
  while (!requests_.empty()) {
    const auto [id, request] = *requests_.begin();
    requests_.erase(requests_.begin());
    Finish(id, request, VCP_DISCONNECTED, 0, nullptr);
  }
  vcs_.ForEach([this](Vc& vc) {
    if (vc.state == VcState::kConnected || vc.state == VcState::kAccepted ||
        vc.state == VcState::kOffered) {
      vcp_event& event = Emit(VCP_EVENT_INCOMING_CLOSE_CALL);
      event.vc = vc.handle;
      event.status = VCP_DISCONNECTED;
    }
    vcs_.Erase(&vc);
  });
}

void Client::ScheduleReconnect() {
  backoff_ms_ = std::clamp(backoff_ms_ * 2, kFirstBackoffMs, kLastBackoffMs);
  const itimerspec in{.it_interval = {},
                      .it_value = {.tv_sec = backoff_ms_ / 1000,
                                   .tv_nsec = static_cast<long>(backoff_ms_ % 1000) * 1'000'000}};
  timerfd_settime(timer_fd_.get(), 0, &in, nullptr);
}

void Client::TryReconnect() {
  if (Greet() == VCP_SUCCESS) return;
  link_ = Link::kLost;
  ScheduleReconnect();
}

// Asks for everything again that outlives a daemon.
void Client::OnAttached() {
  afs_.ForEach([this](AfHandle handle, Af& af) {
    if (af.state != HandleState::kOpen) return;
    shm::OpenAf message;
    std::memset(&message, 0, sizeof message);
    af.adapter.copy(message.adapter, sizeof message.adapter - 1);
    message.family = af.family;
    ++reopening_;
    Start(shm::MessageType::kOpenAf, Op::kReopenAf, 0, handle.value(), &message);
  });
  if (reopening_ == 0) Emit(VCP_EVENT_RECONNECTED);
}

void Client::FinishReopening(const Request& request, vcp_status status, uint32_t handle) {
  if (status == VCP_DISCONNECTED) return;  // asked again next time
  if (request.op == Op::kReopenAf) {
    const AfHandle af_handle = AfHandle::FromValue(request.handle);
    Af* af = afs_.Find(af_handle);
    if (status == VCP_SUCCESS) {
      af->daemon_handle = handle;
      saps_.ForEach([&](SapHandle sap_handle, Sap& sap) {
        if (sap.af != request.handle || sap.state != HandleState::kOpen) return;
        shm::RegisterSap message;
        std::memset(&message, 0, sizeof message);
        message.af = handle;
        message.sap = sap.content;
        ++reopening_;
        Start(shm::MessageType::kRegisterSap, Op::kReregisterSap, 0, sap_handle.value(), &message);
      });
    } else {  // the family is no longer there
      afs_.Erase(af_handle);
      vcp_event& event = Emit(VCP_EVENT_CLOSE_AF_COMPLETE);
      event.status = status;
      event.af = request.handle;
    }
  } else if (status == VCP_SUCCESS) {
    saps_.Find(SapHandle::FromValue(request.handle))->daemon_handle = handle;
  } else {
    saps_.Erase(SapHandle::FromValue(request.handle));
    vcp_event& event = Emit(VCP_EVENT_DEREGISTER_SAP_COMPLETE);
    event.status = status;
    event.sap = request.handle;
  }
  if (--reopening_ == 0) Emit(VCP_EVENT_RECONNECTED);
}

// --- sockets
// --------------------------------------------------------------------------------------

void Client::WatchSocket() {
  Watch(epoll_fd_.get(), EPOLL_CTL_ADD, connection_.fd(), EPOLLIN);
  watches_output_ = false;
}

bool Client::Pump() {
  bool any = false;
  uint64_t expirations;
  if (link_ == Link::kLost &&
      read(timer_fd_.get(), &expirations, sizeof expirations) == sizeof expirations) {
    TryReconnect();
    any = true;
  }
  return PumpSocket() || any;
}

bool Client::PumpSocket() {
  // Events are small in number; a daemon that floods is read a bounded number of messages at a
  // time.
  constexpr int kMessagesPerPump = 256;
  bool any = false;
  ReceivedMessage message;
  for (int i = 0; i < kMessagesPerPump && connection_.open(); ++i) {
    const Connection::Got got = connection_.Receive(&message);
    if (got == Connection::Got::kNothing) break;
    any = true;
    if (got == Connection::Got::kHangUp) {
      OnHangUp();
    } else if (link_ == Link::kGreeting) {
      std::string error;
      if (FinishGreeting(&message, &error) == VCP_SUCCESS) {
        OnAttached();
      } else {
        OnHangUp();
      }
    } else {
      OnMessage(message);
    }
  }
  if (!connection_.open()) return any;
  if (!connection_.Flush()) OnHangUp();
  if (connection_.open() && connection_.has_backlog() != watches_output_) {
    watches_output_ = connection_.has_backlog();
    Watch(epoll_fd_.get(), EPOLL_CTL_MOD, connection_.fd(),
          EPOLLIN | (watches_output_ ? EPOLLOUT : 0u));
  }
  return any;
}

// A blocking call's sleep: only the socket and the timer matter, data waits in shared memory.
void Client::SleepOnControl() {
  pollfd fds[2] = {{.fd = connection_.fd(), .events = POLLIN, .revents = 0},
                   {.fd = timer_fd_.get(), .events = POLLIN, .revents = 0}};
  if (connection_.has_backlog()) fds[0].events |= POLLOUT;
  poll(fds, 2, -1);
}

}  // namespace vcp::client
