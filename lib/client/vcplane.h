/* libvcplane: connection-oriented networking for an application. Attach to a vcplane daemon, open
 * an address family, register SAPs, make and take calls, and move buffer lists over virtual
 * circuits (VCs).
 *
 * Threads: a vcp_client and all its handles belong to one thread at a time; different clients are
 * independent. Nothing is ever delivered outside the application's own calls: events come out of
 * vcp_poll, received SDUs out of vcp_receive, completed sends out of vcp_completions. Only
 * vcp_attach, vcp_wait and the `_wait` forms block; events that come meanwhile wait for vcp_poll.
 *
 * Operations are asynchronous. They return VCP_PENDING and complete exactly once, as an event with
 * the caller's cookie; any other status means that nothing was started and no event follows. A
 * handle is given at once and comes to life with that event's VCP_SUCCESS. One that is gone is
 * refused with VCP_INVALID_HANDLE; 0 is none. VCP_NOT_SUPPORTED at once: the daemon is older than
 * the operation. C numbers name the environment's rules.
 *
 * Order: events as they happened; SDUs as they came on their VC. An SDU may be received before the
 * event that says that its call is connected.
 *
 * When the daemon goes away there is VCP_EVENT_DISCONNECTED; then all that is pending, sends too,
 * completes with VCP_DISCONNECTED, and every VC ends with VCP_EVENT_VC_DELETED. Operations return
 * VCP_DISCONNECTED. While the application polls or waits the library attaches again: tries after 10
 * ms and up to a second apart, opens address families and registers SAPs again under their old
 * handles, and says VCP_EVENT_RECONNECTED. SDUs not received yet are lost; SDUs and segments held
 * stay good memory until the next vcp_poll after that event. */
#ifndef VCPLANE_H_
#define VCPLANE_H_

#include "vcplane_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VCP_API __attribute__((visibility("default")))

/* "SUCCESS"; and one line for a person. Any number may be asked for, on any thread. */
VCP_API const char* vcp_status_name(vcp_status status);
VCP_API const char* vcp_status_meaning(vcp_status status);

/* --- attaching --- */

#define VCP_ATTACH_NO_RECONNECT 0x1u /* a lost daemon stays lost */

typedef struct vcp_attach_params {
  size_t struct_size;      /* sizeof(vcp_attach_params) */
  const char* socket_path; /* NULL: $VCPLANE_SOCKET, else where vcplaned listens by default */
  const char* name;        /* for the operator's eyes; NULL: the program's name */
  uint32_t max_sdu_bytes;  /* largest SDU this client moves; 0: what the daemon's ports allow */
  uint32_t send_slots;     /* segments it may have in flight; 0: the daemon's default */
  uint32_t receive_slots;  /* received SDUs it may hold; 0: the daemon's default */
  uint32_t flags;
} vcp_attach_params;
#define VCP_ATTACH_PARAMS_INIT \
  { sizeof(vcp_attach_params), NULL, NULL, 0, 0, 0, 0 }

/* Blocks for at most two seconds. `params` may be NULL. *client is set on VCP_SUCCESS only.
 * VCP_DISCONNECTED: no daemon there; VCP_VERSION_MISMATCH, VCP_ACCESS_DENIED, VCP_RESOURCES,
 * VCP_TIMED_OUT. vcp_last_error names the cause and the way out. */
VCP_API vcp_status vcp_attach(const vcp_attach_params* params, vcp_client** client);
/* Leaves; every handle, segment and received SDU is gone. NULL is allowed. */
VCP_API void vcp_detach(vcp_client* client);
/* One line about this thread's last failed call, data calls excepted; never NULL. */
VCP_API const char* vcp_last_error(void);
/* The largest SDU, and how many segments there are; agreed on each time of attaching. */
VCP_API uint32_t vcp_max_sdu_bytes(const vcp_client* client);
VCP_API uint32_t vcp_send_slots(const vcp_client* client);

/* --- parameters --- */

/* "+3581234567" or 40 hexadecimal digits, dots allowed. VCP_INVALID_DATA. Any thread. */
VCP_API vcp_status vcp_address_parse(const char* text, vcp_address* address);

/* Best effort, both directions, no address. Any thread. */
VCP_API void vcp_call_params_init(vcp_call_params* params);

/* Takes calls to any address, whatever they speak. */
VCP_API void vcp_sap_params_init(vcp_sap_params* params);

/* --- events --- */

/* Takes up to `capacity` events, in the order they happened; returns how many. Flushes first. Costs
 * a system call when none are waiting: a busy loop polls now and then, not at every turn. */
VCP_API size_t vcp_poll(vcp_client* client, vcp_event* events, size_t capacity);
/* Flushes, then sleeps until there is an event, a received SDU or a completed send to take, or for
 * `timeout_ms` (negative: for ever). VCP_SUCCESS: there is; VCP_TIMED_OUT; VCP_REQUEST_ABORTED: a
 * signal came; VCP_DISCONNECTED: and nothing will ever come again. */
VCP_API vcp_status vcp_wait(vcp_client* client, int timeout_ms);
/* For an event loop of one's own: the descriptor turns readable when something may be there,
 * provided that vcp_arm was called after the last look. That flushes, and returns 1 when something
 * is there already: then do not sleep. After waking, call vcp_poll. The descriptor stays the same
 * for the client's life. */
VCP_API int vcp_fd(const vcp_client* client);
VCP_API int vcp_arm(vcp_client* client);

/* --- address families and SAPs --- */

/* `adapter`: a port's name, or NULL for the first with this family; `family`: VCP_AF_*. */
VCP_API vcp_status vcp_open_af(vcp_client* client, const char* adapter, uint32_t family,
                               uint64_t cookie, vcp_af* af);
/* On the port that the daemon's routes give for an address; VCP_NOT_FOUND as the outcome: none. */
VCP_API vcp_status vcp_open_af_toward(vcp_client* client, const vcp_address* address,
                                      uint32_t family, uint64_t cookie, vcp_af* af);
VCP_API vcp_status vcp_open_af_wait(vcp_client* client, const char* adapter, uint32_t family,
                                    vcp_af* af);
/* Calls closed, VCs deleted, SAPs deregistered before (C12). */
VCP_API vcp_status vcp_close_af(vcp_client* client, vcp_af af, uint64_t cookie);
/* The answer to VCP_EVENT_NOTIFY_CLOSE_AF, once the AF is closed (C15); VCP_SUCCESS and no event.
 */
VCP_API vcp_status vcp_notify_close_af_complete(vcp_client* client, vcp_af af, vcp_status status);
/* VCP_INVALID_DATA as the outcome: malformed, or another client's (C21, C22). */
VCP_API vcp_status vcp_register_sap(vcp_client* client, vcp_af af, const vcp_sap_params* params,
                                    uint64_t cookie, vcp_sap* sap);
VCP_API vcp_status vcp_register_sap_wait(vcp_client* client, vcp_af af,
                                         const vcp_sap_params* params, vcp_sap* sap);
/* Existing calls go on (C26). */
VCP_API vcp_status vcp_deregister_sap(vcp_client* client, vcp_sap sap, uint64_t cookie);

/* --- calls --- */

/* A VC of one's own, to make calls on; vcp_make_call may follow at once. */
VCP_API vcp_status vcp_create_vc(vcp_client* client, vcp_af af, uint64_t cookie, vcp_vc* vc);
/* Only its maker, when no call is on it (C44, C45). */
VCP_API vcp_status vcp_delete_vc(vcp_client* client, vcp_vc vc, uint64_t cookie);
VCP_API vcp_status vcp_make_call(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                                 uint64_t cookie);
/* Creates a VC and makes the call; *vc is deleted again on failure. */
VCP_API vcp_status vcp_make_call_wait(vcp_client* client, vcp_af af, const vcp_call_params* params,
                                      vcp_vc* vc);
/* VCP_SUCCESS accepts; anything else rejects. `params` NULL: as offered. VCP_SUCCESS and no event
 * of its own: VCP_EVENT_CALL_CONNECTED, or one that says that the call is over, follows. */
VCP_API vcp_status vcp_answer_call(vcp_client* client, vcp_vc vc, vcp_status answer,
                                   const vcp_call_params* params);
/* The same, with the cause of a rejection. `answer` is not VCP_SUCCESS. */
VCP_API vcp_status vcp_reject_call(vcp_client* client, vcp_vc vc, vcp_status answer,
                                   const vcp_cause* cause);
/* Changes a call that is connected, or the offer that awaits an answer (C88, at most four times).
 * Of `params` only flows count. Completes when network and port have agreed or everything is back
 * as it was; one at a time. VCP_NOT_SUPPORTED as the outcome: calls of this kind do not change. */
VCP_API vcp_status vcp_modify_call_qos(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                                       uint64_t cookie);
/* Ends a call in any state. VCP_INVALID_STATE: more than one party is on it (C64). From now on
 * nothing is sent or received on the VC. Takes effect when the sends that are outstanding have
 * completed (C63), and completes when all SDUs received on the VC are returned. `data`: up to
 * VCP_MAX_CLOSE_DATA_BYTES for the other side, or NULL. */
VCP_API vcp_status vcp_close_call(vcp_client* client, vcp_vc vc, const void* data,
                                  size_t data_length, uint64_t cookie);
/* The same, with a cause (NULL: none). */
VCP_API vcp_status vcp_close_call_with_cause(vcp_client* client, vcp_vc vc, const vcp_cause* cause,
                                             const void* data, size_t data_length, uint64_t cookie);
/* Closes, and deletes the VC if it is one's own. Return what was received on it before. */
VCP_API vcp_status vcp_close_call_wait(vcp_client* client, vcp_vc vc);
/* Gives a VC a name for management (vcctl show vcs): `base` and a number, in `text` of
 * VCP_EVENT_NAME_VC_COMPLETE. The same again when it has one; gone with the VC (C48). */
VCP_API vcp_status vcp_name_vc(vcp_client* client, vcp_vc vc, const char* base, uint64_t cookie);
VCP_API vcp_status vcp_read_vc_counters(vcp_client* client, vcp_vc vc, uint64_t cookie);

/* --- OIDs and status --- */

/* Asks a port, or a call manager, for what it knows of itself; up to VCP_MAX_OID_BYTES. Several may
 * be under way and complete in any order (C104). */
VCP_API vcp_status vcp_oid_query(vcp_client* client, const vcp_oid_target* target, uint32_t oid,
                                 uint32_t capacity_bytes, uint64_t cookie);
/* PVCs may be changed so where the daemon's configuration says it; otherwise VCP_ACCESS_DENIED. */
VCP_API vcp_status vcp_oid_set(vcp_client* client, const vcp_oid_target* target, uint32_t oid,
                               const void* data, size_t length, uint64_t cookie);
/* VCP_EVENT_STATUS comes from now on (1) or no more (0): links up and down, resets, and what call
 * managers say of addresses and signaling (C111, C112, C114). Lasts when the daemon comes back. An
 * application that does not read misses some. VCP_SUCCESS and no event. */
VCP_API vcp_status vcp_watch_status(vcp_client* client, int on);

/* --- point-to-multipoint: this application is the root, sends on the VC, and all leaves hear ---
 */

/* As vcp_make_call, with `params`' called address as the first party (C71); *party comes to life
 * with that event, too. VCP_NOT_SUPPORTED as the outcome: the medium has no multipoint (C73). */
VCP_API vcp_status vcp_make_multipoint_call(vcp_client* client, vcp_vc vc,
                                            const vcp_call_params* params, uint64_t cookie,
                                            vcp_party* party);
/* A further leaf of a connected call, at the called address. VCP_FAILURE: no such VC, or its call
 * is not multipoint (C71, C72); VCP_CLOSING; as the outcome VCP_RESOURCES: 256 parties. */
VCP_API vcp_status vcp_add_party(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                                 uint64_t cookie, vcp_party* party);
/* Nobody else is left on the call: VCP_FAILURE as the outcome, and vcp_close_call ends the party
 * with it (C77). `cause` and `data` are for the leaf and may be NULL. A call that is closed ends
 * its parties, and what pends for them completes before (VCP_REQUEST_ABORTED for a party added).
 * The leaf hears nothing of what is still under way: wait for the completions of what it is to get,
 * and leave time for what they do not prove to have arrived. */
VCP_API vcp_status vcp_drop_party(vcp_client* client, vcp_party party, const vcp_cause* cause,
                                  const void* data, size_t data_length, uint64_t cookie);

/* --- data: none of these makes a system call, but to wake a daemon that sleeps --- */

#define VCP_SEGMENT_END_OF_BUFFER 0x1u

typedef struct vcp_segment {
  void* data; /* from vcp_send_alloc; may be moved forward, as far as size_bytes allow */
  uint32_t size_bytes;
  uint32_t flags; /* END_OF_BUFFER on a buffer's last segment; the list's last has it anyway */
} vcp_segment;
/* A buffer list: buffers are sent in order, each as one SDU, and complete together. */
typedef struct vcp_send_list {
  vcp_vc vc;
  uint32_t segment_count; /* at most 8 a buffer, 64 buffers a list */
  const vcp_segment* segments;
  uint64_t cookie;
  uint64_t cancel_id; /* for vcp_cancel_sends; 0: none */
} vcp_send_list;
typedef struct vcp_completion {
  uint64_t cookie;
  vcp_vc vc;
  vcp_status status; /* VCP_SUCCESS: handed to the port, which does not prove that it arrived */
} vcp_completion;
typedef struct vcp_received {
  const void* data; /* shared memory, readable until returned */
  uint32_t size_bytes;
  vcp_vc vc;
  uint32_t token;   /* the library's */
  uint32_t time_us; /* with VCP_MEDIA_RECEIVE_TIME: CLOCK_MONOTONIC when it was delivered, its low
                       32 bits in microseconds; else 0 */
} vcp_received;

/* Gives up to `count` segments of vcp_max_sdu_bytes each, in address order; returns how many. They
 * are the application's until submitted (then freed by completion) or freed. */
VCP_API size_t vcp_send_alloc(vcp_client* client, vcp_segment* segments, size_t count);
VCP_API void vcp_send_free(vcp_client* client, const vcp_segment* segments, size_t count);
/* Takes lists, in order, until one is refused; returns how many, and why it stopped in *why (may be
 * NULL). VCP_INVALID_STATE: no call there; VCP_CLOSING; VCP_TOO_BIG: an SDU; VCP_INVALID_LENGTH: an
 * empty one, or too many segments or buffers; VCP_INVALID_DATA: a segment that is not held;
 * VCP_BACK_PRESSURED: cancels fill the ring; take completions and try again. A list taken completes
 * exactly once, in any order. Visible after vcp_flush. */
VCP_API size_t vcp_submit(vcp_client* client, const vcp_send_list* lists, size_t count,
                          vcp_status* why);
/* Copies one SDU into a list of its own; as vcp_submit. VCP_BACK_PRESSURED: no segment is free;
 * take completions and try again. */
VCP_API vcp_status vcp_send(vcp_client* client, vcp_vc vc, const void* data, size_t size_bytes,
                            uint64_t cookie);
/* Takes up to `count` completed lists; returns how many. Their segments are free again. */
VCP_API size_t vcp_completions(vcp_client* client, vcp_completion* completions, size_t count);
/* Takes up to `count` received SDUs; returns how many. */
VCP_API size_t vcp_receive(vcp_client* client, vcp_received* received, size_t count);
/* Gives received SDUs back, singly, in any order (C124). Visible after vcp_flush. */
VCP_API void vcp_return(vcp_client* client, const vcp_received* received, size_t count);
/* Shows the daemon what was submitted and returned, and wakes it if it sleeps. */
VCP_API void vcp_flush(vcp_client* client);
/* Asks that lists with this id that still wait complete with VCP_SEND_ABORTED (C122); others go on.
 */
VCP_API vcp_status vcp_cancel_sends(vcp_client* client, vcp_vc vc, uint64_t cancel_id);

#ifdef __cplusplus
}
#endif

#endif /* VCPLANE_H_ */
