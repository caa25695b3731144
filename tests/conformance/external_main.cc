// The conformance tests' call manager as an application: its messages travel on a label of its
// family's on the port. Says "ready" once its clients can make calls, and then what it reports, a
// line each. Ends when it is killed, or with its daemon.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <span>

#include "external_manager.h"

namespace vcp::conformance {
namespace {

constexpr uint32_t kSignalingLabel = 22;  // and above, by families

class ManagerOnAPort final : public ExternalManager {
 public:
  ManagerOnAPort(vcplane::Client* client, const char* port, uint32_t first, uint32_t family)
      : ExternalManager(client, port, first, family),
        client_(client),
        label_(kSignalingLabel + family - kFamily) {}

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
      const vcp_cm_path path{.transmit_label = label_, .receive_label = label_};
      return door().ActivateOwnVc(own_vc_, path, kNothing) == VCP_PENDING;
    }
    std::puts("ready");
    std::fflush(stdout);
    return true;
  }
  void Report(const std::string& line) override {
    std::puts(line.c_str());
    std::fflush(stdout);
  }

  vcplane::Client* const client_;
  const uint32_t label_;
  vcplane::Vc own_vc_ = 0;
  std::deque<ExternalMessage> unsent_;
};

int Run(const char* socket_path, const char* port, uint32_t first, uint32_t family) {
  vcplane::Client client;
  if (client.Attach({.socket_path = socket_path, .name = "manager", .reconnect = false}) !=
      VCP_SUCCESS) {
    std::fprintf(stderr, "attach: %s\n", vcplane::LastError().data());
    return 1;
  }
  ManagerOnAPort manager(&client, port, first, family);
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
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s SOCKET PORT 0|1 FAMILY\n", argv[0]);
    return 2;
  }
  const auto family = static_cast<uint32_t>(std::strtoul(argv[4], nullptr, 10));
  return vcp::conformance::Run(argv[1], argv[2], argv[3][0] == '1' ? 1 : 0, family);
}
