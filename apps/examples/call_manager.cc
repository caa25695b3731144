// A call manager with a signaling protocol of its own: offers calls by address to the clients of a
// port, as family 0x2000, and sets them up with another one of these at the other end of the port.
// Runs until it is killed. Prints "ready" once its clients can make calls.
//
// The protocol: five kinds of messages, each a list of its own on label 22. SETUP names the called
// address and the label on which the caller will receive, ACCEPT the callee's; CONNECTED says that
// the caller listens there; REJECT and RELEASE end a call. Calls are numbered by who makes them,
// even here and odd there. It relies on a cable that loses nothing: a protocol for a network would
// repeat what is not answered.
#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <span>

#include "vcplane_cm.hpp"

namespace {

constexpr uint32_t kFamily = 0x2000, kSignalingLabel = 22;
constexpr uint64_t kNothing = ~uint64_t{0};  // a cookie; those of calls are their numbers
enum MessageType : uint32_t { kSetup, kAccept, kConnected, kReject, kRelease };

struct Message {  // in network byte order
  uint32_t type, call, label;
  vcplane::Address called;
};

struct Call {
  bool made_here = false;
  vcp_cm_vc vc = 0;
  vcp_cm_sap sap = 0;       // of one that comes from the other side,
  bool is_offered = false;  // and has come as far as its client
  uint64_t operation = 0;   // that waits: MAKE CALL, later CLOSE CALL
  vcp_cm_path path{};
  vcplane::CallParams params{};
};

struct Sap {
  vcp_cm_af af;
  vcplane::Address address;
};

class TinyCallManager {
 public:
  // Of two call managers the first numbers its calls and labels from 0, the second from 1.
  TinyCallManager(vcplane::Client* client, const char* port, uint32_t first)
      : client_(client), cm_(*client), next_(first) {
    (void)cm_.RegisterFamily(port, kFamily, 0, kNothing);
  }

  // False when it is all over.
  bool OnEvent(const vcplane::Event& event) {
    switch (event.type) {
      case VCP_EVENT_DISCONNECTED:
      case VCP_EVENT_EVICTED:
        return false;
      case VCP_EVENT_CM_OPEN_AF:
      case VCP_EVENT_CM_CLOSE_AF:
        return Complete(event, VCP_SUCCESS);
      case VCP_EVENT_CM_REGISTER_SAP:
        saps_[event.sap] = {event.af, event.sap_params.address};
        return Complete(event, VCP_SUCCESS);
      case VCP_EVENT_CM_DEREGISTER_SAP:
        saps_.erase(event.sap);
        return Complete(event, VCP_SUCCESS);
      case VCP_EVENT_CM_MAKE_CALL:
        return MakeCall(event);
      case VCP_EVENT_CM_CLOSE_CALL:
        return CloseCall(event);
      case VCP_EVENT_CM_ADD_PARTY:
      case VCP_EVENT_CM_MODIFY_CALL_QOS:
        return Complete(event, VCP_NOT_SUPPORTED);
      default:
        return OnOutcome(event);
    }
  }

  void OnMessage(const vcplane::Received& received) {
    Message message{};
    if (received.size_bytes != sizeof message) return;
    std::memcpy(&message, received.data, sizeof message);
    const uint32_t number = ntohl(message.call);
    const auto found = calls_.find(number);
    if (ntohl(message.type) == kSetup) {
      if (found == calls_.end()) OfferCall(number, ntohl(message.label), message.called);
    } else if (found != calls_.end()) {
      OnAnswer(number, &found->second, message);
    }
  }

 private:
  bool Complete(const vcplane::Event& event, vcplane::Status status) {
    return cm_.Complete(event.cookie, status) == VCP_SUCCESS;
  }

  void Say(MessageType type, uint32_t number, const Call& call) {
    const Message message{htonl(type), htonl(number), htonl(call.path.receive_label),
                          call.params.called};
    (void)client_->Send(signaling_vc_, std::as_bytes(std::span(&message, 1)));
    client_->Flush();
  }

  // A label of this side's own; both directions of a call have one each.
  Call& NewCall(uint32_t number) {
    Call& call = calls_[number];
    call.path.receive_label = 100000 + next_;
    next_ += 2;
    return call;
  }

  // --- calls that clients here make ---
  bool MakeCall(const vcplane::Event& event) {
    if (event.party != 0) return Complete(event, VCP_NOT_SUPPORTED);  // no multipoint
    const uint32_t number = next_;
    Call& call = NewCall(number);
    call.made_here = true;
    call.vc = event.vc;
    call.operation = event.cookie;
    call.params = event.params;
    Say(kSetup, number, call);
    return true;
  }

  void OnAnswer(uint32_t number, Call* call, const Message& message) {
    switch (ntohl(message.type)) {
      case kAccept:
        call->path.transmit_label = ntohl(message.label);
        (void)cm_.ActivateVc(call->vc, call->path, call->params, number);
        return;
      case kConnected:
        (void)cm_.CallConnected(call->vc, kNothing);
        return;
      case kReject:
        (void)cm_.Complete(call->operation, VCP_NOT_FOUND);
        calls_.erase(number);
        return;
      case kRelease:
        if (!call->made_here && !call->is_offered) {
          calls_.erase(number);  // what is under way for it ends in OnCallOutcome
          return;
        }
        (void)cm_.IncomingCloseCall(call->vc, VCP_SUCCESS, kNothing);
        return;
      default:
        return;
    }
  }

  // --- calls that come from the other side ---
  void OfferCall(uint32_t number, uint32_t label, const vcplane::Address& called) {
    Call& call = NewCall(number);
    call.params = vcplane::NewCall();
    call.params.called = called;
    call.path.transmit_label = label;
    for (const auto& [handle, sap] : saps_) {
      if (std::memcmp(&sap.address, &called, sizeof called) != 0) continue;
      call.sap = handle;
      (void)cm_.CreateVc(sap.af, number);
      return;
    }
    Refuse(number);
  }

  void Refuse(uint32_t number) {
    Say(kReject, number, calls_[number]);
    calls_.erase(number);
  }

  // --- the end of a call, by the client here ---
  bool CloseCall(const vcplane::Event& event) {
    if (event.data_length != 0) return Complete(event, VCP_INVALID_DATA);  // no message has room
    for (auto& [number, call] : calls_) {
      if (call.vc != event.vc) continue;
      call.operation = event.cookie;
      Say(kRelease, number, call);
      return cm_.DeactivateVc(call.vc, number) == VCP_PENDING;
    }
    return Complete(event, VCP_SUCCESS);  // the other side rejected it meanwhile
  }

  // --- outcomes ---
  bool OnOutcome(const vcplane::Event& event) {
    const vcp_cm_path signaling{.transmit_label = kSignalingLabel,
                                .receive_label = kSignalingLabel};
    vcplane::Status next = event.status;
    switch (event.type) {
      case VCP_EVENT_CM_REGISTER_FAMILY_COMPLETE:
        if (next == VCP_SUCCESS) next = cm_.CreateOwnVc(event.af, kNothing, &signaling_vc_);
        break;
      case VCP_EVENT_CM_CREATE_OWN_VC_COMPLETE:
        if (next == VCP_SUCCESS) next = cm_.ActivateOwnVc(signaling_vc_, signaling, kNothing);
        break;
      case VCP_EVENT_CM_ACTIVATE_OWN_VC_COMPLETE:
        if (next == VCP_SUCCESS) std::puts("ready");
        std::fflush(stdout);
        break;
      default:
        OnCallOutcome(event);
        return true;
    }
    if (next == VCP_PENDING || next == VCP_SUCCESS) return true;
    std::fprintf(stderr, "start: %s\n", vcplane::Meaning(next).data());
    return false;
  }

  void OnCallOutcome(const vcplane::Event& event) {
    const auto found = calls_.find(event.cookie);
    if (found == calls_.end()) return EndVc(event);
    auto& [number, call] = *found;
    const bool success = event.status == VCP_SUCCESS;
    switch (event.type) {
      case VCP_EVENT_CM_CREATE_VC_COMPLETE:
        call.vc = event.vc;
        if (!success) return Refuse(number);
        (void)cm_.ActivateVc(call.vc, call.path, call.params, number);
        return;
      case VCP_EVENT_CM_ACTIVATE_VC_COMPLETE:
        return OnActivated(event, number, &call);
      case VCP_EVENT_CM_INCOMING_CALL_COMPLETE:
        Say(success ? kAccept : kReject, number, call);
        if (!success) (void)cm_.DeactivateVc(call.vc, number);
        return;
      case VCP_EVENT_CM_DEACTIVATE_VC_COMPLETE:
        if (call.operation != 0) {
          (void)cm_.Complete(call.operation, VCP_SUCCESS);
        }
        if (!call.made_here) (void)cm_.DeleteVc(call.vc, kNothing);
        calls_.erase(found);
        return;
      default:
        return;
    }
  }

  // A VC that no call needs any more.
  void EndVc(const vcplane::Event& event) {
    if (event.status != VCP_SUCCESS) return;
    if (event.type == VCP_EVENT_CM_ACTIVATE_VC_COMPLETE) {
      (void)cm_.DeactivateVc(event.vc, kNothing);
    } else if (event.type == VCP_EVENT_CM_CREATE_VC_COMPLETE ||
               event.type == VCP_EVENT_CM_DEACTIVATE_VC_COMPLETE) {
      (void)cm_.DeleteVc(event.vc, kNothing);
    }
  }

  void OnActivated(const vcplane::Event& event, uint32_t number, Call* call) {
    const bool success = event.status == VCP_SUCCESS;
    if (call->made_here) {
      Say(success ? kConnected : kRelease, number, *call);
      (void)cm_.Complete(call->operation, event.status, event.params);
      if (!success) calls_.erase(number);
    } else if (success) {
      call->is_offered = true;
      (void)cm_.IncomingCall(call->sap, call->vc, event.params, number);
    } else {
      (void)cm_.DeleteVc(call->vc, kNothing);
      Refuse(number);
    }
  }

  vcplane::Client* const client_;
  vcplane::CallManager cm_;
  uint32_t next_;
  vcplane::Vc signaling_vc_ = 0;
  std::map<vcp_cm_sap, Sap> saps_;
  std::map<uint64_t, Call> calls_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s SOCKET PORT 0|1   (one end is 0, the other 1)\n", argv[0]);
    return 2;
  }
  vcplane::Client client;
  if (client.Attach({.socket_path = argv[1], .name = "tiny", .reconnect = false}) != VCP_SUCCESS) {
    std::fprintf(stderr, "attach: %s\n", vcplane::LastError().data());
    return 1;
  }
  TinyCallManager manager(&client, argv[2], argv[3][0] == '1' ? 1 : 0);
  while (client.Wait() == VCP_SUCCESS) {
    std::array<vcplane::Event, 8> events;
    for (const vcplane::Event& event : client.Poll(events)) {
      if (!manager.OnEvent(event)) return 1;
    }
    std::array<vcplane::Completion, 32> sent;
    while (client.Completions(sent).size() == sent.size()) continue;
    for (const vcplane::Received& message : vcplane::ReceivedBurst(client)) {
      manager.OnMessage(message);
    }
  }
  return 1;
}
