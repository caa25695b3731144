// The call manager of one link: calls between the clients of a port and whoever is at the other end
// of it, by Q.2931 signaling, as the user's or the network's side. Stand-alone (a protocol bound to
// the port's adapter), under AddressFamilyType::kQ2931; PVCs of the port can be called too (C98 to
// C100). Control thread; everything it is given outlives it.
#pragma once

#include <array>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/handle.h"
#include "base/key_index.h"
#include "base/limits.h"
#include "callmgr/call_elements.h"
#include "callmgr/connection_ids.h"
#include "callmgr/pvc_list.h"
#include "callmgr/route_table.h"
#include "callmgr/sap_registry.h"
#include "callmgr/setup_shares.h"
#include "callmgr/signaling_stack.h"
#include "callmgr/wire_values.h"
#include "circuit/address_book.h"
#include "circuit/switchboard.h"
#include "qos/admission.h"
#include "wire/cause.h"

namespace vcp::callmgr {

struct UniOptions {
  signaling::UniConfig uni;
  signaling::SscopConfig sscop;
  // The link in the routing table; calls to addresses that no route leads to by it are refused.
  LinkId link = 0;
  // Of callers that give no address.
  std::optional<Address> calling;
  // Of labels that calls may have.
  uint32_t last_label = kLabelSpace - 1;
  LinkCapacity capacity;           // at first, as the rates of
  qos::AdmissionPolicy admission;  // each direction's
  // The signaling VC on the port: its label, and where its SDUs come from and go to. Nothing: the
  // carrier does without the port.
  struct SignalingVc {
    uint32_t label = 0;
    circuit::DataEndpoint endpoint = {};
  };
  std::optional<SignalingVc> signaling_vc;
};

// A call as there is to show: what signaling knows of a VC on which there is one.
struct UniCallRow {
  circuit::VcHandle vc;
  std::optional<wire::CallReference> reference;  // nothing: a PVC's call, or over for the peer
  signaling::UniState state = signaling::UniState::kNull;
  std::optional<uint32_t> label;
  bool made_here = false;    // or offered by the peer
  circuit::Cause end_cause;  // once the call is over for the peer
  // Null: not admitted, as PVCs. Leaves of one call share theirs.
  qos::AdmissionHandle transmit_admission;
  qos::AdmissionHandle receive_admission;
};
// A party of a multipoint call: one that was called from here, or a client here that is one.
struct UniPartyRow {
  circuit::VcHandle vc;
  std::optional<wire::CallReference> reference;
  signaling::PartyId endpoint = 0;
  signaling::PartyState state = signaling::PartyState::kNull;
  friend bool operator==(const UniPartyRow&, const UniPartyRow&) = default;
};

class UniCallManager final : public circuit::CallManager,
                             public PvcWatcher,
                             private signaling::ConnectionSpace {
 public:
  static constexpr circuit::AddressFamily kFamily{circuit::AddressFamilyType::kQ2931};

  struct Parts {
    circuit::Switchboard* switchboard;
    PvcList* pvcs;
    const RouteTable* routes;  // null: every call goes by this link
    SignalingCarrier* carrier;
    const Clock* clock;
    TimerQueue* timers;
  };

  UniCallManager(const UniOptions& options, const Parts& parts);
  ~UniCallManager() override;

  // Binds to the adapter, registers the address family, and brings the signaling up.
  Status Start(circuit::AdapterHandle adapter);
  // Ends the signaling and unbinds; kNotAccepted while clients have the family open.
  Status Stop();
  // What the port carries is known, or another, since its link came up. From now on it bounds what
  // is admitted; what stands stays, even where it no longer fits.
  void SetLineRate(uint64_t bits_per_second);

  Status OnOpenAf(circuit::AfHandle af, const circuit::AddressFamily& family,
                  circuit::Context* cm_af) override;
  Status OnCloseAf(circuit::Context cm_af) override;
  void OnNotifyCloseAfComplete(circuit::Context, Status) override {}
  // Addresses of the client's AF, and PVCs of the port.
  Status OnOidRequest(circuit::OidHandle oid, const circuit::OidTarget& target,
                      const circuit::OidRequest& request, circuit::OidAnswer* answer) override;
  void OnUnbind(circuit::BindingHandle) override { (void)Stop(); }
  Status OnRegisterSap(circuit::Context cm_af, const circuit::Sap& sap, circuit::SapHandle handle,
                       circuit::Context* cm_sap) override;
  Status OnDeregisterSap(circuit::Context cm_sap) override;
  Status OnCreateVc(circuit::Context cm_af, circuit::VcHandle vc, circuit::Context* cm_vc) override;
  Status OnDeleteVc(circuit::Context cm_vc) override;
  void OnActivateVcComplete(Status status, circuit::Context cm_vc,
                            const circuit::CallParameters& params) override;
  void OnDeactivateVcComplete(Status status, circuit::Context cm_vc) override;
  // kDisconnected: the link is down. kNotFound: no route goes here. kResources: no room for it, or
  // the client has its share of calls in set-up, or of those in a second.
  Status OnMakeCall(circuit::Context cm_vc, circuit::CallParameters* params,
                    circuit::PartyHandle party, circuit::Context* cm_party) override;
  void OnIncomingCallComplete(Status status, circuit::Context cm_vc,
                              const circuit::CallParameters& params,
                              const circuit::Cause& cause) override;
  Status OnCloseCall(circuit::Context cm_vc, circuit::Context cm_party,
                     std::span<const uint8_t> close_data, const circuit::Cause& cause) override;
  Status OnAddParty(circuit::Context cm_vc, circuit::CallParameters* params,
                    circuit::PartyHandle party, circuit::Context* cm_party) override;
  Status OnDropParty(circuit::Context cm_party, std::span<const uint8_t> close_data,
                     const circuit::Cause& cause) override;
  // Only by the one who called (Q.2963.1 6.1), or while the call is still offered. Of the other one
  // from inside the news of a change: that is refused (C87).
  Status OnModifyCallQoS(circuit::Context cm_vc, circuit::CallParameters* params) override;

  void OnPvcAdded(const Pvc& pvc) override;
  void OnPvcDeleted(const Pvc& pvc) override;
  void OnPvcReleased(const Pvc&) override {}
  void OnPvcWithdrawn(const std::string& name) override;

  // --- looking ----------------------------------------------------------------------------------
  // What it keeps; of that only VCs may be left when no call and no change of one is under way.
  struct Holdings {
    size_t vcs;            // of clients, with or without a call, and for offers
    size_t calls;          // known to signaling by a VC, other than leaves
    size_t leaf_calls;     // multipoint calls offered here
    size_t connections;    // reserved, or used by a path
    size_t labels_in_use;  // the same number
    size_t restarts;       // that the peer, or a lost connection, waits for
    size_t thinking;       // offers that a client thinks about, before the caller hears so
    friend bool operator==(const Holdings&, const Holdings&) = default;
  };
  Holdings holdings() const {
    return {.vcs = vcs_.size(),
            .calls = by_call_.size(),
            .leaf_calls = leaf_calls_.size(),
            .connections = lines_.size(),
            .labels_in_use = connections_.in_use_count(),
            .restarts = size_t{restart_.has_value()} + size_t{restarting_.has_value()} +
                        lost_connections_.size(),
            .thinking = thinking_.size()};
  }
  const SignalingStack& signaling() const { return stack_; }
  signaling::Role role() const { return options_.uni.role; }
  // When signaling came up or went down the last time, or the link was started.
  uint64_t signaling_changed_ns() const { return signaling_changed_ns_; }
  const UniOptions& options() const { return options_; }
  const LinkCapacity& capacity() const { return capacity_; }
  const SapRegistry& saps() const { return saps_; }
  const SetupShares& setup_shares() const { return shares_; }
  const ConnectionIds& connections() const { return connections_; }
  // Until the peer is known to have no calls of an earlier life here, none are taken.
  bool knows_peer() const { return knows_peer_; }
  const qos::AdmissionControl& transmit_admission() const { return transmit_admission_; }
  const qos::AdmissionControl& receive_admission() const { return receive_admission_; }
  // The first `limit`; and the one on a VC, by the context that the switchboard has of it.
  std::vector<UniCallRow> Calls(size_t limit) const;
  std::optional<UniCallRow> FindCall(circuit::Context cm_vc) const;
  // A party of the call on such a VC; null: the leaf that its client is.
  std::optional<UniPartyRow> FindParty(circuit::Context cm_vc, circuit::PartyHandle party) const;
  std::vector<UniPartyRow> Parties() const;

 private:
  enum class Path : uint8_t { kDown, kRising, kUp, kChanging, kFalling };
  // How far a call has come, beside what its path does.
  enum class Stage : uint8_t {
    kIdle,        // a client's VC without a call, or one that is over
    kMaking,      // MakeCall waits for an answer
    kPreparing,   // an offer whose path rises
    kOffered,     // the client has it
    kConnecting,  // accepted; the caller's last word is missing
    kConnected,
  };

  struct Admitted {
    qos::AdmissionHandle transmit;
    qos::AdmissionHandle receive;
  };
  struct Party {
    circuit::PartyHandle handle;
    uint16_t number = 0;  // tells it from another one that has its endpoint reference later
    bool active = false;
    bool other_terms = false;  // were asked for than the call's
    bool in_setup = false;     // counts as such with the client
    Address called;
  };
  // What is needed of an offer until it is accepted.
  struct Offer {
    bool has_aal = false;
    CallTerms terms;
    std::optional<BroadbandLowLayer> low_layer;
    std::optional<circuit::CallParameters> acceptance = {};  // waits for a change to be through
  };
  // A change of rates under way: the terms afterwards, and who asked.
  struct Change {
    // Of the peer's: the client is being told; the path becomes again what it was; the peer has our
    // answer and is to say that it counts with the new rates, too.
    enum class Step : uint8_t { kPreparing, kTelling, kRestoring, kAwaiting };

    CallTerms terms;
    circuit::CallParameters params;
    bool by_peer = false;
    bool confirm = false;  // the peer asked to be told when the change is in force here
    bool refused = false;  // by the client's asking for another one
    Step step = Step::kPreparing;
  };
  struct Vc;
  using VcKey = Handle<Vc>;
  // An offer that a client thinks about, and when the caller hears of that.
  struct Thinking {
    uint64_t alerting_ns;
    VcKey offer;
  };
  struct Vc {
    circuit::VcHandle handle = {};
    SetupShares::ShareHandle share = {};  // of whoever makes the call, or is offered it
    circuit::SapHandle sap = {};          // of an offer
    signaling::CallHandle call = {};      // null: none, or it goes on without us
    signaling::PartyId party = 0;         // of a leaf
    Stage stage = Stage::kIdle;
    Path path = Path::kDown;
    bool in_setup = false;      // counts as such with the client
    bool is_offer = false;      // our VC, made for a call offered here
    bool is_leaf = false;       // an offer of a multipoint call
    bool is_root = false;       // a multipoint call made here
    bool cut = false;           // the path falls as soon as it may
    bool change_waits = false;  // until the path, which is being led elsewhere, may take it
    bool ending = false;        // and then the client is answered
    bool closing = false;       // CloseCall waits for an answer
    bool released = false;      // the call is over, or on its way out, over there
    bool owes_answer = false;   // and the peer, or a timer, ended it and waits for our answer
    uint8_t setups = 0;         // sent for a call made here
    Status end_status = Status::kSuccess;
    circuit::Cause end_cause = {};
    std::optional<signaling::ConnectionId> connection = {};
    CallTerms terms = {};
    std::optional<Admitted> admitted = {};
    std::string pvc = {};  // held, unless empty: a call without signaling
    circuit::CallParameters params = {};
    std::unique_ptr<Offer> offer = {};
    std::unique_ptr<Change> change = {};
    std::map<signaling::PartyId, Party> parties = {};  // of a root
    uint16_t last_party_number = 0;
    std::optional<std::list<Thinking>::iterator> thinking = {};
  };
  // What the leaves of a multipoint call offered here share.
  struct LeafCall {
    CallTerms terms;
    signaling::ConnectionId connection;
    std::optional<Admitted> admitted;
    std::vector<VcKey> leaves;
    std::unordered_map<signaling::PartyId, VcKey> by_party = {};  // those that are not released
    bool answered = false;  // by the first leaf that accepted: CONNECT is sent
    bool committed = false;
    bool owes_answer = false;
  };
  // A connection in use: by a call, by paths, or perhaps by the peer, who does not know that its
  // call is over.
  struct Line {
    bool reserved = false;
    bool lost = false;
    uint32_t paths = 0;

    // As the index of lines keeps it; 0: not in use.
    uint32_t ToValue() const { return paths << 2 | uint32_t{lost} << 1 | uint32_t{reserved}; }
    static Line FromValue(uint32_t value) {
      return {.reserved = (value & 1) != 0, .lost = (value & 2) != 0, .paths = value >> 2};
    }
  };
  // A label of one PVC in both directions, or of two in one each.
  struct PvcLabel {
    uint32_t uses = 0;
    bool excluded = false;  // calls do not get it
  };
  // The peer's, which waits until what it concerns is used no more, but not for ever.
  struct Restart {
    std::set<uint32_t> labels;
  };
  struct Listener {
    circuit::AfHandle af;
  };

  static VcKey ToKey(circuit::Context context) {
    return VcKey::FromValue(static_cast<uint32_t>(context));
  }
  // Such that the handles of a call and of those before it lie together: no other place in memory
  // is looked at for a new one.
  static uint32_t CallKey(signaling::CallHandle call) {
    return call.index() << (32 - signaling::CallHandle::kIndexBits) | call.generation();
  }
  static circuit::Context PartyContext(VcKey vc, signaling::PartyId id, uint16_t number) {
    return uint64_t{number} << 48 | uint64_t{id} << 32 | vc.value();
  }

  // --- uni_call_manager.cc ----------------------------------------------------------------------
  void StartSignaling();
  Status StartSignalingVc();
  Status ActivateSignalingVc();
  void AddressSignalingVc();
  void OnSignalingVcActive(const circuit::CallParameters& params);
  void OnIndication(const signaling::UniIndication& indication);
  void OnCallIndication(VcKey key, const signaling::UniIndication& indication);
  VcKey FindVc(signaling::CallHandle call, signaling::PartyId party) const;
  // The call, or the leaf's part in it, goes on without the VC.
  void Detach(Vc* vc);
  // The call counts as one in set-up no more, and no client thinks about it.
  void EndSetup(Vc* vc);
  void EndSetup(const Vc& vc, Party* party);
  // Call control is ahead of what it has indicated: that the call ends, which may have freed its
  // connection already, will be indicated, too.
  bool IsEnding(signaling::CallHandle call) const;
  bool IsRoutedHere(const Address& called) const;
  Status Admit(const CallTerms& terms, CallEnd end, Admitted* admitted, wire::Cause* cause);
  // As this side says it, with the condition that some causes have.
  wire::Cause LocalCause(uint8_t value, Duration duration = Duration::kUnknown) const;
  // The cause of a refusal, of what this side transmits or of what it receives.
  wire::Cause RefusalOf(qos::Admission outcome, const CallTerms& terms, CallEnd end,
                        bool of_transmit) const;
  void Commit(const Admitted& admitted);
  void RollBack(const Admitted& admitted);
  void Withdraw(const Admitted& admitted);
  // Nothing of a call's leaves goes there.
  bool LeadsToPeer(const Vc& vc) const;
  void AddressPaths();
  void AddressSomePaths();
  void FollowPeer(VcKey key);
  // Or, where it is up, changes it: what its VC has to be told goes by it.
  void RaisePath(VcKey key);
  void TakePath(VcKey key, Status status, const circuit::CallParameters& params);
  void OnPathRisen(VcKey key, Status status, const circuit::CallParameters& params);
  void OnPathChanged(VcKey key, Status status, const circuit::CallParameters& params);

  // --- uni_oids.cc ------------------------------------------------------------------------------
  // Every client hears whether calls can be made and offered (C112).
  void TellOfSignaling(bool is_up);

  // --- uni_looking.cc ---------------------------------------------------------------------------
  UniCallRow RowOf(const Vc& vc) const;
  UniPartyRow RowOf(const Vc& vc, signaling::PartyId party) const;

  // --- uni_lines.cc: the connections ------------------------------------------------------------
  std::optional<signaling::ConnectionId> Reserve(const Wish& wish) override;
  void Free(signaling::ConnectionId connection, bool peer_knows) override;
  Line LineOf(uint32_t label) const { return Line::FromValue(lines_.Find(label)); }
  void UsePath(signaling::ConnectionId connection);
  void LeavePath(signaling::ConnectionId connection);
  // Keeps what became of a line; a connection that nobody uses any more is released.
  void Settle(uint32_t label, const Line& line);
  // The network's side gives no connections out before the peer has given up what it may have from
  // an earlier life of this daemon (S9), or has had the time to.
  void MeetPeer();
  void LoseConnection(signaling::ConnectionId connection, Line* line);
  // Only the peer might still use it.
  bool IsLostAlone(uint32_t label) const;
  void Regain(signaling::ConnectionId connection);
  void AskRestart();
  void OnRestartEnded(const signaling::UniIndication& indication);
  // Both sides', with the link; ours come again with it.
  void AbandonRestarts();
  void OnPeerRestart(const signaling::UniIndication& indication);
  void CutReleased();
  // Answers the peer's restart once nothing is left there.
  void AnswerRestart();
  void ArmAnswer();

  void ExcludeLabel(uint32_t label);
  void ReadmitLabel(uint32_t label);

  // --- uni_making.cc: calls made here -----------------------------------------------------------
  Status CallPvc(VcKey key, const Pvc& pvc, circuit::CallParameters* params);
  Status StartCall(const circuit::CallParameters& params, bool multipoint, CallTerms* terms,
                   Admitted* admitted, signaling::CallHandle* call);
  // There was no room for a call: as much of it as there is room for, if it may be less (C38).
  bool RoundDownCall(const circuit::CallParameters& params, bool multipoint,
                     CallTerms* terms) const;
  Status SendSetup(const circuit::CallParameters& params, const CallTerms& terms, bool multipoint,
                   signaling::CallHandle* call);
  // Where a call was refused for its connection alone. False: it is over.
  bool CallAgain(VcKey key, const signaling::UniIndication& indication);
  void OnConnect(VcKey key, const signaling::UniIndication& indication);
  void OnMade(VcKey key);
  void OnPartyIndication(VcKey key, const signaling::UniIndication& indication);
  void EndParty(VcKey key, signaling::PartyId id, const signaling::UniIndication& indication);

  // --- uni_offering.cc: calls offered here ------------------------------------------------------
  bool NamesNoNetwork(const signaling::UniIndication& indication);
  void OnSetup(const signaling::UniIndication& indication);
  void OnAddedLeaf(const signaling::UniIndication& indication);
  // 0, or the cause to refuse it with.
  uint8_t MakeOffer(const signaling::UniIndication& indication, const CallTerms& terms, VcKey* key);
  void RefuseOffer(const signaling::UniIndication& indication, const wire::Cause& cause);
  // Not for want of room: a quality that is not available (49) never is.
  void RefuseOffer(const signaling::UniIndication& indication, uint8_t cause) {
    RefuseOffer(indication,
                LocalCause(cause, cause == wire::CauseValue::kQosUnavailable ? Duration::kPermanent
                                                                             : Duration::kUnknown));
  }
  void DispatchOffer(VcKey key);
  // A client may take as long as the caller's T301, or T397; who is quick costs no message.
  void AlertLater(VcKey key);
  void ArmAlerting();
  void Alert(VcKey key);
  void TakeAnswer(VcKey key, Status status, const circuit::CallParameters& params,
                  const circuit::Cause& cause);
  void RefuseAnswer(VcKey key, const wire::Cause& cause);
  void Accept(VcKey key);
  // CONNECT is acknowledged: leaves that accepted meanwhile say so now.
  void OnLeafCallConnected(signaling::CallHandle call);
  void OnConnected(VcKey key);
  Status ChangeOffer(VcKey key, circuit::CallParameters* params);

  // --- uni_changing.cc: other rates -------------------------------------------------------------
  void OnModify(VcKey key, const signaling::UniIndication& indication);
  void OnModifyAck(VcKey key, const signaling::UniIndication& indication);
  void OnModifyReject(VcKey key, const signaling::UniIndication& indication);
  void OnConnectionAvailable(VcKey key);
  // The client hears of it, and the peer what it says.
  void TellOfPeersChange(VcKey key);
  void AcceptPeersChange(VcKey key);
  void OnPeersChangePath(VcKey key, Status status, const circuit::CallParameters& params);
  // Of a call that stands, or of one that was lowered before it is made; a failure is its end then.
  Status AdmitChange(const Vc& vc, const CallTerms& terms, wire::Cause* cause);
  // A change that the client asks for, as the other side will understand it, reserved.
  Status ReserveChange(const Vc& vc, const circuit::CallParameters& params, CallTerms* terms,
                       wire::Message* elements);
  bool RoundDownChange(const Vc& vc, circuit::CallParameters* asked, CallTerms* terms);
  void RefusePeersChange(VcKey key, const wire::Cause& cause);

  // --- uni_ending.cc ----------------------------------------------------------------------------
  // The call ended over there: the client is told, or what waits for the call is failed.
  void OnReleased(VcKey key, const signaling::UniIndication& indication);
  void OnLeafCallReleased(const signaling::UniIndication& indication);
  // Ends the call, or this party of it, over there.
  void Release(VcKey key, const wire::Cause& cause, std::span<const uint8_t> close_data);
  // Gives a call up that has not come about: releases it and fails what waits for it.
  void GiveUp(VcKey key, Status status, const wire::Cause& cause);
  // Whether the peer, or a timer over it, waits until the VC is down.
  bool PeerWaits(const Vc& vc) const;
  // The connection may be another call's any moment: nothing must leave or arrive by it any more.
  void CutPath(VcKey key);
  void LowerPath(VcKey key);
  void OnPathLowered(VcKey key);
  // Brings the path down, then answers the client and forgets an offer's VC.
  void End(VcKey key);
  void Finish(VcKey key);
  void FinishLeaf(VcKey key, const Vc& leaf);
  void GiveBack(VcKey key);
  void SettleLeafCall(signaling::CallHandle call);

  // How long to wait for a peer's first RESTART ACKNOWLEDGE before connections are given out.
  static constexpr uint64_t kMeetingNs = 10 * kNsPerSecond;
  // How long a peer's restart waits for clients that keep SDUs: less than that.
  static constexpr uint64_t kRestartPatienceNs = 2 * kNsPerSecond;
  // How long a client may think before the caller hears ALERTING. The caller's T310 began with CALL
  // PROCEEDING, its T399 with ADD PARTY: what is left is for raising the path and for SSCOP.
  static constexpr uint64_t kAlertingNs = 2 * kNsPerSecond;
  static_assert(4 * kAlertingNs <=
                signaling::UniTimerValues::DefaultsOf(signaling::Role::kNetwork).t310_ns);
  static_assert(4 * kAlertingNs <=
                signaling::UniTimerValues::DefaultsOf(signaling::Role::kNetwork).t399_ns);
  // Of one call, until the network has chosen a connection that both sides have free.
  static constexpr uint8_t kMaxSetups = 4;
  // Beyond that many one RESTART of all is less trouble, if the link has no calls.
  static constexpr size_t kMaxSingleRestarts = 16;
  // The context of the signaling VC; no handle has this value.
  static constexpr circuit::Context kSignalingVc = uint64_t{1} << 32;

  const UniOptions options_;
  LinkCapacity capacity_;
  circuit::Switchboard* switchboard_;
  PvcList* pvcs_;
  const RouteTable* routes_;
  SignalingCarrier* carrier_;
  std::string adapter_;
  circuit::BindingHandle binding_;
  circuit::VcHandle signaling_vc_;
  std::optional<std::array<uint8_t, 6>> signaling_peer_;  // where the signaling VC leads
  qos::AdmissionControl transmit_admission_;
  qos::AdmissionControl receive_admission_;
  circuit::AddressBook addresses_;
  SapRegistry saps_;
  SetupShares shares_;
  std::unordered_map<circuit::SapHandle, Listener> listeners_;
  HandleTable<Vc> vcs_{kMaxVcs};
  KeyIndex by_call_;  // the VCs of calls that have no leaves here, by CallKey
  std::unordered_map<std::string, VcKey> pvc_users_;
  std::unordered_map<signaling::CallHandle, LeafCall> leaf_calls_;
  ConnectionIds connections_;
  std::unordered_map<uint32_t, PvcLabel> pvc_labels_;
  bool stopped_ = false;
  KeyIndex lines_;  // by label, a Line as a value
  std::optional<Restart> restart_;
  // Of lost connections the peer is told by RESTART: not yet, and just now.
  std::vector<signaling::ConnectionId> lost_connections_;
  std::optional<std::vector<signaling::ConnectionId>> restarting_;
  bool knows_peer_;
  TimerQueue* timers_;
  TimerId restart_timer_;
  TimerId meeting_timer_;
  TimerId answer_timer_;
  std::deque<VcKey> misaddressed_;  // whose paths lead to where the peer was before
  TimerId addressing_timer_;        // while there are some
  std::list<Thinking> thinking_;    // oldest first; none that is no offer any more
  TimerId alerting_timer_;          // of the first
  uint64_t signaling_changed_ns_ = 0;
  SignalingStack stack_;
};

}  // namespace vcp::callmgr
