// An application: makes, takes, changes and closes calls at random on the ports of its daemon, and
// keeps its own account of each: what it asked for must be answered exactly once, and what it is
// told must fit.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "circuit/switchboard.h"
#include "environment.h"

namespace vcp::sim {

// An end of a family opened on a port: that port's neighbours can be called.
struct Door {
  circuit::AdapterHandle adapter;
  std::vector<Address> reachable;
};

struct ClientParty {
  enum class State : uint8_t { kAdding, kActive, kDropping };
  circuit::PartyHandle handle;
  uint64_t id = 0;
  State state = State::kAdding;
  bool owes_drop = false;  // the network dropped it
};

// What a client knows of one of its VCs.
struct ClientVc {
  enum class Call : uint8_t { kNone, kMaking, kOffered, kAccepted, kConnected };
  circuit::VcHandle handle;
  size_t door = 0;
  bool is_own = false;  // made by the client
  Call call = Call::kNone;
  uint64_t id = 0;  // of the call, or as a leaf of the party
  bool is_making = false;
  bool is_closing = false;
  bool is_modifying = false;
  bool is_answered = false;  // the offer, from inside
  bool owes_close = false;   // the other side closed
  bool must_delete = false;  // no further call on it (C67)
  bool is_root = false;
  bool calls_nobody = false;  // where no client listens
  circuit::CallParameters offered;
  std::map<circuit::Context, ClientParty> parties = {};

  size_t active_parties() const;
  // Whether somebody else than `but` is left on the call (C77).
  bool HasLiveParty(circuit::Context but) const;
};

class Client final : public circuit::Client {
 public:
  // `addresses`: it registers each of them on each door.
  Client(Environment* environment, circuit::Switchboard* board, std::string name, uint32_t channel,
         std::vector<Door> doors, std::vector<Address> addresses);
  ~Client() override;

  const std::string& name() const { return name_; }
  uint32_t channel() const { return channel_; }
  const std::map<circuit::Context, ClientVc>& vcs() const { return vcs_; }
  // Does one thing, as it does now and then.
  void Act();
  // Nothing that it has to do, and nothing that it waits for.
  bool IsAtRest() const;
  // From now on it ends everything it has, in the environment's order.
  void Leave() { leaving_ = true; }
  bool HasLeft() const { return left_; }
  // What it waits for or owes, for a report.
  std::string Describe() const;

  void OnAfRegistered(circuit::BindingHandle, const circuit::AddressFamily&) override {}
  void OnOpenAfComplete(Status status, circuit::Context af, circuit::AfHandle handle) override;
  void OnCloseAfComplete(Status status, circuit::Context af) override;
  Status OnNotifyCloseAf(circuit::Context af) override;
  void OnRegisterSapComplete(Status status, circuit::Context sap, const circuit::Sap&,
                             circuit::SapHandle handle) override;
  void OnDeregisterSapComplete(Status status, circuit::Context sap) override;
  Status OnCreateVc(circuit::Context af, circuit::VcHandle vc, circuit::Context* client_vc,
                    circuit::DataEndpoint* endpoint) override;
  Status OnDeleteVc(circuit::Context client_vc) override;
  void OnMakeCallComplete(Status status, circuit::Context client_vc, circuit::PartyHandle party,
                          const circuit::CallParameters& params,
                          const circuit::Cause& cause) override;
  Status OnIncomingCall(circuit::Context sap, circuit::Context client_vc,
                        circuit::CallParameters* params) override;
  void OnCallConnected(circuit::Context client_vc) override;
  void OnCloseCallComplete(Status status, circuit::Context client_vc,
                           circuit::Context client_party) override;
  void OnIncomingCloseCall(Status status, circuit::Context client_vc, std::span<const uint8_t>,
                           const circuit::Cause& cause) override;
  void OnAddPartyComplete(Status status, circuit::Context client_party, circuit::PartyHandle party,
                          const circuit::CallParameters&, const circuit::Cause& cause) override;
  void OnDropPartyComplete(Status status, circuit::Context client_party) override;
  void OnIncomingDropParty(Status status, circuit::Context client_party, std::span<const uint8_t>,
                           const circuit::Cause&) override;
  void OnModifyCallQoSComplete(Status status, circuit::Context client_vc,
                               const circuit::CallParameters&, const circuit::Cause&) override;
  void OnIncomingCallQoSChange(circuit::Context client_vc, const circuit::CallParameters&) override;

 private:
  using Call = ClientVc::Call;

  // --- client_actions.cc: what it does by itself ------------------------------------------------
  void ArmNextAct();
  // Something that it owes, or something new. False when there was nothing.
  bool DoWhatIsOwed();
  bool DoWhatIsOwed(circuit::Context context);
  // The call ends: first all parties but one (C64), then itself. False when that has to wait.
  bool EndStepByStep(circuit::Context context);
  void DoSomethingNew();
  void DoSomethingWithCall(circuit::Context context);
  void GoOnLeaving();
  void MakeCall();
  void CloseCall(circuit::Context context);
  void AnswerOffer(circuit::Context context);
  void AddParty(circuit::Context context);
  void DropParty(circuit::Context context, circuit::Context party);
  void ModifyCall(circuit::Context context);
  void DeleteVc(circuit::Context context);
  std::optional<circuit::Context> IdleVc(size_t door);
  circuit::CallParameters NewParameters(const Address& called, uint64_t id);
  qos::FlowSpec AnyGuaranteedFlow();

  // --- client.cc: what it is told ---------------------------------------------------------------
  template <typename... Parts>
  bool Require(bool holds, const Parts&... parts) {
    return environment_->Require(holds, name_, ": ", parts...);
  }
  ClientVc* Find(circuit::Context context);
  // The call is over and may have nothing pending any more.
  void EndCall(ClientVc* vc);
  ClientVc* FindVcOfParty(circuit::Context party);
  Status AnswerOfOffer(circuit::Context context, circuit::CallParameters* params);
  // A call or party that was asked for has come about, or not.
  void CountOutcome(uint64_t id, Status status, const circuit::Cause& cause);

  Environment* environment_;
  circuit::Switchboard* board_;
  std::string name_;
  uint32_t channel_;
  std::vector<Door> doors_;
  std::vector<Address> addresses_;
  std::vector<circuit::BindingHandle> bindings_;
  std::vector<circuit::AfHandle> afs_;
  std::vector<circuit::SapHandle> saps_;
  std::map<circuit::Context, ClientVc> vcs_;
  circuit::Context last_context_ = 0;
  TimerId timer_;
  size_t afs_closing_ = 0;
  bool leaving_ = false;
  bool left_ = false;
};

// The calling address that carries an id, and back; 0 when there is none.
Address AddressOfId(uint64_t id);
uint64_t IdOfAddress(const Address& address);

}  // namespace vcp::sim
