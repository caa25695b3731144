// A client in an event loop of one's own: what standard input gives becomes messages, and messages
// that come go to standard output. Exits 0 when the input has ended and as many messages came back
// as were sent, which is what echo_server at the other end does.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "options.h"
#include "vcplane.hpp"

namespace {

int Fail(const char* what, vcplane::Status status) {
  std::fprintf(stderr, "%s: %s: %s\n", what, vcplane::Name(status).data(),
               vcplane::LastError().data());
  return 1;
}

vcplane::Status Connect(vcplane::Client& client, const options& o, vcplane::Vc* vc) {
  vcplane::Status status =
      client.Attach({.socket_path = o.attach != nullptr ? o.attach : "", .name = "event_loop"});
  if (status != VCP_SUCCESS) return status;
  vcplane::Af af;
  status = client.OpenAfWait(nullptr, o.family, &af);
  if (status != VCP_SUCCESS) return status;
  vcplane::CallParams call = vcplane::NewCall();
  status =
      o.pvc != nullptr ? vcplane::SetPvc(o.pvc, &call) : vcplane::SetCalled(o.addresses[0], &call);
  return status == VCP_SUCCESS ? client.MakeCallWait(af, call, vc) : status;
}

// Takes all that the client has; false when the call is over.
bool TakeAll(vcplane::Client& client, size_t* received) {
  std::array<vcplane::Event, 8> events;
  for (const vcplane::Event& event : client.Poll(events)) {
    if (event.type == VCP_EVENT_INCOMING_CLOSE_CALL || event.type == VCP_EVENT_DISCONNECTED) {
      return false;
    }
  }
  std::array<vcplane::Completion, 32> completions;
  while (!client.Completions(completions).empty()) {
  }
  vcplane::ReceivedBurst burst(client);
  for (const vcplane::Received& message : burst) {
    std::fwrite(message.data, 1, message.size_bytes, stdout);
  }
  *received += burst.size();
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  vcplane::Client client;
  vcplane::Vc vc;
  vcplane::Status status = Connect(client, read_options(argc, argv), &vc);
  if (status != VCP_SUCCESS) return Fail("connect", status);

  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  for (size_t sent = 0, received = 0; input.fd >= 0 || received < sent;) {
    // Arm right before each sleep: it looks once more, so that nothing is slept through.
    std::array<pollfd, 2> watched{input, {.fd = client.fd(), .events = POLLIN, .revents = 0}};
    if (!client.Arm() && poll(watched.data(), watched.size(), 5000) == 0 && input.fd < 0) {
      return Fail("echo", VCP_TIMED_OUT);
    }
    if (!TakeAll(client, &received)) return Fail("call", VCP_CLOSED);
    if (watched[0].revents == 0) continue;
    std::array<char, 1024> text;
    const ssize_t size = read(input.fd, text.data(), text.size());
    if (size <= 0) input.fd = -1;
    if (size <= 0) continue;
    status = client.Send(vc, std::string_view(text.data(), static_cast<size_t>(size)));
    if (status != VCP_SUCCESS) return Fail("send", status);
    ++sent;
  }
  return client.CloseCallWait(vc) == VCP_SUCCESS ? 0 : 1;
}
