// Between the attach protocol's bytes and the environment's values. What a client sent is checked
// here once and comes out as another type; nothing else of the daemon looks at its bytes. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/status.h"
#include "circuit/types.h"
#include "shm/attach_protocol.h"
#include "shm/call_manager_protocol.h"

namespace vcp::daemon {

// A packet of the attach socket as it arrived.
using Packet = std::span<const uint8_t>;

// Null when the packet is a well-formed request of a kind that comes after HELLO: known type, the
// size that it has or had, a request id, reserved fields zero, strings ended and nothing behind
// their end (A4, A7).
// Otherwise what is wrong with it, for a person.
const char* FindRequestFault(Packet packet);

// The same for HELLO, which may be longer than ours if what we do not know is zero (A3).
const char* FindHelloFault(Packet packet);

// Whole messages by value, so that alignment does not matter. What an older client does not say is
// zero.
template <typename T>
T ReadMessage(Packet packet) {
  static_assert(std::is_trivially_copyable_v<T>);
  T message;
  std::memset(&message, 0, sizeof message);
  std::memcpy(&message, packet.data(), std::min(packet.size(), sizeof message));
  return message;
}

// A message to send: everything zero but type and size.
template <typename T>
T NewMessage(uint16_t type, uint32_t request_id) {
  static_assert(std::is_trivially_copyable_v<T>);
  T message;
  std::memset(&message, 0, sizeof message);
  message.header.type = type;
  message.header.size_bytes = sizeof message;
  message.header.request_id = request_id;
  return message;
}
template <typename T>
T NewReply(shm::MessageType type, uint32_t request_id) {
  return NewMessage<T>(static_cast<uint16_t>(static_cast<uint16_t>(type) | shm::kReplyBit),
                       request_id);
}
template <typename T>
T NewEvent(shm::MessageType type) {
  return NewMessage<T>(static_cast<uint16_t>(type), 0);
}

// Ends within the array; longer text is cut.
void CopyText(std::string_view text, std::span<char> array);
std::string_view TextOf(std::span<const char> array);

// kInvalidData or kInvalidLength: a value that the environment does not know. kProtocolError:
// reserved or unused bytes are not zero.
Status FromAbi(const shm::AddressAbi& abi, Address* address);
Status FromAbi(const shm::CauseAbi& abi, circuit::Cause* cause);
Status FromAbi(const shm::SapAbi& abi, circuit::Sap* sap);
Status FromAbi(const shm::CallParametersAbi& abi, circuit::CallParameters* params);
// A status as a client may send it; kInvalidData when there is none of that number.
Status StatusFromAbi(uint32_t number, Status* status);

shm::SapAbi ToAbi(const circuit::Sap& sap);
shm::CallParametersAbi ToAbi(const circuit::CallParameters& params);
shm::CauseAbi ToAbi(const circuit::Cause& cause);

}  // namespace vcp::daemon
