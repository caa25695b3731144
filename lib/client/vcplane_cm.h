/* libvcplane for call managers: an attached application that offers an address family to the
 * clients of a port, and carries out what they ask of it, with a signaling protocol of its own.
 * Root, the daemon's own user, and those whom its configuration names (call_managers) may be one;
 * others get VCP_NOT_ACCEPTED. vcplane.h's rules of threads, events and completions hold here, too.
 *
 * What clients ask arrives as events whose cookie names the operation; each is completed by
 * vcp_cm_complete, exactly once, in any order. The daemon sees to it that clients keep to the
 * environment's rules, so that a call manager is asked for nothing that is not in order. Opening
 * and closing, and ending calls, must be completed within ten seconds: a call manager that lets
 * clients wait longer is evicted. One that ends, however, is outlived by a stand-in that fails what
 * is under way and has its clients close what they have, in their order (C14 to C17).
 *
 * Handles in these events and functions are the call manager's side of things: AFs, SAPs, VCs and
 * parties of its clients. They are numbers of their own, unlike those of vcplane.h; only a VC of
 * the call manager's own, for signaling, is a vcp_vc, that can be sent to and received from. When
 * the daemon is gone (VCP_EVENT_DISCONNECTED) so are all of them, and after VCP_EVENT_RECONNECTED
 * families are registered anew. */
#ifndef VCPLANE_CM_H_
#define VCPLANE_CM_H_

#include "vcplane.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t vcp_cm_family;
typedef uint32_t vcp_cm_af;
typedef uint32_t vcp_cm_sap;
typedef uint32_t vcp_cm_vc;
typedef uint32_t vcp_cm_party;

/* --- families --- */

/* What a family's call manager does beyond what each does. */
#define VCP_CM_ANSWERS_OIDS \
  0x1u /* VCP_EVENT_CM_OID_...; without it clients that ask get VCP_NOT_SUPPORTED at once */
/* Offers `family` (any number but 0; 0x2000 and above are nobody's) on an adapter, NULL: the first
 * (C1). `options`: VCP_CM_..., or 0. VCP_EVENT_CM_REGISTER_FAMILY_COMPLETE names it in `af`.
 * VCP_FAILURE as the outcome: the adapter has a family of that number (C2). VCP_INVALID_DATA: an
 * option that there is not. */
VCP_API vcp_status vcp_cm_register_family(vcp_client* client, const char* adapter, uint32_t family,
                                          uint32_t options, uint64_t cookie);
/* Has its clients close it, in the order of C16, then withdraws it:
 * VCP_EVENT_CM_DEREGISTER_FAMILY_COMPLETE. VCP_NOT_ACCEPTED as the outcome: own VCs are left. */
VCP_API vcp_status vcp_cm_deregister_family(vcp_client* client, vcp_cm_family family,
                                            uint64_t cookie);
/* Asks one client to close it (C14); VCP_EVENT_CM_NOTIFY_CLOSE_COMPLETE when it has, or would not.
 */
VCP_API vcp_status vcp_cm_notify_close_af(vcp_client* client, vcp_cm_af af, uint64_t cookie);

/* Completes what an event asked for; `operation` is its cookie. `params`: as agreed, for
 * VCP_EVENT_CM_MAKE_CALL, _ADD_PARTY and _MODIFY_CALL_QOS; else NULL. `cause`: of a failure of
 * these, or NULL. Making a call succeeds only once its VC is active (C50); a call that ends, or is
 * not made, has its VC deactivated by the daemon before its client hears `status`. Ending a call or
 * a party fails only for close data that cannot be carried, whatever `status` says. VCP_SUCCESS,
 * and no event; values that the daemon refuses fail the operation, and one that is over already is
 * left alone. */
VCP_API vcp_status vcp_cm_complete(vcp_client* client, uint64_t operation, vcp_status status,
                                   const vcp_call_params* params, const vcp_cause* cause);

/* --- OIDs (environment section 9) --- */

/* Completes what a client asked for by OID, of a family that answers them. Of a query `data` is the
 * answer: one that is longer than its asker can take becomes VCP_BUFFER_TOO_SHORT, and says how
 * long it is (C105); with that status `data` may be NULL. Which OIDs a call manager knows is its
 * own matter: VCP_INVALID_OID or VCP_NOT_SUPPORTED for others (C106). Several may be under way, and
 * complete in any order (C104).
 */
VCP_API vcp_status vcp_cm_complete_oid(vcp_client* client, uint64_t operation, vcp_status status,
                                       const void* data, size_t length);
/* Tells all who have the family open, as VCP_EVENT_STATUS if they watch it: that the addresses
 * changed (C111; each is told so when it opens the family, too), or that calls can, or cannot, be
 * made (C112). VCP_EVENT_CM_INDICATED; VCP_INVALID_DATA as the outcome: another OID. */
#define VCP_OID_CO_ADDRESS_CHANGE 0xFE000007u
#define VCP_OID_CO_SIGNALING_ENABLED 0xFE000008u
#define VCP_OID_CO_SIGNALING_DISABLED 0xFE000009u
VCP_API vcp_status vcp_cm_tell_clients(vcp_client* client, vcp_cm_family family, uint32_t oid,
                                       uint64_t cookie);
/* Sets an OID at the client of one AF, about a VC of it or, 0, none. VCP_EVENT_CM_SET_OID_COMPLETE.
 * With VCP_OID_CO_AF_CLOSE the client is asked to close, as by vcp_cm_notify_close_af, and the
 * outcome is its answer (C19). Others reach an application as VCP_EVENT_STATUS, with at most 128
 * bytes of data, if it watches status; of numbers from 0xFF000000, which mean what the two agree
 * on, VCP_NOT_SUPPORTED says that it does not, and VCP_RESOURCES that it does not read. */
#define VCP_OID_CO_AF_CLOSE 0xFE00000Au
VCP_API vcp_status vcp_cm_set_oid(vcp_client* client, vcp_cm_af af, vcp_cm_vc vc, uint32_t oid,
                                  const void* data, size_t length, uint64_t cookie);

/* --- clients' VCs --- */

/* A VC toward the client of an AF, to offer it calls on (C30, C47);
 * VCP_EVENT_CM_CREATE_VC_COMPLETE. Outcomes: VCP_INVALID_HANDLE, no such AF (C33); what client or
 * port say, and nothing is left of it (C32). */
VCP_API vcp_status vcp_cm_create_vc(vcp_client* client, vcp_cm_af af, uint64_t cookie);
/* One made here, inactive and without a call; VCP_EVENT_CM_DELETE_VC_COMPLETE. Outcomes:
 * VCP_NOT_ACCEPTED, it is active, or its client's (C44, C45); VCP_CLOSING, it is being deactivated.
 */
VCP_API vcp_status vcp_cm_delete_vc(vcp_client* client, vcp_cm_vc vc, uint64_t cookie);

/* Where a VC leads. Labels are 64 to 1048575, of own VCs 16 and above; the receive label is free
 * on the port, or that of other leaves of the call: a leaf's VC only receives, and its parameters
 * have VCP_CALL_MULTIPOINT_VC (C80). Call managers of one port agree on who has which, as an
 * operator sees to. */
typedef struct vcp_cm_path {
  uint32_t transmit_label;
  uint32_t receive_label;
  uint8_t has_peer_mac; /* 0: MPLS-TP's group address */
  uint8_t peer_mac[6];
  uint8_t reserved;
} vcp_cm_path;
/* Lets the VC carry data, or changes what it carries (C36 to C39);
 * VCP_EVENT_CM_ACTIVATE_VC_COMPLETE with the parameters as the port took them. Outcomes:
 * VCP_IN_USE, the label is another's; VCP_NOT_SUPPORTED, an active VC keeps labels and directions;
 * VCP_INVALID_STATE, a client's VC without a call. */
VCP_API vcp_status vcp_cm_activate_vc(vcp_client* client, vcp_cm_vc vc, const vcp_cm_path* path,
                                      const vcp_call_params* params, uint64_t cookie);
/* Once, however often the VC was activated (C39). Completes when sends are and receives are
 * returned (C41): VCP_EVENT_CM_DEACTIVATE_VC_COMPLETE; it may be activated again (C42). Outcomes:
 * VCP_NOT_ACCEPTED, it is not active (C43); VCP_CLOSING, a second time; VCP_INVALID_STATE, it is
 * being activated. */
VCP_API vcp_status vcp_cm_deactivate_vc(vcp_client* client, vcp_cm_vc vc, uint64_t cookie);

/* Gives a VC a name for management, `base` and a number, in `text` of
 * VCP_EVENT_CM_NAME_VC_COMPLETE. The same again when it has one, its client's as well (C48). Own
 * VCs: vcp_name_vc. */
VCP_API vcp_status vcp_cm_name_vc(vcp_client* client, vcp_cm_vc vc, const char* base,
                                  uint64_t cookie);

/* --- calls to clients --- */

/* Offers a call on a VC made here, active or not yet; VCP_EVENT_CM_INCOMING_CALL_COMPLETE is the
 * client's answer, with what it changed (C58, C60, C61). Outcomes of the offer itself:
 * VCP_INVALID_HANDLE, no such SAP (C57); VCP_CLOSING, it is being deregistered (C27);
 * VCP_NOT_ACCEPTED, the VC was made by a client, or is not of the SAP's AF; VCP_INVALID_STATE, it
 * has a call. */
VCP_API vcp_status vcp_cm_incoming_call(vcp_client* client, vcp_cm_sap sap, vcp_cm_vc vc,
                                        const vcp_call_params* params, uint64_t cookie);
/* After the client accepted, and the VC is active; once (C59). This and what follows here:
 * VCP_EVENT_CM_INDICATED with the outcome; VCP_INVALID_STATE: not in this state of a call;
 * VCP_CLOSING: one side is ending it. */
VCP_API vcp_status vcp_cm_call_connected(vcp_client* client, vcp_cm_vc vc, uint64_t cookie);
/* The other side ended the call (C62, C67); the client then closes it, which is an operation. */
VCP_API vcp_status vcp_cm_incoming_close_call(vcp_client* client, vcp_cm_vc vc, vcp_status status,
                                              const vcp_cause* cause, const void* data,
                                              size_t data_length, uint64_t cookie);
/* The other side of one party left, or was lost, and others are on the call (C78); its client then
 * drops it, which is an operation (VCP_EVENT_CM_DROP_PARTY). Of the last one the call ends instead:
 * vcp_cm_incoming_close_call (C79). `data`: up to VCP_MAX_CLOSE_DATA_BYTES, or NULL.
 * VCP_INVALID_STATE as the outcome: the party is not added yet; VCP_CLOSING: it is ending already.
 */
VCP_API vcp_status vcp_cm_incoming_drop_party(vcp_client* client, vcp_cm_party party,
                                              vcp_status status, const vcp_cause* cause,
                                              const void* data, size_t data_length,
                                              uint64_t cookie);
/* The other side changed the call, and the VC is active with `params` (C86). VCP_NOT_ACCEPTED as
 * the outcome: the client would not have it, and the VC is to be activated as it was (C87). */
VCP_API vcp_status vcp_cm_incoming_call_qos_change(vcp_client* client, vcp_cm_vc vc,
                                                   const vcp_call_params* params, uint64_t cookie);

/* --- own VCs, for signaling (C34) --- */

/* VCP_EVENT_CM_CREATE_OWN_VC_COMPLETE. On the family's port. Outcomes: VCP_INVALID_HANDLE, no such
 * family; VCP_NOT_ACCEPTED, its port is gone (C141); VCP_RESOURCES. */
VCP_API vcp_status vcp_cm_create_own_vc(vcp_client* client, vcp_cm_family family, uint64_t cookie,
                                        vcp_vc* vc);
/* VCP_EVENT_CM_ACTIVATE_OWN_VC_COMPLETE; then it can be sent to and received from as any VC.
 * Outcomes: VCP_INVALID_DATA, labels that there are not; VCP_IN_USE, the receive label leads
 * elsewhere; VCP_INVALID_STATE, it is on its way up or down; VCP_CLOSING, it is being deleted. A
 * failure leaves it as it was (C37). */
VCP_API vcp_status vcp_cm_activate_own_vc(vcp_client* client, vcp_vc vc, const vcp_cm_path* path,
                                          uint64_t cookie);
/* Deactivates it first, when what was sent has completed and what was received is returned (C41);
 * VCP_EVENT_CM_DELETE_OWN_VC_COMPLETE. VCP_CLOSING: it is being deleted. */
VCP_API vcp_status vcp_cm_delete_own_vc(vcp_client* client, vcp_vc vc, uint64_t cookie);

#ifdef __cplusplus
}
#endif

#endif /* VCPLANE_CM_H_ */
