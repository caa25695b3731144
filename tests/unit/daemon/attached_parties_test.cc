// Parties, changes and routes behind the attach protocol, over a call manager that does as it is
// told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "recording_link.h"
#include "testing/fake_channel_host.h"
#include "testing/fake_clock.h"
#include "testing/recording_roles.h"

namespace vcp::daemon {
namespace {

using shm::MessageType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OneRoute final : public RouteFinder {
 public:
  RoutedAdapters FindRoutes(const Address& address) const override {
    return address == to ? RoutedAdapters{adapter} : RoutedAdapters();
  }
  Address to;
  circuit::AdapterHandle adapter;
};

uint32_t Number(Status status) { return static_cast<uint32_t>(status); }

class AttachedParties : public ::testing::Test {
 protected:
  AttachedParties() {
    EXPECT_EQ(board.RegisterAdapter("wire", &miniport, &adapter), Status::kSuccess);
    circuit::BindingHandle bound;
    EXPECT_EQ(board.OpenBinding(&manager, adapter, &bound), Status::kSuccess);
    EXPECT_EQ(board.RegisterAddressFamily(bound, {}), Status::kSuccess);
    client.BindTo(std::vector<AdapterEntry>{{adapter, "wire", 1492}});
    link.sent.clear();
  }

  template <typename T>
  void Ask(MessageType type, T request) {
    request.header = {.type = static_cast<uint16_t>(type),
                      .size_bytes = sizeof request,
                      .request_id = ++last_request};
    client.OnPacket({reinterpret_cast<const uint8_t*>(&request), sizeof request});
  }
  shm::SimpleReply TakeReply(MessageType type) {
    return link.TakeOne<shm::SimpleReply>(static_cast<uint16_t>(type) | shm::kReplyBit);
  }
  shm::CallReply TakeCallReply(MessageType type) {
    return link.TakeOne<shm::CallReply>(static_cast<uint16_t>(type) | shm::kReplyBit);
  }
  void OpenAf() {
    Ask(MessageType::kOpenAf, shm::OpenAf{});
    af = TakeReply(MessageType::kOpenAf).handle;
  }
  // A connected call; the board's own handle of its VC is manager.last_vc.
  void Connect(bool multipoint) {
    OpenAf();
    Ask(MessageType::kCreateVc, shm::CreateVc{.header = {}, .af = af, .reserved = 0});
    vc = TakeReply(MessageType::kCreateVc).handle;
    shm::MakeCall call{};
    call.vc = vc;
    call.multipoint = multipoint ? 1 : 0;
    Ask(MessageType::kMakeCall, call);
    EXPECT_THAT(link.sent, IsEmpty());
    circuit::CallParameters params;
    EXPECT_EQ(board.ActivateVc(manager.last_vc, &params), Status::kSuccess);
    board.MakeCallComplete(Status::kSuccess, manager.last_vc, 700, params);
    const shm::CallReply made = TakeCallReply(MessageType::kMakeCall);
    EXPECT_EQ(made.status, 0u);
    EXPECT_EQ(made.party != 0, multipoint);
    first = made.party;
    manager.log.clear();
  }
  uint32_t AddParty() {
    manager.add_party = Status::kSuccess;
    shm::AddParty request{};
    request.vc = vc;
    Ask(MessageType::kAddParty, request);
    const shm::CallReply reply = TakeCallReply(MessageType::kAddParty);
    EXPECT_EQ(reply.status, 0u);
    EXPECT_EQ(reply.vc, vc);
    EXPECT_NE(reply.party, 0u);
    manager.log.clear();
    return reply.party;
  }
  uint32_t DropParty(uint32_t party) {
    shm::DropParty request{};
    request.party = party;
    Ask(MessageType::kDropParty, request);
    return TakeReply(MessageType::kDropParty).status;
  }

  testing::FakeClock clock;
  EventLoop loop{clock};
  circuit::Switchboard board;
  testing::RecordingMiniport miniport;
  testing::RecordingCallManager manager;
  testing::FakeChannelHost plane;
  OneRoute routes;
  RecordingLink link;
  AttachedClient client{&board, &plane, &loop, &routes, 3, &link};
  circuit::AdapterHandle adapter;
  uint32_t af = 0, vc = 0, first = 0;
  uint32_t last_request = 0;
};

TEST_F(AttachedParties, C071_C076_PartiesJoinAndAreDropped) {
  Connect(/*multipoint=*/true);
  const uint32_t second = AddParty();
  EXPECT_EQ(client.party_count(), 2u);
  shm::DropParty request{};
  request.party = first;
  request.data_length = 1;
  request.data[0] = 5;
  request.cause.value = 16;
  Ask(MessageType::kDropParty, request);
  EXPECT_THAT(manager.log, ElementsAre("DropParty 700"));
  EXPECT_THAT(manager.close_data, ElementsAre(5));
  EXPECT_EQ(manager.cause.value, 16);
  EXPECT_EQ(DropParty(first), Number(Status::kClosing));
  board.DropPartyComplete(Status::kSuccess, board.PartiesOf(manager.last_vc).at(0).handle);
  EXPECT_EQ(TakeReply(MessageType::kDropParty).status, 0u);
  EXPECT_EQ(DropParty(first), Number(Status::kInvalidHandle));
  EXPECT_EQ(DropParty(second), Number(Status::kFailure));  // C77
  EXPECT_EQ(client.party_count(), 1u);
}

TEST_F(AttachedParties, C072_APartyThatDoesNotJoin) {
  Connect(/*multipoint=*/true);
  shm::AddParty request{};
  request.vc = vc;
  Ask(MessageType::kAddParty, request);
  EXPECT_EQ(client.party_count(), 2u);
  board.AddPartyComplete(Status::kNotAccepted, manager.last_party, 0, {},
                         circuit::Cause{.value = 17});
  const shm::CallReply reply = TakeCallReply(MessageType::kAddParty);
  EXPECT_EQ(reply.status, Number(Status::kNotAccepted));
  EXPECT_EQ(reply.party, 0u);
  EXPECT_EQ(reply.cause.value, 17);
  EXPECT_EQ(client.party_count(), 1u);
  request.vc = vc + 1;
  Ask(MessageType::kAddParty, request);
  EXPECT_EQ(TakeCallReply(MessageType::kAddParty).status, Number(Status::kFailure));
}

TEST_F(AttachedParties, C071_ACallWithoutPartiesGetsNone) {
  Connect(/*multipoint=*/false);
  shm::AddParty request{};
  request.vc = vc;
  Ask(MessageType::kAddParty, request);
  EXPECT_EQ(TakeCallReply(MessageType::kAddParty).status, Number(Status::kFailure));
  EXPECT_EQ(client.party_count(), 0u);
}

TEST_F(AttachedParties, C073_ARefusedMultipointCallLeavesNoParty) {
  OpenAf();
  Ask(MessageType::kCreateVc, shm::CreateVc{.header = {}, .af = af, .reserved = 0});
  shm::MakeCall call{};
  call.vc = TakeReply(MessageType::kCreateVc).handle;
  call.multipoint = 1;
  manager.make_call = Status::kNotSupported;
  Ask(MessageType::kMakeCall, call);
  const shm::CallReply reply = TakeCallReply(MessageType::kMakeCall);
  EXPECT_EQ(reply.status, Number(Status::kNotSupported));
  EXPECT_EQ(reply.party, 0u);
  EXPECT_EQ(client.party_count(), 0u);
}

TEST_F(AttachedParties, ASecondCallOnTheVcDoesNotTouchTheFirstOnesParties) {
  Connect(/*multipoint=*/true);
  shm::MakeCall call{};
  call.vc = vc;
  call.multipoint = 1;
  Ask(MessageType::kMakeCall, call);
  EXPECT_EQ(TakeCallReply(MessageType::kMakeCall).status, Number(Status::kInvalidState));
  EXPECT_EQ(client.party_count(), 1u);
}

TEST_F(AttachedParties, C078_APartyThatLeaves) {
  Connect(/*multipoint=*/true);
  const uint32_t second = AddParty();
  const uint8_t data[] = {9};
  EXPECT_EQ(
      board.DispatchIncomingDropParty(Status::kFailure, manager.last_party, data, {.value = 27}),
      Status::kSuccess);
  const auto event =
      link.TakeOne<shm::IncomingDropParty>(static_cast<uint16_t>(MessageType::kIncomingDropParty));
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(event.party, second);
  EXPECT_EQ(event.status, Number(Status::kFailure));
  EXPECT_EQ(event.data_length, 1u);
  EXPECT_EQ(event.data[0], 9);
  EXPECT_EQ(event.cause.value, 27);
  manager.drop_party = Status::kSuccess;
  EXPECT_EQ(DropParty(second), 0u);
}

TEST_F(AttachedParties, C064_TheLastPartyGoesWithItsCall) {
  Connect(/*multipoint=*/true);
  const uint32_t second = AddParty();
  shm::CloseCall close{};
  close.vc = vc;
  close.cause = {
      .value = 31, .location = 0, .diagnostic_length = 0, .reserved = 0, .diagnostics = {}};
  Ask(MessageType::kCloseCall, close);
  EXPECT_EQ(TakeReply(MessageType::kCloseCall).status, Number(Status::kInvalidState));
  manager.drop_party = Status::kSuccess;
  EXPECT_EQ(DropParty(second), 0u);
  Ask(MessageType::kCloseCall, close);
  EXPECT_EQ(manager.cause.value, 31);
  EXPECT_EQ(board.DeactivateVc(manager.last_vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, manager.last_vc);
  EXPECT_EQ(TakeReply(MessageType::kCloseCall).status, 0u);
  EXPECT_EQ(client.party_count(), 0u);
}

TEST_F(AttachedParties, ACauseThatCannotBeIsRefused) {
  Connect(/*multipoint=*/false);
  shm::CloseCall close{};
  close.vc = vc;
  close.cause.value = 200;
  Ask(MessageType::kCloseCall, close);
  EXPECT_EQ(TakeReply(MessageType::kCloseCall).status, Number(Status::kInvalidData));
  close.cause.reserved = 1;
  Ask(MessageType::kCloseCall, close);
  EXPECT_EQ(link.evicted, Status::kProtocolError);
  EXPECT_THAT(manager.log, IsEmpty());
}

// --- changes -------------------------------------------------------------------------------------

TEST_F(AttachedParties, C081_C082_AChangeAndItsOutcome) {
  Connect(/*multipoint=*/false);
  shm::ModifyCallQoS request{};
  request.vc = vc;
  Ask(MessageType::kModifyCallQoS, request);
  EXPECT_THAT(manager.log, ElementsAre("ModifyCallQoS 501"));
  Ask(MessageType::kModifyCallQoS, request);
  EXPECT_EQ(TakeCallReply(MessageType::kModifyCallQoS).status, Number(Status::kInvalidState));
  board.ModifyCallQoSComplete(Status::kFailure, manager.last_vc, {}, circuit::Cause{.value = 37});
  const shm::CallReply reply = TakeCallReply(MessageType::kModifyCallQoS);
  EXPECT_EQ(reply.status, Number(Status::kFailure));
  EXPECT_EQ(reply.vc, vc);
  EXPECT_EQ(reply.cause.value, 37);
  request.vc = vc + 1;
  Ask(MessageType::kModifyCallQoS, request);
  EXPECT_EQ(TakeCallReply(MessageType::kModifyCallQoS).status, Number(Status::kInvalidHandle));
}

TEST_F(AttachedParties, C086_AChangeFromOutside) {
  Connect(/*multipoint=*/false);
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(manager.last_vc, {}), Status::kSuccess);
  const auto event = link.TakeOne<shm::IncomingCallQoSChange>(
      static_cast<uint16_t>(MessageType::kIncomingCallQoSChange));
  EXPECT_EQ(event.vc, vc);
  EXPECT_THAT(manager.log, IsEmpty());
}

TEST_F(AttachedParties, C087_WhoDoesNotReadRefusesChanges) {
  Connect(/*multipoint=*/false);
  link.congested = true;
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(manager.last_vc, {}), Status::kSuccess);
  EXPECT_THAT(link.sent, IsEmpty());
  EXPECT_THAT(manager.log, ElementsAre("ModifyCallQoS 501"));
  board.ModifyCallQoSComplete(Status::kNotAccepted, manager.last_vc, {});
  EXPECT_THAT(link.sent, IsEmpty());
}

// --- routes --------------------------------------------------------------------------------------

TEST_F(AttachedParties, AFamilyIsOpenedWhereTheRouteLeads) {
  shm::OpenAf open{};
  open.toward.type = static_cast<uint8_t>(AddressType::kE164);
  open.toward.length = 3;
  std::memcpy(open.toward.bytes, "358", 3);
  Ask(MessageType::kOpenAf, open);
  EXPECT_EQ(TakeReply(MessageType::kOpenAf).status, Number(Status::kNotFound));
  routes.to = *ParseAddress("+358");
  routes.adapter = adapter;
  Ask(MessageType::kOpenAf, open);
  const shm::SimpleReply reply = TakeReply(MessageType::kOpenAf);
  EXPECT_EQ(reply.status, 0u);
  EXPECT_NE(reply.handle, 0u);
  open.family = static_cast<uint32_t>(circuit::AddressFamilyType::kPvc);
  Ask(MessageType::kOpenAf, open);
  EXPECT_EQ(TakeReply(MessageType::kOpenAf).status, Number(Status::kFailure));  // C10
  open.family = 0;
  CopyText("wire", open.adapter);
  Ask(MessageType::kOpenAf, open);
  EXPECT_EQ(TakeReply(MessageType::kOpenAf).status, Number(Status::kInvalidData));
}

}  // namespace
}  // namespace vcp::daemon
