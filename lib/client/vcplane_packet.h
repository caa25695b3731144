/* libvcplane for older clients, which send and receive single packets instead of buffer lists
 * (C128). A packet is one SDU, in one or more buffers anywhere in memory; the library copies it
 * into a buffer list of its own. Both kinds of clients understand each other: each buffer of a list
 * arrives as a packet, and each packet as a buffer. What vcplane.h says of threads holds here. A
 * client that uses both interfaces takes completions with vcp_completions: a packet's cookie is its
 * address. */
#ifndef VCPLANE_PACKET_H_
#define VCPLANE_PACKET_H_

#include "vcplane.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vcp_packet_buffer {
  const void* data;
  uint32_t size_bytes;
  uint32_t reserved; /* zero */
} vcp_packet_buffer;

typedef struct vcp_packet {
  const vcp_packet_buffer* buffers;
  uint32_t buffer_count;
  vcp_vc vc;
  vcp_status status;
  void* context;         /* the application's */
  vcp_received received; /* the library's, of one that came in */
  vcp_packet_buffer whole;
} vcp_packet;

/* Sends packets in order. Each one's `vc` and `status` are set: VCP_PENDING, and it is given back
 * by vcp_sent_packet, exactly once, its buffers free already; anything else (as of vcp_send), and
 * it is not sent and not given back. Returns how many are pending. */
VCP_API size_t vcp_send_packets(vcp_client* client, vcp_vc vc, vcp_packet* const* packets,
                                size_t count);
/* One packet whose send has completed, with its status; NULL: none now. */
VCP_API vcp_packet* vcp_sent_packet(vcp_client* client);
/* Takes one received packet: 1 and *packet filled, or 0. It is one buffer, readable until returned;
 * *packet may be copied, but `buffers` is good for this one only. */
VCP_API int vcp_receive_packet(vcp_client* client, vcp_packet* packet);
/* Gives a received packet back; in any order (C124). */
VCP_API void vcp_return_packet(vcp_client* client, const vcp_packet* packet);

#ifdef __cplusplus
}
#endif

#endif /* VCPLANE_PACKET_H_ */
