// Takes one call at an address and prints whatever comes, until the caller ends the call: a leaf of
// broadcast's calls, or the far end of anybody who only sends. Prints "ready" on standard error
// once it can be called.
#include <array>
#include <cstdio>

#include "options.h"
#include "vcplane.hpp"

namespace {

int Fail(const char* what, vcplane::Status status) {
  std::fprintf(stderr, "%s: %s: %s\n", what, vcplane::Name(status).data(),
               vcplane::Meaning(status).data());
  return 1;
}

vcplane::Status Listen(vcplane::Client& client, const options& o) {
  vcplane::Status status =
      client.Attach({.socket_path = o.attach != nullptr ? o.attach : "", .name = "leaf"});
  if (status != VCP_SUCCESS) return status;
  vcplane::Af af;
  status = client.OpenAfWait(nullptr, o.family, &af);
  if (status != VCP_SUCCESS) return status;
  vcplane::SapParams here = vcplane::NewSap();
  status = vcplane::SetAddress(o.addresses[0] != nullptr ? o.addresses[0] : "", &here);
  vcplane::Sap sap;
  return status == VCP_SUCCESS ? client.RegisterSapWait(af, here, &sap) : status;
}

void Print(vcplane::Client& client) {
  for (;;) {
    const vcplane::ReceivedBurst burst(client);
    if (burst.empty()) return;
    for (const vcplane::Received& message : burst) {
      std::fwrite(message.data, 1, message.size_bytes, stdout);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  vcplane::Client client;
  vcplane::Status status = Listen(client, read_options(argc, argv));
  if (status != VCP_SUCCESS) return Fail("listen", status);
  std::fprintf(stderr, "ready\n");
  for (;;) {
    Print(client);
    std::array<vcplane::Event, 1> event;
    while (client.Poll(event).size() == 1) {
      if (event[0].type == VCP_EVENT_INCOMING_CALL) (void)client.Accept(event[0].vc);
      if (event[0].type != VCP_EVENT_INCOMING_CLOSE_CALL) continue;
      Print(client);  // what came before the end
      return client.CloseCallWait(event[0].vc) == VCP_SUCCESS ? 0 : 1;
    }
    status = client.Wait();
    if (status != VCP_SUCCESS) return Fail("wait", status);
  }
}
