#include "testing/raw_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

#include "base/address.h"

namespace vcp::testing {
namespace {

using shm::MessageType;

// For a machine that is busy with other things.
constexpr int kPatienceMs = 60'000;
constexpr uint64_t kUnspecified = ~uint64_t{0};
constexpr uint32_t kBestEffort = 1;

uint16_t TypeOf(const Bytes& packet) {
  shm::MessageHeader header{};
  if (packet.size() >= sizeof header) std::memcpy(&header, packet.data(), sizeof header);
  return header.type;
}

uint32_t RequestOf(const Bytes& packet) {
  shm::MessageHeader header{};
  if (packet.size() >= sizeof header) std::memcpy(&header, packet.data(), sizeof header);
  return header.request_id;
}

void CopyText(std::string_view text, std::span<char> array) {
  std::copy_n(text.begin(), std::min(text.size(), array.size() - 1), array.begin());
}

// Nothing when `text` is no address.
shm::AddressAbi AddressOf(std::string_view text) {
  shm::AddressAbi abi{};
  const std::optional<Address> address = ParseAddress(text);
  if (!address) return abi;
  abi.type = static_cast<uint8_t>(address->type);
  abi.length = address->size_bytes;
  std::copy_n(address->bytes.begin(), address->size_bytes, abi.bytes);
  return abi;
}

shm::FlowSpecAbi AnyFlow() {
  shm::FlowSpecAbi flow{};
  flow.token_rate_bytes_per_second = kUnspecified;
  flow.token_bucket_size_bytes = kUnspecified;
  flow.peak_bandwidth_bytes_per_second = kUnspecified;
  flow.latency_us = kUnspecified;
  flow.delay_variation_us = kUnspecified;
  flow.max_sdu_size_bytes = kUnspecified;
  flow.minimum_policed_size_bytes = kUnspecified;
  flow.service_type = kBestEffort;
  return flow;
}

void TakeDescriptors(msghdr* message, std::span<UniqueFd> fds) {
  size_t taken = 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      UniqueFd owned(fd);
      if (taken < fds.size()) fds[taken++] = std::move(owned);
    }
  }
}

}  // namespace

shm::Hello NewHello(const shm::ChannelRequest& request, std::string_view name) {
  auto hello = NewRequest<shm::Hello>(MessageType::kHello);
  hello.magic = shm::kAttachMagic;
  hello.abi_major = shm::kAbiMajor;
  hello.abi_minor = shm::kAbiMinor;
  hello.struct_size = sizeof hello;
  hello.max_sdu_bytes = request.max_sdu_bytes;
  hello.send_slots = request.send_slots;
  hello.receive_slots = request.receive_slots;
  CopyText(name, hello.name);
  return hello;
}

shm::CallParametersAbi CallTo(std::string_view pvc_or_address) {
  shm::CallParametersAbi params;
  std::memset(&params, 0, sizeof params);
  params.has_call_manager = 1;
  params.has_media = 1;
  params.transmit = params.receive = AnyFlow();
  params.media_flags = 0x4 | 0x8;  // both directions
  params.called = AddressOf(pvc_or_address);
  if (params.called.length != 0) return params;
  params.flags = 0x1;  // a permanent VC
  CopyText(pvc_or_address, params.pvc_name);
  return params;
}

// --- packets -------------------------------------------------------------------------------------

RawClient::RawClient(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  CopyText(socket_path, address.sun_path);
  socket_ = UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  hung_up_ =
      connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
}

bool RawClient::Send(std::span<const uint8_t> packet, std::span<const int> descriptors) {
  iovec part{.iov_base = const_cast<uint8_t*>(packet.data()), .iov_len = packet.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  std::vector<char> control(CMSG_SPACE(descriptors.size_bytes()));
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  return sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

bool RawClient::ReceiveNow(Bytes* packet) {
  packet->resize(shm::kMaxMessageBytes);
  iovec part{.iov_base = packet->data(), .iov_len = packet->size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * shm::kChannelFdCount)> control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t size = recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  // The daemon left something of ours unread; what it said before is still there.
  if (size < 0 && errno == ECONNRESET) {
    size = recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  }
  packet->resize(size > 0 ? static_cast<size_t>(size) : 0);
  if (size < 0 && errno == EAGAIN) return false;
  if (size <= 0) {
    hung_up_ = true;
    return false;
  }
  if (message.msg_controllen != 0) TakeDescriptors(&message, fds_);
  if (TypeOf(*packet) == static_cast<uint16_t>(MessageType::kEvicted)) {
    shm::Evicted event{};
    std::memcpy(&event, packet->data(), std::min(packet->size(), sizeof event));
    evicted_ = event.reason;
  }
  return true;
}

bool RawClient::WaitReadable() {
  pollfd watched{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  return poll(&watched, 1, kPatienceMs) > 0;
}

Bytes RawClient::Receive() {
  Bytes packet;
  while (!hung_up_ && !ReceiveNow(&packet)) {
    if (!hung_up_ && !WaitReadable()) hung_up_ = true;
  }
  return packet;
}

// What was kept first, then what comes; the rest is kept.
template <typename Wanted>
Bytes RawClient::ReceiveThe(const Wanted& is_wanted) {
  const auto found = std::find_if(events.begin(), events.end(), is_wanted);
  if (found != events.end()) {
    Bytes packet = std::move(*found);
    events.erase(found);
    return packet;
  }
  for (;;) {
    Bytes packet = Receive();
    if (packet.empty() || is_wanted(packet)) return packet;
    events.push_back(std::move(packet));
  }
}

Bytes RawClient::ReceiveReply(uint32_t request_id) {
  return ReceiveThe([&](const Bytes& packet) { return RequestOf(packet) == request_id; });
}

Bytes RawClient::WaitForEvent(MessageType type) {
  return ReceiveThe(
      [&](const Bytes& packet) { return TypeOf(packet) == static_cast<uint16_t>(type); });
}

bool RawClient::HasReply(uint32_t request_id) {
  (void)IsEnded();
  return std::any_of(events.begin(), events.end(),
                     [&](const Bytes& packet) { return RequestOf(packet) == request_id; });
}

bool RawClient::IsEnded() {
  for (Bytes packet; !hung_up_ && ReceiveNow(&packet);) events.push_back(std::move(packet));
  return hung_up_ || evicted_.has_value();
}

std::optional<std::string> RawClient::WaitForEviction() {
  while (!IsEnded()) {
    if (!WaitReadable()) return std::nullopt;
  }
  return evicted_.value_or("");
}

// --- an honest beginning -------------------------------------------------------------------------

bool RawClient::SendHello(const shm::ChannelRequest& request, std::string_view name) {
  return Send(BytesOf(NewHello(request, name)));
}

Status RawClient::ReceiveHelloReply() {
  const Bytes packet = ReceiveReply(1);
  shm::HelloReply reply{};
  if (packet.size() != sizeof reply) return evicted_ ? Status::kResources : Status::kDisconnected;
  std::memcpy(&reply, packet.data(), sizeof reply);
  if (reply.status != static_cast<uint32_t>(Status::kSuccess)) {
    return static_cast<Status>(reply.status);
  }
  client_id_ = reply.client_id;
  last_request_ = 1;
  return shm::ClientChannel::Map(reply.layout, fds_, &channel_);
}

Status RawClient::Attach(const shm::ChannelRequest& request, std::string_view name) {
  (void)SendHello(request, name);  // who is refused unheard can still read why
  return ReceiveHelloReply();
}

uint32_t RawClient::OpenAf(uint32_t family) {
  auto request = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
  request.family = family;
  return Ask<shm::SimpleReply>(request).handle;
}

uint32_t RawClient::CreateVc(uint32_t af) {
  auto request = NewRequest<shm::CreateVc>(MessageType::kCreateVc);
  request.af = af;
  return Ask<shm::SimpleReply>(request).handle;
}

uint32_t RawClient::RegisterSap(uint32_t af, std::string_view address) {
  auto request = NewRequest<shm::RegisterSap>(MessageType::kRegisterSap);
  request.af = af;
  request.sap.address = AddressOf(address);
  return Ask<shm::SimpleReply>(request).handle;
}

uint32_t RawClient::OpenPvc(std::string_view name) {
  constexpr uint32_t kPvcFamily = 0x1000;
  auto request = NewRequest<shm::MakeCall>(MessageType::kMakeCall);
  request.vc = CreateVc(OpenAf(kPvcFamily));
  request.params = CallTo(name);
  const auto reply = Ask<shm::CallReply>(request);
  return reply.status == static_cast<uint32_t>(Status::kSuccess) ? request.vc : 0;
}

Status RawClient::CloseCall(uint32_t vc) {
  auto request = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
  request.vc = vc;
  return static_cast<Status>(Ask<shm::SimpleReply>(request).status);
}

// --- memory --------------------------------------------------------------------------------------

void RawClient::Stage(uint32_t vc, std::string_view sdu, uint32_t cookie) {
  const uint32_t offset = next_slot_++ % layout().send_slot_count * layout().send_slot_bytes;
  std::memcpy(channel_->send_payload + offset, sdu.data(), sdu.size());
  StageRaw({.offset = offset,
            .channel_vc = vc,
            .cookie = cookie,
            .length = static_cast<uint16_t>(sdu.size()),
            .flags = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList});
}

void RawClient::Publish() {
  channel_->submit.Publish();
  channel_->returns.Publish();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (channel_->DaemonNeedsWake()) channel_->WakeDaemon();
}

void RawClient::Take() {
  for (shm::Completion one; channel_->complete.Read(&one);) completions.push_back(one);
  bool returned = false;
  for (shm::Reception one; channel_->receive.Read(&one); returned = true) {
    const uint8_t* sdu =
        channel_->receive_payload + uint64_t{one.slot} * layout().receive_slot_bytes;
    received.push_back({one.channel_vc, std::string(sdu, sdu + one.length)});
    channel_->returns.Stage({.slot = one.slot});
  }
  if (returned) Publish();
}

// The sleep is announced before the last look, so that nothing is slept through.
bool RawClient::TakeUntil(const std::function<bool()>& done) {
  for (;;) {
    Take();
    if (done()) return true;
    channel_->SetClientSleeps(true);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const bool waits = !channel_->complete.Ready() && !channel_->receive.Ready();
    pollfd watched[2] = {{.fd = channel_->wake_fd(), .events = POLLIN, .revents = 0},
                         {.fd = socket_.get(), .events = POLLIN, .revents = 0}};
    const int count = waits ? poll(watched, 2, kPatienceMs) : 1;
    channel_->SetClientSleeps(false);
    channel_->DrainWakes();
    if (count == 0 || IsEnded()) return false;
  }
}

Status RawClient::SubmitOne(const shm::Submission& submission) {
  const size_t before = completions.size();
  StageRaw(submission);
  Publish();
  if (!TakeUntil([&] { return completions.size() > before; })) return Status::kDisconnected;
  return static_cast<Status>(completions.back().status);
}

}  // namespace vcp::testing
