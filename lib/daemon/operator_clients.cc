#include "daemon/operator_clients.h"

#include <memory>

#include "circuit/idle_client.h"

namespace vcp::daemon {

using circuit::AdapterHandle;
using circuit::AddressFamily;
using circuit::AfHandle;
using circuit::BindingHandle;
using circuit::ClientTeardown;
using circuit::OidAnswer;
using circuit::OidHandle;
using circuit::OidRequest;
using circuit::Switchboard;

namespace {

class OperatorClient final : public circuit::IdleClient {
 public:
  explicit OperatorClient(Switchboard* switchboard) : switchboard_(switchboard) {}

  // What it leaves open, ClientTeardown ends.
  Status Ask(AdapterHandle adapter, const AddressFamily& family, const OidRequest& request,
             OidAnswer* answer);

 private:
  Switchboard* switchboard_;
};

Status OperatorClient::Ask(AdapterHandle adapter, const AddressFamily& family,
                           const OidRequest& request, OidAnswer* answer) {
  BindingHandle binding;
  Status status = switchboard_->OpenBinding(this, adapter, &binding);
  if (status != Status::kSuccess) return status;
  AfHandle af;
  status = switchboard_->OpenAddressFamily(binding, family, 0, &af);
  if (status == Status::kPending) return Status::kRequestAborted;
  if (status != Status::kSuccess) return status;
  OidHandle oid;
  status = switchboard_->RequestOid({.from = binding, .af = af}, 0, request, answer, &oid);
  if (status != Status::kPending) return status;
  (void)switchboard_->AbortOid(oid);  // Unless it is complete already, where nobody heard it.
  return Status::kRequestAborted;
}

}  // namespace

Status OperatorClients::Ask(AdapterHandle adapter, const AddressFamily& family,
                            const OidRequest& request, OidAnswer* answer) {
  OperatorClient client(switchboard_);
  const Status status = client.Ask(adapter, family, request, answer);
  const auto leaving =
      departing_.insert(departing_.end(), std::make_unique<ClientTeardown>(switchboard_, &client));
  (*leaving)->Start([this, leaving] { departing_.erase(leaving); });
  return status;
}

}  // namespace vcp::daemon
