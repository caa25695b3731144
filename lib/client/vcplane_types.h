/* The values of libvcplane: statuses, addresses, what calls ask for, and events. Part of vcplane.h,
 * which says what is done with them. Octets and fields that are not used are zero. */
#ifndef VCPLANE_TYPES_H_
#define VCPLANE_TYPES_H_

#include <stddef.h>
#include <stdint.h>

/* Handles; 0 is none. */
typedef struct vcp_client vcp_client;
typedef uint32_t vcp_af;
typedef uint32_t vcp_sap;
typedef uint32_t vcp_vc;
typedef uint32_t vcp_party;

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

/* --- addresses, flows, layers --- */

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

#define VCP_UNSPECIFIED UINT64_MAX
typedef enum vcp_service_type {
  VCP_SERVICE_NO_TRAFFIC = 0,
  VCP_SERVICE_BEST_EFFORT = 1,
  VCP_SERVICE_CONTROLLED_LOAD = 2,
  VCP_SERVICE_GUARANTEED = 3
} vcp_service_type;
/* One direction's FLOWSPEC; VCP_UNSPECIFIED where nothing is asked (C89, C90). Calls between hosts
 * promise no bounds on delay and carry no specific parameters: VCP_NOT_SUPPORTED as the outcome.
 *
 * What is sent keeps to its flow (C91): an SDU that comes too early waits in the daemon, in order,
 * and its list completes when it has left; receivers need do nothing. With service guaranteed or
 * controlled load the token rate holds in the long run, and as much as the bucket may leave at the
 * peak before; without a bucket guaranteed service has its peak all the time. Best effort keeps to
 * its peak, if it names one. A peak of nothing is VCP_INVALID_DATA. Rates are counted in ATM cells,
 * and are enough for SDUs of every size from the minimum policed one on. */
typedef struct vcp_flow_spec {
  uint64_t token_rate_bytes_per_second;     /* best effort: a minimum, which limits nothing */
  uint64_t token_bucket_size_bytes;         /* at least one largest SDU counts */
  uint64_t peak_bandwidth_bytes_per_second; /* unspecified: the port's */
  uint64_t latency_us;
  uint64_t delay_variation_us;
  uint64_t max_sdu_size_bytes;
  uint64_t minimum_policed_size_bytes;
  uint32_t service_type;
  uint32_t reserved;
} vcp_flow_spec;

/* What protocols are spoken over a call: high layer (B-HLI) and up to three low layers (B-LLI), in
 * the order of preference, with the codes of Q.2931 4.5.8 and 4.5.9. Nothing, all zero, is what a
 * SAP that takes anything says, and a caller that does not care. */
typedef struct vcp_high_layer {
  uint8_t present; /* 0 or 1 */
  uint8_t type;    /* 0 ISO, 1 user specific, 2 profile, 3 vendor: OUI (3) and application (4) */
  uint8_t length;  /* of bytes, at most 8 */
  uint8_t reserved;
  uint8_t bytes[8];
} vcp_high_layer;

/* Which fields of a vcp_low_layer are there; those of a layer only with the layer. */
#define VCP_LOW_LAYER1 0x1u
#define VCP_LOW_LAYER2 0x2u
#define VCP_LOW_LAYER2_MODE 0x4u
#define VCP_LOW_LAYER2_Q933_USE 0x8u
#define VCP_LOW_LAYER2_WINDOW 0x10u
#define VCP_LOW_LAYER2_USER 0x20u
#define VCP_LOW_LAYER3 0x40u
#define VCP_LOW_LAYER3_MODE 0x80u
#define VCP_LOW_LAYER3_PACKET_SIZE 0x100u
#define VCP_LOW_LAYER3_WINDOW 0x200u
#define VCP_LOW_LAYER3_USER 0x400u
#define VCP_LOW_LAYER3_INITIAL_PROTOCOL 0x800u
#define VCP_LOW_LAYER3_SNAP 0x1000u

typedef struct vcp_low_layer {
  uint16_t present; /* VCP_LOW_LAYER* */
  uint8_t layer1_protocol;
  uint8_t layer2_protocol; /* 0x0c: LLC */
  uint8_t layer2_mode;     /* 1 normal, 2 extended */
  uint8_t layer2_q933_use;
  uint8_t layer2_window; /* 1 to 127 */
  uint8_t layer2_user_information;
  uint8_t layer3_protocol; /* 0x0b: TR 9577, an initial protocol identifier follows */
  uint8_t layer3_mode;
  uint8_t layer3_packet_size_log2;
  uint8_t layer3_window;
  uint8_t layer3_user_information;
  uint8_t layer3_initial_protocol; /* 0xcc IPv4; 0x80 SNAP, OUI and protocol follow */
  uint16_t snap_protocol;
  uint32_t snap_oui; /* 24 bits */
} vcp_low_layer;

typedef struct vcp_layers {
  vcp_high_layer high;
  uint32_t low_count;
  vcp_low_layer low[3];
} vcp_layers;

/* --- calls and SAPs --- */

#define VCP_CALL_PERMANENT_VC 0x1u
/* Of what comes: not what was asked for, or offered (C53). Of an answer: not what was offered. */
#define VCP_CALL_PARAMETERS_CHANGED 0x2u
#define VCP_CALL_MULTIPOINT_VC 0x10u /* of a call that was made or offered; never asked for */
/* What one's own end does. A flag that is none of these, or that the call manager or the port has
 * no use for: VCP_NOT_SUPPORTED as the call's outcome. */
#define VCP_MEDIA_RECEIVE_TIME 0x1u    /* what is received has its time (vcp_received.time_us) */
#define VCP_MEDIA_USE_TIME_STAMPS 0x2u /* ignored: frames carry none */
#define VCP_MEDIA_TRANSMIT_VC 0x4u     /* without one of these two the VC is one-way (C93) */
#define VCP_MEDIA_RECEIVE_VC 0x8u
/* SDUs that arrive damaged are received and marked (VCP_RECEIVED_ERRORED) instead of dropped (C94)
 */
#define VCP_MEDIA_INDICATE_ERRORED 0x10u
/* A send completes when the port says that it has left, not when it is on its way there; only on
 * ports that say so (of VCP_OID_GEN_CO_MAC_OPTIONS bit 0x10) */
#define VCP_MEDIA_END_OF_TRANSMISSION 0x20u
/* The VC has all that it needs and carries nothing: sends complete with VCP_INVALID_STATE, nothing
 * is received. It starts when the call is changed without this (vcp_modify_call_qos) or its call
 * manager activates the VC without it. Calls whose parameters cannot be changed cannot be reserved:
 * PVCs, point-to-multipoint, those inside one daemon. */
#define VCP_MEDIA_RESERVE 0x40u
/* C38. Largest SDUs and rates that are too much for the port, and rates that the call manager has
 * no room for, may become less: what there is. Without it they are refused, or stay as they are. */
#define VCP_MEDIA_ROUND_DOWN 0x80u
/* Rates may become more: where signaling rounds them up to cells, they are told so rounded. Without
 * it they are told as they were asked for. */
#define VCP_MEDIA_ROUND_UP 0x100u
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
  vcp_layers layers;
  uint32_t reserved2;
  uint64_t reserved[8]; /* zero */
} vcp_call_params;

/* Where this application takes calls. */
typedef struct vcp_sap_params {
  size_t struct_size;
  vcp_address address; /* VCP_ADDRESS_NONE: any */
  char pvc_name[64];   /* a PVC's endpoint instead of an address, when not empty */
  uint32_t specific_type;
  uint32_t specific_length;
  uint8_t specific[VCP_MAX_SPECIFIC_BYTES];
  vcp_layers layers; /* what it speaks */
} vcp_sap_params;

/* Why a call or a party was refused or ended, in signaling's words (Q.850), beside the status. */
typedef struct vcp_cause {
  uint8_t value;             /* 1 to 127; 0: none was given */
  uint8_t location;          /* of who gives it, 0 to 15: 0 user, 1 local private network ... */
  uint8_t diagnostic_length; /* of diagnostics, at most 28 */
  uint8_t reserved;
  uint8_t diagnostics[28];
} vcp_cause;

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
  VCP_EVENT_MAKE_CALL_COMPLETE,      /* cookie, status, vc, party, params as agreed: data may flow
                                        (C50); cause of a failure */
  VCP_EVENT_INCOMING_CALL,           /* af, sap, vc, params: answer with vcp_answer_call */
  VCP_EVENT_CALL_CONNECTED,          /* vc: data may flow (C59) */
  VCP_EVENT_CLOSE_CALL_COMPLETE,     /* cookie, status, vc: one's own VC may be used again */
  VCP_EVENT_INCOMING_CLOSE_CALL,     /* vc, status, cause, data: answer with vcp_close_call (C62) */
  VCP_EVENT_VC_DELETED,              /* vc, status: gone without the application's doing */
  VCP_EVENT_VC_COUNTERS,             /* cookie, status, vc, counters */
  VCP_EVENT_DISCONNECTED,            /* the daemon is gone; see the top */
  VCP_EVENT_RECONNECTED,             /* it is back */
  VCP_EVENT_EVICTED,                 /* status, text: it refuses this client, for good */
  VCP_EVENT_AF_LOST,                 /* af, status: could not be opened again; the handle is gone */
  VCP_EVENT_SAP_LOST,                /* sap, status: could not be registered again; gone, too */
  VCP_EVENT_ADD_PARTY_COMPLETE,  /* cookie, status, vc, party, params; cause of a failure (C72) */
  VCP_EVENT_DROP_PARTY_COMPLETE, /* cookie, status, vc, party: the handle is gone (C76) */
  VCP_EVENT_INCOMING_DROP_PARTY, /* vc, party, status, cause, data: answer with vcp_drop_party
                                    (C78) */
  VCP_EVENT_MODIFY_CALL_QOS_COMPLETE, /* cookie, status, vc, params that the VC has now; cause of a
                                         failure (C81, C82) */
  VCP_EVENT_INCOMING_CALL_QOS_CHANGE, /* vc, params that it has now; to refuse, change them again or
                                         close (C87) */
  VCP_EVENT_OID_COMPLETE, /* cookie, status, af, vc, oid: what vcp_oid_query or vcp_oid_set got */
  VCP_EVENT_STATUS, /* cookie, if indication.request is 1; af, vc, indication: see vcp_watch_status
                     */
  VCP_EVENT_NAME_VC_COMPLETE, /* cookie, status, vc, text: its name (C48) */

  /* For call managers (vcplane_cm.h), whose handles these are. Outcomes of what they asked for: */
  VCP_EVENT_CM_REGISTER_FAMILY_COMPLETE = 64, /* cookie, status, af: the family's handle */
  VCP_EVENT_CM_DEREGISTER_FAMILY_COMPLETE,    /* cookie, status, af */
  VCP_EVENT_CM_NOTIFY_CLOSE_COMPLETE,         /* cookie, status, af */
  VCP_EVENT_CM_CREATE_VC_COMPLETE,            /* cookie, status, vc */
  VCP_EVENT_CM_DELETE_VC_COMPLETE,            /* cookie, status, vc */
  VCP_EVENT_CM_ACTIVATE_VC_COMPLETE,          /* cookie, status, vc, params */
  VCP_EVENT_CM_DEACTIVATE_VC_COMPLETE,        /* cookie, status, vc */
  VCP_EVENT_CM_INCOMING_CALL_COMPLETE,        /* cookie, status, vc, params as answered, cause */
  VCP_EVENT_CM_INDICATED,                     /* cookie, status, vc or party */
  VCP_EVENT_CM_CREATE_OWN_VC_COMPLETE,        /* cookie, status, vc: a vcp_vc, here and below */
  VCP_EVENT_CM_ACTIVATE_OWN_VC_COMPLETE,      /* cookie, status, vc */
  VCP_EVENT_CM_DELETE_OWN_VC_COMPLETE,        /* cookie, status, vc */
  VCP_EVENT_CM_SET_OID_COMPLETE,              /* cookie, status, af */
  VCP_EVENT_CM_NAME_VC_COMPLETE,              /* cookie, status, vc, text: its name (C48) */
  /* What clients ask for, until vcp_cm_complete(cookie): */
  VCP_EVENT_CM_OPEN_AF = 96,    /* cookie, af, sap: the family's handle */
  VCP_EVENT_CM_CLOSE_AF,        /* cookie, af */
  VCP_EVENT_CM_REGISTER_SAP,    /* cookie, af, sap, sap_params */
  VCP_EVENT_CM_DEREGISTER_SAP,  /* cookie, sap */
  VCP_EVENT_CM_MAKE_CALL,       /* cookie, vc, party: 0 unless the call is multipoint, params */
  VCP_EVENT_CM_CLOSE_CALL,      /* cookie, vc, party: the last one, cause, data */
  VCP_EVENT_CM_ADD_PARTY,       /* cookie, vc, party, params */
  VCP_EVENT_CM_DROP_PARTY,      /* cookie, vc, party, cause, data */
  VCP_EVENT_CM_MODIFY_CALL_QOS, /* cookie, vc, params */
  /* What they did: */
  VCP_EVENT_CM_VC_CREATED,    /* vc, af */
  VCP_EVENT_CM_VC_DELETED,    /* vc */
  VCP_EVENT_CM_FAMILY_CLOSED, /* af: the family's handle. Its port is gone, with all on it (C141) */
  /* What clients ask for, if the family answers OIDs, until vcp_cm_complete_oid(cookie), or nobody
   * waits any more: */
  VCP_EVENT_CM_OID_QUERY,  /* cookie, af, vc, party, oid: with bytes_needed what the asker can take
                            */
  VCP_EVENT_CM_OID_SET,    /* cookie, af, vc, party, oid */
  VCP_EVENT_CM_OID_ABORTED /* cookie (C107) */
} vcp_event_type;

typedef struct vcp_vc_counters {
  uint64_t transmitted_sdus;
  uint64_t transmitted_bytes;
  uint64_t received_sdus;
  uint64_t received_bytes;
  uint64_t transmit_drops; /* buffers that were submitted and not sent */
  uint64_t receive_drops;  /* SDUs that arrived and were not delivered */
} vcp_vc_counters;

/* Whom vcp_oid_query and vcp_oid_set ask. */
typedef struct vcp_oid_target {
  size_t struct_size;
  const char* adapter; /* a port's miniport; NULL with an af, whose call manager is asked instead */
  vcp_af af;
  vcp_vc vc;           /* 0: of all */
  vcp_party party;     /* with an af only (C102) */
  uint32_t timeout_ms; /* 0: the daemon's, 10 s; then VCP_REQUEST_ABORTED (C107) */
} vcp_oid_target;
#define VCP_OID_TARGET_INIT \
  { sizeof(vcp_oid_target), NULL, 0, 0, 0, 0 }

#define VCP_MAX_OID_BYTES 512u

typedef struct vcp_oid_result {
  uint32_t oid;
  uint32_t bytes_needed; /* more than the room there was: VCP_BUFFER_TOO_SHORT (C105) */
  uint32_t length;
  uint8_t data[VCP_MAX_OID_BYTES]; /* little-endian */
} vcp_oid_result;

/* OIDs and status codes have NDIS's numbers: 0x00010101 is OID_GEN_CO_SUPPORTED_LIST. Numbers from
 * 0xFF000000 are a call manager's and its clients' own. Their data is little-endian; an address in
 * it is a vcp_oid_address. */
typedef struct vcp_oid_address {
  uint8_t type; /* vcp_address_type, with the length and bytes of a vcp_address */
  uint8_t length;
  uint8_t reserved[2];
  uint8_t bytes[20];
} vcp_oid_address;

/* To a call manager that keeps PVCs, VCP_AF_PVC or a link's VCP_AF_Q2931: what vcp_oid_set gives,
 * a vcp_pvc to add one to the AF's port, or its name, 64 bytes, to delete one that was added so
 * (C97). Outcomes: VCP_ACCESS_DENIED, the configuration does not let applications;
 * VCP_INVALID_LENGTH, VCP_INVALID_DATA (C106); VCP_IN_USE, the name, or a label on the port, is
 * taken; VCP_RESOURCES, there are too many; VCP_NOT_FOUND; VCP_NOT_ACCEPTED, the operator's or
 * another port's. One that is deleted while a call has it is found by no other call, and goes with
 * that one, which ends. */
#define VCP_OID_CO_ADD_PVC 0xFE000001u
#define VCP_OID_CO_DELETE_PVC 0xFE000002u
typedef struct vcp_pvc {
  char name[64];           /* unique; no blanks; "group/0", "group/1" are a group's. Zeros behind */
  uint32_t transmit_label; /* 64 to 1048575 */
  uint32_t receive_label;
  uint8_t has_peer_mac; /* 0: MPLS-TP's group address */
  uint8_t peer_mac[6];
  uint8_t reserved;
  uint64_t rate_bytes_per_second; /* token rate, both ways; VCP_UNSPECIFIED: none */
  uint64_t max_sdu_bytes;         /* both ways; VCP_UNSPECIFIED: the port's */
  vcp_oid_address destination;    /* where it leads, or VCP_ADDRESS_NONE. Calls that name no PVC
                                     take the operator's only (C98, C100) */
} vcp_pvc;

/* Asked of a port about a VC: what the port has that is nearest to what the VC's call asks for; of
 * a VC without a call, what it has at most. What a direction leaves open, or has too much of and
 * VCP_MEDIA_ROUND_DOWN lets become less (C38), is the port's: largest SDU and peak, and of the
 * token rate what is too much. Outcomes: VCP_INVALID_DATA, no VC, or it may not become less. What
 * other calls have reserved does not count: making the call tells. */
#define VCP_OID_ATM_GET_NEAREST_FLOW 0x08010207u
typedef struct vcp_nearest_flow {
  uint32_t media_flags; /* VCP_MEDIA_*, the VC's */
  uint32_t reserved;
  vcp_flow_spec transmit;
  vcp_flow_spec receive;
} vcp_nearest_flow;

#define VCP_STATUS_RESET_START 0x40010004u
#define VCP_STATUS_RESET_END 0x40010005u
#define VCP_STATUS_LINK_STATE                                           \
  0x40010017u /* data: 1 or 2 (connected or not), duplex, 32 bits each; \
                 bits per second out and in, 64 each */

typedef struct vcp_status_indication {
  char adapter[64];
  uint32_t code;    /* VCP_STATUS_...; with an af the number of the OID that its call manager set */
  uint32_t request; /* 1: about the query or set that has this event's cookie (C115); else 0 */
  uint32_t length;
  uint8_t data[128];
} vcp_status_indication;

typedef struct vcp_event {
  uint32_t type; /* vcp_event_type */
  vcp_status status;
  uint64_t cookie;
  vcp_af af;
  vcp_sap sap;
  vcp_vc vc;
  uint32_t family;        /* AF_REGISTERED */
  uint32_t max_sdu_bytes; /* AF_REGISTERED: of the adapter */
  uint32_t data_length; /* INCOMING_CLOSE_CALL, INCOMING_DROP_PARTY, CM_CLOSE_CALL, CM_DROP_PARTY */
  vcp_party party;
  vcp_cause cause; /* value 0: none */
  union {
    vcp_call_params params;
    vcp_sap_params sap_params;
    vcp_vc_counters counters;
    vcp_oid_result oid;
    vcp_status_indication indication;
    char adapter[64];
    char text[128];
    uint8_t data[VCP_MAX_CLOSE_DATA_BYTES];
  };
} vcp_event;

#endif /* VCPLANE_TYPES_H_ */
