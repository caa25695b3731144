// The session of an attached client, in a test: keeps what the daemon sends.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "daemon/attached_client.h"

namespace vcp::daemon {

class RecordingLink final : public ClientLink {
 public:
  void Send(Packet packet) override { sent.emplace_back(packet.begin(), packet.end()); }
  void Evict(Status status, std::string_view) override { evicted = status; }
  bool IsCongested() const override { return congested; }

  // The only message since the last time.
  template <typename T>
  T TakeOne(uint16_t type) {
    EXPECT_EQ(sent.size(), 1u);
    T message{};
    if (sent.size() == 1) message = ReadMessage<T>(sent[0]);
    EXPECT_EQ(message.header.type, type);
    EXPECT_EQ(message.header.size_bytes, sizeof(T));
    sent.clear();
    return message;
  }

  std::vector<std::vector<uint8_t>> sent;
  Status evicted = Status::kSuccess;
  bool congested = false;
};

}  // namespace vcp::daemon
