// Roles for tests: each writes down what the switchboard told it, one line an event, and answers
// what it was told to answer. Hooks run inside the handler, before it answers.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "circuit/roles.h"
#include "circuit/switchboard.h"

namespace vcp::testing {

using Log = std::vector<std::string>;
using Hook = std::function<void()>;

inline std::string Line(std::string event, Status status, circuit::Context context) {
  return std::move(event) + " " + std::string(StatusName(status)) + " " + std::to_string(context);
}
inline std::string Line(std::string event, circuit::Context context) {
  return std::move(event) + " " + std::to_string(context);
}

// Returns what was recorded and starts anew.
inline Log Take(Log* log) { return std::exchange(*log, {}); }

// The life of a binding, status and OIDs, which every driver hears of; apart from the other events,
// in `life`.
template <typename Role>
class RecordingProtocol : public Role {
 public:
  struct Asked {
    circuit::OidHandle handle;
    circuit::OidTarget target;
    circuit::OidRequest request;
  };

  Status OnPause(circuit::BindingHandle) override {
    life.emplace_back("Pause");
    if (on_pause) on_pause();
    return pause;
  }
  void OnRestart(circuit::BindingHandle) override { life.emplace_back("Restart"); }
  void OnUnbind(circuit::BindingHandle) override {
    life.emplace_back("Unbind");
    if (on_unbind) on_unbind();
  }
  void OnStatus(circuit::BindingHandle, std::optional<circuit::Context> vc,
                const circuit::StatusIndication& indication) override {
    const auto code = static_cast<circuit::Context>(indication.code);
    life.push_back(vc ? Line(Line("Status", code), *vc) : Line("Status", code));
    if (on_status) on_status();
    life.emplace_back("StatusEnd");
  }
  Status OnOidRequest(circuit::OidHandle handle, const circuit::OidTarget& target,
                      const circuit::OidRequest& request, circuit::OidAnswer* answer) override {
    asked.push_back({handle, target, request});
    if (on_oid_request) on_oid_request();
    *answer = oid_answer;
    return oid_request;
  }
  void OnOidAborted(circuit::OidHandle) override { life.emplace_back("OidAborted"); }
  void OnOidRequestComplete(circuit::Context request, Status status,
                            const circuit::OidAnswer& given) override {
    life.push_back(Line("OidRequestComplete", status, request));
    answer = given;
    if (on_oid_request_complete) on_oid_request_complete();
  }

  Log life;
  std::vector<Asked> asked;
  Status pause = Status::kSuccess;
  Status oid_request = Status::kNotSupported;
  circuit::OidAnswer oid_answer;  // to those who ask this one
  circuit::OidAnswer answer;      // the last that this one got
  Hook on_pause, on_unbind, on_status, on_oid_request, on_oid_request_complete;
};

class RecordingClient : public RecordingProtocol<circuit::Client> {
 public:
  void OnAfRegistered(circuit::BindingHandle, const circuit::AddressFamily& family) override {
    log.push_back(Line("AfRegistered", static_cast<circuit::Context>(family.type)));
    Run(on_af_registered);
  }
  void OnOpenAfComplete(Status status, circuit::Context af, circuit::AfHandle handle) override {
    log.push_back(Line("OpenAfComplete", status, af));
    last_af = handle;
    Run(on_open_af_complete);
  }
  void OnCloseAfComplete(Status status, circuit::Context af) override {
    log.push_back(Line("CloseAfComplete", status, af));
    Run(on_close_af_complete);
  }
  Status OnNotifyCloseAf(circuit::Context af) override {
    log.push_back(Line("NotifyCloseAf", af));
    Run(on_notify_close_af);
    return notify_close_af;
  }
  void OnRegisterSapComplete(Status status, circuit::Context sap, const circuit::Sap&,
                             circuit::SapHandle handle) override {
    log.push_back(Line("RegisterSapComplete", status, sap));
    last_sap = handle;
    Run(on_register_sap_complete);
  }
  void OnDeregisterSapComplete(Status status, circuit::Context sap) override {
    log.push_back(Line("DeregisterSapComplete", status, sap));
    Run(on_deregister_sap_complete);
  }
  Status OnCreateVc(circuit::Context af, circuit::VcHandle vc, circuit::Context* client_vc,
                    circuit::DataEndpoint* data) override {
    log.push_back(Line("CreateVc", af));
    last_vc = vc;
    *client_vc = next_vc_context++;
    *data = endpoint;
    ++endpoint.channel_vc;
    Run(on_create_vc);
    return create_vc;
  }
  Status OnDeleteVc(circuit::Context vc) override {
    log.push_back(Line("DeleteVc", vc));
    Run(on_delete_vc);
    return delete_vc;
  }
  void OnMakeCallComplete(Status status, circuit::Context vc, circuit::PartyHandle party,
                          const circuit::CallParameters& call_params,
                          const circuit::Cause& given) override {
    log.push_back(Line("MakeCallComplete", status, vc));
    last_party = party;
    params = call_params;
    cause = given;
    Run(on_make_call_complete);
  }
  Status OnIncomingCall(circuit::Context sap, circuit::Context vc,
                        circuit::CallParameters* call_params) override {
    log.push_back(Line(Line("IncomingCall", sap), vc));
    params = *call_params;
    if (edit_params) edit_params(call_params);
    Run(on_incoming_call);
    return incoming_call;
  }
  void OnCallConnected(circuit::Context vc) override {
    log.push_back(Line("CallConnected", vc));
    Run(on_call_connected);
  }
  void OnCloseCallComplete(Status status, circuit::Context vc, circuit::Context party) override {
    const std::string line = Line("CloseCallComplete", status, vc);
    log.push_back(party == 0 ? line : Line(line, party));
    Run(on_close_call_complete);
  }
  void OnIncomingCloseCall(Status status, circuit::Context vc, std::span<const uint8_t> data,
                           const circuit::Cause& given) override {
    log.push_back(Line("IncomingCloseCall", status, vc));
    close_data.assign(data.begin(), data.end());
    cause = given;
    Run(on_incoming_close_call);
  }
  void OnAddPartyComplete(Status status, circuit::Context party, circuit::PartyHandle handle,
                          const circuit::CallParameters& call_params,
                          const circuit::Cause& given) override {
    log.push_back(Line("AddPartyComplete", status, party));
    last_party = handle;
    params = call_params;
    cause = given;
    Run(on_add_party_complete);
  }
  void OnDropPartyComplete(Status status, circuit::Context party) override {
    log.push_back(Line("DropPartyComplete", status, party));
    Run(on_drop_party_complete);
  }
  void OnIncomingDropParty(Status status, circuit::Context party, std::span<const uint8_t> data,
                           const circuit::Cause& given) override {
    log.push_back(Line("IncomingDropParty", status, party));
    close_data.assign(data.begin(), data.end());
    cause = given;
    Run(on_incoming_drop_party);
  }
  void OnModifyCallQoSComplete(Status status, circuit::Context vc,
                               const circuit::CallParameters& call_params,
                               const circuit::Cause& given) override {
    log.push_back(Line("ModifyCallQoSComplete", status, vc));
    params = call_params;
    cause = given;
    Run(on_modify_call_qos_complete);
  }
  void OnIncomingCallQoSChange(circuit::Context vc,
                               const circuit::CallParameters& call_params) override {
    log.push_back(Line("IncomingCallQoSChange", vc));
    params = call_params;
    Run(on_incoming_call_qos_change);
  }

  Log log;
  Status notify_close_af = Status::kSuccess;
  Status create_vc = Status::kSuccess;
  Status delete_vc = Status::kSuccess;
  Status incoming_call = Status::kSuccess;
  Hook on_af_registered, on_open_af_complete, on_close_af_complete, on_notify_close_af,
      on_register_sap_complete, on_deregister_sap_complete, on_create_vc, on_delete_vc,
      on_make_call_complete, on_incoming_call, on_call_connected, on_close_call_complete,
      on_incoming_close_call, on_add_party_complete, on_drop_party_complete, on_incoming_drop_party,
      on_modify_call_qos_complete, on_incoming_call_qos_change;
  std::function<void(circuit::CallParameters*)> edit_params;
  circuit::AfHandle last_af;
  circuit::SapHandle last_sap;
  circuit::VcHandle last_vc;  // the last that a call manager made
  circuit::PartyHandle last_party;
  circuit::Context next_vc_context = 1000;
  circuit::DataEndpoint endpoint{.channel = 7, .channel_vc = 1000};
  circuit::CallParameters params;
  std::vector<uint8_t> close_data;
  circuit::Cause cause;  // the last that came with something

 protected:
  static void Run(const Hook& hook) {
    if (hook) hook();
  }
};

class RecordingCallManager : public RecordingProtocol<circuit::CallManager> {
 public:
  void OnAfRegistered(circuit::BindingHandle, const circuit::AddressFamily& family) override {
    log.push_back(Line("AfRegistered", static_cast<circuit::Context>(family.type)));
  }
  Status OnOpenAf(circuit::AfHandle af, const circuit::AddressFamily&,
                  circuit::Context* cm_af) override {
    log.emplace_back("OpenAf");
    last_af = af;
    *cm_af = next_context++;
    Run(on_open_af);
    return open_af;
  }
  Status OnCloseAf(circuit::Context af) override {
    log.push_back(Line("CloseAf", af));
    Run(on_close_af);
    return close_af;
  }
  void OnNotifyCloseAfComplete(circuit::Context af, Status status) override {
    log.push_back(Line("NotifyCloseAfComplete", status, af));
  }
  Status OnRegisterSap(circuit::Context af, const circuit::Sap&, circuit::SapHandle sap,
                       circuit::Context* cm_sap) override {
    log.push_back(Line("RegisterSap", af));
    last_sap = sap;
    *cm_sap = next_context++;
    Run(on_register_sap);
    return register_sap;
  }
  Status OnDeregisterSap(circuit::Context sap) override {
    log.push_back(Line("DeregisterSap", sap));
    Run(on_deregister_sap);
    return deregister_sap;
  }
  Status OnCreateVc(circuit::Context af, circuit::VcHandle vc, circuit::Context* cm_vc) override {
    log.push_back(Line("CreateVc", af));
    last_vc = vc;
    *cm_vc = next_context++;
    Run(on_create_vc);
    return create_vc;
  }
  Status OnDeleteVc(circuit::Context vc) override {
    log.push_back(Line("DeleteVc", vc));
    Run(on_delete_vc);
    return delete_vc;
  }
  void OnActivateVcComplete(Status status, circuit::Context vc,
                            const circuit::CallParameters& call_params) override {
    log.push_back(Line("ActivateVcComplete", status, vc));
    params = call_params;
    Run(on_activate_vc_complete);
  }
  void OnDeactivateVcComplete(Status status, circuit::Context vc) override {
    log.push_back(Line("DeactivateVcComplete", status, vc));
    Run(on_deactivate_vc_complete);
  }
  Status OnMakeCall(circuit::Context vc, circuit::CallParameters* call_params,
                    circuit::PartyHandle party, circuit::Context* cm_party) override {
    log.push_back(Line("MakeCall", vc));
    params = *call_params;
    last_party = party;
    if (party) *cm_party = next_context++;
    Run(on_make_call);
    return make_call;
  }
  void OnIncomingCallComplete(Status status, circuit::Context vc,
                              const circuit::CallParameters& call_params,
                              const circuit::Cause& given) override {
    log.push_back(Line("IncomingCallComplete", status, vc));
    Run(on_incoming_call_complete);
    params = call_params;
    cause = given;
  }
  Status OnCloseCall(circuit::Context vc, circuit::Context party, std::span<const uint8_t> data,
                     const circuit::Cause& given) override {
    log.push_back(party == 0 ? Line("CloseCall", vc) : Line(Line("CloseCall", vc), party));
    close_data.assign(data.begin(), data.end());
    cause = given;
    Run(on_close_call);
    return close_call;
  }
  Status OnAddParty(circuit::Context vc, circuit::CallParameters* call_params,
                    circuit::PartyHandle party, circuit::Context* cm_party) override {
    log.push_back(Line("AddParty", vc));
    params = *call_params;
    last_party = party;
    *cm_party = next_context++;
    Run(on_add_party);
    return add_party;
  }
  Status OnDropParty(circuit::Context party, std::span<const uint8_t> data,
                     const circuit::Cause& given) override {
    log.push_back(Line("DropParty", party));
    close_data.assign(data.begin(), data.end());
    cause = given;
    Run(on_drop_party);
    return drop_party;
  }
  Status OnModifyCallQoS(circuit::Context vc, circuit::CallParameters* call_params) override {
    log.push_back(Line("ModifyCallQoS", vc));
    params = *call_params;
    if (edit_params) edit_params(call_params);
    Run(on_modify_call_qos);
    return modify_call_qos;
  }

  Log log;
  Status open_af = Status::kSuccess;
  Status close_af = Status::kSuccess;
  Status register_sap = Status::kSuccess;
  Status deregister_sap = Status::kSuccess;
  Status create_vc = Status::kSuccess;
  Status delete_vc = Status::kSuccess;
  Status make_call = Status::kPending;
  Status close_call = Status::kPending;
  Status add_party = Status::kPending;
  Status drop_party = Status::kPending;
  Status modify_call_qos = Status::kPending;
  Hook on_open_af, on_close_af, on_register_sap, on_deregister_sap, on_create_vc, on_delete_vc,
      on_activate_vc_complete, on_deactivate_vc_complete, on_make_call, on_incoming_call_complete,
      on_close_call, on_add_party, on_drop_party, on_modify_call_qos;
  std::function<void(circuit::CallParameters*)> edit_params;  // a change's
  circuit::AfHandle last_af;
  circuit::SapHandle last_sap;
  circuit::VcHandle last_vc;  // the last that a client made
  circuit::PartyHandle last_party;
  circuit::Context next_context = 500;
  circuit::CallParameters params;
  std::vector<uint8_t> close_data;
  circuit::Cause cause;

 protected:
  static void Run(const Hook& hook) {
    if (hook) hook();
  }
};

class RecordingMiniport : public circuit::Miniport {
 public:
  Status OnInitialize(circuit::AdapterHandle handle) override {
    life.emplace_back("Initialize");
    adapter = handle;
    if (on_initialize) on_initialize();
    return initialize;
  }
  Status OnPause() override {
    life.emplace_back("Pause");
    if (on_pause) on_pause();
    return pause;
  }
  Status OnRestart() override {
    life.emplace_back("Restart");
    if (on_restart) on_restart();
    return restart;
  }
  Status OnReset() override {
    life.emplace_back("Reset");
    if (on_reset) on_reset();
    return reset;
  }
  void OnSurpriseRemoval() override { life.emplace_back("SurpriseRemoval"); }
  void OnHalt(circuit::HaltReason reason) override {
    life.push_back(Line("Halt", static_cast<circuit::Context>(reason)));
    if (on_halt) on_halt();
  }
  void OnShutDown() override { life.emplace_back("ShutDown"); }
  Status OnOidRequest(circuit::OidHandle handle, circuit::VcHandle vc,
                      const circuit::OidRequest& request, circuit::OidAnswer* answer) override {
    asked.push_back({handle, vc, request});
    if (on_oid_request) on_oid_request();
    *answer = oid_answer;
    return oid_request;
  }
  void OnOidAborted(circuit::OidHandle) override { life.emplace_back("OidAborted"); }

  Status OnCreateVc(circuit::VcHandle vc, circuit::Context* miniport_vc) override {
    log.emplace_back("CreateVc");
    last_vc = vc;
    *miniport_vc = next_context++;
    return create_vc;
  }
  Status OnDeleteVc(circuit::Context vc) override {
    log.push_back(Line("DeleteVc", vc));
    return Status::kSuccess;
  }
  Status OnActivateVc(circuit::Context vc, const circuit::DataEndpoint& data,
                      circuit::CallParameters* params) override {
    log.push_back(Line("ActivateVc", vc));
    endpoint = data;
    if (edit_params) edit_params(params);
    if (on_activate_vc) on_activate_vc();
    return activate_vc;
  }
  Status OnDeactivateVc(circuit::Context vc) override {
    log.push_back(Line("DeactivateVc", vc));
    if (on_deactivate_vc) on_deactivate_vc();
    return deactivate_vc;
  }

  struct Asked {
    circuit::OidHandle handle;
    circuit::VcHandle vc;
    circuit::OidRequest request;
  };

  Log log;
  Log life;  // of the adapter, apart from what concerns VCs
  std::vector<Asked> asked;
  circuit::AdapterHandle adapter;
  Status initialize = Status::kSuccess;
  Status pause = Status::kSuccess;
  Status restart = Status::kSuccess;
  Status reset = Status::kSuccess;
  Status oid_request = Status::kNotSupported;
  circuit::OidAnswer oid_answer;
  Hook on_initialize, on_pause, on_restart, on_reset, on_halt, on_oid_request;
  Status create_vc = Status::kSuccess;
  Status activate_vc = Status::kSuccess;
  Status deactivate_vc = Status::kSuccess;
  Hook on_activate_vc, on_deactivate_vc;
  std::function<void(circuit::CallParameters*)> edit_params;
  circuit::VcHandle last_vc;
  circuit::Context next_context = 900;
  circuit::DataEndpoint endpoint;
};

}  // namespace vcp::testing
