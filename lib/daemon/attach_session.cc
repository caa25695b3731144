#include "daemon/attach_session.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/log.h"
#include "shm/channel.h"

namespace vcp::daemon {
namespace {

constexpr int kPacketsPerTurn = 16;

std::string VersionText(uint16_t major, uint16_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

uint32_t LargestSdu(std::span<const AdapterEntry> adapters) {
  uint32_t largest = 0;
  for (const AdapterEntry& adapter : adapters) largest = std::max(largest, adapter.max_sdu_bytes);
  return largest;
}

shm::HelloReply NewHelloReply(uint32_t request_id, Status status, std::string_view reason) {
  auto reply = NewReply<shm::HelloReply>(shm::MessageType::kHello, request_id);
  reply.status = static_cast<uint32_t>(status);
  reply.abi_major = shm::kAbiMajor;
  reply.abi_minor = shm::kAbiMinor;
  reply.struct_size = sizeof reply;
  CopyText(reason, reply.reason);
  return reply;
}

template <typename Message>
Packet BytesOf(const Message& message) {
  return {reinterpret_cast<const uint8_t*>(&message), sizeof message};
}

}  // namespace

void SendEvicted(MessageSocket* socket, Status status, std::string_view reason) {
  auto event = NewEvent<shm::Evicted>(shm::MessageType::kEvicted);
  event.status = static_cast<uint32_t>(status);
  CopyText(reason, event.reason);
  (void)socket->Send(BytesOf(event), 0);  // the last word: it is heard or not
  socket->DiscardReceived();
}

AttachSession::AttachSession(uint32_t id, UniqueFd connection, const AttachParts& parts,
                             std::span<const AdapterEntry> adapters, AttachHost* host)
    : id_(id),
      parts_(parts),
      adapters_(adapters),
      host_(host),
      socket_(std::move(connection)),
      peer_(socket_.Peer()),
      hello_deadline_(parts.loop),
      end_(parts.loop) {
  watch_ = parts_.loop->Watch(socket_.fd(), EPOLLIN, [this](uint32_t ready) { OnReady(ready); });
  hello_deadline_.Start(kHelloDeadlineNs, [this] { OnHelloDeadline(); });
}

AttachSession::~AttachSession() {
  if (watch_) parts_.loop->Unwatch(*watch_);
}

// --- the end -------------------------------------------------------------------------------------

void AttachSession::End() {
  if (std::exchange(ended_, true)) return;
  hello_deadline_.Stop();
  parts_.loop->Unwatch(*std::exchange(watch_, std::nullopt));
  end_.Start(0, [this] { host_->OnSessionEnded(id_); });
}

void AttachSession::EndWith(DaemonCounter counter, Status status, std::string_view reason) {
  if (ended_) return;
  parts_.counters->Add(counter);
  VCP_LOG(kWarning, "client ended", {"client", id_}, {"name", name_}, {"pid", peer_.pid},
          {"uid", peer_.uid}, {"reason", reason});
  SendEvicted(&socket_, status, reason);
  End();
}

void AttachSession::Evict(Status status, std::string_view reason) {
  EndWith(DaemonCounter::kProtocolErrors, status, reason);
}

void AttachSession::Leave() {
  if (ended_) return;
  if (client_) {
    parts_.counters->Add(DaemonCounter::kDetached);
    VCP_LOG(kInfo, "client detached", {"client", id_}, {"name", name_});
  }
  End();
}

// --- messages ------------------------------------------------------------------------------------

void AttachSession::Send(Packet packet) {
  if (ended_) return;
  switch (socket_.Send(packet, MostQueuedBytes() + kBacklogBytes)) {
    case MessageSocket::Sent::kNowOrLater:
      return WatchForMore();
    case MessageSocket::Sent::kBroken:
      return Leave();
    case MessageSocket::Sent::kTooMuch:
      return EndWith(DaemonCounter::kSlowReaders, Status::kBackPressured,
                     "what was sent to it was not read");
  }
}

size_t AttachSession::MostQueuedBytes() const {
  const size_t others = (client_ ? client_->vc_count() + client_->party_count() : 0) +
                        (call_manager_ ? call_manager_->call_count() : 0);
  return kBacklogBytes + others * kBacklogBytesPerVc;
}

bool AttachSession::MayAskMore() const {
  return !ended_ && !waiting_hello_ && socket_.queued_bytes() < MostQueuedBytes();
}

void AttachSession::WatchForMore() {
  if (ended_) return;
  uint32_t events = 0;
  if (socket_.queued_bytes() != 0) events |= EPOLLOUT;
  if (MayAskMore()) events |= EPOLLIN;
  if (events == watched_events_) return;
  watched_events_ = events;
  parts_.loop->SetEvents(*watch_, events);
}

void AttachSession::OnReady(uint32_t events) {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) return Leave();
  if ((events & EPOLLOUT) != 0) {
    if (!socket_.Flush()) return Leave();
    WatchForMore();
  }
  if ((events & EPOLLIN) != 0) ReceiveSome();
}

void AttachSession::ReceiveSome() {
  std::array<uint8_t, shm::kMaxMessageBytes> buffer;
  for (int i = 0; i < kPacketsPerTurn && MayAskMore(); ++i) {
    Packet packet;
    switch (socket_.Receive(buffer, &packet)) {
      case MessageSocket::Received::kPacket:
        OnPacket(packet);
        continue;
      case MessageSocket::Received::kNothing:
        return;
      case MessageSocket::Received::kClosed:
        return Leave();
      case MessageSocket::Received::kDescriptors:
        return EndWith(DaemonCounter::kDescriptorsRefused, Status::kProtocolError,
                       "a message carried file descriptors");
      case MessageSocket::Received::kTooLong:
        return Evict(Status::kProtocolError, "a message is longer than any that there is");
    }
  }
}

void AttachSession::OnPacket(Packet packet) {
  if (!client_) return OnHello(packet);
  if (!std::exchange(served_, true)) {
    const Status status = parts_.channels->ServeChannel(client_->channel());
    if (status == Status::kResources) {
      return EndWith(DaemonCounter::kNoChannelMemory, status, "there is no memory for its channel");
    }
    if (status != Status::kSuccess) return Evict(status, "it sealed its region itself");
  }
  if (packet.size() < sizeof(shm::MessageHeader) ||
      !AttachedCallManager::IsRequest(ReadMessage<shm::MessageHeader>(packet).type)) {
    return client_->OnPacket(packet);
  }
  if (const char* fault = FindRequestFault(packet)) return Evict(Status::kProtocolError, fault);
  OnCallManagerPacket(packet);
}

// A call manager says who is called, and chooses labels: not everybody may be one.
void AttachSession::OnCallManagerPacket(Packet packet) {
  const bool may = peer_.uid == 0 || peer_.uid == geteuid() ||
                   std::ranges::find(parts_.call_managers, peer_.uid) != parts_.call_managers.end();
  if (!may) {
    const auto header = ReadMessage<shm::MessageHeader>(packet);
    auto reply =
        NewReply<shm::SimpleReply>(static_cast<shm::MessageType>(header.type), header.request_id);
    reply.status = static_cast<uint32_t>(Status::kNotAccepted);
    return Send(BytesOf(reply));
  }
  if (call_manager_ == nullptr) {
    call_manager_ = std::make_unique<AttachedCallManager>(
        parts_.switchboard, parts_.loop, adapters_, client_->channel(), &*client_, this);
  }
  call_manager_->OnPacket(packet);
}

// --- HELLO ---------------------------------------------------------------------------------------

void AttachSession::OnHello(Packet packet) {
  if (!IsOfOurVersion(packet)) return;
  if (const char* fault = FindHelloFault(packet)) return Evict(Status::kProtocolError, fault);
  waiting_hello_ = ReadMessage<shm::Hello>(packet);
  OnRoom();
  WatchForMore();
}

void AttachSession::OnRoom() {
  if (ended_ || !waiting_hello_ || !host_->HasRoomForClient(peer_.uid)) return;
  Attach(*std::exchange(waiting_hello_, std::nullopt));
  WatchForMore();
}

void AttachSession::OnHelloDeadline() {
  if (!waiting_hello_) {
    return EndWith(DaemonCounter::kHelloTimeouts, Status::kTimedOut, "no HELLO came in time");
  }
  RefuseHello(DaemonCounter::kTooManyClients, waiting_hello_->header.request_id, Status::kResources,
              "the daemon is busy ending other clients; try again");
}

// What comes before struct_size is where it is in every version.
bool AttachSession::IsOfOurVersion(Packet packet) {
  shm::Hello hello{};
  size_t known_bytes = std::min(packet.size(), offsetof(shm::Hello, struct_size));
  std::copy_n(packet.begin(), known_bytes, reinterpret_cast<uint8_t*>(&hello));
  bool is_hello = known_bytes == offsetof(shm::Hello, struct_size) &&
                  hello.header.type == static_cast<uint16_t>(shm::MessageType::kHello) &&
                  hello.magic == shm::kAttachMagic;
  if (!is_hello || hello.abi_major == shm::kAbiMajor) return true;
  RefuseHello(DaemonCounter::kVersionsRefused, hello.header.request_id, Status::kVersionMismatch,
              "libvcplane speaks ABI " + VersionText(hello.abi_major, hello.abi_minor) +
                  ", this daemon speaks " + VersionText(shm::kAbiMajor, shm::kAbiMinor) +
                  "; build or install both from one release");
  return false;
}

void AttachSession::RefuseHello(DaemonCounter counter, uint32_t request_id, Status status,
                                std::string_view reason) {
  parts_.counters->Add(counter);
  VCP_LOG(kWarning, "client refused", {"pid", peer_.pid}, {"uid", peer_.uid}, {"reason", reason});
  Send(BytesOf(NewHelloReply(request_id, status, reason)));
  End();
}

// The channel's memory is made and populated before the reply leaves (A13). Its descriptors stay
// the control thread's when the channel is handed to a poll core.
void AttachSession::Attach(const shm::Hello& hello) {
  shm::ChannelRequest request{.max_sdu_bytes = hello.max_sdu_bytes,
                              .send_slots = hello.send_slots,
                              .receive_slots = hello.receive_slots};
  shm::ChannelLayout layout = shm::LayOut(request, LargestSdu(adapters_));
  std::unique_ptr<shm::DaemonChannel> made;
  Status status = shm::DaemonChannel::Create(layout, &made);
  shm::DaemonChannel* channel = made.get();
  dataplane::ChannelIndex index = 0;
  if (status == Status::kSuccess) status = parts_.channels->AddChannel(std::move(made), &index);
  if (status != Status::kSuccess) {
    return RefuseHello(DaemonCounter::kNoChannelMemory, hello.header.request_id, status,
                       "the daemon has no memory for another client's channel");
  }
  name_ = TextOf(hello.name);
  max_sdu_bytes_ = layout.max_sdu_bytes;
  hello_deadline_.Stop();
  client_.emplace(parts_.switchboard, parts_.plane, parts_.loop, parts_.routes, index, this);
  client_->AllowPvcs(parts_.clients_change_pvcs);
  auto reply = NewHelloReply(hello.header.request_id, Status::kSuccess, "");
  reply.client_id = id_;
  reply.layout = layout;
  bool sent = socket_.SendWithDescriptors(BytesOf(reply), channel->client_fds());
  channel->CloseClientFds();
  if (!sent) return End();
  parts_.counters->Add(DaemonCounter::kAttached);
  VCP_LOG(kInfo, "client attached", {"client", id_}, {"name", name_}, {"pid", peer_.pid},
          {"uid", peer_.uid});
  client_->BindTo(adapters_);
}

}  // namespace vcp::daemon
