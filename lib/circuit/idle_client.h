// A client that makes no calls, takes none, and hears nothing that it would have to act upon: what
// clients of few needs begin with. Control thread.
#pragma once

#include <span>

#include "circuit/roles.h"

namespace vcp::circuit {

class IdleClient : public Client {
 public:
  void OnAfRegistered(BindingHandle, const AddressFamily&) override {}
  void OnOpenAfComplete(Status, Context, AfHandle) override {}
  void OnCloseAfComplete(Status, Context) override {}
  Status OnNotifyCloseAf(Context) override { return Status::kPending; }
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
};

}  // namespace vcp::circuit
