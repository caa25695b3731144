// The packet interface (vcplane_packet.h), in words of the buffer lists' one.
#include <cstring>

#include "client/vcplane.h"
#include "client/vcplane_packet.h"

namespace {

// VCP_INVALID_LENGTH: more than a segment.
vcp_status Gather(const vcp_packet& packet, uint32_t most_bytes, vcp_segment* segment) {
  uint64_t size_bytes = 0;
  for (uint32_t i = 0; i < packet.buffer_count; ++i) size_bytes += packet.buffers[i].size_bytes;
  if (size_bytes > most_bytes) return VCP_INVALID_LENGTH;
  auto* to = static_cast<uint8_t*>(segment->data);
  for (uint32_t i = 0; i < packet.buffer_count; ++i) {
    const vcp_packet_buffer& buffer = packet.buffers[i];
    if (buffer.size_bytes != 0) std::memcpy(to, buffer.data, buffer.size_bytes);
    to += buffer.size_bytes;
  }
  segment->size_bytes = static_cast<uint32_t>(size_bytes);
  segment->flags = VCP_SEGMENT_END_OF_BUFFER;
  return VCP_SUCCESS;
}

vcp_status SendOne(vcp_client* client, vcp_vc vc, vcp_packet* packet) {
  vcp_segment segment;
  if (vcp_send_alloc(client, &segment, 1) == 0) return VCP_BACK_PRESSURED;
  vcp_status status = Gather(*packet, vcp_max_sdu_bytes(client), &segment);
  const vcp_send_list list = {.vc = vc,
                              .segment_count = 1,
                              .segments = &segment,
                              .cookie = reinterpret_cast<uintptr_t>(packet),
                              .cancel_id = 0};
  if (status == VCP_SUCCESS && vcp_submit(client, &list, 1, &status) == 1) return VCP_PENDING;
  vcp_send_free(client, &segment, 1);
  return status;
}

}  // namespace

size_t vcp_send_packets(vcp_client* client, vcp_vc vc, vcp_packet* const* packets, size_t count) {
  size_t pending = 0;
  for (size_t i = 0; i < count; ++i) {
    packets[i]->vc = vc;
    packets[i]->status = SendOne(client, vc, packets[i]);
    pending += packets[i]->status == VCP_PENDING;
  }
  vcp_flush(client);
  return pending;
}

vcp_packet* vcp_sent_packet(vcp_client* client) {
  vcp_completion completion;
  if (vcp_completions(client, &completion, 1) == 0) return nullptr;
  auto* packet = reinterpret_cast<vcp_packet*>(static_cast<uintptr_t>(completion.cookie));
  if (packet != nullptr) packet->status = completion.status;
  return packet;
}

int vcp_receive_packet(vcp_client* client, vcp_packet* packet) {
  if (vcp_receive(client, &packet->received, 1) == 0) return 0;
  packet->whole = {packet->received.data, packet->received.size_bytes, 0};
  packet->buffers = &packet->whole;
  packet->buffer_count = 1;
  packet->vc = packet->received.vc;
  packet->status = VCP_SUCCESS;
  return 1;
}

void vcp_return_packet(vcp_client* client, const vcp_packet* packet) {
  vcp_return(client, &packet->received, 1);
  vcp_flush(client);
}
