// Makes a call with a guaranteed rate, changes the rate while the call goes on, and prints what was
// agreed each time. Exits 0 when network, port and called party agreed to both.
#include <array>
#include <cstdio>

#include "options.h"
#include "vcplane.hpp"

namespace {

constexpr uint64_t kBytesPerMbit = 125'000;

int Fail(const char* what, vcplane::Status status) {
  std::fprintf(stderr, "%s: %s: %s\n", what, vcplane::Name(status).data(),
               vcplane::Meaning(status).data());
  return 1;
}

// The same both ways, in bursts of as much as is sent in a millisecond.
void AskFor(uint64_t mbit_per_second, vcplane::CallParams* call) {
  for (vcp_flow_spec* flow : {&call->transmit, &call->receive}) {
    flow->service_type = VCP_SERVICE_GUARANTEED;
    flow->token_rate_bytes_per_second = mbit_per_second * kBytesPerMbit;
    flow->peak_bandwidth_bytes_per_second = mbit_per_second * kBytesPerMbit;
    flow->max_sdu_size_bytes = 1024;
  }
}

// Waits for the outcome of the operation that was begun with `cookie`.
vcplane::Status Await(vcplane::Client& client, uint64_t cookie, vcplane::Event* outcome) {
  for (;;) {
    std::array<vcplane::Event, 1> event;
    while (client.Poll(event).size() == 1) {
      if (event[0].type == VCP_EVENT_DISCONNECTED) return VCP_DISCONNECTED;
      if (event[0].type == VCP_EVENT_INCOMING_CLOSE_CALL) return VCP_CLOSED;
      if (event[0].cookie != cookie) continue;
      *outcome = event[0];
      return event[0].status;
    }
    const vcplane::Status status = client.Wait(std::chrono::seconds(10));
    if (status != VCP_SUCCESS) return status;
  }
}

void PrintRate(const char* what, const vcplane::CallParams& agreed) {
  std::printf("%s: %.1f Mbit/s\n", what,
              static_cast<double>(agreed.transmit.peak_bandwidth_bytes_per_second) / kBytesPerMbit);
}

}  // namespace

int main(int argc, char** argv) {
  const options o = read_options(argc, argv);
  vcplane::Client client;
  vcplane::Status status =
      client.Attach({.socket_path = o.attach != nullptr ? o.attach : "", .name = "change_rate"});
  if (status != VCP_SUCCESS) return Fail("attach", status);
  vcplane::Af af;
  status = client.OpenAfWait(nullptr, o.family, &af);
  if (status != VCP_SUCCESS) return Fail("open address family", status);

  vcplane::CallParams call = vcplane::NewCall();
  status = vcplane::SetCalled(o.addresses[0] != nullptr ? o.addresses[0] : "", &call);
  if (status != VCP_SUCCESS) return Fail("address", status);
  AskFor(10, &call);
  vcplane::Event outcome;
  vcplane::Vc vc;
  status = client.CreateVc(af, 1, &vc);
  if (status == VCP_PENDING) status = Await(client, 1, &outcome);
  if (status == VCP_SUCCESS) status = client.MakeCall(vc, call, 2);
  if (status == VCP_PENDING) status = Await(client, 2, &outcome);
  if (status != VCP_SUCCESS) return Fail("make call", status);
  PrintRate("the call began with", outcome.params);

  AskFor(100, &call);
  status = client.ModifyCallQoS(vc, call, 3);
  if (status == VCP_PENDING) status = Await(client, 3, &outcome);
  if (status != VCP_SUCCESS) return Fail("change the rate", status);
  PrintRate("and goes on with", outcome.params);
  return client.CloseCallWait(vc) == VCP_SUCCESS ? 0 : 1;
}
