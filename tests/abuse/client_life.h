// An application's whole honest life, step by step, so that it can end after any of them: from
// connecting to leaving, with calls, bursts, receives held back and everything closed again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "testing/raw_client.h"

namespace vcp::abuse {

// What a life has gathered so far; the steps work on it.
struct ClientLife {
  // Calls the PVC, which hears itself, and itself at the address.
  ClientLife(std::string attach_socket_in, std::string pvc_in, std::string address_in)
      : attach_socket(std::move(attach_socket_in)),
        pvc(std::move(pvc_in)),
        address(std::move(address_in)) {}

  static size_t StepCount();
  // Lives through the first `steps`; names the step that went wrong, "" when none did.
  std::string Live(size_t steps);

  const std::string attach_socket;
  const std::string pvc;
  const std::string address;
  std::unique_ptr<testing::RawClient> client;
  uint32_t pending = 0;  // the request whose answer a later step takes
  uint32_t making = 0;   // MAKE CALL to itself
  uint32_t pvc_af = 0;
  uint32_t call_af = 0;
  uint32_t sap = 0;
  uint32_t pvc_vc = 0;
  uint32_t caller = 0;
  uint32_t callee = 0;
  std::vector<shm::Reception> held;
};

}  // namespace vcp::abuse
