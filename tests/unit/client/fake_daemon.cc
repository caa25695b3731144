#include "fake_daemon.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>

namespace vcp::client {
namespace {

constexpr int kPatienceMs = 10'000;

bool WaitFor(int fd, int timeout_ms) {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&watched, 1, timeout_ms) == 1;
}

}  // namespace

FakeDaemon::FakeDaemon() {
  std::string name = (std::filesystem::temp_directory_path() / "vcplane-client-XXXXXX").string();
  EXPECT_NE(mkdtemp(name.data()), nullptr);
  folder_ = name;
  path_ = (folder_ / "attach.sock").string();
  Listen();
}

FakeDaemon::~FakeDaemon() { std::filesystem::remove_all(folder_); }

void FakeDaemon::Listen() {
  listening_ = UniqueFd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listening_.get(), 8), 0);
}

void FakeDaemon::StopListening() {
  listening_.Reset();
  std::filesystem::remove(path_);
}

void FakeDaemon::Accept() {
  ASSERT_TRUE(WaitFor(listening_.get(), kPatienceMs)) << "no client connects";
  connection_ = UniqueFd(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

bool FakeDaemon::HasConnection() { return WaitFor(listening_.get(), 0); }

shm::Hello FakeDaemon::TakeHello() {
  hello_ = Take<shm::Hello>(shm::MessageType::kHello);
  return hello_;
}

shm::HelloReply FakeDaemon::NewHelloReply(vcp_status status, std::string_view reason) const {
  shm::HelloReply reply{};
  reply.header = {.type = static_cast<uint16_t>(shm::MessageType::kHello) | shm::kReplyBit,
                  .size_bytes = sizeof reply,
                  .request_id = hello_.header.request_id};
  reply.status = status;
  reply.abi_major = shm::kAbiMajor;
  reply.abi_minor = abi_minor;
  reply.struct_size = sizeof reply;
  reason.copy(reply.reason, sizeof reply.reason - 1);
  return reply;
}

void FakeDaemon::Welcome() {
  shm::HelloReply reply = NewHelloReply(VCP_SUCCESS, "");
  reply.client_id = 7;
  reply.layout = shm::LayOut({.max_sdu_bytes = hello_.max_sdu_bytes,
                              .send_slots = hello_.send_slots,
                              .receive_slots = hello_.receive_slots},
                             1492);
  ASSERT_EQ(shm::DaemonChannel::Create(reply.layout, &channel_), Status::kSuccess);
  Answer(reply, true);
  channel_->CloseClientFds();
}

void FakeDaemon::Answer(shm::HelloReply reply, bool with_descriptors) {
  iovec part{.iov_base = &reply, .iov_len = sizeof reply};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(shm::kChannelFdCount * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (with_descriptors) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(channel_->client_fds().size_bytes());
    std::memcpy(CMSG_DATA(header), channel_->client_fds().data(),
                channel_->client_fds().size_bytes());
  }
  ASSERT_GT(sendmsg(connection_.get(), &message, MSG_NOSIGNAL), 0);
}

void FakeDaemon::HangUp() { connection_.Reset(); }

bool FakeDaemon::SeesHangUp() {
  char byte;
  return WaitFor(connection_.get(), kPatienceMs) &&
         recv(connection_.get(), &byte, 1, MSG_DONTWAIT) == 0;
}

// --- messages -----------------------------------------------------------------------------------

std::vector<uint8_t> FakeDaemon::Receive() {
  std::vector<uint8_t> packet(shm::kMaxMessageBytes);
  EXPECT_TRUE(WaitFor(connection_.get(), kPatienceMs)) << "no request comes";
  const ssize_t size = recv(connection_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
  packet.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return packet;
}

bool FakeDaemon::HasRequest() { return WaitFor(connection_.get(), 0); }

void FakeDaemon::Reply(const shm::MessageHeader& request, vcp_status status, uint32_t handle) {
  Send(static_cast<shm::MessageType>(request.type),
       shm::SimpleReply{.header = {}, .status = static_cast<uint32_t>(status), .handle = handle},
       request.request_id);
}

void FakeDaemon::SendBytes(const void* data, size_t size) {
  ASSERT_EQ(send(connection_.get(), data, size, MSG_NOSIGNAL), static_cast<ssize_t>(size));
}

// --- the channel --------------------------------------------------------------------------------

std::vector<shm::Submission> FakeDaemon::TakeSubmissions() {
  std::vector<shm::Submission> all;
  for (shm::Submission one; channel_->submit.Read(&one);) all.push_back(one);
  return all;
}

std::vector<uint32_t> FakeDaemon::TakeReturns() {
  std::vector<uint32_t> all;
  for (shm::Return one; channel_->returns.Read(&one);) all.push_back(one.slot);
  return all;
}

std::string FakeDaemon::PayloadOf(const shm::Submission& submission) const {
  return {reinterpret_cast<const char*>(channel_->send_payload + submission.offset),
          submission.length};
}

void FakeDaemon::Complete(uint32_t cookie, vcp_status status) {
  channel_->complete.Stage({.cookie = cookie, .status = static_cast<uint16_t>(status)});
}

void FakeDaemon::Deliver(uint32_t slot, uint32_t channel_vc, std::string_view text) {
  std::memcpy(channel_->receive_payload + slot * channel_->layout().receive_slot_bytes, text.data(),
              text.size());
  channel_->receive.Stage({.slot = slot,
                           .channel_vc = channel_vc,
                           .length = static_cast<uint16_t>(text.size()),
                           .flags = 0});
}

bool FakeDaemon::Publish() {
  channel_->complete.Publish();
  channel_->receive.Publish();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!channel_->ClientNeedsWake()) return false;
  channel_->WakeClient();
  return true;
}

// --- ClientTest ---------------------------------------------------------------------------------

void ClientTest::Attach(uint32_t flags) {
  vcp_attach_params params = VCP_ATTACH_PARAMS_INIT;
  params.socket_path = daemon_.path().c_str();
  params.max_sdu_bytes = kMaxSdu;
  params.send_slots = kSlots;
  params.receive_slots = kSlots;
  params.flags = flags;
  const vcp_status status = Meanwhile(
      [this] {
        daemon_.Accept();
        daemon_.TakeHello();
        daemon_.Welcome();
      },
      [&] { return vcp_attach(&params, &client_); });
  EXPECT_EQ(status, VCP_SUCCESS) << vcp_last_error();
}

std::vector<vcp_event> ClientTest::PollAll() {
  std::vector<vcp_event> all;
  for (vcp_event event; vcp_poll(client_, &event, 1) == 1;) all.push_back(event);
  return all;
}

vcp_event ClientTest::TakeEvent(vcp_event_type type) {
  const std::vector<vcp_event> events = PollAll();
  EXPECT_EQ(events.size(), 1u);
  if (events.size() != 1) return {};
  EXPECT_EQ(events[0].type, static_cast<uint32_t>(type));
  return events[0];
}

vcp_event ClientTest::TakeCompletion(vcp_event_type type, uint64_t cookie, vcp_status status) {
  const vcp_event event = TakeEvent(type);
  EXPECT_EQ(event.cookie, cookie);
  EXPECT_EQ(event.status, status) << vcp_status_name(event.status);
  return event;
}

void ClientTest::WaitReadable() {
  ASSERT_TRUE(WaitFor(vcp_fd(client_), kPatienceMs)) << "the client's descriptor stays silent";
}

vcp_af ClientTest::OpenAf(uint32_t daemon_af) {
  vcp_af af = 0;
  EXPECT_EQ(vcp_open_af(client_, nullptr, VCP_AF_Q2931, 1, &af), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::OpenAf>(shm::MessageType::kOpenAf).header, VCP_SUCCESS,
                daemon_af);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_OPEN_AF_COMPLETE, 1, VCP_SUCCESS).af, af);
  return af;
}

vcp_sap ClientTest::RegisterSap(vcp_af af, uint32_t daemon_sap) {
  vcp_sap_params params;
  vcp_sap_params_init(&params);
  vcp_sap sap = 0;
  EXPECT_EQ(vcp_register_sap(client_, af, &params, 2, &sap), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::RegisterSap>(shm::MessageType::kRegisterSap).header, VCP_SUCCESS,
                daemon_sap);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_REGISTER_SAP_COMPLETE, 2, VCP_SUCCESS).sap, sap);
  return sap;
}

vcp_vc ClientTest::CreateVc(vcp_af af, uint32_t channel_vc) {
  vcp_vc vc = 0;
  EXPECT_EQ(vcp_create_vc(client_, af, 3, &vc), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::CreateVc>(shm::MessageType::kCreateVc).header, VCP_SUCCESS,
                channel_vc);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_CREATE_VC_COMPLETE, 3, VCP_SUCCESS).vc, vc);
  return vc;
}

vcp_vc ClientTest::Connect(vcp_af af, uint32_t channel_vc) {
  const vcp_vc vc = CreateVc(af, channel_vc);
  const vcp_call_params params = NewCall();
  EXPECT_EQ(vcp_make_call(client_, vc, &params, 4), VCP_PENDING);
  const auto request = daemon_.Take<shm::MakeCall>(shm::MessageType::kMakeCall);
  EXPECT_EQ(request.vc, channel_vc);
  shm::CallReply reply{};
  reply.vc = channel_vc;
  reply.params = request.params;
  daemon_.Send(shm::MessageType::kMakeCall, reply, request.header.request_id);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, 4, VCP_SUCCESS).vc, vc);
  return vc;
}

vcp_vc ClientTest::Offer(uint32_t daemon_sap, uint32_t channel_vc) {
  shm::IncomingCall call{};
  call.sap = daemon_sap;
  call.vc = channel_vc;
  daemon_.Send(shm::MessageType::kIncomingCall, call);
  return TakeEvent(VCP_EVENT_INCOMING_CALL).vc;
}

vcp_call_params ClientTest::NewCall(const char* address) {
  vcp_call_params params;
  vcp_call_params_init(&params);
  EXPECT_EQ(vcp_address_parse(address, &params.called), VCP_SUCCESS);
  return params;
}

}  // namespace vcp::client
