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
 * refused with VCP_INVALID_HANDLE; 0 is none. C numbers name the environment's rules.
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

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VCP_API __attribute__((visibility("default")))

typedef struct vcp_client vcp_client;
typedef uint32_t vcp_af;
typedef uint32_t vcp_sap;
typedef uint32_t vcp_vc;

typedef enum vcp_status {
  VCP_SUCCESS = 0,
  VCP_PENDING = 1,
  VCP_FAILURE = 2,
  VCP_RESOURCES = 3,
  VCP_INVALID_DATA = 4,
  VCP_INVALID_LENGTH = 5,
  VCP_NOT_SUPPORTED = 6,
  VCP_NOT_ACCEPTED = 7,
  VCP_CLOSING = 8,
  VCP_CLOSED = 9,
  VCP_INVALID_OID = 10,
  VCP_BUFFER_TOO_SHORT = 11,
  VCP_NOT_RECOGNIZED = 12,
  VCP_PAUSED = 13,
  VCP_SEND_ABORTED = 14,
  VCP_RESET_IN_PROGRESS = 15,
  VCP_REQUEST_ABORTED = 16,
  VCP_INVALID_STATE = 17,
  VCP_INVALID_HANDLE = 18,
  VCP_DISCONNECTED = 19,
  VCP_BACK_PRESSURED = 20,
  VCP_TIMED_OUT = 21,
  VCP_VERSION_MISMATCH = 22,
  VCP_NO_SUCH_PORT = 23,
  VCP_NOT_FOUND = 24,
  VCP_IN_USE = 25,
  VCP_TOO_BIG = 26,
  VCP_ACCESS_DENIED = 27,
  VCP_PROTOCOL_ERROR = 28
} vcp_status;
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

typedef enum vcp_address_type {
  VCP_ADDRESS_NONE = 0,
  VCP_ADDRESS_E164 = 1,
  VCP_ADDRESS_NSAP = 2
} vcp_address_type;
typedef struct vcp_address {
  uint8_t type;   /* vcp_address_type */
  uint8_t length; /* of bytes: ASCII digits for E.164, 20 for NSAP */
  uint8_t bytes[20];
} vcp_address;
/* "+3581234567" or 40 hexadecimal digits, dots allowed. VCP_INVALID_DATA. Any thread. */
VCP_API vcp_status vcp_address_parse(const char* text, vcp_address* address);

#define VCP_UNSPECIFIED UINT64_MAX
typedef enum vcp_service_type {
  VCP_SERVICE_NO_TRAFFIC = 0,
  VCP_SERVICE_BEST_EFFORT = 1,
  VCP_SERVICE_CONTROLLED_LOAD = 2,
  VCP_SERVICE_GUARANTEED = 3
} vcp_service_type;
/* One direction's FLOWSPEC; VCP_UNSPECIFIED where nothing is asked (C89, C90). */
typedef struct vcp_flow_spec {
  uint64_t token_rate_bytes_per_second;
  uint64_t token_bucket_size_bytes;
  uint64_t peak_bandwidth_bytes_per_second;
  uint64_t latency_us;
  uint64_t delay_variation_us;
  uint64_t max_sdu_size_bytes;
  uint64_t minimum_policed_size_bytes;
  uint32_t service_type;
  uint32_t reserved;
} vcp_flow_spec;

#define VCP_CALL_PERMANENT_VC 0x1u
#define VCP_CALL_PARAMETERS_CHANGED 0x2u
#define VCP_MEDIA_TRANSMIT_VC 0x4u
#define VCP_MEDIA_RECEIVE_VC 0x8u
#define VCP_MAX_SPECIFIC_BYTES 512u
#define VCP_MAX_CLOSE_DATA_BYTES 128u

/* What a call asks for or got. Fill with vcp_call_params_init, then change. */
typedef struct vcp_call_params {
  size_t struct_size;
  uint32_t flags;       /* VCP_CALL_* */
  uint32_t media_flags; /* VCP_MEDIA_* */
  vcp_address called;
  vcp_address calling;
  vcp_flow_spec transmit; /* as seen by this application */
  vcp_flow_spec receive;
  char pvc_name[64];      /* with VCP_CALL_PERMANENT_VC: exactly this PVC (C99) */
  uint32_t specific_type; /* bytes between this application and the call manager */
  uint32_t specific_length;
  uint8_t specific[VCP_MAX_SPECIFIC_BYTES];
  uint64_t reserved[8]; /* zero */
} vcp_call_params;
/* Best effort, both directions, no address. Any thread. */
VCP_API void vcp_call_params_init(vcp_call_params* params);

/* Where this application takes calls. */
typedef struct vcp_sap_params {
  size_t struct_size;
  vcp_address address; /* VCP_ADDRESS_NONE: any */
  char pvc_name[64];   /* a PVC's endpoint instead of an address, when not empty */
  uint32_t specific_type;
  uint32_t specific_length;
  uint8_t specific[VCP_MAX_SPECIFIC_BYTES];
} vcp_sap_params;
VCP_API void vcp_sap_params_init(vcp_sap_params* params);

#define VCP_AF_ANY 0u      /* the first that there is */
#define VCP_AF_Q2931 1u    /* calls by address */
#define VCP_AF_PVC 0x1000u /* operator-configured circuits */

/* --- events --- */

typedef enum vcp_event_type {
  VCP_EVENT_AF_REGISTERED = 1,       /* adapter, family, max_sdu_bytes: can be opened now (C5) */
  VCP_EVENT_OPEN_AF_COMPLETE,        /* cookie, status, af */
  VCP_EVENT_CLOSE_AF_COMPLETE,       /* cookie, status, af */
  VCP_EVENT_NOTIFY_CLOSE_AF,         /* af: close its calls, deregister its SAPs, close it, answer
                                        with vcp_notify_close_af_complete (C16) */
  VCP_EVENT_REGISTER_SAP_COMPLETE,   /* cookie, status, af, sap */
  VCP_EVENT_DEREGISTER_SAP_COMPLETE, /* cookie, status, af, sap */
  VCP_EVENT_CREATE_VC_COMPLETE,      /* cookie, status, vc */
  VCP_EVENT_DELETE_VC_COMPLETE,      /* cookie, status, vc */
  VCP_EVENT_MAKE_CALL_COMPLETE,      /* cookie, status, vc, params as agreed: data may flow (C50) */
  VCP_EVENT_INCOMING_CALL,           /* af, sap, vc, params: answer with vcp_answer_call */
  VCP_EVENT_CALL_CONNECTED,          /* vc: data may flow (C59) */
  VCP_EVENT_CLOSE_CALL_COMPLETE,     /* cookie, status, vc: one's own VC may be used again */
  VCP_EVENT_INCOMING_CLOSE_CALL,     /* vc, status, data: answer with vcp_close_call (C62) */
  VCP_EVENT_VC_DELETED,              /* vc, status: gone without the application's doing */
  VCP_EVENT_VC_COUNTERS,             /* cookie, status, vc, counters */
  VCP_EVENT_DISCONNECTED,            /* the daemon is gone; see the top */
  VCP_EVENT_RECONNECTED,             /* it is back */
  VCP_EVENT_EVICTED,                 /* status, text: it refuses this client, for good */
  VCP_EVENT_AF_LOST,                 /* af, status: could not be opened again; the handle is gone */
  VCP_EVENT_SAP_LOST                 /* sap, status: could not be registered again; gone, too */
} vcp_event_type;

typedef struct vcp_vc_counters {
  uint64_t transmitted_sdus;
  uint64_t transmitted_bytes;
  uint64_t received_sdus;
  uint64_t received_bytes;
} vcp_vc_counters;

typedef struct vcp_event {
  uint32_t type; /* vcp_event_type */
  vcp_status status;
  uint64_t cookie;
  vcp_af af;
  vcp_sap sap;
  vcp_vc vc;
  uint32_t family;        /* AF_REGISTERED */
  uint32_t max_sdu_bytes; /* AF_REGISTERED: of the adapter */
  uint32_t data_length;   /* INCOMING_CLOSE_CALL */
  union {
    vcp_call_params params;
    vcp_vc_counters counters;
    char adapter[64];
    char text[128];
    uint8_t data[VCP_MAX_CLOSE_DATA_BYTES];
  };
} vcp_event;

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
/* Ends a call in any state. From now on nothing is sent or received on the VC. Takes effect when
 * the sends that are outstanding have completed (C63), and completes when all SDUs received on the
 * VC are returned. `data`: up to VCP_MAX_CLOSE_DATA_BYTES for the other side, or NULL. */
VCP_API vcp_status vcp_close_call(vcp_client* client, vcp_vc vc, const void* data,
                                  size_t data_length, uint64_t cookie);
/* Closes, and deletes the VC if it is one's own. Return what was received on it before. */
VCP_API vcp_status vcp_close_call_wait(vcp_client* client, vcp_vc vc);
VCP_API vcp_status vcp_read_vc_counters(vcp_client* client, vcp_vc vc, uint64_t cookie);

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
  uint32_t token; /* the library's */
  uint32_t reserved;
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
