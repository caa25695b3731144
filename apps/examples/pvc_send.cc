// Sends --count messages as fast as they go, in bursts written in place, and waits until each is
// completed. Exits 0 when all were sent. echo_server may be at the other end; what comes back is
// returned unread.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <span>
#include <string_view>

#include "options.h"
#include "vcplane.hpp"

namespace {

constexpr size_t kBurst = 32;
constexpr std::string_view kMessage = "a message of a burst";

int Fail(const char* what, vcplane::Status status) {
  std::fprintf(stderr, "%s: %s: %s\n", what, vcplane::Name(status).data(),
               vcplane::LastError().data());
  return 1;
}

// Submits up to `count` messages, each a list of one buffer of one segment; returns how many.
size_t SendBurst(vcplane::Client& client, vcplane::Vc vc, size_t count) {
  std::array<vcplane::Segment, kBurst> room;
  std::array<vcplane::SendList, kBurst> lists{};
  std::span segments = client.AllocateSegments(std::span(room).first(std::min(count, kBurst)));
  for (size_t i = 0; i < segments.size(); ++i) {
    kMessage.copy(static_cast<char*>(segments[i].data), kMessage.size());
    segments[i].size_bytes = kMessage.size();
    lists[i].vc = vc;
    lists[i].segments = &segments[i];
    lists[i].segment_count = 1;
  }
  size_t taken = client.Submit(std::span(lists).first(segments.size()));
  client.FreeSegments(segments.subspan(taken));
  client.Flush();
  return taken;
}

}  // namespace

int main(int argc, char** argv) {
  const options o = read_options(argc, argv);
  const size_t count = o.count != 0 ? o.count : 1000;

  vcplane::Client client;
  vcplane::Status status =
      client.Attach({.socket_path = o.attach != nullptr ? o.attach : "", .name = "pvc_send"});
  if (status != VCP_SUCCESS) return Fail("attach", status);
  vcplane::Af af;
  status = client.OpenAfWait(nullptr, o.family, &af);
  if (status != VCP_SUCCESS) return Fail("open address family", status);
  vcplane::CallParams call = vcplane::NewCall();
  status =
      o.pvc != nullptr ? vcplane::SetPvc(o.pvc, &call) : vcplane::SetCalled(o.addresses[0], &call);
  if (status != VCP_SUCCESS) return Fail("name of the other side", status);
  vcplane::Vc vc;
  status = client.MakeCallWait(af, call, &vc);
  if (status != VCP_SUCCESS) return Fail("make call", status);

  for (size_t sent = 0, completed = 0; completed < count;) {
    sent += SendBurst(client, vc, count - sent);
    std::array<vcplane::Completion, kBurst> room;
    for (const vcplane::Completion& completion : client.Completions(room)) {
      if (completion.status != VCP_SUCCESS) return Fail("send", completion.status);
      ++completed;
    }
    vcplane::ReceivedBurst<kBurst> returned_unread(client);
    if (completed == count) break;
    status = client.Wait(std::chrono::seconds(5));
    if (status != VCP_SUCCESS) return Fail("completions", status);
  }
  std::printf("%zu messages sent\n", count);
  status = client.CloseCallWait(vc);
  return status == VCP_SUCCESS ? 0 : Fail("close call", status);
}
