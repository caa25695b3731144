/* Takes calls to an address, or on a permanent circuit, and sends back whatever comes. Runs until
 * it is killed, or until --count calls have ended. Prints "ready" once it can be called. */
#include <stdio.h>

#include "options.h"
#include "vcplane.h"

enum { BURST = 32, MAX_CONNECTING = 64 };

/* Calls that were accepted, and whose CALL_CONNECTED has not come: messages may overtake it. */
static vcp_vc connecting[MAX_CONNECTING];
static size_t connecting_count;

static void forget_connecting(vcp_vc vc) {
  for (size_t i = 0; i < connecting_count; ++i) {
    if (connecting[i] == vc) connecting[i] = connecting[--connecting_count];
  }
}

static void die(const char* what, vcp_status status) {
  fprintf(stderr, "%s: %s: %s\n", what, vcp_status_name(status), vcp_last_error());
  exit(1);
}

/* A copy out and back in: a message received cannot be sent as it lies. A full house drops. What
 * nothing may be sent for yet is left where it is, and vcp_wait says at once that it is there. */
static void echo(vcp_client* client) {
  vcp_received received[BURST];
  vcp_completion sent[BURST];
  while (vcp_completions(client, sent, BURST) > 0) {
  }
  if (connecting_count != 0) return;
  const size_t count = vcp_receive(client, received, BURST);
  for (size_t i = 0; i < count; ++i) {
    (void)vcp_send(client, received[i].vc, received[i].data, received[i].size_bytes, 0);
  }
  vcp_return(client, received, count);
  vcp_flush(client);
}

/* Returns how many calls ended. */
static unsigned long answer(vcp_client* client) {
  vcp_event event;
  unsigned long ended = 0;
  while (vcp_poll(client, &event, 1) == 1) {
    if (event.type == VCP_EVENT_INCOMING_CALL && connecting_count < MAX_CONNECTING) {
      (void)vcp_answer_call(client, event.vc, VCP_SUCCESS, NULL);
      connecting[connecting_count++] = event.vc;
    } else if (event.type == VCP_EVENT_INCOMING_CALL) {
      (void)vcp_answer_call(client, event.vc, VCP_RESOURCES, NULL);
    } else if (event.type == VCP_EVENT_CALL_CONNECTED) {
      forget_connecting(event.vc);
    } else if (event.type == VCP_EVENT_INCOMING_CLOSE_CALL) {
      forget_connecting(event.vc);
      echo(client);
      (void)vcp_close_call_wait(client, event.vc);
      ++ended;
    } else if (event.type == VCP_EVENT_NOTIFY_CLOSE_AF) {
      die("the call manager is leaving", VCP_CLOSING);
    }
  }
  return ended;
}

int main(int argc, char** argv) {
  const options o = read_options(argc, argv);

  vcp_attach_params attach = VCP_ATTACH_PARAMS_INIT;
  attach.socket_path = o.attach;
  attach.name = "echo_server";
  vcp_client* client;
  vcp_status status = vcp_attach(&attach, &client);
  if (status != VCP_SUCCESS) die("attach", status);

  vcp_af af;
  status = vcp_open_af_wait(client, NULL, o.family, &af);
  if (status != VCP_SUCCESS) die("open address family", status);

  vcp_sap_params here;
  vcp_sap_params_init(&here);
  if (o.pvc != NULL) {
    snprintf(here.pvc_name, sizeof here.pvc_name, "%s", o.pvc);
  } else if ((status = vcp_address_parse(o.addresses[0], &here.address)) != VCP_SUCCESS) {
    die("address", status);
  }
  vcp_sap sap;
  status = vcp_register_sap_wait(client, af, &here, &sap);
  if (status != VCP_SUCCESS) die("register SAP", status);
  printf("ready\n");
  fflush(stdout);

  for (unsigned long ended = answer(client); o.count == 0 || ended < o.count;) {
    if ((status = vcp_wait(client, -1)) != VCP_SUCCESS) die("wait", status);
    echo(client);
    ended += answer(client);
  }
  vcp_detach(client);
  return 0;
}
