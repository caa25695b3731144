// The C ABI: nothing but the way from vcplane.h to the library's objects.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/status.h"
#include "client/abi.h"
#include "client/client.h"
#include "client/convert.h"
#include "client/vcplane.h"
#include "shm/socket_paths.h"

using vcp::client::AttachOptions;
using vcp::client::Client;
using vcp::client::Explain;
using vcp::client::Of;

namespace {

thread_local std::string last_error;

// As the daemon wants names.
std::string Printable(std::string_view name) {
  std::string text(name.substr(0, vcp::shm::kMaxNameBytes - 1));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace

vcp_status vcp::client::Explain(vcp_status status) {
  if (status != VCP_SUCCESS && status != VCP_PENDING) {
    last_error = vcp_status_meaning(status);
  }
  return status;
}

const char* vcp_status_name(vcp_status status) {
  return vcp::StatusName(static_cast<vcp::Status>(status)).data();
}
const char* vcp_status_meaning(vcp_status status) {
  return vcp::StatusMeaning(static_cast<vcp::Status>(status)).data();
}
const char* vcp_last_error(void) { return last_error.c_str(); }

vcp_status vcp_attach(const vcp_attach_params* params, vcp_client** client) {
  vcp_attach_params defaults = VCP_ATTACH_PARAMS_INIT;
  if (params == nullptr) params = &defaults;
  vcp_status status = vcp::client::CheckStructSize(params, params->struct_size, sizeof *params);
  if (status != VCP_SUCCESS) return Explain(status);
  const AttachOptions options{
      .socket_path =
          params->socket_path != nullptr ? params->socket_path : vcp::shm::FindAttachSocket(),
      .name = Printable(params->name != nullptr ? params->name : program_invocation_short_name),
      .max_sdu_bytes = params->max_sdu_bytes,
      .send_slots = params->send_slots,
      .receive_slots = params->receive_slots,
      .reconnect = (params->flags & VCP_ATTACH_NO_RECONNECT) == 0};
  std::unique_ptr<Client> made;
  std::string error;
  status = Client::Attach(options, &made, &error);
  if (status != VCP_SUCCESS) {
    last_error = error;
    return status;
  }
  *client = reinterpret_cast<vcp_client*>(made.release());
  return VCP_SUCCESS;
}

void vcp_detach(vcp_client* client) { delete reinterpret_cast<Client*>(client); }

uint32_t vcp_max_sdu_bytes(const vcp_client* client) { return Of(client).data().max_sdu_bytes(); }
uint32_t vcp_send_slots(const vcp_client* client) { return Of(client).data().send_slots(); }

// --- parameters ---------------------------------------------------------------------------------

vcp_status vcp_address_parse(const char* text, vcp_address* address) {
  const auto parsed = vcp::ParseAddress(text);
  if (!parsed) return Explain(VCP_INVALID_DATA);
  std::memset(address, 0, sizeof *address);
  address->type = static_cast<uint8_t>(parsed->type);
  address->length = parsed->size_bytes;
  std::copy(parsed->bytes.begin(), parsed->bytes.end(), address->bytes);
  return VCP_SUCCESS;
}

void vcp_call_params_init(vcp_call_params* params) {
  std::memset(params, 0, sizeof *params);
  params->struct_size = sizeof *params;
  params->media_flags = VCP_MEDIA_TRANSMIT_VC | VCP_MEDIA_RECEIVE_VC;
  for (vcp_flow_spec* spec : {&params->transmit, &params->receive}) {
    spec->token_rate_bytes_per_second = VCP_UNSPECIFIED;
    spec->token_bucket_size_bytes = VCP_UNSPECIFIED;
    spec->peak_bandwidth_bytes_per_second = VCP_UNSPECIFIED;
    spec->latency_us = VCP_UNSPECIFIED;
    spec->delay_variation_us = VCP_UNSPECIFIED;
    spec->max_sdu_size_bytes = VCP_UNSPECIFIED;
    spec->minimum_policed_size_bytes = VCP_UNSPECIFIED;
    spec->service_type = VCP_SERVICE_BEST_EFFORT;
  }
}

void vcp_sap_params_init(vcp_sap_params* params) {
  std::memset(params, 0, sizeof *params);
  params->struct_size = sizeof *params;
}

// --- events -------------------------------------------------------------------------------------

size_t vcp_poll(vcp_client* client, vcp_event* events, size_t capacity) {
  return Of(client).Poll(events, capacity);
}
vcp_status vcp_wait(vcp_client* client, int timeout_ms) { return Of(client).Wait(timeout_ms); }
int vcp_fd(const vcp_client* client) { return Of(client).fd(); }
int vcp_arm(vcp_client* client) { return Of(client).Arm(); }

// --- address families and SAPs ------------------------------------------------------------------

vcp_status vcp_open_af(vcp_client* client, const char* adapter, uint32_t family, uint64_t cookie,
                       vcp_af* af) {
  return Explain(Of(client).OpenAf(adapter, family, cookie, af));
}

vcp_status vcp_open_af_toward(vcp_client* client, const vcp_address* address, uint32_t family,
                              uint64_t cookie, vcp_af* af) {
  return Explain(Of(client).OpenAfToward(*address, family, cookie, af));
}

vcp_status vcp_open_af_wait(vcp_client* client, const char* adapter, uint32_t family, vcp_af* af) {
  vcp_event event;
  return Explain(Of(client).WaitForLast(Of(client).OpenAf(adapter, family, 0, af), &event));
}

vcp_status vcp_close_af(vcp_client* client, vcp_af af, uint64_t cookie) {
  return Explain(Of(client).CloseAf(af, cookie));
}

vcp_status vcp_notify_close_af_complete(vcp_client* client, vcp_af af, vcp_status status) {
  return Explain(Of(client).NotifyCloseAfComplete(af, status));
}

vcp_status vcp_register_sap(vcp_client* client, vcp_af af, const vcp_sap_params* params,
                            uint64_t cookie, vcp_sap* sap) {
  return Explain(Of(client).RegisterSap(af, *params, cookie, sap));
}

vcp_status vcp_register_sap_wait(vcp_client* client, vcp_af af, const vcp_sap_params* params,
                                 vcp_sap* sap) {
  vcp_event event;
  return Explain(Of(client).WaitForLast(Of(client).RegisterSap(af, *params, 0, sap), &event));
}

vcp_status vcp_deregister_sap(vcp_client* client, vcp_sap sap, uint64_t cookie) {
  return Explain(Of(client).DeregisterSap(sap, cookie));
}

// --- calls --------------------------------------------------------------------------------------

vcp_status vcp_create_vc(vcp_client* client, vcp_af af, uint64_t cookie, vcp_vc* vc) {
  return Explain(Of(client).CreateVc(af, cookie, vc));
}

vcp_status vcp_delete_vc(vcp_client* client, vcp_vc vc, uint64_t cookie) {
  return Explain(Of(client).DeleteVc(vc, cookie));
}

vcp_status vcp_make_call(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                         uint64_t cookie) {
  return Explain(Of(client).MakeCall(vc, *params, cookie, nullptr));
}

vcp_status vcp_make_multipoint_call(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                                    uint64_t cookie, vcp_party* party) {
  return Explain(Of(client).MakeCall(vc, *params, cookie, party));
}

vcp_status vcp_add_party(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                         uint64_t cookie, vcp_party* party) {
  return Explain(Of(client).AddParty(vc, *params, cookie, party));
}

vcp_status vcp_drop_party(vcp_client* client, vcp_party party, const vcp_cause* cause,
                          const void* data, size_t data_length, uint64_t cookie) {
  return Explain(
      Of(client).DropParty(party, {static_cast<const uint8_t*>(data), data_length}, cause, cookie));
}

vcp_status vcp_modify_call_qos(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                               uint64_t cookie) {
  return Explain(Of(client).ModifyCallQoS(vc, *params, cookie));
}

vcp_status vcp_make_call_wait(vcp_client* client, vcp_af af, const vcp_call_params* params,
                              vcp_vc* vc) {
  Client& c = Of(client);
  vcp_event event;
  vcp_status status = c.WaitForLast(c.CreateVc(af, 0, vc), &event);
  if (status != VCP_SUCCESS) return Explain(status);
  status = c.WaitForLast(c.MakeCall(*vc, *params, 0, nullptr), &event);
  if (status == VCP_SUCCESS) return status;
  c.WaitForLast(c.DeleteVc(*vc, 0), &event);
  return Explain(status);
}

vcp_status vcp_answer_call(vcp_client* client, vcp_vc vc, vcp_status answer,
                           const vcp_call_params* params) {
  return Explain(Of(client).AnswerCall(vc, answer, params, nullptr));
}

vcp_status vcp_reject_call(vcp_client* client, vcp_vc vc, vcp_status answer,
                           const vcp_cause* cause) {
  if (answer == VCP_SUCCESS) return Explain(VCP_INVALID_DATA);
  return Explain(Of(client).AnswerCall(vc, answer, nullptr, cause));
}

vcp_status vcp_close_call(vcp_client* client, vcp_vc vc, const void* data, size_t data_length,
                          uint64_t cookie) {
  return vcp_close_call_with_cause(client, vc, nullptr, data, data_length, cookie);
}

vcp_status vcp_close_call_with_cause(vcp_client* client, vcp_vc vc, const vcp_cause* cause,
                                     const void* data, size_t data_length, uint64_t cookie) {
  return Explain(
      Of(client).CloseCall(vc, {static_cast<const uint8_t*>(data), data_length}, cause, cookie));
}

vcp_status vcp_close_call_wait(vcp_client* client, vcp_vc vc) {
  Client& c = Of(client);
  vcp_status status = c.WaitForSends(vc);
  if (status != VCP_SUCCESS) return Explain(status);
  vcp_event event;
  status = c.WaitForLast(c.CloseCall(vc, {}, nullptr, 0), &event);
  if (status != VCP_SUCCESS || !c.IsMadeHere(vc)) return Explain(status);
  return Explain(c.WaitForLast(c.DeleteVc(vc, 0), &event));
}

vcp_status vcp_read_vc_counters(vcp_client* client, vcp_vc vc, uint64_t cookie) {
  return Explain(Of(client).ReadVcCounters(vc, cookie));
}

vcp_status vcp_oid_query(vcp_client* client, const vcp_oid_target* target, uint32_t oid,
                         uint32_t capacity_bytes, uint64_t cookie) {
  if (target == nullptr) return Explain(VCP_INVALID_DATA);
  return Explain(Of(client).QueryOid(*target, oid, capacity_bytes, cookie));
}

vcp_status vcp_cancel_oid(vcp_client* client, uint64_t cookie) {
  return Explain(Of(client).CancelOid(cookie));
}

vcp_status vcp_oid_set(vcp_client* client, const vcp_oid_target* target, uint32_t oid,
                       const void* data, size_t length, uint64_t cookie) {
  if (target == nullptr || (data == nullptr && length != 0)) return Explain(VCP_INVALID_DATA);
  return Explain(
      Of(client).SetOid(*target, oid, {static_cast<const uint8_t*>(data), length}, cookie));
}

vcp_status vcp_name_vc(vcp_client* client, vcp_vc vc, const char* base, uint64_t cookie) {
  if (base == nullptr) return Explain(VCP_INVALID_DATA);
  return Explain(Of(client).NameVc(vc, base, cookie));
}

vcp_status vcp_watch_status(vcp_client* client, int on) {
  return Explain(Of(client).WatchStatus(on != 0));
}

uint32_t vcp_redial_delay_ms(vcp_client* client, uint32_t attempt) {
  return Of(client).RedialDelayMs(attempt);
}

// --- data ---------------------------------------------------------------------------------------

size_t vcp_send_alloc(vcp_client* client, vcp_segment* segments, size_t count) {
  return Of(client).data().Allocate(segments, count);
}
void vcp_send_free(vcp_client* client, const vcp_segment* segments, size_t count) {
  Of(client).data().Free(segments, count);
}
size_t vcp_submit(vcp_client* client, const vcp_send_list* lists, size_t count, vcp_status* why) {
  return Of(client).data().Submit(lists, count, why);
}
vcp_status vcp_send(vcp_client* client, vcp_vc vc, const void* data, size_t size_bytes,
                    uint64_t cookie) {
  return Of(client).data().Send(vc, data, size_bytes, cookie);
}
size_t vcp_completions(vcp_client* client, vcp_completion* completions, size_t count) {
  return Of(client).data().Completions(completions, count);
}
size_t vcp_receive(vcp_client* client, vcp_received* received, size_t count) {
  return Of(client).data().Receive(received, count);
}
void vcp_return(vcp_client* client, const vcp_received* received, size_t count) {
  Of(client).data().Return(received, count);
}
void vcp_flush(vcp_client* client) { Of(client).data().Flush(); }
vcp_status vcp_cancel_sends(vcp_client* client, vcp_vc vc, uint64_t cancel_id) {
  return Explain(Of(client).data().Cancel(vc, cancel_id));
}
