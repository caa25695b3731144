// One call to several addresses: what standard input gives goes to all of them, a message a line,
// sent once. Exits 0 when every party was there from the first line to the last.
#include <array>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "options.h"
#include "vcplane.hpp"

namespace {

int Fail(const char* what, vcplane::Status status) {
  std::fprintf(stderr, "%s: %s: %s\n", what, vcplane::Name(status).data(),
               vcplane::Meaning(status).data());
  return 1;
}

// Waits for the outcome of the operation that was begun with `cookie`.
vcplane::Status Await(vcplane::Client& client, uint64_t cookie) {
  for (;;) {
    std::array<vcplane::Event, 1> event;
    while (client.Poll(event).size() == 1) {
      if (event[0].type == VCP_EVENT_INCOMING_DROP_PARTY) return VCP_CLOSED;
      if (event[0].type == VCP_EVENT_INCOMING_CLOSE_CALL) return VCP_CLOSED;
      if (event[0].type == VCP_EVENT_DISCONNECTED) return VCP_DISCONNECTED;
      if (event[0].cookie == cookie) return event[0].status;
    }
    const vcplane::Status status = client.Wait(std::chrono::seconds(10));
    if (status != VCP_SUCCESS) return status;
  }
}

vcplane::Status Finish(vcplane::Client& client, vcplane::Status begun, uint64_t cookie) {
  return begun == VCP_PENDING ? Await(client, cookie) : begun;
}

// The first party comes with the call, the others are added to it.
vcplane::Status CallAll(vcplane::Client& client, const options& o, vcplane::Vc* vc,
                        std::vector<vcplane::Party>* parties) {
  vcplane::Af af;
  vcplane::Status status = client.OpenAfWait(nullptr, o.family, &af);
  if (status != VCP_SUCCESS) return status;
  status = Finish(client, client.CreateVc(af, 1, vc), 1);
  vcplane::CallParams call = vcplane::NewCall();
  for (size_t i = 0; i < MAX_ADDRESSES && o.addresses[i] != nullptr; ++i) {
    if (status != VCP_SUCCESS) return status;
    if ((status = vcplane::SetCalled(o.addresses[i], &call)) != VCP_SUCCESS) return status;
    const uint64_t cookie = 2 + i;
    vcplane::Party& party = parties->emplace_back();
    status = Finish(client,
                    i == 0 ? client.MakeMultipointCall(*vc, call, cookie, &party)
                           : client.AddParty(*vc, call, cookie, &party),
                    cookie);
  }
  return status;
}

// Sends one line at a time, and counts what is under way.
class Sender {
 public:
  Sender(vcplane::Client& client, vcplane::Vc vc) : client_(client), vc_(vc) {}

  vcplane::Status Send(const std::string& line) {
    for (;;) {
      TakeCompletions();
      vcplane::Status status = client_.Send(vc_, line);
      under_way_ += status == VCP_SUCCESS;
      if (status != VCP_BACK_PRESSURED) return status;
      if ((status = client_.Wait(std::chrono::seconds(10))) != VCP_SUCCESS) return status;
    }
  }
  // A party that is dropped hears nothing that is still under way.
  vcplane::Status Finish() {
    client_.Flush();
    for (TakeCompletions(); under_way_ != 0; TakeCompletions()) {
      const vcplane::Status status = client_.Wait(std::chrono::seconds(10));
      if (status != VCP_SUCCESS) return status;
    }
    return VCP_SUCCESS;
  }

 private:
  void TakeCompletions() {
    std::array<vcplane::Completion, 32> room;
    for (size_t taken = room.size(); taken == room.size(); under_way_ -= taken) {
      taken = client_.Completions(room).size();
    }
  }

  vcplane::Client& client_;
  const vcplane::Vc vc_;
  size_t under_way_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const options o = read_options(argc, argv);
  vcplane::Client client;
  vcplane::Status status =
      client.Attach({.socket_path = o.attach != nullptr ? o.attach : "", .name = "broadcast"});
  if (status != VCP_SUCCESS) return Fail("attach", status);
  vcplane::Vc vc;
  std::vector<vcplane::Party> parties;
  status = CallAll(client, o, &vc, &parties);
  if (status != VCP_SUCCESS) return Fail("call", status);

  Sender sender(client, vc);
  for (std::string line; status == VCP_SUCCESS && std::getline(std::cin, line);) {
    status = sender.Send(line + "\n");
  }
  if (status == VCP_SUCCESS) status = sender.Finish();
  if (status != VCP_SUCCESS) return Fail("send", status);

  // The last party goes with the call (C77).
  for (; parties.size() > 1 && status == VCP_SUCCESS; parties.pop_back()) {
    status = Finish(client, client.DropParty(parties.back(), 100), 100);
  }
  if (status != VCP_SUCCESS) return Fail("drop a party", status);
  return client.CloseCallWait(vc) == VCP_SUCCESS ? 0 : 1;
}
