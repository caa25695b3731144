// Ends everything of a client that is gone, in the environment's order: parties dropped, calls
// closed, VCs deleted, SAPs deregistered, address families closed, bindings closed. It takes the
// client's place, so the client itself may be destroyed at once. Control thread.
#pragma once

#include <cstddef>
#include <functional>
#include <set>

#include "circuit/idle_client.h"
#include "circuit/switchboard.h"

namespace vcp::circuit {

class ClientTeardown final : public IdleClient {
 public:
  // `client` hears nothing from the switchboard any more. Not from inside one of its handlers.
  ClientTeardown(Switchboard* switchboard, Client* client);

  // Runs `done` once, when nothing of the client is left: inside this call or from a later
  // completion. `done` may destroy this object; nobody else may before.
  void Start(std::function<void()> done);

  void OnOpenAfComplete(Status status, Context client_af, AfHandle af) override;
  void OnCloseAfComplete(Status status, Context client_af) override;
  Status OnNotifyCloseAf(Context client_af) override;
  void OnRegisterSapComplete(Status status, Context client_sap, const Sap& sap,
                             SapHandle handle) override;
  void OnDeregisterSapComplete(Status status, Context client_sap) override;
  Status OnCreateVc(Context client_af, VcHandle vc, Context* client_vc,
                    DataEndpoint* endpoint) override;
  void OnMakeCallComplete(Status status, Context client_vc, PartyHandle party,
                          const CallParameters& params, const Cause& cause) override;
  Status OnIncomingCall(Context client_sap, Context client_vc, CallParameters* params) override;
  // A call ends with all that pends on it: nothing of parties and changes is waited for.
  void OnCloseCallComplete(Status status, Context client_vc, Context client_party) override;

 private:
  // Each does the next step for one object, as far as it goes without waiting.
  void EndVc(VcHandle vc);
  void EndSap(SapHandle sap);
  void EndAf(AfHandle af);
  void ForgetAf(AfHandle af);
  void Advance();
  bool EndEverything();

  Switchboard* switchboard_;
  Belongings all_;
  // What is left of it.
  std::set<VcHandle> vcs_;
  std::set<SapHandle> saps_;
  std::set<AfHandle> afs_;
  size_t opening_ = 0;  // AFs being opened; nothing else may be asked meanwhile (C11)
  // How far each list has been gone through; the rest follows completions.
  size_t next_vc_ = 0;
  size_t next_sap_ = 0;
  size_t next_af_ = 0;
  bool started_ = false;
  bool advancing_ = false;
  std::function<void()> done_;
};

}  // namespace vcp::circuit
