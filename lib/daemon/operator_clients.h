// Asks call managers by OID for operators, who are no clients of theirs: for each question there is
// a client that opens the address family, asks, and goes. Control thread.
#pragma once

#include <list>
#include <memory>

#include "circuit/client_teardown.h"
#include "circuit/switchboard.h"

namespace vcp::daemon {

class OperatorClients {
 public:
  // Outlives every call manager: one that is slow to close is waited for.
  explicit OperatorClients(circuit::Switchboard* switchboard) : switchboard_(switchboard) {}

  // As Switchboard::RequestOid. At once or not at all: what pends is aborted, and kRequestAborted.
  Status Ask(circuit::AdapterHandle adapter, const circuit::AddressFamily& family,
             const circuit::OidRequest& request, circuit::OidAnswer* answer);

  // Whose address families are not closed yet.
  size_t departing() const { return departing_.size(); }

 private:
  circuit::Switchboard* switchboard_;
  std::list<std::unique_ptr<circuit::ClientTeardown>> departing_;
};

}  // namespace vcp::daemon
