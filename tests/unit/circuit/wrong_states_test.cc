// Every operation in every state, by clients and by call managers: one letter for each state, in
// the order of the situations. What is refused changes nothing and is told to nobody.
#include <functional>
#include <string>
#include <vector>

#include "stage.h"

namespace vcp::circuit {
namespace {

// '.': goes ahead, as other tests see. '=': has no answer, and nothing came of it. An exclamation
// mark behind a refusal: something changed.
char LetterOf(Status status) {
  switch (status) {
    case Status::kSuccess:
    case Status::kPending:
      return '.';
    case Status::kInvalidHandle:
      return 'h';
    case Status::kInvalidState:
      return 's';
    case Status::kClosing:
      return 'c';
    case Status::kNotAccepted:
      return 'n';
    case Status::kFailure:
      return 'f';
    case Status::kNotSupported:
      return 'u';
    default:
      return '?';
  }
}

// A switchboard in one situation, and the handles that the operations are given.
struct Subject : VcStage {
  using VcStage::af, VcStage::sap, VcStage::vc, VcStage::incoming;
  using VcStage::binding, VcStage::manager_binding;
  using VcStage::board, VcStage::client, VcStage::manager, VcStage::miniport;
  using VcStage::ConnectOutgoing, VcStage::PrepareIncoming;

  void TestBody() override {}
  Subject() {
    manager.close_call = manager.modify_call_qos = manager.add_party = Status::kPending;
    manager.drop_party = manager.close_af = manager.register_sap = Status::kPending;
    manager.deregister_sap = Status::kPending;
    client.incoming_call = client.notify_close_af = Status::kPending;
  }

  // All that there is to see of it, and what was told to anybody.
  std::string Look() {
    std::string all;
    const auto add = [&all](auto... numbers) {
      ((all += std::to_string(static_cast<uint64_t>(numbers)) + ' '), ...);
    };
    for (const AfRow& row : board.Afs()) add(row.handle.value(), row.state);
    for (const SapRow& row : board.Saps()) add(row.handle.value(), row.state);
    for (const VcRow& row : board.Vcs()) {
      add(row.handle.value(), row.state, row.call, row.multipoint, row.remote_closed);
      for (const PartyRow& party : board.PartiesOf(row.handle)) {
        add(party.handle.value(), party.state, party.remote_dropped);
      }
    }
    for (const Log* log : {&client.log, &manager.log, &miniport.log}) {
      for (const std::string& line : *log) all += line + '\n';
    }
    return all;
  }

  VcHandle it;
  AfHandle family;
  SapHandle place;
  PartyHandle leaf;
  CallParameters params;
};

using Situation = std::function<void(Subject*)>;
using Operation = std::function<Status(Subject*)>;
using Event = std::function<void(Subject*)>;  // an operation without an answer

std::string InEach(const std::vector<Situation>& situations, const Operation& operation) {
  std::string letters;
  for (const Situation& reach : situations) {
    Subject subject;
    reach(&subject);
    const std::string before = subject.Look();
    const Status status = operation(&subject);
    letters += LetterOf(status);
    if (letters.back() != '.' && subject.Look() != before) letters += '!';
  }
  return letters;
}

std::string WhereItCounts(const std::vector<Situation>& situations, const Event& event) {
  std::string letters;
  for (const Situation& reach : situations) {
    Subject subject;
    reach(&subject);
    const std::string before = subject.Look();
    event(&subject);
    letters += subject.Look() == before ? '=' : '.';
  }
  return letters;
}

// --- VCs and their calls ------------------------------------------------------------------------

void Connect(Subject* s) { s->ConnectOutgoing(), s->it = s->vc; }
void ConnectMultipoint(Subject* s) {
  EXPECT_EQ(s->board.MakeCall(s->vc, &s->params, 20, &s->leaf), Status::kPending);
  EXPECT_EQ(s->board.ActivateVc(s->vc, &s->params), Status::kSuccess);
  s->board.MakeCallComplete(Status::kSuccess, s->vc, 700, s->params);
  s->leaf = s->client.last_party;
  s->it = s->vc;
}
PartyHandle AddLeaf(Subject* s) {
  PartyHandle added;
  EXPECT_EQ(s->board.AddParty(s->it, 21, &s->params, &added), Status::kPending);
  return s->manager.last_party;
}
void Offer(Subject* s) {
  s->PrepareIncoming();
  s->it = s->incoming;
  EXPECT_EQ(s->board.DispatchIncomingCall(s->sap, s->it, &s->params), Status::kPending);
}

const std::vector<Situation>& VcSituations() {
  static const std::vector<Situation> all = {
      // The client's: idle, being called with, with its path up, connected,
      [](Subject* s) { s->it = s->vc; },
      [](Subject* s) { (void)s->board.MakeCall(s->it = s->vc, &s->params); },
      [](Subject* s) {
        (void)s->board.MakeCall(s->it = s->vc, &s->params);
        EXPECT_EQ(s->board.ActivateVc(s->it, &s->params), Status::kSuccess);
      },
      Connect,
      // changing by the client, and by its call manager,
      [](Subject* s) {
        Connect(s);
        EXPECT_EQ(s->board.ModifyCallQoS(s->it, &s->params), Status::kPending);
      },
      [](Subject* s) {
        Connect(s);
        s->miniport.activate_vc = Status::kPending;
        EXPECT_EQ(s->board.ActivateVc(s->it, &s->params), Status::kPending);
      },
      // ended by the other side, being closed, on its way down,
      [](Subject* s) {
        Connect(s);
        EXPECT_EQ(s->board.DispatchIncomingCloseCall(Status::kSuccess, s->it, {}),
                  Status::kSuccess);
      },
      [](Subject* s) {
        Connect(s);
        EXPECT_EQ(s->board.CloseCall(s->it, {}), Status::kPending);
      },
      [](Subject* s) {
        Connect(s);
        EXPECT_EQ(s->board.CloseCall(s->it, {}), Status::kPending);
        s->miniport.deactivate_vc = Status::kPending;
        EXPECT_EQ(s->board.DeactivateVc(s->it), Status::kPending);
      },
      // with two parties.
      [](Subject* s) {
        ConnectMultipoint(s);
        s->board.AddPartyComplete(Status::kSuccess, AddLeaf(s), 701, s->params);
      },
      // The call manager's: ready, offered, accepted, connected; and its own.
      [](Subject* s) { s->PrepareIncoming(), s->it = s->incoming; }, Offer,
      [](Subject* s) {
        Offer(s);
        s->board.IncomingCallComplete(Status::kSuccess, s->it, s->params);
      },
      [](Subject* s) {
        Offer(s);
        s->board.IncomingCallComplete(Status::kSuccess, s->it, s->params);
        EXPECT_EQ(s->board.DispatchCallConnected(s->it), Status::kSuccess);
      },
      [](Subject* s) {
        EXPECT_EQ(s->board.CmCreateOwnVc(s->manager_binding, 800, {}, &s->it), Status::kSuccess);
      },
      // Deleted; never given.
      [](Subject* s) { EXPECT_EQ(s->board.DeleteVc(s->it = s->vc), Status::kSuccess); },
      [](Subject*) {}};
  return all;
}

std::string Vc(const Operation& operation) { return InEach(VcSituations(), operation); }
std::string VcEvent(const Event& event) { return WhereItCounts(VcSituations(), event); }

TEST(WrongStates, C040_C044_C045_C064_OfAVcByItsClient) {
  EXPECT_EQ(Vc([](Subject* s) { return s->board.DeleteVc(s->it); }), ".nnnnnnncnnnnnnhh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.MakeCall(s->it, &s->params); }),
            ".ssssssccsnnnnnhh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.MakeCall(s->it, &s->params, 30, &s->leaf); }),
            ".ssssssccsnnnnnhh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.CloseCall(s->it, {}); }), "s......ccss...shh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.ModifyCallQoS(s->it, &s->params); }),
            "sss.s.ccc.s.s.shh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.AddParty(s->it, 30, &s->params, &s->leaf); }),
            "sssfffccc.sssfsff");
  EXPECT_EQ(VcEvent([](Subject* s) {
              s->board.IncomingCallComplete(Status::kSuccess, s->it, s->params);
            }),
            "===========.=====");
}

TEST(WrongStates, C042_C043_C059_C069_OfAVcByItsCallManager) {
  EXPECT_EQ(Vc([](Subject* s) { return s->board.CmDeleteVc(s->it); }), "nnnnnnnnnnnnnn.hh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.ActivateVc(s->it, &s->params); }),
            ".....s..c......hh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.DeactivateVc(s->it); }), "nn...s..c.....nhh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.McmActivateVc(s->it, s->params); }),
            "uuuuuuuuuuuuuuuhh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.McmDeactivateVc(s->it); }), "uuuuuuuuuuuuuuuhh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.DispatchIncomingCall(s->sap, s->it, &s->params); }),
            "nnnnnnnnnn.sssnhh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.DispatchCallConnected(s->it); }),
            "sssssscccsss.sshh");
  EXPECT_EQ(Vc([](Subject* s) {
              return s->board.DispatchIncomingCloseCall(Status::kSuccess, s->it, {});
            }),
            "sss...ccc.s...shh");
  EXPECT_EQ(Vc([](Subject* s) { return s->board.DispatchIncomingCallQoSChange(s->it, s->params); }),
            "sss.ssccc.sss.shh");
}

TEST(WrongStates, C050_C066_AnswersThatNobodyWaitsForAreNone) {
  EXPECT_EQ(
      VcEvent([](Subject* s) { s->board.MakeCallComplete(Status::kFailure, s->it, s->params); }),
      "=..==============");
  EXPECT_EQ(VcEvent([](Subject* s) { s->board.CloseCallComplete(Status::kSuccess, s->it); }),
            "=======..========");
  EXPECT_EQ(VcEvent([](Subject* s) {
              s->board.ModifyCallQoSComplete(Status::kFailure, s->it, s->params);
            }),
            "====.============");
  EXPECT_EQ(VcEvent([](Subject* s) {
              s->board.MiniportActivateVcComplete(Status::kFailure, s->it, s->params);
            }),
            "=====.===========");
  EXPECT_EQ(
      VcEvent([](Subject* s) { s->board.MiniportDeactivateVcComplete(Status::kSuccess, s->it); }),
      "========.========");
}

// --- parties -------------------------------------------------------------------------------------

const std::vector<Situation>& PartySituations() {
  static const std::vector<Situation> all = {
      // Alone on its call, one of two, being added, being dropped, dropped by the network,
      ConnectMultipoint,
      [](Subject* s) {
        ConnectMultipoint(s);
        s->board.AddPartyComplete(Status::kSuccess, AddLeaf(s), 701, s->params);
      },
      [](Subject* s) {
        ConnectMultipoint(s);
        s->leaf = AddLeaf(s);
      },
      [](Subject* s) {
        ConnectMultipoint(s);
        s->board.AddPartyComplete(Status::kSuccess, AddLeaf(s), 701, s->params);
        EXPECT_EQ(s->board.DropParty(s->leaf, {}), Status::kPending);
      },
      [](Subject* s) {
        ConnectMultipoint(s);
        s->board.AddPartyComplete(Status::kSuccess, AddLeaf(s), 701, s->params);
        EXPECT_EQ(s->board.DispatchIncomingDropParty(Status::kSuccess, s->leaf, {}),
                  Status::kSuccess);
      },
      // on a call that is being closed, gone, never given.
      [](Subject* s) {
        ConnectMultipoint(s);
        EXPECT_EQ(s->board.CloseCall(s->it, {}), Status::kPending);
      },
      [](Subject* s) {
        ConnectMultipoint(s);
        const PartyHandle added = AddLeaf(s);
        s->board.AddPartyComplete(Status::kFailure, added, 701, s->params);
        s->leaf = added;
      },
      [](Subject*) {}};
  return all;
}

TEST(WrongStates, C076_C077_C078_OfAParty) {
  EXPECT_EQ(InEach(PartySituations(), [](Subject* s) { return s->board.DropParty(s->leaf, {}); }),
            "f.sc.chh");
  EXPECT_EQ(InEach(PartySituations(),
                   [](Subject* s) {
                     return s->board.DispatchIncomingDropParty(Status::kSuccess, s->leaf, {});
                   }),
            "..sccchh");
  EXPECT_EQ(WhereItCounts(PartySituations(),
                          [](Subject* s) {
                            s->board.AddPartyComplete(Status::kFailure, s->leaf, 702, s->params);
                          }),
            "==.=====");
  EXPECT_EQ(
      WhereItCounts(PartySituations(),
                    [](Subject* s) { s->board.DropPartyComplete(Status::kSuccess, s->leaf); }),
      "===.====");
}

// --- SAPs ----------------------------------------------------------------------------------------

const std::vector<Situation>& SapSituations() {
  const auto register_one = [](Subject* s) {
    SapHandle none;
    EXPECT_EQ(s->board.RegisterSap(s->af, 40, {}, &none), Status::kPending);
    s->place = s->manager.last_sap;
  };
  static const std::vector<Situation> all = {
      // Being registered, registered, being deregistered, gone, never given.
      register_one, [](Subject* s) { s->place = s->sap; },
      [](Subject* s) { EXPECT_EQ(s->board.DeregisterSap(s->place = s->sap), Status::kPending); },
      [register_one](Subject* s) {
        register_one(s);
        s->board.RegisterSapComplete(Status::kFailure, s->place, 0);
      },
      [](Subject*) {}};
  return all;
}

TEST(WrongStates, C025_C027_OfASap) {
  EXPECT_EQ(InEach(SapSituations(), [](Subject* s) { return s->board.DeregisterSap(s->place); }),
            "s.fff");
  std::vector<Situation> with_a_vc;
  for (const Situation& reach : SapSituations()) {
    with_a_vc.push_back([&reach](Subject* s) { reach(s), s->PrepareIncoming(); });
  }
  EXPECT_EQ(InEach(with_a_vc,
                   [](Subject* s) {
                     return s->board.DispatchIncomingCall(s->place, s->incoming, &s->params);
                   }),
            "..chh");
  EXPECT_EQ(WhereItCounts(
                SapSituations(),
                [](Subject* s) { s->board.RegisterSapComplete(Status::kFailure, s->place, 0); }),
            ".====");
  EXPECT_EQ(
      WhereItCounts(SapSituations(),
                    [](Subject* s) { s->board.DeregisterSapComplete(Status::kSuccess, s->place); }),
      "==.==");
}

// --- families ------------------------------------------------------------------------------------

const std::vector<Situation>& AfSituations() {
  const auto end_all = [](Subject* s) {
    s->manager.deregister_sap = Status::kSuccess;
    EXPECT_EQ(s->board.DeleteVc(s->vc), Status::kSuccess);
    EXPECT_EQ(s->board.DeregisterSap(s->sap), Status::kSuccess);
    s->family = s->af;
  };
  const auto ask = [](Subject* s) {
    EXPECT_EQ(s->board.NotifyCloseAddressFamily(s->family = s->af), Status::kPending);
  };
  static const std::vector<Situation> all = {
      // Opening, open with a VC and a SAP, open with nothing, asked for back, being closed, closed
      // and not answered, gone, never given.
      [](Subject* s) {
        s->manager.open_af = Status::kPending;
        EXPECT_EQ(s->board.OpenAddressFamily(s->binding, {}, 3, &s->family), Status::kPending);
        s->family = s->manager.last_af;
      },
      [](Subject* s) { s->family = s->af; },
      end_all,
      ask,
      [end_all](Subject* s) {
        end_all(s);
        EXPECT_EQ(s->board.CloseAddressFamily(s->family), Status::kPending);
      },
      [end_all, ask](Subject* s) {
        end_all(s), ask(s);
        EXPECT_EQ(s->board.CloseAddressFamily(s->family), Status::kPending);
        s->board.CloseAfComplete(Status::kSuccess, s->family);
      },
      [end_all](Subject* s) {
        end_all(s);
        EXPECT_EQ(s->board.CloseAddressFamily(s->family), Status::kPending);
        s->board.CloseAfComplete(Status::kSuccess, s->family);
      },
      [](Subject*) {}};
  return all;
}

std::string Af(const Operation& operation) { return InEach(AfSituations(), operation); }
std::string AfEvent(const Event& event) { return WhereItCounts(AfSituations(), event); }

TEST(WrongStates, C011_C012_C013_C017_OfAFamily) {
  EXPECT_EQ(Af([](Subject* s) { return s->board.CreateVc(s->family, 50, {}, &s->it); }),
            "f...ffff");
  EXPECT_EQ(Af([](Subject* s) { return s->board.CmCreateVc(s->family, 50, &s->it); }), "f...ffff");
  EXPECT_EQ(Af([](Subject* s) { return s->board.RegisterSap(s->family, 50, {}, &s->place); }),
            "c...cchh");
  EXPECT_EQ(Af([](Subject* s) { return s->board.CloseAddressFamily(s->family); }), "ff.fffff");
  EXPECT_EQ(Af([](Subject* s) { return s->board.NotifyCloseAddressFamily(s->family); }),
            "s..scshh");
  EXPECT_EQ(Af([](Subject* s) {
              OidAnswer answer;  // no family: the miniport's, which supports none
              s->manager.oid_request = Status::kSuccess;
              return s->board.RequestOid({.from = s->binding, .af = s->family}, 5, {}, &answer);
            }),
            "s...cchu");
  EXPECT_EQ(AfEvent([](Subject* s) { s->board.OpenAfComplete(Status::kFailure, s->family, 0); }),
            ".=======");
  EXPECT_EQ(AfEvent([](Subject* s) { s->board.CloseAfComplete(Status::kSuccess, s->family); }),
            "====.===");
  EXPECT_EQ(
      AfEvent([](Subject* s) { s->board.NotifyCloseAfComplete(s->family, Status::kSuccess); }),
      "===.=.==");
}

}  // namespace
}  // namespace vcp::circuit
