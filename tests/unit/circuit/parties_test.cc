#include "base/limits.h"
#include "stage.h"

namespace vcp::circuit {
namespace {

// A connected multipoint call on `vc`: its first party is `first`, the client's 40 and the call
// manager's 700.
class Parties : public VcStage {
 protected:
  Parties() {
    CallParameters params;
    EXPECT_EQ(board.MakeCall(vc, &params, 40, &first), Status::kPending);
    EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
    board.MakeCallComplete(Status::kSuccess, vc, 700, params);
    first = client.last_party;
    Forget();
  }

  // One that is on the call at once; the call manager's context is the next from 504.
  PartyHandle Add(Context client_party) {
    manager.add_party = Status::kSuccess;
    CallParameters params;
    PartyHandle party;
    EXPECT_EQ(board.AddParty(vc, client_party, &params, &party), Status::kSuccess);
    Forget();
    return party;
  }
  // One that is being added.
  PartyHandle Adding(Context client_party) {
    manager.add_party = Status::kPending;
    CallParameters params;
    PartyHandle party;
    EXPECT_EQ(board.AddParty(vc, client_party, &params, &party), Status::kPending);
    EXPECT_FALSE(party);
    Forget();
    return manager.last_party;
  }
  void CloseCompletely() {
    EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
    board.CloseCallComplete(Status::kSuccess, vc);
  }
  size_t PartyCount() { return board.PartiesOf(vc).size(); }

  PartyHandle first;
  const size_t no_parties = board.LiveObjectCount();
};

// --- the first party ----------------------------------------------------------------------------

TEST_F(Parties, C071_ACallWithAPartyIsMultipoint) {
  EXPECT_TRUE(first);
  EXPECT_TRUE(Row(vc).multipoint);
  EXPECT_EQ(Row(vc).parties, 1U);
  EXPECT_EQ(manager.params.flags, kMultipointVc);
  EXPECT_EQ(board.PartiesOf(vc).at(0).state, PartyState::kActive);
}

TEST_F(VcStage, C071_ACallThatIsMultipointAtOnce) {
  manager.make_call = Status::kSuccess;
  manager.on_make_call = [&] {
    CallParameters params;
    EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  };
  CallParameters params;
  PartyHandle party;
  EXPECT_EQ(board.MakeCall(vc, &params, 40, &party), Status::kSuccess);
  EXPECT_EQ(party, manager.last_party);
  EXPECT_EQ(params.flags, kMultipointVc);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_THAT(manager.log, Contains("CloseCall 501 503"));
}

TEST_F(VcStage, C071_WithoutAPartyNoneIsAdded) {
  ConnectOutgoing();
  EXPECT_FALSE(Row(vc).multipoint);
  CallParameters params;
  PartyHandle party;
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kFailure);
  EXPECT_THAT(manager.log, IsEmpty());
}

TEST_F(VcStage, TheFlagAloneMakesNoMultipointCall) {
  CallParameters params{.flags = kMultipointVc, .call_manager = {}, .media = {}};
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kNotSupported);
}

TEST_F(VcStage, C073_NoMultipointHere) {
  manager.make_call = Status::kNotSupported;
  CallParameters params;
  PartyHandle party;
  const size_t before = board.LiveObjectCount();
  EXPECT_EQ(board.MakeCall(vc, &params, 40, &party), Status::kNotSupported);
  EXPECT_FALSE(party);
  EXPECT_EQ(params.flags, 0U);
  EXPECT_EQ(board.LiveObjectCount(), before);
}

TEST_F(VcStage, AFailedMultipointCallLeavesNoParty) {
  CallParameters params;
  PartyHandle party;
  const size_t before = board.LiveObjectCount();
  EXPECT_EQ(board.MakeCall(vc, &params, 40, &party), Status::kPending);
  EXPECT_FALSE(party);
  board.MakeCallComplete(Status::kNotFound, vc, 700, params, Cause{.value = 1});
  EXPECT_THAT(client.log, ElementsAre("MakeCallComplete NOT_FOUND 10"));
  EXPECT_FALSE(client.last_party);
  EXPECT_EQ(client.cause.value, 1);
  EXPECT_EQ(board.LiveObjectCount(), before);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(VcStage, TheFirstPartyOfACallBeingMadeIsNotOneOfItsOwn) {
  CallParameters params;
  PartyHandle party;
  EXPECT_EQ(board.MakeCall(vc, &params, 40, &party), Status::kPending);
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kInvalidState);
  board.AddPartyComplete(Status::kSuccess, manager.last_party, 7, params);
  EXPECT_EQ(board.DropParty(manager.last_party, {}), Status::kInvalidState);
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, manager.last_party, {}),
            Status::kInvalidState);
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(VcStage, AMultipointCallGivenUpWhileItIsMade) {
  CallParameters params;
  PartyHandle party;
  const size_t before = board.LiveObjectCount();
  EXPECT_EQ(board.MakeCall(vc, &params, 40, &party), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_THAT(manager.log, ElementsAre("MakeCall 501", "CloseCall 501"));
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_THAT(client.log,
              ElementsAre("MakeCallComplete REQUEST_ABORTED 10", "CloseCallComplete SUCCESS 10"));
  EXPECT_EQ(board.LiveObjectCount(), before);
}

// --- adding -------------------------------------------------------------------------------------

TEST_F(Parties, C072_AddedAtOnce) {
  manager.add_party = Status::kSuccess;
  CallParameters params;
  params.call_manager.emplace();
  PartyHandle party;
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kSuccess);
  EXPECT_TRUE(party);
  EXPECT_THAT(manager.log, ElementsAre("AddParty 501"));
  EXPECT_TRUE(manager.params.call_manager.has_value());
  EXPECT_THAT(client.log, IsEmpty());
  EXPECT_EQ(PartyCount(), 2U);
}

TEST_F(Parties, C072_AddedLater) {
  const PartyHandle adding = Adding(41);
  CallParameters params;
  board.AddPartyComplete(Status::kPending, adding, 701, params);
  EXPECT_THAT(client.log, IsEmpty());
  board.AddPartyComplete(Status::kSuccess, adding, 701, params);
  board.AddPartyComplete(Status::kSuccess, adding, 701, params);
  EXPECT_THAT(client.log, ElementsAre("AddPartyComplete SUCCESS 41"));
  EXPECT_EQ(client.last_party, adding);
  manager.drop_party = Status::kSuccess;
  EXPECT_EQ(board.DropParty(adding, {}), Status::kSuccess);
  EXPECT_THAT(manager.log, ElementsAre("DropParty 701"));
}

TEST_F(Parties, C072_ACompletionBeforeAddPartyReturned) {  // Race 2
  CallParameters params;
  PartyHandle party;
  manager.on_add_party = [&] {
    board.AddPartyComplete(Status::kSuccess, manager.last_party, 701, params);
  };
  manager.drop_party = Status::kSuccess;
  client.on_add_party_complete = [&] {
    EXPECT_EQ(board.DropParty(client.last_party, {}), Status::kSuccess);
  };
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kPending);
  EXPECT_EQ(PartyCount(), 1U);
}

TEST_F(Parties, C075_AFailedPartyLeavesTheOthersAlone) {
  manager.add_party = Status::kResources;
  CallParameters params;
  PartyHandle party;
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kResources);
  const PartyHandle adding = Adding(42);
  board.AddPartyComplete(Status::kNotAccepted, adding, 0, params, Cause{.value = 17});
  EXPECT_THAT(client.log, ElementsAre("AddPartyComplete NOT_ACCEPTED 42"));
  EXPECT_FALSE(client.last_party);
  EXPECT_EQ(client.cause.value, 17);
  EXPECT_EQ(PartyCount(), 1U);
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
  EXPECT_EQ(Row(vc).state, VcState::kActive);
}

TEST_F(Parties, C072_OnlyToACallThatThereIs) {
  CallParameters params;
  PartyHandle party;
  EXPECT_EQ(board.AddParty(VcHandle(), 41, &params, &party), Status::kFailure);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kClosing);
  CloseCompletely();
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kInvalidState);
}

TEST_F(Parties, NobodyIsAddedAfterTheOtherSideClosed) {
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kSuccess);
  CallParameters params;
  PartyHandle party;
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kClosing);
}

TEST_F(Parties, ACallHasAsManyPartiesAsTheLimitSays) {
  for (uint32_t i = 1; i < kMaxPartiesPerCall; ++i) Add(100 + i);
  CallParameters params;
  PartyHandle party;
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kResources);
  EXPECT_THAT(manager.log, IsEmpty());
}

TEST_F(Parties, C090_WhatCannotBeAPartyIsRefused) {
  CallParameters params;
  params.call_manager.emplace().transmit.service_type = qos::ServiceType::kGuaranteed;
  PartyHandle party;
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kInvalidData);
  EXPECT_EQ(PartyCount(), 1U);
}

// --- dropping -----------------------------------------------------------------------------------

TEST_F(Parties, C076_DroppedInAnyOrder) {
  const PartyHandle second = Add(41);
  const PartyHandle third = Add(42);
  const uint8_t data[] = {1, 2};
  EXPECT_EQ(board.DropParty(first, data, Cause{.value = 16}), Status::kPending);
  EXPECT_THAT(manager.log, ElementsAre("DropParty 700"));
  EXPECT_THAT(manager.close_data, ElementsAre(1, 2));
  EXPECT_EQ(manager.cause.value, 16);
  EXPECT_EQ(board.DropParty(first, {}), Status::kClosing);
  EXPECT_EQ(board.DropParty(third, {}), Status::kPending);
  board.DropPartyComplete(Status::kSuccess, third);
  board.DropPartyComplete(Status::kPending, first);
  board.DropPartyComplete(Status::kSuccess, first);
  board.DropPartyComplete(Status::kSuccess, first);
  EXPECT_THAT(client.log,
              ElementsAre("DropPartyComplete SUCCESS 42", "DropPartyComplete SUCCESS 40"));
  EXPECT_EQ(board.DropParty(first, {}), Status::kInvalidHandle);
  EXPECT_EQ(board.DropParty(second, {}), Status::kFailure);
}

TEST_F(Parties, C076_ADropThatIsRefusedLeavesTheParty) {
  const PartyHandle second = Add(41);
  manager.drop_party = Status::kInvalidData;
  EXPECT_EQ(board.DropParty(second, {}), Status::kInvalidData);
  manager.drop_party = Status::kPending;
  EXPECT_EQ(board.DropParty(second, {}), Status::kPending);
  board.DropPartyComplete(Status::kInvalidData, second);
  EXPECT_THAT(client.log, ElementsAre("DropPartyComplete INVALID_DATA 41"));
  EXPECT_EQ(board.PartiesOf(vc).at(1).state, PartyState::kActive);
}

TEST_F(Parties, C077_TheLastPartyGoesWithTheCall) {
  EXPECT_EQ(board.DropParty(first, {}), Status::kFailure);
  Adding(41);  // Not on the call yet.
  EXPECT_EQ(board.DropParty(first, {}), Status::kFailure);
  EXPECT_THAT(manager.log, IsEmpty());
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_THAT(manager.log, ElementsAre("CloseCall 501 700"));
}

TEST_F(Parties, C077_TwoDropsCannotEmptyTheCall) {  // Race 9
  const PartyHandle second = Add(41);
  EXPECT_EQ(board.DropParty(first, {}), Status::kPending);
  EXPECT_EQ(board.DropParty(second, {}), Status::kFailure);
}

TEST_F(Parties, C064_ACallWithSeveralPartiesIsNotClosed) {
  const PartyHandle second = Add(41);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kInvalidState);
  EXPECT_THAT(manager.log, IsEmpty());
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
  manager.drop_party = Status::kSuccess;
  EXPECT_EQ(board.DropParty(first, {}), Status::kSuccess);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  CloseCompletely();
  EXPECT_THAT(client.log, ElementsAre("CloseCallComplete SUCCESS 10 41"));
  EXPECT_EQ(board.DropParty(second, {}), Status::kInvalidHandle);
  EXPECT_EQ(board.LiveObjectCount(), no_parties);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(Parties, AClosedCallEndsWhatPendsOnIt) {
  const PartyHandle second = Add(41);
  Adding(42);
  EXPECT_EQ(board.DropParty(second, {}), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.DropParty(first, {}), Status::kClosing);
  Forget();
  CloseCompletely();
  EXPECT_THAT(client.log,
              ElementsAre("DropPartyComplete SUCCESS 41", "AddPartyComplete REQUEST_ABORTED 42",
                          "CloseCallComplete SUCCESS 10 40"));
  EXPECT_EQ(board.LiveObjectCount(), no_parties);
}

TEST_F(Parties, WhatEndsBeforeTheCloseCompletesIsNotEndedAgain) {
  const PartyHandle second = Add(41);
  const PartyHandle adding = Adding(42);
  EXPECT_EQ(board.DropParty(second, {}), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  CallParameters params;
  board.DropPartyComplete(Status::kSuccess, second);
  board.AddPartyComplete(Status::kSuccess, adding, 702, params);
  Forget();
  CloseCompletely();
  EXPECT_THAT(client.log, ElementsAre("CloseCallComplete SUCCESS 10 40"));
  EXPECT_EQ(board.LiveObjectCount(), no_parties);
}

TEST_F(Parties, C047_TheNextCallOnTheVcMayBeOfTheOtherKind) {
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  CloseCompletely();
  ConnectOutgoing();
  CallParameters params;
  PartyHandle party;
  EXPECT_EQ(board.AddParty(vc, 41, &params, &party), Status::kFailure);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_THAT(manager.log, ElementsAre("CloseCall 501"));
}

// --- dropped by the other side ------------------------------------------------------------------

TEST_F(Parties, C078_APartyThatLeavesIsDroppedByTheClient) {
  const PartyHandle second = Add(41);
  const uint8_t data[] = {9};
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kFailure, second, data, Cause{.value = 27}),
            Status::kSuccess);
  EXPECT_THAT(client.log, ElementsAre("IncomingDropParty FAILURE 41"));
  EXPECT_THAT(client.close_data, ElementsAre(9));
  EXPECT_EQ(client.cause.value, 27);
  EXPECT_TRUE(board.PartiesOf(vc).at(1).remote_dropped);
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kFailure, second, {}), Status::kClosing);
  // It still counts for the client, who owes an answer, but not as somebody who is there.
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kInvalidState);
  EXPECT_EQ(board.DropParty(first, {}), Status::kFailure);
  EXPECT_EQ(board.DropParty(second, {}), Status::kPending);
  board.DropPartyComplete(Status::kSuccess, second);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
}

TEST_F(Parties, C078_AnsweredFromInside) {
  const PartyHandle second = Add(41);
  manager.drop_party = Status::kSuccess;
  client.on_incoming_drop_party = [&] { EXPECT_EQ(board.DropParty(second, {}), Status::kSuccess); };
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, second, {}), Status::kSuccess);
  EXPECT_EQ(PartyCount(), 1U);
}

TEST_F(Parties, C079_WhenTheLastPartyLeavesTheCallIsClosed) {
  const PartyHandle second = Add(41);
  const uint8_t data[] = {9};
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, second, {}), Status::kSuccess);
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, first, data, Cause{.value = 16}),
            Status::kSuccess);
  EXPECT_THAT(client.log,
              ElementsAre("IncomingDropParty SUCCESS 41", "IncomingCloseCall SUCCESS 10"));
  EXPECT_THAT(client.close_data, ElementsAre(9));
  EXPECT_EQ(client.cause.value, 16);
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, first, {}), Status::kClosing);
  manager.drop_party = Status::kSuccess;
  EXPECT_EQ(board.DropParty(second, {}), Status::kSuccess);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  CloseCompletely();
  EXPECT_EQ(board.LiveObjectCount(), no_parties);
}

TEST_F(Parties, C079_ARemoteDropOvertakesTheClientsOwn) {  // Race 9
  const PartyHandle second = Add(41);
  EXPECT_EQ(board.DropParty(second, {}), Status::kPending);
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, second, {}), Status::kClosing);
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, first, {}), Status::kSuccess);
  EXPECT_THAT(client.log, ElementsAre("IncomingCloseCall SUCCESS 10"));
}

TEST_F(Parties, APartyBeingAddedDoesNotLeave) {
  const PartyHandle adding = Adding(41);
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, adding, {}), Status::kInvalidState);
  EXPECT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, PartyHandle(), {}),
            Status::kInvalidHandle);
  EXPECT_THAT(client.log, IsEmpty());
}

// --- what goes along ----------------------------------------------------------------------------

TEST_F(Parties, WhatGoesAlongIsBounded) {
  const PartyHandle second = Add(41);
  const std::vector<uint8_t> most(kMaxCloseDataBytes);
  const std::vector<uint8_t> more(kMaxCloseDataBytes + 1);
  EXPECT_EQ(board.DropParty(second, more), Status::kInvalidLength);
  EXPECT_EQ(board.DropParty(second, {}, Cause{.value = 128}), Status::kInvalidData);
  EXPECT_EQ(board.DropParty(second, most, Cause{.value = 127}), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, more), Status::kInvalidLength);
  EXPECT_EQ(board.CloseCall(vc, {}, Cause{.value = 16, .location = 16}), Status::kInvalidData);
  EXPECT_EQ(board.CloseCall(vc, most, Cause{.value = 16, .location = 15}), Status::kPending);
  EXPECT_EQ(manager.cause.location, 15);
}

}  // namespace
}  // namespace vcp::circuit
