// An application for the interop tests: makes, takes and ends calls as it is told, and says what
// becomes of them. Orders come on standard input, one a line; what happens goes to standard output,
// one JSON object a line. A call is known by its VC's number.
//
//   listen ADDRESS   {"event": "listening"}
//   call ADDRESS     {"event": "calling", "call": 1}, then "connected", or "refused" with a cause
//   accept 1         of an "offered" call: "connected"
//   reject 1 CAUSE
//   close 1          {"event": "closed", "call": 1}; a call that "ended" is closed by itself
//
// usage: application SOCKET
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>

#include "vcplane.hpp"

namespace {

[[noreturn]] void Fail(const char* what, vcplane::Status status) {
  std::fprintf(stderr, "%s: %s: %s\n", what, vcplane::Name(status).data(),
               vcplane::LastError().data());
  std::exit(1);
}

void Expect(const char* what, vcplane::Status status) {
  if (status != VCP_SUCCESS && status != VCP_PENDING) Fail(what, status);
}

void Say(const char* event, vcplane::Vc vc = 0, vcplane::Status status = VCP_SUCCESS,
         uint32_t cause = 0) {
  std::printf("{\"event\": \"%s\", \"call\": %u, \"status\": \"%s\", \"cause\": %u}\n", event, vc,
              vcplane::Name(status).data(), cause);
  std::fflush(stdout);
}

class Application {
 public:
  explicit Application(const char* socket_path) {
    Expect("attach", client_.Attach({.socket_path = socket_path, .name = "application"}));
    Expect("open", client_.OpenAfWait(nullptr, VCP_AF_Q2931, &af_));
  }

  // Until there are no more orders.
  void Run() {
    pollfd orders{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    for (;;) {
      std::array<pollfd, 2> watched{orders, {.fd = client_.fd(), .events = POLLIN, .revents = 0}};
      if (!client_.Arm()) poll(watched.data(), watched.size(), -1);
      TellAll();
      if (watched[0].revents != 0 && !Read()) return;
    }
  }

 private:
  bool Read() {
    std::array<char, 512> text;
    const ssize_t size = read(STDIN_FILENO, text.data(), text.size());
    if (size <= 0) return false;
    unread_.append(text.data(), static_cast<size_t>(size));
    for (size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
      Obey(unread_.substr(0, end));
      unread_.erase(0, end + 1);
    }
    return true;
  }

  void Obey(const std::string& order) {
    std::istringstream words(order);
    std::string verb;
    words >> verb;
    if (verb == "listen" || verb == "call") {
      std::string address;
      words >> address;
      if (verb == "listen") return Listen(address);
      uint64_t rate_bytes_per_second = 0;
      words >> rate_bytes_per_second;
      return Call(address, rate_bytes_per_second);
    }
    vcplane::Vc vc = 0;
    uint32_t cause = 0;
    words >> vc >> cause;
    if (verb == "accept") {
      Expect("accept", client_.Accept(vc));
    } else if (verb == "reject") {
      Expect("reject",
             client_.Reject(vc, VCP_NOT_ACCEPTED, {.value = static_cast<uint8_t>(cause)}));
    } else if (verb == "close") {
      Expect("close", client_.CloseCall(vc, 0));
    } else {
      Fail(order.c_str(), VCP_NOT_RECOGNIZED);
    }
  }

  void Listen(const std::string& address) {
    vcplane::SapParams here = vcplane::NewSap();
    Expect("address", vcplane::SetAddress(address, &here));
    vcplane::Sap sap;
    Expect("listen", client_.RegisterSapWait(af_, here, &sap));
    Say("listening");
  }

  // A rate of 0: best effort.
  void Call(const std::string& address, uint64_t rate_bytes_per_second) {
    vcplane::CallParams call = vcplane::NewCall();
    for (vcp_flow_spec* flow : {&call.transmit, &call.receive}) {
      if (rate_bytes_per_second == 0) break;
      flow->service_type = VCP_SERVICE_GUARANTEED;
      flow->token_rate_bytes_per_second = rate_bytes_per_second;
      flow->peak_bandwidth_bytes_per_second = rate_bytes_per_second;
    }
    Expect("address", vcplane::SetCalled(address, &call));
    vcplane::Vc vc;
    Expect("create", client_.CreateVc(af_, 0, &vc));
    Expect("call", client_.MakeCall(vc, call, 0));
    own_.insert(vc);
    Say("calling", vc);
  }

  void TellAll() {
    std::array<vcplane::Event, 8> events;
    for (auto told = client_.Poll(events); !told.empty(); told = client_.Poll(events)) {
      for (const vcplane::Event& event : told) Tell(event);
    }
  }

  void Tell(const vcplane::Event& event) {
    switch (event.type) {
      case VCP_EVENT_MAKE_CALL_COMPLETE:
        if (event.status == VCP_SUCCESS) return Say("connected", event.vc);
        Say("refused", event.vc, event.status, event.cause.value);
        return Delete(event.vc);
      case VCP_EVENT_INCOMING_CALL:
        return Say("offered", event.vc);
      case VCP_EVENT_CALL_CONNECTED:
        return Say("connected", event.vc);
      case VCP_EVENT_INCOMING_CLOSE_CALL:
        Say("ended", event.vc, event.status, event.cause.value);
        return (void)client_.CloseCall(event.vc, 0);  // refused where it closes already
      case VCP_EVENT_CLOSE_CALL_COMPLETE:
        Say("closed", event.vc, event.status);
        return Delete(event.vc);
      case VCP_EVENT_VC_DELETED:
        own_.erase(event.vc);
        if (event.status != VCP_SUCCESS) Say("lost", event.vc, event.status);
        return;
      case VCP_EVENT_RECONNECTED:
        return Say("reconnected");
      default:
        return;
    }
  }

  void Delete(vcplane::Vc vc) {
    if (own_.erase(vc) != 0) Expect("delete", client_.DeleteVc(vc, 0));
  }

  vcplane::Client client_;
  vcplane::Af af_ = 0;
  std::set<vcplane::Vc> own_;
  std::string unread_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Application(argv[1]).Run();
  return 0;
}
