// The life of the link: attaching, noticing that the daemon is gone, coming back.
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <random>
#include <utility>

#include "base/limits.h"
#include "client/client.h"
#include "client/patience.h"

namespace vcp::client {
namespace {

constexpr int kGreetingTimeoutMs = 2000;

void Watch(int epoll_fd, int operation, int fd, uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  epoll_ctl(epoll_fd, operation, fd, &event);
}

template <size_t kSize>
std::string TextOf(const char (&text)[kSize]) {
  return std::string(text, strnlen(text, kSize));
}

std::string VersionText(uint16_t major, uint16_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

std::string DescribeFailedConnect(vcp_status status, const std::string& path) {
  switch (status) {
    case VCP_ACCESS_DENIED:
      return "this user may not open " + path + "; join the group that owns it";
    case VCP_INVALID_DATA:
      return "the path of the socket is empty or longer than a socket's can be: " + path;
    case VCP_RESOURCES:
      return "no descriptor for another socket; too many open files?";
    default:
      return "no daemon answers at " + path +
             "; start vcplaned, or name its socket in $VCPLANE_SOCKET";
  }
}

// Empty when the reply is a welcome. What comes before `struct_size` is the same in every version.
std::string DescribeRefusal(const ReceivedMessage& message, const std::string& path,
                            shm::HelloReply* reply, vcp_status* status) {
  shm::Evicted evicted{};
  std::memcpy(&evicted, message.bytes, std::min(sizeof evicted, message.size_bytes));
  if (evicted.header.type == static_cast<uint16_t>(shm::MessageType::kEvicted)) {
    *status = static_cast<vcp_status>(evicted.status);
    return "the daemon at " + path + " refused: " + TextOf(evicted.reason);
  }
  *reply = {};
  std::memcpy(reply, message.bytes, std::min(sizeof *reply, message.size_bytes));
  const auto type = static_cast<uint16_t>(shm::MessageType::kHello) | shm::kReplyBit;
  if (message.size_bytes < offsetof(shm::HelloReply, struct_size) || reply->header.type != type) {
    *status = VCP_PROTOCOL_ERROR;
    return "what answers at " + path + " is no vcplane daemon";
  }
  if (reply->abi_major != shm::kAbiMajor) {
    *status = VCP_VERSION_MISMATCH;
    return "this libvcplane speaks ABI " + VersionText(shm::kAbiMajor, shm::kAbiMinor) +
           ", the daemon at " + path + " speaks " +
           VersionText(reply->abi_major, reply->abi_minor) +
           "; build or install both from one release";
  }
  *status = static_cast<vcp_status>(reply->status);
  return *status == VCP_SUCCESS ? "" : "the daemon at " + path + ": " + TextOf(reply->reason);
}

}  // namespace

Client::Client(const AttachOptions& options)
    : options_(options),
      chance_(uint64_t{std::random_device()()} << 32 | std::random_device()()),
      afs_(kMaxAfs),
      saps_(kMaxSapsPerClient),
      parties_(kMaxPartiesPerClient) {
  epoll_fd_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  timer_fd_ = UniqueFd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  Watch(epoll_fd_.get(), EPOLL_CTL_ADD, timer_fd_.get(), EPOLLIN);
}

// --- attaching ----------------------------------------------------------------------------------

vcp_status Client::Attach(const AttachOptions& options, std::unique_ptr<Client>* client,
                          std::string* error) {
  std::unique_ptr<Client> made(new Client(options));
  if (!made->epoll_fd_ || !made->timer_fd_) {
    *error = DescribeFailedConnect(VCP_RESOURCES, options.socket_path);
    return VCP_RESOURCES;
  }
  vcp_status status = made->Greet();
  if (status != VCP_SUCCESS) {
    *error = DescribeFailedConnect(status, options.socket_path);
    return status;
  }
  Patience patience(kGreetingTimeoutMs);
  ReceivedMessage message;
  for (;;) {
    if (patience.WaitFor(made->connection_.fd()) == Patience::Ended::kTimeout) {
      *error = "the daemon at " + options.socket_path + " did not answer in time";
      return VCP_TIMED_OUT;
    }
    const Connection::Got got = made->connection_.Receive(&message);
    if (got == Connection::Got::kMessage) break;
    if (got == Connection::Got::kNothing) continue;
    *error = "the daemon at " + options.socket_path + " closed the connection";
    return VCP_DISCONNECTED;
  }
  status = made->FinishGreeting(&message, error);
  if (status != VCP_SUCCESS) return status;
  made->link_ = Link::kAttached;
  *client = std::move(made);
  return VCP_SUCCESS;
}

vcp_status Client::Greet() {
  const vcp_status status = connection_.Open(options_.socket_path);
  if (status != VCP_SUCCESS) return status;
  link_ = Link::kGreeting;
  watches_backlog_ = false;
  Watch(epoll_fd_.get(), EPOLL_CTL_ADD, connection_.fd(), EPOLLIN);
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
  return connection_.Send({reinterpret_cast<const uint8_t*>(&hello), sizeof hello});
}

vcp_status Client::FinishGreeting(ReceivedMessage* message, std::string* error) {
  shm::HelloReply reply;
  vcp_status status;
  *error = DescribeRefusal(*message, options_.socket_path, &reply, &status);
  if (status != VCP_SUCCESS) return status;
  daemon_minor_ = reply.abi_minor;
  if (message->fd_count != shm::kChannelFdCount) {
    *error = "the daemon's memory did not come along; too many open files?";
    return VCP_RESOURCES;
  }
  if (message->size_bytes < sizeof reply || !DataPath::IsUsable(reply.layout)) {
    *error = "the daemon at " + options_.socket_path + " describes memory that cannot be";
    return VCP_PROTOCOL_ERROR;
  }
  std::unique_ptr<shm::ClientChannel> channel;
  const Status mapped = shm::ClientChannel::Map(reply.layout, message->fds, &channel);
  if (mapped != Status::kSuccess) {
    *error = "cannot map the daemon's memory";
    return static_cast<vcp_status>(mapped);
  }
  Watch(epoll_fd_.get(), EPOLL_CTL_ADD, channel->wake_fd(), EPOLLIN);
  auto data = std::make_unique<DataPath>(std::move(channel), &vcs_, ++epoch_);
  if (data_ != nullptr) {
    data->Inherit(data_.get());
    former_data_.push_back(std::move(data_));
    former_data_told_ = false;
  }
  data_ = std::move(data);
  StartTimer(0);
  reconnects_ = 0;
  return VCP_SUCCESS;
}

// --- losing it ----------------------------------------------------------------------------------

void Client::OnHangUp(bool for_good) {
  if (!connection_.open()) return;
  connection_.Close();
  held_.clear();
  if (link_ != Link::kGreeting) {
    data_->Disconnect();
    Watch(epoll_fd_.get(), EPOLL_CTL_DEL, data_->wake_fd(), 0);
    // Before everything was restored the application never heard that the daemon was back.
    if (link_ == Link::kAttached) Emit(VCP_EVENT_DISCONNECTED).status = VCP_DISCONNECTED;
    FailEverything();
    later_events_.clear();
  }
  link_ = options_.reconnect && !for_good ? Link::kLost : Link::kDead;
  if (link_ == Link::kLost) {
    ScheduleReconnect();
  } else {
    StartTimer(0);
  }
}

// Requests fail, VCs go; AFs and SAPs wait for the daemon under their handles.
void Client::FailEverything() {
  reopening_ = 0;
  while (!requests_.empty()) {
    const auto [id, request] = *requests_.begin();
    requests_.erase(requests_.begin());
    Finish(id, request, VCP_DISCONNECTED, {});
  }
  for (const auto& [vc, close] : std::exchange(held_closes_, {})) {
    Finish(0, {.op = Op::kCloseCall, .cookie = close.cookie, .handle = vc}, VCP_DISCONNECTED, {});
  }
  vcs_.ForEach([this](Vc& vc) {
    vcp_event& event = Emit(VCP_EVENT_VC_DELETED);
    event.vc = vc.handle;
    event.status = VCP_DISCONNECTED;
    EraseParties(vc.handle);
    vcs_.Erase(&vc);
  });
  own_vcs_.clear();
  afs_.ForEach([this](AfHandle handle, Af& af) {
    af.daemon_handle = 0;
    af.owes_notify = false;
    if (af.state == HandleState::kClosed) afs_.Erase(handle);
  });
  saps_.ForEach([](SapHandle, Sap& sap) { sap.daemon_handle = 0; });
}

// --- coming back --------------------------------------------------------------------------------

void Client::ScheduleReconnect() {
  StartTimer(BackoffMs(kReattach, reconnects_++, chance_.Next()));
}

void Client::StartTimer(uint32_t after_ms) {  // 0: none
  const itimerspec in{.it_interval = {},
                      .it_value = {.tv_sec = after_ms / 1000,
                                   .tv_nsec = static_cast<long>(after_ms % 1000) * 1'000'000}};
  timerfd_settime(timer_fd_.get(), 0, &in, nullptr);
}

// Asks for everything again that outlives a daemon.
void Client::Restore() {
  link_ = Link::kRestoring;
  afs_.ForEach([this](AfHandle handle, Af& af) {
    shm::OpenAf message;
    std::memset(&message, 0, sizeof message);
    af.adapter.copy(message.adapter, sizeof message.adapter - 1);
    message.family = af.family;
    message.toward = af.toward;
    ++reopening_;
    const vcp_status status =
        Start(shm::MessageType::kOpenAf, Op::kReopenAf, 0, handle.value(), &message);
    if (status != VCP_NOT_SUPPORTED) return;
    // This daemon is older than the last one, and knows no routes.
    --reopening_;
    EmitNow(VCP_EVENT_AF_LOST, status).af = handle.value();
    ForgetSapsOf(handle.value(), status);
    afs_.Erase(handle);
  });
  if (reopening_ == 0) FinishRestoring();
}

// What could not be restored is told before RECONNECTED, at once.
void Client::FinishReopening(const Request& request, vcp_status status, uint32_t handle) {
  if (status == VCP_DISCONNECTED) return;  // asked again next time
  const bool opened_af = request.op == Op::kReopenAf;
  if (status == VCP_SUCCESS && opened_af) {
    afs_.Find(AfHandle::FromValue(request.handle))->daemon_handle = handle;
  } else if (status == VCP_SUCCESS) {
    saps_.Find(SapHandle::FromValue(request.handle))->daemon_handle = handle;
  } else if (opened_af) {
    afs_.Erase(AfHandle::FromValue(request.handle));
    EmitNow(VCP_EVENT_AF_LOST, status).af = request.handle;
  } else {
    saps_.Erase(SapHandle::FromValue(request.handle));
    EmitNow(VCP_EVENT_SAP_LOST, status).sap = request.handle;
  }
  if (opened_af && status != VCP_SUCCESS) ForgetSapsOf(request.handle, status);
  saps_.ForEach([&](SapHandle own, Sap& sap) {
    if (!opened_af || sap.af != request.handle) return;
    shm::RegisterSap message;
    std::memset(&message, 0, sizeof message);
    message.af = handle;
    message.sap = sap.content;
    ++reopening_;
    (void)Start(shm::MessageType::kRegisterSap, Op::kReregisterSap, 0, own.value(), &message);
  });
  if (--reopening_ == 0) FinishRestoring();
}

void Client::ForgetSapsOf(uint32_t af, vcp_status status) {
  saps_.ForEach([&](SapHandle own, const Sap& sap) {
    if (sap.af != af) return;
    EmitNow(VCP_EVENT_SAP_LOST, status).sap = own.value();
    saps_.Erase(own);
  });
}

vcp_event& Client::EmitNow(vcp_event_type type, vcp_status status) {
  vcp_event& event = events_.emplace_back();
  std::memset(&event, 0, sizeof event);
  event.type = type;
  event.status = status;
  return event;
}

void Client::FinishRestoring() {
  link_ = Link::kAttached;
  Emit(VCP_EVENT_RECONNECTED);
  for (const vcp_event& event : later_events_) events_.push_back(event);
  later_events_.clear();
  if (watches_status_ && daemon_minor_ >= 2) (void)StartWatching();
}

// --- sockets ------------------------------------------------------------------------------------

void Client::Pump() {
  PumpTimer();
  PumpSocket();
  SettleCloses();
}

// Time to try again, or the answer to the last try took too long.
void Client::PumpTimer() {
  if (link_ != Link::kLost && link_ != Link::kGreeting) return;
  uint64_t expirations;
  if (read(timer_fd_.get(), &expirations, sizeof expirations) != sizeof expirations) return;
  if (link_ == Link::kGreeting) {
    OnHangUp();
  } else if (Greet() == VCP_SUCCESS) {
    StartTimer(kGreetingTimeoutMs);
  } else {
    ScheduleReconnect();
  }
}

void Client::PumpSocket() {
  // A daemon that floods is read a bounded number of messages at a time.
  constexpr int kMessagesPerPump = 256;
  ReceivedMessage message;
  for (int i = 0; i < kMessagesPerPump && connection_.open(); ++i) {
    const Connection::Got got = connection_.Receive(&message);
    if (got == Connection::Got::kNothing) break;
    std::string error;
    if (got == Connection::Got::kHangUp) {
      OnHangUp();
    } else if (link_ != Link::kGreeting) {
      OnMessage({message.bytes, message.size_bytes});
    } else if (FinishGreeting(&message, &error) == VCP_SUCCESS) {
      Restore();
    } else {
      OnHangUp();
    }
  }
  if (!connection_.open()) return;
  if (!connection_.Flush()) return OnHangUp();
  WatchBacklog();
}

void Client::WatchBacklog() {
  if (connection_.has_backlog() == watches_backlog_) return;
  watches_backlog_ = connection_.has_backlog();
  Watch(epoll_fd_.get(), EPOLL_CTL_MOD, connection_.fd(),
        watches_backlog_ ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

}  // namespace vcp::client
