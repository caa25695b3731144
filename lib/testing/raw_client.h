// An application that speaks the attach protocol and writes the rings by itself, so that it can
// break every rule of both. It leads an honest life when asked to: what comes is taken and returned
// by Take(). Nothing here waits for ever; what does not come in time looks like a daemon that hung
// up. One thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "shm/attach_protocol.h"
#include "shm/call_manager_protocol.h"
#include "shm/channel.h"

namespace vcp::testing {

using Bytes = std::vector<uint8_t>;

// A request with everything zero but type, size and id.
template <typename Message>
Message NewRequest(shm::MessageType type, uint32_t request_id = 1) {
  Message message;
  std::memset(&message, 0, sizeof message);
  message.header.type = static_cast<uint16_t>(type);
  message.header.size_bytes = sizeof message;
  message.header.request_id = request_id;
  return message;
}
template <typename Message>
std::span<const uint8_t> BytesOf(const Message& message) {
  return {reinterpret_cast<const uint8_t*>(&message), sizeof message};
}
shm::Hello NewHello(const shm::ChannelRequest& request = {}, std::string_view name = "raw");
// Best effort both ways; exactly this PVC, or this E.164 address.
shm::CallParametersAbi CallTo(std::string_view pvc_or_address);

class RawClient {
 public:
  // Connects; says nothing yet.
  explicit RawClient(const std::string& socket_path);

  // --- packets -----------------------------------------------------------------------------------
  // Never waits. False when the daemon hung up or does not read.
  bool Send(std::span<const uint8_t> packet, std::span<const int> descriptors = {});
  // The next packet; empty when the daemon hung up.
  Bytes Receive();
  // Sends a request under a new id; 0 when it could not be sent.
  template <typename Request>
  uint32_t Start(Request request) {
    request.header.request_id = ++last_request_;
    return Send(BytesOf(request)) ? last_request_ : 0;
  }
  // The reply to it; whatever else comes before it is kept in `events`.
  template <typename Reply>
  Reply Finish(uint32_t request_id) {
    Reply reply{};
    const Bytes bytes = request_id != 0 ? ReceiveReply(request_id) : Bytes();
    if (bytes.size() == sizeof reply) {
      std::memcpy(&reply, bytes.data(), sizeof reply);
    } else {
      reply.status = static_cast<uint32_t>(Status::kDisconnected);
    }
    return reply;
  }
  template <typename Reply, typename Request>
  Reply Ask(const Request& request) {
    return Finish<Reply>(Start(request));
  }
  // Whether the reply is there. Looks without waiting.
  bool HasReply(uint32_t request_id);
  // The next event of this type; empty when the daemon hung up.
  Bytes WaitForEvent(shm::MessageType type);
  template <typename Event>
  std::optional<Event> WaitFor(shm::MessageType type) {
    const Bytes bytes = WaitForEvent(type);
    if (bytes.size() != sizeof(Event)) return std::nullopt;
    Event event;
    std::memcpy(&event, bytes.data(), sizeof event);
    return event;
  }
  // Why the daemon ended this client, once it has: "" when it only hung up. Nothing when it did
  // not.
  std::optional<std::string> WaitForEviction();
  // Whether the daemon hung up or said why it will. Looks without waiting.
  bool IsEnded();
  void HangUp() { socket_.Reset(); }
  int socket() const { return socket_.get(); }

  // --- an honest beginning -----------------------------------------------------------------------
  // HELLO and its answer.
  Status Attach(const shm::ChannelRequest& request = {}, std::string_view name = "raw");
  // The same in two steps, for who dies between them.
  bool SendHello(const shm::ChannelRequest& request = {}, std::string_view name = "raw");
  Status ReceiveHelloReply();
  uint32_t client_id() const { return client_id_; }
  // The handle that a request made; 0 when it was refused.
  uint32_t OpenAf(uint32_t family);
  uint32_t CreateVc(uint32_t af);
  uint32_t RegisterSap(uint32_t af, std::string_view address);
  // A VC with a call on it, on an address family of its own.
  uint32_t OpenPvc(std::string_view name);
  Status CloseCall(uint32_t vc);

  // --- memory ------------------------------------------------------------------------------------
  shm::ClientChannel& channel() { return *channel_; }
  const shm::ChannelLayout& layout() const { return channel_->layout(); }
  int region_fd(shm::ChannelFd which) const { return fds_[which].get(); }
  uint8_t* up() const { return channel_->send_payload - layout().up_payload_offset; }
  const uint8_t* down() const { return channel_->receive_payload - layout().down_payload_offset; }
  uint64_t payload_bytes() const { return layout().up_size_bytes - layout().up_payload_offset; }

  // Stages a list of one segment, as it is.
  void StageRaw(const shm::Submission& submission) { channel_->submit.Stage(submission); }
  // Copies an SDU into the next send slot and stages it as a list of one segment.
  void Stage(uint32_t vc, std::string_view sdu, uint32_t cookie = 0);
  // Makes what was staged visible, and wakes a daemon that sleeps.
  void Publish();
  void Ring() { channel_->WakeDaemon(); }
  // Takes what the daemon wrote: `completions` and `received` grow; receive slots go back.
  void Take();
  // Takes until `done`; false when the daemon hung up or nothing came for too long.
  bool TakeUntil(const std::function<bool()>& done);
  // Stages, publishes and waits for the completion.
  Status SubmitOne(const shm::Submission& submission);

  struct Received {
    uint32_t vc;
    std::string sdu;
  };
  std::vector<shm::Completion> completions;
  std::vector<Received> received;
  std::deque<Bytes> events;

 private:
  Bytes ReceiveReply(uint32_t request_id);
  template <typename Wanted>
  Bytes ReceiveThe(const Wanted& is_wanted);
  // Takes one packet without waiting; descriptors go to fds_. False when there is none.
  bool ReceiveNow(Bytes* packet);
  bool WaitReadable();

  UniqueFd socket_;
  bool hung_up_ = false;
  std::optional<std::string> evicted_;
  uint32_t last_request_ = 0;
  uint32_t client_id_ = 0;
  uint32_t next_slot_ = 0;
  UniqueFd fds_[shm::kChannelFdCount];
  std::unique_ptr<shm::ClientChannel> channel_;
};

}  // namespace vcp::testing
