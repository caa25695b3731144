#include "daemon/operator_clients.h"

#include <span>
#include <utility>

namespace vcp::daemon {

using circuit::AdapterHandle;
using circuit::AddressFamily;
using circuit::AfHandle;
using circuit::BindingHandle;
using circuit::CallParameters;
using circuit::Cause;
using circuit::Client;
using circuit::ClientTeardown;
using circuit::Context;
using circuit::DataEndpoint;
using circuit::OidAnswer;
using circuit::OidHandle;
using circuit::OidRequest;
using circuit::PartyHandle;
using circuit::Sap;
using circuit::SapHandle;
using circuit::Switchboard;
using circuit::VcHandle;

namespace {

// Makes no calls and takes none, so it hears nothing that it would have to act upon.
class OperatorClient final : public Client {
 public:
  explicit OperatorClient(Switchboard* switchboard) : switchboard_(switchboard) {}

  // What it leaves open, ClientTeardown ends.
  Status Ask(AdapterHandle adapter, const AddressFamily& family, const OidRequest& request,
             OidAnswer* answer);

  void OnAfRegistered(BindingHandle, const AddressFamily&) override {}
  void OnOpenAfComplete(Status, Context, AfHandle) override {}
  void OnCloseAfComplete(Status, Context) override {}
  Status OnNotifyCloseAf(Context) override { return Status::kPending; }  // It is closed anyway.
  void OnRegisterSapComplete(Status, Context, const Sap&, SapHandle) override {}
  void OnDeregisterSapComplete(Status, Context) override {}
  Status OnCreateVc(Context, VcHandle, Context*, DataEndpoint*) override {
    return Status::kNotAccepted;
  }
  Status OnDeleteVc(Context) override { return Status::kSuccess; }
  void OnMakeCallComplete(Status, Context, PartyHandle, const CallParameters&,
                          const Cause&) override {}
  Status OnIncomingCall(Context, Context, CallParameters*) override { return Status::kNotAccepted; }
  void OnCallConnected(Context) override {}
  void OnCloseCallComplete(Status, Context, Context) override {}
  void OnIncomingCloseCall(Status, Context, std::span<const uint8_t>, const Cause&) override {}
  void OnAddPartyComplete(Status, Context, PartyHandle, const CallParameters&,
                          const Cause&) override {}
  void OnDropPartyComplete(Status, Context) override {}
  void OnIncomingDropParty(Status, Context, std::span<const uint8_t>, const Cause&) override {}
  void OnModifyCallQoSComplete(Status, Context, const CallParameters&, const Cause&) override {}
  void OnIncomingCallQoSChange(Context, const CallParameters&) override {}

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
