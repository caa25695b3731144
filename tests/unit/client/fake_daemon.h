// The daemon's end of the attach protocol, moved step by step by a test: it does nothing that the
// test did not say. Expectations fail the test that runs.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "client/vcplane.h"
#include "shm/attach_protocol.h"
#include "shm/call_manager_protocol.h"
#include "shm/channel.h"

namespace vcp::client {

class FakeDaemon {
 public:
  // Listens on a socket in a folder of its own.
  FakeDaemon();
  ~FakeDaemon();

  const std::string& path() const { return path_; }
  void Listen();
  void StopListening();

  // --- a connection: each waits for the client, but not for ever ---
  void Accept();
  bool HasConnection();  // one to accept
  shm::Hello TakeHello();
  // Answers the last HELLO with a channel as it asked for.
  void Welcome();
  void Answer(shm::HelloReply reply, bool with_descriptors);
  shm::HelloReply NewHelloReply(vcp_status status, std::string_view reason) const;
  void HangUp();
  bool SeesHangUp();
  // What it says that it speaks.
  uint16_t abi_minor = shm::kAbiMinor;

  // --- messages ---
  template <typename T>
  T Take(shm::MessageType type) {
    T message{};
    const std::vector<uint8_t> packet = Receive();
    EXPECT_EQ(packet.size(), sizeof message);
    if (packet.size() != sizeof message) return message;
    std::memcpy(&message, packet.data(), sizeof message);
    EXPECT_EQ(message.header.type, static_cast<uint16_t>(type));
    EXPECT_EQ(message.header.size_bytes, sizeof message);
    EXPECT_NE(message.header.request_id, 0u);
    return message;
  }
  // As long as it was in version 1.0.
  template <typename T>
  T TakeFirst(shm::MessageType type) {
    T message{};
    const std::vector<uint8_t> packet = Receive();
    EXPECT_EQ(packet.size(), shm::kFirstBytes<T>);
    std::memcpy(&message, packet.data(), std::min(packet.size(), sizeof message));
    EXPECT_EQ(message.header.type, static_cast<uint16_t>(type));
    EXPECT_EQ(message.header.size_bytes, packet.size());
    return message;
  }
  bool HasRequest();
  template <typename T>
  void Send(shm::MessageType type, T message, uint32_t request_id = 0) {
    const uint16_t bit = request_id != 0 ? shm::kReplyBit : 0;
    message.header = {.type = static_cast<uint16_t>(static_cast<uint16_t>(type) | bit),
                      .size_bytes = sizeof message,
                      .request_id = request_id};
    SendBytes(&message, sizeof message);
  }
  // To a request that is answered by a SimpleReply.
  void Reply(const shm::MessageHeader& request, vcp_status status, uint32_t handle = 0);
  void SendBytes(const void* data, size_t size);

  // --- the channel, after Welcome ---
  shm::DaemonChannel& channel() { return *channel_; }
  std::vector<shm::Submission> TakeSubmissions();
  std::vector<uint32_t> TakeReturns();
  std::string PayloadOf(const shm::Submission& submission) const;
  void Complete(uint32_t cookie, vcp_status status);
  void Deliver(uint32_t slot, uint32_t channel_vc, std::string_view text);
  // Makes what was completed and delivered visible, and wakes the client if it sleeps, as a poll
  // core does; returns whether it had to.
  bool Publish();

 private:
  std::vector<uint8_t> Receive();

  std::filesystem::path folder_;
  std::string path_;
  UniqueFd listening_;
  UniqueFd connection_;
  shm::Hello hello_{};
  std::unique_ptr<shm::DaemonChannel> channel_;
};

// A client attached to a FakeDaemon, with 63 segments and 64 receive slots.
class ClientTest : public testing::Test {
 protected:
  static constexpr uint32_t kSlots = 64;
  static constexpr uint32_t kSegments = kSlots - 1;
  static constexpr uint32_t kMaxSdu = 512;

  ClientTest() : ClientTest(0) {}
  explicit ClientTest(uint32_t attach_flags) { Attach(attach_flags); }
  ~ClientTest() override { vcp_detach(client_); }
  void Attach(uint32_t flags);

  // Everything that vcp_poll gives.
  std::vector<vcp_event> PollAll();
  // The only event that there is.
  vcp_event TakeEvent(vcp_event_type type);
  // The completion of that status and cookie, the only event.
  vcp_event TakeCompletion(vcp_event_type type, uint64_t cookie, vcp_status status);
  // Waits until the client's descriptor is readable, then polls.
  void WaitReadable();

  // Objects as an application gets them; the daemon's handles are given.
  vcp_af OpenAf(uint32_t daemon_af);
  vcp_sap RegisterSap(vcp_af af, uint32_t daemon_sap);
  vcp_vc CreateVc(vcp_af af, uint32_t channel_vc);
  vcp_vc Connect(vcp_af af, uint32_t channel_vc);
  vcp_vc Offer(uint32_t daemon_sap, uint32_t channel_vc);
  static vcp_call_params NewCall(const char* address = "+35850");

  // Runs the daemon's side of a blocking call on another thread meanwhile.
  template <typename Blocking>
  static auto Meanwhile(std::function<void()> daemon, Blocking blocking) {
    std::thread thread(std::move(daemon));
    auto result = blocking();
    thread.join();
    return result;
  }

  FakeDaemon daemon_;
  vcp_client* client_ = nullptr;
};

}  // namespace vcp::client
