// What an operator's program says to the daemon. A stream socket; a request is one line of words
// ended by '\n', the answer one JSON document on one line ended by '\n', in order, as many as one
// likes. The answer, besides "ok": true, by request (CLIENT is client_id, client_name: number and
// string, or null and "" when no application has it; a number may be null where noted by ?):
//
//   version        version, abi ("1.0"), pid, uptime_seconds, dev (bool), attach_socket,
//                  operator_socket
//   show ports     ports: [{name, driver, state ("up"|"down"), life ("running"|
//                  "paused"|"pausing"|"restarting"|"removing"|"removed"), mac, mtu_bytes,
//                  max_sdu_bytes, link_bits_per_second, families: [FAMILY], counters: {NAME: n},
//                  drops: {NAME: n}}]
//   show clients   clients: [{id, name, pid, uid, afs, saps, vcs, max_sdu_bytes,
//                  receives_outstanding, stalled_seconds, counters: {NAME: n}, drops: {NAME: n}}]
//   show afs       afs: [{handle, adapter, family ("q2931"|"pvc"|NUMBER), version ("4.0"), saps,
//                  vcs, CLIENT}]
//   show saps      saps: [{handle, af, adapter, address (or "none"), pvc (or ""), CLIENT}]
//   show vcs       vcs: [{handle, af, adapter, state, call, made_by ("client"|"call_manager"),
//                  transmit_label?, receive_label?, pvc (or ""), max_sdu_bytes?, CLIENT, COUNTERS,
//                  name (or "")}], total. COUNTERS is counters: {transmitted_sdus,
//                  transmitted_bytes, received_sdus, received_bytes, transmit_drops,
//                  receive_drops, paced_sdus}
//   show calls     calls: [{vc, adapter, call, called, calling, direction
//                  ("outgoing"|"incoming"), peer (the other one of these addresses), label?,
//                  signaling? (Q.2931's state), call_reference?, cause? (why it ended),
//                  cause_meaning (or ""), closed_by_peer (bool), pvc, CLIENT}], total
//   show parties   parties: [{vc, adapter, call_reference?, endpoint?, role ("root": called from
//                  here|"leaf": the client here), address, state (Q.2971's, or
//                  "adding"|"active"|"dropping" and as in show calls where none is signaled),
//                  CLIENT, COUNTERS of the leaf, or of the root, which sends once for all}], total
//   show links     links: [{port, side ("user"|"network"), signaling ("up"|"meeting"|"down"),
//                  since_seconds, saal, carrier, capacity_bits_per_second, calls, calls_in_setup,
//                  calls_made, calls_offered, calls_connected, calls_failed, setups_refused,
//                  labels_in_use, labels_quarantined, messages_lost}]
//   show sscop     sscop: [{port, state, state_number (Q.2110's), vt_a, vt_s, vt_ms, vr_r, vr_h,
//                  vr_mr, window, unacknowledged, sent, received, retransmitted, repeated,
//                  establishments, resets, errors}]
//   show routes    routes: [{prefix (or "default"), port, priority, link ("up"|"down")}], total
//   show cac       cac: [{port, direction ("transmit"|"receive"), SHARE of capacity, limit,
//                  reserved, real_time_limit, real_time_reserved; real_time_permille,
//                  total_permille, buffer_cells, buffered_cells, vcs}], admitted: [{vc, port,
//                  direction, state ("in setup"|"standing"|"changing"), category, conformance,
//                  peak_cells_per_second, sustained_cells_per_second, burst_cells, sdu_bytes,
//                  real_time (bool), k_permille (0: not VBR), effective_cells_per_second,
//                  overbooking_permille, buffered_cells, SHARE of counted}], admitted_total.
//                  SHARE of X is X_cells_per_second, X_bits_per_second (on the wire)
//   show pvcs      pvcs: [{name, port, transmit_label, receive_label, peer_mac, destination (or
//                  "none"), max_sdu_bytes?, in_use (bool), deleting (bool), CLIENT}], total
//   show counters  counters: [{scope ("port NAME"|"client ID"|"clients gone"|"core N"|"link
//                  PORT"|"daemon"), name, value, meaning, drop (bool)}]
//   show cores     cores: [{core, cpu?, turns, busy_turns, busy_cycles, sleeps,
//                  longest_turn_cycles, cycles_per_second}]
//   explain setup address=A [port=P] [rate=10Mbit] [peak=20Mbit] [burst=BYTES] [sdu=BYTES]
//                 [service=best-effort|controlled-load|guaranteed] [one_way=yes]
//                  What would happen to this call; nothing is changed. address, steps: [{about
//                  ("routes"|"pvc"|"contract"|"admission"|"link"|"labels"|"here"), good (bool),
//                  text; contract: forward, backward: {conformance, peak_cells_per_second,
//                  sustained_cells_per_second, burst_cells, sdu_bytes}; admission: transmit,
//                  receive: {SHARE of counted, free}; labels: free}],
//                  would_be_sent (bool), status ("SUCCESS", or of the first step that is not good),
//                  cause?, port (that the call leaves by, or stays on, or ""), verdict
//   pvc add name=N port=P label=L [count=N] [peer_mac=M] [destination=A] [max_sdu=BYTES]
//                  [rate=100Mbit] [peak=200Mbit] [burst=BYTES]
//                  Instead of label=: transmit_label= and receive_label=. With count, the names are
//                  N/0, N/1 and so on, and labels count up from those given.
//   pvc delete N   N is a PVC's name, or a group's with all its members.
//   oid list       oids: [{name, number, access ("get"|"set"), presence ("mandatory"|"optional"|
//                  "call manager": between it and its clients)}]
//   oid get P NAME [vc=HANDLE|family=N]
//                  Of port P or one of its VCs. name, value: a number; a text; a list of names;
//                  {outbound, inbound} in 100 bit/s; or hexadecimal digits. NAME may be a number,
//                  or go without OID_GEN_CO_. OID_CO_GET_ADDRESSES asks a call manager there, the
//                  first that takes it unless its family's number is given.
//   oid set P NAME VALUE [vc=HANDLE|family=N]
//                  name. VALUE is a number, or for OID_CO_ADD_PVC and OID_CO_DELETE_PVC the octets
//                  in hexadecimal.
//   port pause P   And restart P, reset P, remove P. life, which may say that it takes time: a
//   pause
//                  waits until clients have returned what they received, a removal until they have
//                  let go of the port.
//   doctor         checks: [{name, result ("ok"|"warning"|"bad"), found, fix}]
//
// Lists hold at most kMaxRows rows; `total` says how many there are. Numbers are integers.
// A refused request answers {"ok": false, "status": "IN_USE", "error": "one line"}.
#pragma once

#include <cstddef>

namespace vcp::daemon {

inline constexpr size_t kMaxRequestBytes = 4096;  // with the '\n'
inline constexpr size_t kMaxRows = 10000;

// See shm/socket_paths.h for where the socket is.
inline constexpr char kSystemOperatorSocket[] = "/run/vcplane/operator.sock";

}  // namespace vcp::daemon
