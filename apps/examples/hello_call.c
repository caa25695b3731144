/* Calls an address, or uses a permanent circuit; says hello; prints the answer. With echo_server at
 * the other end the answer is the same hello. Exits 0 when an answer came within five seconds. */
#include <stdio.h>

#include "options.h"
#include "vcplane.h"

static int fail(const char* what, vcp_status status) {
  fprintf(stderr, "%s: %s: %s\n", what, vcp_status_name(status), vcp_last_error());
  return 1;
}

int main(int argc, char** argv) {
  const options o = read_options(argc, argv);

  vcp_attach_params attach = VCP_ATTACH_PARAMS_INIT;
  attach.socket_path = o.attach;
  attach.name = "hello_call";
  vcp_client* client;
  vcp_status status = vcp_attach(&attach, &client);
  if (status != VCP_SUCCESS) return fail("attach", status);

  vcp_af af;
  status = vcp_open_af_wait(client, NULL, o.family, &af);
  if (status != VCP_SUCCESS) return fail("open address family", status);

  vcp_call_params call;
  vcp_call_params_init(&call);
  if (o.pvc != NULL) {
    call.flags |= VCP_CALL_PERMANENT_VC;
    snprintf(call.pvc_name, sizeof call.pvc_name, "%s", o.pvc);
  } else if ((status = vcp_address_parse(o.addresses[0], &call.called)) != VCP_SUCCESS) {
    return fail("address", status);
  }
  vcp_vc vc;
  status = vcp_make_call_wait(client, af, &call, &vc);
  if (status != VCP_SUCCESS) return fail("make call", status);

  status = vcp_send(client, vc, "hello", 5, 0);
  if (status != VCP_SUCCESS) return fail("send", status);
  vcp_received answer;
  while (vcp_receive(client, &answer, 1) == 0) {
    vcp_completion sent; /* taken too, or vcp_wait would say at once that it is there */
    if (vcp_completions(client, &sent, 1) == 1 && sent.status != VCP_SUCCESS) {
      return fail("send", sent.status);
    }
    vcp_event event; /* the call may end meanwhile */
    if (vcp_poll(client, &event, 1) == 1 && event.type == VCP_EVENT_INCOMING_CLOSE_CALL) {
      return fail("call ended", event.status);
    }
    if ((status = vcp_wait(client, 5000)) != VCP_SUCCESS) return fail("answer", status);
  }
  printf("%.*s\n", (int)answer.size_bytes, (const char*)answer.data);
  vcp_return(client, &answer, 1);

  status = vcp_close_call_wait(client, vc);
  if (status != VCP_SUCCESS) return fail("close call", status);
  vcp_detach(client);
  return 0;
}
