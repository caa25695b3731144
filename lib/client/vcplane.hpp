// The C++20 face of vcplane.h: the same library with owners, spans and string views. Header-only,
// no exceptions of its own: what can fail returns a Status. Each function is the vcp_ function that
// its body names; parameters, statuses, order and checklist numbers are with that in vcplane.h,
// whose thread rule holds here too: a Client and what belongs to it is one thread's at a time.
#ifndef VCPLANE_HPP_
#define VCPLANE_HPP_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "vcplane.h"
#include "vcplane_packet.h"

namespace vcplane {

using Status = vcp_status;
using Af = vcp_af;
using Sap = vcp_sap;
using Vc = vcp_vc;
using Party = vcp_party;
using Address = vcp_address;
using Event = vcp_event;
using Segment = vcp_segment;
using SendList = vcp_send_list;
using Completion = vcp_completion;
using Received = vcp_received;
using Packet = vcp_packet;
using CallParams = vcp_call_params;
using SapParams = vcp_sap_params;
using Layers = vcp_layers;
using Cause = vcp_cause;

inline std::string_view Name(Status status) { return vcp_status_name(status); }
inline std::string_view Meaning(Status status) { return vcp_status_meaning(status); }
// One line about this thread's last failed call.
inline std::string_view LastError() { return vcp_last_error(); }

inline std::span<const std::byte> BytesOf(const Received& received) {
  return {static_cast<const std::byte*>(received.data), received.size_bytes};
}
inline bool IsErrored(const Received& received) {
  return (received.flags & VCP_RECEIVED_ERRORED) != 0;
}
inline std::string_view TextOf(const Received& received) {
  return {static_cast<const char*>(received.data), received.size_bytes};
}

// --- parameters ----------------------------------------------------------------------------------

// Best effort, both directions, nobody called yet.
inline CallParams NewCall() {
  CallParams params;
  vcp_call_params_init(&params);
  return params;
}
// VCP_INVALID_DATA: not an address ("+3581234567", or 40 hexadecimal digits).
[[nodiscard]] inline Status SetCalled(const std::string& address, CallParams* params) {
  return vcp_address_parse(address.c_str(), &params->called);
}
// VCP_INVALID_LENGTH: too long for a name.
[[nodiscard]] inline Status SetPvc(std::string_view name, CallParams* params) {
  if (name.empty() || name.size() >= sizeof params->pvc_name) return VCP_INVALID_LENGTH;
  params->pvc_name[name.copy(params->pvc_name, name.size())] = '\0';
  params->flags |= VCP_CALL_PERMANENT_VC;
  return VCP_SUCCESS;
}

// Takes calls to any address until narrowed down.
inline SapParams NewSap() {
  SapParams params;
  vcp_sap_params_init(&params);
  return params;
}
[[nodiscard]] inline Status SetAddress(const std::string& address, SapParams* params) {
  return vcp_address_parse(address.c_str(), &params->address);
}
[[nodiscard]] inline Status SetPvc(std::string_view name, SapParams* params) {
  if (name.empty() || name.size() >= sizeof params->pvc_name) return VCP_INVALID_LENGTH;
  params->pvc_name[name.copy(params->pvc_name, name.size())] = '\0';
  return VCP_SUCCESS;
}

struct AttachOptions {
  std::string socket_path;  // empty: $VCPLANE_SOCKET, or else the system's
  std::string name;         // empty: the program's
  uint32_t max_sdu_bytes = 0;
  uint32_t send_slots = 0;
  uint32_t receive_slots = 0;
  bool reconnect = true;
};

// --- the client ----------------------------------------------------------------------------------

// An attached application; detaches at its end. Move-only; an empty one may only be destroyed,
// assigned to or attached.
class Client {
 public:
  Client() = default;

  // LastError() says more when this fails.
  [[nodiscard]] Status Attach(const AttachOptions& options = {}) {
    vcp_attach_params params = VCP_ATTACH_PARAMS_INIT;
    if (!options.socket_path.empty()) params.socket_path = options.socket_path.c_str();
    if (!options.name.empty()) params.name = options.name.c_str();
    params.max_sdu_bytes = options.max_sdu_bytes;
    params.send_slots = options.send_slots;
    params.receive_slots = options.receive_slots;
    params.flags = options.reconnect ? 0 : VCP_ATTACH_NO_RECONNECT;
    vcp_client* attached = nullptr;
    const Status status = vcp_attach(&params, &attached);
    client_.reset(attached);
    return status;
  }
  void Detach() { client_.reset(); }
  explicit operator bool() const { return client_ != nullptr; }
  // For what this face does not have.
  vcp_client* get() const { return client_.get(); }

  uint32_t max_sdu_bytes() const { return vcp_max_sdu_bytes(get()); }
  uint32_t send_slots() const { return vcp_send_slots(get()); }

  // --- events: the part of `room` that was filled -----------------------------------------------
  std::span<Event> Poll(std::span<Event> room) {
    return room.first(vcp_poll(get(), room.data(), room.size()));
  }
  Status Wait() { return vcp_wait(get(), -1); }
  Status Wait(std::chrono::milliseconds timeout) {
    return vcp_wait(get(), static_cast<int>(timeout.count()));
  }
  int fd() const { return vcp_fd(get()); }
  // True when something is there already: do not sleep.
  [[nodiscard]] bool Arm() { return vcp_arm(get()) != 0; }

  // --- operations: VCP_PENDING, and an event with the cookie follows ----------------------------
  [[nodiscard]] Status OpenAf(const char* adapter, uint32_t family, uint64_t cookie, Af* af) {
    return vcp_open_af(get(), adapter, family, cookie, af);
  }
  [[nodiscard]] Status OpenAfToward(const Address& address, uint32_t family, uint64_t cookie,
                                    Af* af) {
    return vcp_open_af_toward(get(), &address, family, cookie, af);
  }
  [[nodiscard]] Status CloseAf(Af af, uint64_t cookie) { return vcp_close_af(get(), af, cookie); }
  [[nodiscard]] Status NotifyCloseAfComplete(Af af, Status status) {
    return vcp_notify_close_af_complete(get(), af, status);
  }
  [[nodiscard]] Status RegisterSap(Af af, const SapParams& params, uint64_t cookie, Sap* sap) {
    return vcp_register_sap(get(), af, &params, cookie, sap);
  }
  [[nodiscard]] Status DeregisterSap(Sap sap, uint64_t cookie) {
    return vcp_deregister_sap(get(), sap, cookie);
  }
  [[nodiscard]] Status CreateVc(Af af, uint64_t cookie, Vc* vc) {
    return vcp_create_vc(get(), af, cookie, vc);
  }
  [[nodiscard]] Status DeleteVc(Vc vc, uint64_t cookie) { return vcp_delete_vc(get(), vc, cookie); }
  [[nodiscard]] Status MakeCall(Vc vc, const CallParams& params, uint64_t cookie) {
    return vcp_make_call(get(), vc, &params, cookie);
  }
  [[nodiscard]] Status Accept(Vc vc) { return vcp_answer_call(get(), vc, VCP_SUCCESS, nullptr); }
  [[nodiscard]] Status Accept(Vc vc, const CallParams& params) {
    return vcp_answer_call(get(), vc, VCP_SUCCESS, &params);
  }
  [[nodiscard]] Status Reject(Vc vc, Status why = VCP_NOT_ACCEPTED, const Cause& cause = {}) {
    return vcp_reject_call(get(), vc, why, &cause);
  }
  [[nodiscard]] Status CloseCall(Vc vc, uint64_t cookie, std::span<const std::byte> data = {},
                                 const Cause& cause = {}) {
    return vcp_close_call_with_cause(get(), vc, &cause, data.data(), data.size(), cookie);
  }
  [[nodiscard]] Status ModifyCallQoS(Vc vc, const CallParams& params, uint64_t cookie) {
    return vcp_modify_call_qos(get(), vc, &params, cookie);
  }
  [[nodiscard]] Status MakeMultipointCall(Vc vc, const CallParams& params, uint64_t cookie,
                                          Party* party) {
    return vcp_make_multipoint_call(get(), vc, &params, cookie, party);
  }
  [[nodiscard]] Status AddParty(Vc vc, const CallParams& params, uint64_t cookie, Party* party) {
    return vcp_add_party(get(), vc, &params, cookie, party);
  }
  [[nodiscard]] Status DropParty(Party party, uint64_t cookie, std::span<const std::byte> data = {},
                                 const Cause& cause = {}) {
    return vcp_drop_party(get(), party, &cause, data.data(), data.size(), cookie);
  }
  [[nodiscard]] Status ReadVcCounters(Vc vc, uint64_t cookie) {
    return vcp_read_vc_counters(get(), vc, cookie);
  }

  [[nodiscard]] Status QueryOid(const vcp_oid_target& target, uint32_t oid, uint64_t cookie,
                                uint32_t capacity_bytes = VCP_MAX_OID_BYTES) {
    return vcp_oid_query(get(), &target, oid, capacity_bytes, cookie);
  }
  [[nodiscard]] Status SetOid(const vcp_oid_target& target, uint32_t oid,
                              std::span<const std::byte> data, uint64_t cookie) {
    return vcp_oid_set(get(), &target, oid, data.data(), data.size(), cookie);
  }
  [[nodiscard]] Status CancelOid(uint64_t cookie) { return vcp_cancel_oid(get(), cookie); }
  [[nodiscard]] Status NameVc(Vc vc, const std::string& base, uint64_t cookie) {
    return vcp_name_vc(get(), vc, base.c_str(), cookie);
  }
  [[nodiscard]] uint32_t RedialDelayMs(uint32_t attempt) {
    return vcp_redial_delay_ms(get(), attempt);
  }
  [[nodiscard]] Status WatchStatus(bool on) { return vcp_watch_status(get(), on ? 1 : 0); }

  // --- the same, blocking, for small programs ---------------------------------------------------
  [[nodiscard]] Status OpenAfWait(const char* adapter, uint32_t family, Af* af) {
    return vcp_open_af_wait(get(), adapter, family, af);
  }
  [[nodiscard]] Status RegisterSapWait(Af af, const SapParams& params, Sap* sap) {
    return vcp_register_sap_wait(get(), af, &params, sap);
  }
  [[nodiscard]] Status MakeCallWait(Af af, const CallParams& params, Vc* vc) {
    return vcp_make_call_wait(get(), af, &params, vc);
  }
  [[nodiscard]] Status CloseCallWait(Vc vc) { return vcp_close_call_wait(get(), vc); }

  // --- data -------------------------------------------------------------------------------------
  std::span<Segment> AllocateSegments(std::span<Segment> room) {
    return room.first(vcp_send_alloc(get(), room.data(), room.size()));
  }
  void FreeSegments(std::span<const Segment> segments) {
    vcp_send_free(get(), segments.data(), segments.size());
  }
  // How many lists were taken; `why` tells of the next one.
  [[nodiscard]] size_t Submit(std::span<const SendList> lists, Status* why = nullptr) {
    return vcp_submit(get(), lists.data(), lists.size(), why);
  }
  [[nodiscard]] Status Send(Vc vc, std::span<const std::byte> message, uint64_t cookie = 0) {
    return vcp_send(get(), vc, message.data(), message.size(), cookie);
  }
  [[nodiscard]] Status Send(Vc vc, std::string_view message, uint64_t cookie = 0) {
    return vcp_send(get(), vc, message.data(), message.size(), cookie);
  }
  std::span<Completion> Completions(std::span<Completion> room) {
    return room.first(vcp_completions(get(), room.data(), room.size()));
  }
  std::span<Received> Receive(std::span<Received> room) {
    return room.first(vcp_receive(get(), room.data(), room.size()));
  }
  void Return(std::span<const Received> received) {
    vcp_return(get(), received.data(), received.size());
  }
  void Flush() { vcp_flush(get()); }
  [[nodiscard]] Status CancelSends(Vc vc, uint64_t cancel_id) {
    return vcp_cancel_sends(get(), vc, cancel_id);
  }

  // --- single packets instead (vcplane_packet.h) ------------------------------------------------
  // How many are pending, each given back by SentPacket; the others' status says why not.
  [[nodiscard]] size_t SendPackets(Vc vc, std::span<Packet* const> packets) {
    return vcp_send_packets(get(), vc, packets.data(), packets.size());
  }
  // Null: none has completed.
  Packet* SentPacket() { return vcp_sent_packet(get()); }
  // False: none has come.
  [[nodiscard]] bool ReceivePacket(Packet* packet) {
    return vcp_receive_packet(get(), packet) == 1;
  }
  void ReturnPacket(const Packet& packet) { vcp_return_packet(get(), &packet); }

 private:
  struct Detacher {
    void operator()(vcp_client* client) const { vcp_detach(client); }
  };
  std::unique_ptr<vcp_client, Detacher> client_;
};

// What one look at the client brought in; returned to it at the end of the scope. The client
// outlives it.
template <size_t kCapacity = 32>
class ReceivedBurst {
 public:
  explicit ReceivedBurst(Client& client)
      : client_(client), size_(client.Receive(received_).size()) {}
  ReceivedBurst(const ReceivedBurst&) = delete;
  ReceivedBurst& operator=(const ReceivedBurst&) = delete;
  ~ReceivedBurst() { client_.Return({begin(), size_}); }

  const Received* begin() const { return received_.data(); }
  const Received* end() const { return begin() + size_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  Client& client_;
  std::array<Received, kCapacity> received_;
  size_t size_;
};

}  // namespace vcplane

#endif  // VCPLANE_HPP_
