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
 * refused with VCP_INVALID_HANDLE; 0 is none. Sizes are in bytes; C numbers name the environment's
 * rules. Statuses are named below where they are an operation's own. Any operation may give at once
 * VCP_DISCONNECTED (no daemon now); VCP_NOT_SUPPORTED (one that is older than the operation);
 * VCP_RESOURCES (too much is under way, or a table is full); VCP_INVALID_DATA, VCP_INVALID_LENGTH
 * (an argument that cannot be: a name, an address, a struct_size, a length) and VCP_CLOSING (what
 * it is about is ending). As any outcome may come VCP_NOT_ACCEPTED (the port was removed, C141),
 * VCP_RESOURCES (a limit of the daemon's), VCP_REQUEST_ABORTED (something else ended it) and
 * VCP_DISCONNECTED.
 *
 * Order: events as they happened; SDUs as they came on their VC. An SDU may be received before the
 * event that says that its call is connected.
 *
 * When the daemon goes away there is VCP_EVENT_DISCONNECTED; then all that is pending, sends too,
 * completes with VCP_DISCONNECTED, and every VC ends with VCP_EVENT_VC_DELETED. Operations return
 * VCP_DISCONNECTED. While the application polls or waits the library attaches again: tries after up
 * to 10 ms, and then up to a second apart, as chance has it; opens address families and registers
 * SAPs again under their old handles, and says VCP_EVENT_RECONNECTED. Calls are the application's
 * to make again, each after vcp_redial_delay_ms. SDUs not received yet are lost; SDUs and segments
 * held stay good memory until the next vcp_poll after that event. */
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

/* Opens a family that a call manager offers on a port (C7 to C11). `adapter`: a port's name, or
 * NULL for the first with this family; `family`: VCP_AF_*, or a call manager's own. *af is given at
 * once; it is of use when VCP_EVENT_OPEN_AF_COMPLETE says VCP_SUCCESS; before, VCP_INVALID_STATE
 * (C11). Outcomes: VCP_NO_SUCH_PORT; VCP_FAILURE, the port does not offer it (C10); what its call
 * manager says (C9). */
VCP_API vcp_status vcp_open_af(vcp_client* client, const char* adapter, uint32_t family,
                               uint64_t cookie, vcp_af* af);
/* On the port that the daemon's routes give for an address; VCP_NOT_FOUND as the outcome: none. A
 * call made on it that the port's link refuses for its own sake (it is down or full; causes 35, 37,
 * 38, 41, 45, 47, 49) is tried on the other links that the longest matching prefix has, and ends
 * with the outcome of the last one. Else as vcp_open_af. */
VCP_API vcp_status vcp_open_af_toward(vcp_client* client, const vcp_address* address,
                                      uint32_t family, uint64_t cookie, vcp_af* af);
/* vcp_open_af, and waits for the outcome, which it returns. */
VCP_API vcp_status vcp_open_af_wait(vcp_client* client, const char* adapter, uint32_t family,
                                    vcp_af* af);
/* After its calls are closed, its VCs deleted and its SAPs deregistered; before, the outcome is
 * VCP_FAILURE, and it stays open (C12). Cannot be used from the call on: a second one is
 * VCP_FAILURE (C13). VCP_EVENT_CLOSE_AF_COMPLETE; the port may be unbound only then (C18). */
VCP_API vcp_status vcp_close_af(vcp_client* client, vcp_af af, uint64_t cookie);
/* The answer to VCP_EVENT_NOTIFY_CLOSE_AF, once parties are dropped, calls closed, SAPs
 * deregistered and the AF closed, in that order (C16, C19); or that it will not be, with another
 * status than VCP_SUCCESS. `af` is good for this answer although it is closed (C17). The call
 * manager hears it (C15). VCP_SUCCESS and no event; VCP_INVALID_STATE: nobody waits for it;
 * VCP_INVALID_DATA: no status to answer with, and the answer is still owed. */
VCP_API vcp_status vcp_notify_close_af_complete(vcp_client* client, vcp_af af, vcp_status status);
/* Asks for calls to an address, or to a PVC (C20, C23). `params` is copied (C28). Calls may be
 * offered on it before VCP_EVENT_REGISTER_SAP_COMPLETE (C24): those events name *sap, which is
 * given at once. Outcomes: VCP_INVALID_DATA, malformed, or another client has it (C21, C22). */
VCP_API vcp_status vcp_register_sap(vcp_client* client, vcp_af af, const vcp_sap_params* params,
                                    uint64_t cookie, vcp_sap* sap);
/* vcp_register_sap, and waits for the outcome, which it returns. */
VCP_API vcp_status vcp_register_sap_wait(vcp_client* client, vcp_af af,
                                         const vcp_sap_params* params, vcp_sap* sap);
/* No more calls are offered on it (C27); those that are there go on (C26).
 * VCP_EVENT_DEREGISTER_SAP_COMPLETE. VCP_INVALID_STATE: not registered yet; VCP_FAILURE: a second
 * time (C25). */
VCP_API vcp_status vcp_deregister_sap(vcp_client* client, vcp_sap sap, uint64_t cookie);

/* --- calls --- */

/* A VC of one's own, to make calls on, one after the other (C47); vcp_make_call may follow at once.
 * The call manager and the port are asked, too, and one that refuses undoes it (C30, C32): its
 * status is the outcome, in VCP_EVENT_CREATE_VC_COMPLETE. Up to 65,536 a client. */
VCP_API vcp_status vcp_create_vc(vcp_client* client, vcp_af af, uint64_t cookie, vcp_vc* vc);
/* Only its maker, when no call is on it: VCP_NOT_ACCEPTED; VCP_CLOSING while one is being closed
 * (C44, C45). VCP_EVENT_DELETE_VC_COMPLETE; with VCP_SUCCESS the handle is gone (C46). */
VCP_API vcp_status vcp_delete_vc(vcp_client* client, vcp_vc vc, uint64_t cookie);
/* Calls `params`' address, or its PVC, on a VC of one's own without a call (else
 * VCP_INVALID_STATE). `params` is copied (C55). VCP_EVENT_MAKE_CALL_COMPLETE: VCP_SUCCESS when the
 * VC is active, and only from then on data is taken (C50, C56); its params are what the call got,
 * with VCP_CALL_PARAMETERS_CHANGED where that is not what was asked (C53): close the call if it
 * will not do (C54). The VC stays in either case, and may be used again or deleted (C51). Outcomes,
 * each with a cause where signaling gave one: VCP_NOT_FOUND, nobody there takes such calls;
 * VCP_NOT_ACCEPTED, refused; VCP_RESOURCES, no room for these rates; VCP_NOT_SUPPORTED, what ports
 * or calls here cannot do; VCP_INVALID_DATA, no address, or flows that cannot be (C90, C92);
 * VCP_FAILURE, of a PVC also that there is none (C98); VCP_TIMED_OUT. */
VCP_API vcp_status vcp_make_call(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                                 uint64_t cookie);
/* vcp_create_vc and vcp_make_call, and waits for the outcome, which it returns; on failure the VC
 * is deleted again. */
VCP_API vcp_status vcp_make_call_wait(vcp_client* client, vcp_af af, const vcp_call_params* params,
                                      vcp_vc* vc);
/* Answers VCP_EVENT_INCOMING_CALL, once, within the daemon's patience (C58). VCP_SUCCESS accepts;
 * anything else rejects, and the VC is gone (C60). `params` NULL, or without
 * VCP_CALL_PARAMETERS_CHANGED in their flags: as offered; with it, they say what the call shall
 * have, which may be less (C53, C61). VCP_SUCCESS and no event of its own:
 * VCP_EVENT_CALL_CONNECTED, from when on data is taken (C59), or one that says that the call is
 * over, follows; so it does where `params` are of no use. VCP_INVALID_STATE: nothing is offered;
 * VCP_INVALID_DATA: no status to answer with, and the offer stands. */
VCP_API vcp_status vcp_answer_call(vcp_client* client, vcp_vc vc, vcp_status answer,
                                   const vcp_call_params* params);
/* The same, with the cause of a rejection. `answer` is not VCP_SUCCESS. VCP_INVALID_DATA also: no
 * cause. */
VCP_API vcp_status vcp_reject_call(vcp_client* client, vcp_vc vc, vcp_status answer,
                                   const vcp_cause* cause);
/* Changes a call that is connected, or the offer that awaits an answer (C88, at most four times).
 * Of `params` count the flows, VCP_MEDIA_ROUND_DOWN and _ROUND_UP, and that VCP_MEDIA_RESERVE is
 * not among the flags of a call that was reserved, which starts it. SDU sizes stay the call's over
 * signaling: others are VCP_INVALID_DATA, unless rounding makes them the call's again (C84).
 * VCP_EVENT_MODIFY_CALL_QOS_COMPLETE when network and port have
 * agreed (C81) or everything is back as it was (C82), with the flows that are in force; one at a
 * time (VCP_INVALID_STATE). Outcomes: VCP_NOT_SUPPORTED, calls of this kind do not change (C83),
 * or what runs is to be reserved;
 * VCP_RESOURCES, no room, or too many changes of an offer (C85); what the other side said. */
VCP_API vcp_status vcp_modify_call_qos(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                                       uint64_t cookie);
/* Ends a call in any state, also one that the other side has ended (C62, C69): one's own VC then
 * has no call and is inactive (C66, C67), another's is gone (C68). VCP_INVALID_STATE: no call, or
 * more than one party is on it (C64). From now on nothing is sent or received on the VC (C63).
 * Takes effect when the sends that are outstanding have completed (C63), and completes
 * (VCP_EVENT_CLOSE_CALL_COMPLETE) when all SDUs received on the VC are returned (C41). `data`: up
 * to VCP_MAX_CLOSE_DATA_BYTES for the other side, or NULL; VCP_INVALID_DATA as the outcome: calls
 * of this kind carry none, and this one goes on (C65). */
VCP_API vcp_status vcp_close_call(vcp_client* client, vcp_vc vc, const void* data,
                                  size_t data_length, uint64_t cookie);
/* The same, with a cause (NULL: none). */
VCP_API vcp_status vcp_close_call_with_cause(vcp_client* client, vcp_vc vc, const vcp_cause* cause,
                                             const void* data, size_t data_length, uint64_t cookie);
/* Closes, and deletes the VC if it is one's own. Return what was received on it before. */
VCP_API vcp_status vcp_close_call_wait(vcp_client* client, vcp_vc vc);
/* How many milliseconds to wait before a call is made again that ended with its link or its daemon,
 * or was refused for a reason that passes (VCP_DISCONNECTED, VCP_RESOURCES, VCP_TIMED_OUT): as
 * chance has it, up to 100 for the first time (`attempt` 0) and up to twice that each further time,
 * at most 10,000. Of calls made again all together a link refuses more than it serves. */
VCP_API uint32_t vcp_redial_delay_ms(vcp_client* client, uint32_t attempt);
/* Gives a VC a name for management (vcctl show vcs): `base` and a number, in `text` of
 * VCP_EVENT_NAME_VC_COMPLETE. The same again when it has one; gone with the VC (C48).
 * VCP_INVALID_LENGTH: `base` is empty, or with its number longer than 63 octets. */
VCP_API vcp_status vcp_name_vc(vcp_client* client, vcp_vc vc, const char* base, uint64_t cookie);
/* What passed on a VC in its present life (C103): VCP_EVENT_VC_COUNTERS. VCP_INVALID_STATE: it is
 * not created yet. */
VCP_API vcp_status vcp_read_vc_counters(vcp_client* client, vcp_vc vc, uint64_t cookie);

/* --- OIDs and status --- */

/* Asks a port, or a call manager, for what it knows of itself, of a VC or of a party (C102, C103);
 * `capacity_bytes`: how long an answer is welcome, up to VCP_MAX_OID_BYTES. Several may be under
 * way and complete in any order (C104): VCP_EVENT_OID_COMPLETE. Outcomes: VCP_BUFFER_TOO_SHORT,
 * with the bytes needed (C105); VCP_INVALID_OID, VCP_INVALID_DATA, VCP_INVALID_LENGTH (C106);
 * VCP_NOT_SUPPORTED, a call manager that answers none; VCP_REQUEST_ABORTED, its time is over
 * (C107); VCP_RESET_IN_PROGRESS (C139). A port's supported list, OID_GEN_CO_SUPPORTED_LIST, ascends
 * (C108); its counters have 64 bits (C109), its link speeds count in 100 bit/s (C110). */
VCP_API vcp_status vcp_oid_query(vcp_client* client, const vcp_oid_target* target, uint32_t oid,
                                 uint32_t capacity_bytes, uint64_t cookie);
/* As vcp_oid_query, with up to VCP_MAX_OID_BYTES to set. PVCs may be changed so (C97) where the
 * daemon's configuration says it; otherwise VCP_ACCESS_DENIED. */
VCP_API vcp_status vcp_oid_set(vcp_client* client, const vcp_oid_target* target, uint32_t oid,
                               const void* data, size_t length, uint64_t cookie);
/* Nobody waits any more for the queries and sets with this cookie (C107). Each still completes
 * once: with VCP_REQUEST_ABORTED, and who was asked is told so (VCP_EVENT_CM_OID_ABORTED); or as it
 * did, if that was under way already. VCP_SUCCESS and no event of its own; VCP_NOT_FOUND: none has
 * this cookie; VCP_NOT_SUPPORTED: by a daemon older than ABI 1.3. */
VCP_API vcp_status vcp_cancel_oid(vcp_client* client, uint64_t cookie);
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
/* A further leaf of a connected call, at the called address (C72); it gets what the call has (C74),
 * and the others go on whatever becomes of it (C75): VCP_EVENT_ADD_PARTY_COMPLETE. VCP_FAILURE: no
 * such VC, or its call is not multipoint (C71, C72); VCP_CLOSING; as the outcome VCP_RESOURCES: 256
 * parties, or VCP_NOT_FOUND: nobody has the address, or it is behind another link than the call's,
 * where it takes a call of its own (vcp_open_af_toward). */
VCP_API vcp_status vcp_add_party(vcp_client* client, vcp_vc vc, const vcp_call_params* params,
                                 uint64_t cookie, vcp_party* party);
/* Ends one leaf, in any order, and the answer to VCP_EVENT_INCOMING_DROP_PARTY (C76, C78):
 * VCP_EVENT_DROP_PARTY_COMPLETE. Nobody else is left on the call: VCP_FAILURE as the outcome, and
 * vcp_close_call ends the party with it (C77); when that one leaves, VCP_EVENT_INCOMING_CLOSE_CALL
 * comes (C79). VCP_INVALID_STATE: it is not added yet. `cause` and `data` are for the leaf and may
 * be NULL. A call that is closed ends its parties, and what pends for them completes before
 * (VCP_REQUEST_ABORTED for a party added). The leaf hears nothing of what is still under way: wait
 * for the completions of what it is to get, and leave time for what they do not prove to have
 * arrived. */
VCP_API vcp_status vcp_drop_party(vcp_client* client, vcp_party party, const vcp_cause* cause,
                                  const void* data, size_t data_length, uint64_t cookie);

/* --- data: none of these makes a system call, but to wake a daemon that sleeps --- */

#define VCP_SEGMENT_END_OF_BUFFER 0x1u

typedef struct vcp_segment {
  void* data; /* from vcp_send_alloc; may be moved forward, as far as size_bytes allow */
  uint32_t size_bytes;
  uint32_t flags; /* END_OF_BUFFER on a buffer's last segment; the list's last has it anyway */
} vcp_segment;
/* A buffer list: buffers are sent in order, each as one SDU, and complete together (C117, C118). */
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
  vcp_status status; /* VCP_SUCCESS: handed to the port, which does not prove that it arrived; with
                        VCP_MEDIA_END_OF_TRANSMISSION: it has left. Else VCP_FAILURE: the link went
                        down before that was known; or VCP_SEND_ABORTED, VCP_PAUSED,
                        VCP_RESET_IN_PROGRESS, VCP_NOT_ACCEPTED: nobody waits for it any more */
} vcp_completion;
/* Of what is received. The SDU is damaged: what is there is not all of what was sent, because it
 * was too long for the VC or for this application's slots, or not what the frame says, because its
 * length is wrong. size_bytes is what is there. Only with VCP_MEDIA_INDICATE_ERRORED (C94). */
#define VCP_RECEIVED_ERRORED 0x1u
typedef struct vcp_received {
  const void* data; /* shared memory, readable until returned */
  uint32_t size_bytes;
  vcp_vc vc;
  uint32_t token;   /* the library's */
  uint32_t time_us; /* with VCP_MEDIA_RECEIVE_TIME: CLOCK_MONOTONIC when it was delivered, its low
                       32 bits in microseconds; else 0 */
  uint32_t flags;   /* VCP_RECEIVED_* */
  uint32_t reserved;
} vcp_received;

/* Gives up to `count` segments of vcp_max_sdu_bytes each, in address order; returns how many. They
 * are the application's until submitted (then freed by completion) or freed. */
VCP_API size_t vcp_send_alloc(vcp_client* client, vcp_segment* segments, size_t count);
VCP_API void vcp_send_free(vcp_client* client, const vcp_segment* segments, size_t count);
/* Takes lists, in order, of any VCs (C49), until one is refused; returns how many, and why it
 * stopped in *why (may be NULL). VCP_INVALID_STATE: no call there; VCP_CLOSING;
 * VCP_INVALID_LENGTH: an SDU beyond what the call carries (C92), an empty one, or too many segments
 * or buffers; VCP_INVALID_DATA: a segment that is not held; VCP_BACK_PRESSURED: cancels fill the
 * ring; take completions and try again. A list taken completes exactly once, in any order (C118),
 * and never by what this returns (C119). While its port is paused, reset or gone that is with
 * VCP_PAUSED, VCP_RESET_IN_PROGRESS or VCP_NOT_ACCEPTED (C134, C139, C141). Visible after
 * vcp_flush. */
VCP_API size_t vcp_submit(vcp_client* client, const vcp_send_list* lists, size_t count,
                          vcp_status* why);
/* Copies one SDU into a list of its own; as vcp_submit. VCP_BACK_PRESSURED: no segment is free;
 * take completions and try again. */
VCP_API vcp_status vcp_send(vcp_client* client, vcp_vc vc, const void* data, size_t size_bytes,
                            uint64_t cookie);
/* Takes up to `count` completed lists; returns how many. Their segments are free again. */
VCP_API size_t vcp_completions(vcp_client* client, vcp_completion* completions, size_t count);
/* Takes up to `count` received SDUs, each VC's in order; returns how many. None comes before the
 * call on its VC or after its end (C40). Nothing
 * more comes to who holds all its receive slots. */
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
