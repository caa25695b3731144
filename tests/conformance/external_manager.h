// A call manager outside the daemon, for the conformance tests: what the environment asks of one,
// by vcplane_cm.h and a signaling protocol of its own. Calls are numbered by who makes them, even
// at one end and odd at the other; both directions of a call use one label, which follows from its
// number and its maker's family. Of a multipoint call each party is a call of its own between the
// two managers, and all of them have the root's label. It relies on a carrier that loses nothing
// and changes no order. One thread, that of its client, whose events and messages it is given.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "vcplane_cm.hpp"

namespace vcp::conformance {

// What clients can have it do, by the type of their call's or SAP's specific parameters.
enum ExternalOrder : uint32_t {
  kNoOrder = 0,
  kAnswerAfterTheFirstCall = 0xe0001,  // a SAP: its registration completes after a call was offered
  kNeverComplete = 0xe0002,            // a call
  kAskToClose = 0xe0003,               // a call: fails, and its client is asked to close the family
  kAskToCloseByOid = 0xe0004,          // the same, by OID
  kUseAnOwnVc = 0xe0005,      // a call: fails; a VC of its own is made, activated twice and deleted
  kRegisterInVain = 0xe0006,  // a call: fails; so do families on no port, and ones that are there
};

// OIDs that it and its clients agree on. Queries that are never answered, or once there are three,
// the last one first; sets that have it offer its second protocol, and withdraw it.
inline constexpr uint32_t kNeverAnswered = 0xff000001;
inline constexpr uint32_t kAnsweredInReverse = 0xff000002;
inline constexpr uint32_t kOfferSecond = 0xff000003;
inline constexpr uint32_t kWithdrawSecond = 0xff000004;

// What two of these tell each other.
struct ExternalMessage {
  enum Type : uint32_t { kSetup, kAccept, kConnected, kReject, kRelease, kChange, kChanged };
  Type type;
  uint32_t call;
  uint32_t protocol;  // the family's number
  uint32_t label;
  vcp_status status;  // of what is refused or ended; of a change
  uint32_t data_length;
  vcp_cause cause;
  uint8_t data[VCP_MAX_CLOSE_DATA_BYTES];
  vcp_call_params params;  // as the caller sees them
};

class ExternalManager {
 public:
  static constexpr uint32_t kFamily = 0x2001;
  static constexpr uint32_t kSecondProtocol = 2;  // after a family: its manager's second one
  static constexpr uint32_t kOthersFamily = kFamily + 4;  // of another manager beside it

  // Of two the one numbers its calls from 0, the other from 1. `client` outlives this.
  ExternalManager(vcplane::Client* client, std::string port, uint32_t first,
                  uint32_t protocol = kFamily);
  virtual ~ExternalManager() = default;
  ExternalManager(const ExternalManager&) = delete;
  ExternalManager& operator=(const ExternalManager&) = delete;

  // False when it is all over.
  bool OnEvent(const vcplane::Event& event);
  void OnMessage(const ExternalMessage& message);

 protected:
  // To the other one.
  virtual void Say(const ExternalMessage& message) = 0;
  // The family is there.
  virtual void OnFamily(vcp_cm_family family) = 0;
  // An event about an own VC; false when it is all over.
  virtual bool OnOwnVcEvent(const vcplane::Event&) { return true; }
  // Something for the test to read: that a client which was asked to close its family has done so,
  // or would not; what came of an order.
  virtual void Report(const std::string& line) = 0;

  vcplane::CallManager& door() { return cm_; }

  // Cookies; those of calls are their numbers.
  static constexpr uint64_t kNothing = ~uint64_t{0};
  static constexpr uint64_t kNews = kNothing - 1;  // for a client, whose answer is none
  static constexpr uint64_t kOrdered = kNothing - 2;
  static constexpr uint64_t kSecond = kNothing - 3;

 private:
  struct Sap {
    vcp_cm_af af = 0;
    vcp_sap_params params{};
    uint64_t registration = 0;  // that still waits
  };
  // What a VC is being activated for.
  enum class Aim : uint8_t {
    kNone,
    kConnect,
    kOffer,
    kAnswer,
    kOfferChange,
    kOwnChange,
    kTheirChange
  };
  struct Call {
    bool made_here = false;
    bool is_offered = false;   // to the client here,
    bool is_answered = false;  // by it,
    bool is_over = false;      // and the other end has no part in it any more
    bool is_root = false;
    uint64_t root = kNothing;  // of a party: the call that it is on
    vcp_cm_party party = 0;
    uint32_t protocol = 0;
    uint32_t label = 0;
    Aim aim = Aim::kNone;
    vcp_cm_vc vc = 0;
    vcp_cm_sap sap = 0;
    uint64_t asked = 0;        // by the client: to make it, or to change it
    uint64_t closing = 0;      // and to close it
    vcp_call_params params{};  // as this end's client sees them
    vcp_call_params wanted{};  // of a change under way; a root's as they were asked for
  };
  using Calls = std::map<uint64_t, Call>;

  bool Complete(const vcplane::Event& event, vcplane::Status status) {
    return cm_.Complete(event.cookie, status) == VCP_SUCCESS;
  }
  bool OnFamilyEvent(const vcplane::Event& event);
  bool OnClientEvent(const vcplane::Event& event);
  void OnOutcome(const vcplane::Event& event);
  bool RegisterSap(const vcplane::Event& event);
  bool MakeCall(const vcplane::Event& event);
  Calls::iterator NewCall(const vcplane::Event& event);
  bool CloseCall(const vcplane::Event& event);
  bool ChangeCall(const vcplane::Event& event);
  vcplane::Status Check(const vcp_call_params& params) const;

  void Offer(const ExternalMessage& setup);
  void OnAccept(Calls::iterator call, const ExternalMessage& message);
  void OnRelease(Calls::iterator call, const ExternalMessage& message);
  void OnChange(Calls::iterator call, const ExternalMessage& message);
  void OnChanged(Calls::iterator call, const ExternalMessage& message);
  void OnActivated(Calls::iterator call, const vcplane::Event& event);
  void OnConnectActivated(Calls::iterator call, const vcplane::Event& event);
  void OnOfferActivated(Calls::iterator call, const vcplane::Event& event);
  void OnAnswerActivated(Calls::iterator call, const vcplane::Event& event);
  void OnAnswered(Calls::iterator call, const vcplane::Event& event);
  void OnChangeHeard(Calls::iterator call, const vcplane::Event& event);
  void OnDeactivated(Calls::iterator call);
  void EndVc(const vcplane::Event& event);
  void Refuse(Calls::iterator call, vcplane::Status why, const vcp_cause& cause = {});

  // --- external_manager_orders.cc ----------------------------------------------------------------
  void OnStatus(const vcplane::Event& event);
  bool AnswerOid(const vcplane::Event& event);
  bool AnswerInReverse(const vcplane::Event& event);
  bool ChangeFamilies(const vcplane::Event& event);
  vcplane::Status ChangeAddresses(const vcplane::Event& event);
  static bool IsOrder(const vcp_call_params& params);
  bool Obey(const vcplane::Event& call);
  bool OnOrderedVcEvent(const vcplane::Event& event);
  bool OnOrderedFamilyEvent(const vcplane::Event& event);

  // --- external_manager_parties.cc ---------------------------------------------------------------
  bool MakeMultipointCall(const vcplane::Event& event);
  bool AddParty(const vcplane::Event& event);
  bool DropParty(const vcplane::Event& event);
  void AddLeg(Calls::iterator root, vcp_cm_party party, uint64_t asked, const vcp_address& called);
  void OnLegAccepted(Calls::iterator leg);
  void OnRootActivated(Calls::iterator root, const vcplane::Event& event);
  void OnLegRejected(Calls::iterator leg, const ExternalMessage& message);
  void OnLegReleased(Calls::iterator leg, const ExternalMessage& message);
  void EndLegs(uint64_t root, const vcplane::Event& why);
  void SayRelease(const Calls::value_type& call, const vcplane::Event& why);
  std::vector<Calls::iterator> LegsOf(uint64_t root);

  static vcp_call_params WithFlowsOf(vcp_call_params params, const vcp_call_params& flows) {
    params.transmit = flows.transmit;
    params.receive = flows.receive;
    return params;
  }
  uint32_t ProtocolOf(vcp_cm_af af) const;
  vcp_cm_sap FindSap(uint32_t protocol, const vcp_address& called) const;
  Calls::iterator FindByVc(vcp_cm_vc vc);
  void Activate(Calls::value_type* call, Aim aim, const vcp_call_params& params);
  void Tell(ExternalMessage::Type type, const Calls::value_type& call,
            vcplane::Status status = VCP_SUCCESS);
  ExternalMessage NewMessage(ExternalMessage::Type type, const Calls::value_type& call) const;

  vcplane::Client* const client_;
  vcplane::CallManager cm_;
  const std::string port_;
  const uint32_t protocol_;
  uint64_t next_;
  vcp_cm_family second_ = 0;
  uint64_t max_sdu_bytes_ = 0;
  std::map<vcp_cm_family, uint32_t> protocols_;           // the numbers of its families
  std::map<vcp_cm_af, vcp_cm_family> families_;           // that clients have open
  std::map<vcp_cm_af, std::set<std::string>> addresses_;  // that clients have besides
  std::map<vcp_cm_vc, vcp_cm_af> afs_;                    // of VCs that clients made
  std::map<vcp_cm_sap, Sap> saps_;
  Calls calls_;
  std::vector<uint64_t> reversed_;  // queries to be answered in reverse
  uint64_t changing_families_ = 0;  // the set that asked for it
  std::string outcomes_;            // of an order under way
  size_t steps_ = 0;
};

}  // namespace vcp::conformance
