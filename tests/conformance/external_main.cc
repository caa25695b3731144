// The conformance tests' call manager as an application: its messages travel on label 22 of the
// port. Says "ready" once its clients can make calls, and then a line each time that a client was
// asked to close its family: "closed" and the status. Ends when it is killed, or with its daemon.
#include <array>
#include <cstdio>
#include <cstring>
#include <deque>
#include <span>

#include "external_manager.h"

namespace vcp::conformance {
namespace {

constexpr uint32_t kSignalingLabel = 22;

class ManagerOnAPort final : public ExternalManager {
 public:
  ManagerOnAPort(vcplane::Client* client, const char* port, uint32_t first)
      : ExternalManager(client, port, first), client_(client) {}

  // What waits for a segment.
  void Flush() {
    while (!unsent_.empty() &&
           client_->Send(own_vc_, std::as_bytes(std::span(&unsent_.front(), 1))) == VCP_SUCCESS) {
      unsent_.pop_front();
    }
    client_->Flush();
  }

 private:
  void Say(const ExternalMessage& message) override {
    unsent_.push_back(message);
    Flush();
  }
  void OnFamily(vcp_cm_family family) override {
    (void)door().CreateOwnVc(family, kNothing, &own_vc_);
  }
  bool OnOwnVcEvent(const vcplane::Event& event) override {
    if (event.status != VCP_SUCCESS) return false;
    if (event.type == VCP_EVENT_CM_CREATE_OWN_VC_COMPLETE) {
      const vcp_cm_path path{.transmit_label = kSignalingLabel, .receive_label = kSignalingLabel};
      return door().ActivateOwnVc(own_vc_, path, kNothing) == VCP_PENDING;
    }
    std::puts("ready");
    std::fflush(stdout);
    return true;
  }
  void OnAskedToClose(vcplane::Status status) override {
    std::printf("closed %s\n", vcplane::Name(status).data());
    std::fflush(stdout);
  }

  vcplane::Client* const client_;
  vcplane::Vc own_vc_ = 0;
  std::deque<ExternalMessage> unsent_;
};

int Run(const char* socket_path, const char* port, uint32_t first) {
  vcplane::Client client;
  if (client.Attach({.socket_path = socket_path, .name = "manager", .reconnect = false}) !=
      VCP_SUCCESS) {
    std::fprintf(stderr, "attach: %s\n", vcplane::LastError().data());
    return 1;
  }
  ManagerOnAPort manager(&client, port, first);
  while (client.Wait() == VCP_SUCCESS) {
    std::array<vcplane::Event, 8> events;
    for (const vcplane::Event& event : client.Poll(events)) {
      if (!manager.OnEvent(event)) return 0;
    }
    std::array<vcplane::Completion, 32> sent;
    while (client.Completions(sent).size() == sent.size()) continue;
    manager.Flush();
    for (const vcplane::Received& received : vcplane::ReceivedBurst(client)) {
      ExternalMessage message;
      if (received.size_bytes != sizeof message) continue;
      std::memcpy(static_cast<void*>(&message), received.data, sizeof message);
      manager.OnMessage(message);
    }
  }
  return 0;
}

}  // namespace
}  // namespace vcp::conformance

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s SOCKET PORT 0|1\n", argv[0]);
    return 2;
  }
  return vcp::conformance::Run(argv[1], argv[2], argv[3][0] == '1' ? 1 : 0);
}
