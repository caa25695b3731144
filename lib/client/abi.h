// What the parts of the C ABI share.
#pragma once

#include "client/client.h"
#include "client/vcplane.h"

namespace vcp::client {

// vcp_client is a name only; what it points at is the library's object.
inline Client& Of(vcp_client* client) { return *reinterpret_cast<Client*>(client); }
inline const Client& Of(const vcp_client* client) {
  return *reinterpret_cast<const Client*>(client);
}

// Remembers a sentence for a call that failed; passes the status on.
vcp_status Explain(vcp_status status);

}  // namespace vcp::client
