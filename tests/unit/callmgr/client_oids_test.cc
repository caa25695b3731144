// What clients ask of call managers by OID, and hear from them (C97, C111, C112).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "callmgr/pvc_call_manager.h"
#include "callmgr/pvc_oids.h"
#include "circuit/address_book.h"
#include "testing/fake_clock.h"
#include "testing/lossy_wire.h"
#include "testing/recording_roles.h"
#include "testing/uni_host.h"

namespace vcp::callmgr {
namespace {

using circuit::Oid;
using circuit::OidAnswer;
using circuit::OidRequest;

const Address kAlias = *ParseAddress("+358401234567");

OidRequest SetOf(Oid oid, std::vector<uint8_t> bytes) {
  return {.oid = oid, .access = circuit::OidAccess::kSet, .bytes = std::move(bytes)};
}
std::vector<uint8_t> BytesOf(const Address& address) {
  std::vector<uint8_t> bytes;
  circuit::AppendAddress(address, &bytes);
  return bytes;
}

// --- addresses ----------------------------------------------------------------------------------

class LinkOidsTest : public ::testing::Test {
 protected:
  LinkOidsTest() {
    Settle();
    EXPECT_EQ(user.board.OpenBinding(&client, user.ports[0].adapter, &binding), Status::kSuccess);
    EXPECT_EQ(user.board.OpenAddressFamily(binding, UniCallManager::kFamily, 1, &af),
              Status::kSuccess);
    other_af = user.OpenAf(&other, 2);
    client.asked.clear();
    other.asked.clear();
  }

  Status Ask(const OidRequest& request) {
    return user.board.RequestOid({.from = binding, .af = af}, 0, request, &answer);
  }
  // How many addresses there are, and the last one.
  std::pair<uint32_t, Address> List() {
    EXPECT_EQ(Ask({.oid = Oid::kGetAddresses, .capacity_bytes = 512}), Status::kSuccess);
    const std::span<const uint8_t> bytes = answer.bytes;
    const uint32_t count = circuit::ReadOid32(bytes);
    EXPECT_EQ(bytes.size(), 8 + count * circuit::kOidAddressBytes);
    Address last;
    if (count != 0) {
      EXPECT_TRUE(circuit::ParseOidAddress(bytes.last(circuit::kOidAddressBytes), &last));
    }
    return {count, last};
  }

  void Settle() {
    for (bool moved = true; moved;) {
      moved = timers.RunDue(clock.NowNs()) != 0;
      for (testing::UniHost* host : {&user, &network}) {
        moved |= !host->plane.commands.empty();
        host->plane.AnswerAll();
      }
      clock.Advance(1);
    }
  }

  testing::FakeClock clock;
  TimerQueue timers;
  std::mt19937_64 random{1};
  testing::LossyWire wire{&clock, &timers, &random};
  testing::UniHost user{signaling::Role::kUser, wire.end(0), &clock, &timers};
  testing::UniHost network{signaling::Role::kNetwork, wire.end(1), &clock, &timers};
  testing::RecordingClient client, other;
  circuit::AfHandle af, other_af;
  circuit::BindingHandle binding;
  OidAnswer answer;
};

TEST_F(LinkOidsTest, C111_AliasesAreOnesOwnAndChangesAreTold) {
  EXPECT_EQ(List().first, 0u);
  EXPECT_EQ(Ask(SetOf(Oid::kAddAddress, BytesOf(kAlias))), Status::kSuccess);
  EXPECT_EQ(Ask(SetOf(Oid::kAddAddress, BytesOf(kAlias))), Status::kInUse);
  EXPECT_EQ(List(), std::pair(1u, kAlias));
  ASSERT_EQ(client.asked.size(), 1u);
  EXPECT_EQ(client.asked[0].request.oid, Oid::kAddressChange);
  EXPECT_TRUE(other.asked.empty());
  EXPECT_EQ(Ask(SetOf(Oid::kDeleteAddress, BytesOf(kAlias))), Status::kSuccess);
  EXPECT_EQ(Ask(SetOf(Oid::kDeleteAddress, BytesOf(kAlias))), Status::kNotFound);
  EXPECT_EQ(List().first, 0u);
  EXPECT_EQ(client.asked.size(), 2u);
}

TEST_F(LinkOidsTest, C106_WhatIsNoAddressIsRefused) {
  std::vector<uint8_t> bytes = BytesOf(kAlias);
  EXPECT_EQ(Ask(SetOf(Oid::kAddAddress, {1, 2, 3})), Status::kInvalidLength);
  bytes[2] = 1;
  EXPECT_EQ(Ask(SetOf(Oid::kAddAddress, bytes)), Status::kInvalidData);
  EXPECT_EQ(Ask(SetOf(Oid::kAddAddress, BytesOf({}))), Status::kInvalidData);
  EXPECT_EQ(Ask({.oid = static_cast<Oid>(7)}), Status::kInvalidOid);
  EXPECT_EQ(Ask({.oid = Oid::kXmitPdusOk}), Status::kNotSupported);
  for (uint32_t i = 0; i < kMaxAliasesPerAf; ++i) {
    const Address address = *ParseAddress("+" + std::to_string(1000 + i));
    EXPECT_EQ(Ask(SetOf(Oid::kAddAddress, BytesOf(address))), Status::kSuccess);
  }
  EXPECT_EQ(Ask(SetOf(Oid::kAddAddress, BytesOf(kAlias))), Status::kResources);
}

TEST_F(LinkOidsTest, C112_AllClientsHearWhenSignalingGoes) {
  EXPECT_EQ(network.manager().Stop(), Status::kSuccess);
  for (int i = 0; i < 400 && client.asked.empty(); ++i) {
    clock.Advance(100 * kNsPerMs);
    Settle();
  }
  ASSERT_FALSE(client.asked.empty());
  EXPECT_EQ(client.asked[0].request.oid, Oid::kSignalingDisabled);
  ASSERT_FALSE(other.asked.empty());
  EXPECT_EQ(other.asked[0].request.oid, Oid::kSignalingDisabled);
}

// --- PVCs ---------------------------------------------------------------------------------------

class PvcOidsTest : public ::testing::Test {
 protected:
  PvcOidsTest() {
    EXPECT_EQ(board.RegisterAdapter("wire", &miniport, &adapter), Status::kSuccess);
    EXPECT_EQ(manager.Start(adapter), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&client, adapter, &binding), Status::kSuccess);
    EXPECT_EQ(board.OpenAddressFamily(binding, PvcCallManager::kFamily, 1, &af), Status::kSuccess);
  }
  static Pvc Named(const std::string& name, uint32_t label) {
    Pvc pvc{.name = name, .labels = {label, label}};
    pvc.transmit.token_rate_bytes_per_second = 1000;
    pvc.transmit.max_sdu_size_bytes = 512;
    return pvc;
  }
  Status Set(Oid oid, std::vector<uint8_t> bytes) {
    OidAnswer answer;
    return board.RequestOid({.from = binding, .af = af}, 0, SetOf(oid, std::move(bytes)), &answer);
  }
  Status Add(const Pvc& pvc) { return Set(Oid::kAddPvc, MakePvcOid(pvc)); }
  Status Delete(const std::string& name) {
    std::vector<uint8_t> bytes(name.begin(), name.end());
    bytes.resize(64);
    return Set(Oid::kDeletePvc, bytes);
  }

  circuit::Switchboard board;
  testing::RecordingMiniport miniport;
  PvcList pvcs;
  PvcCallManager manager{&board, &pvcs};
  testing::RecordingClient client;
  circuit::AdapterHandle adapter;
  circuit::BindingHandle binding;
  circuit::AfHandle af;
};

TEST_F(PvcOidsTest, C097_OneThatAClientAddedIsForOthersToo) {
  Pvc pvc = Named("new", 64);
  pvc.peer_mac = {{2, 0, 0, 0, 0, 9}};
  pvc.destination = kAlias;
  EXPECT_EQ(Add(pvc), Status::kSuccess);
  ASSERT_NE(pvcs.Find("new"), nullptr);
  EXPECT_EQ(pvcs.Find("new")->adapter, "wire");
  EXPECT_EQ(pvcs.Find("new")->peer_mac, pvc.peer_mac);
  EXPECT_EQ(pvcs.Find("new")->receive.max_sdu_size_bytes, 512u);
  EXPECT_EQ(pvcs.Find("new")->destination, kAlias);

  testing::RecordingClient second;
  circuit::BindingHandle seconds;
  circuit::AfHandle second_af;
  EXPECT_EQ(board.OpenBinding(&second, adapter, &seconds), Status::kSuccess);
  EXPECT_EQ(board.OpenAddressFamily(seconds, PvcCallManager::kFamily, 1, &second_af),
            Status::kSuccess);
  circuit::VcHandle vc;
  EXPECT_EQ(board.CreateVc(second_af, 7, {.channel = 1, .channel_vc = 1}, &vc), Status::kSuccess);
  circuit::CallParameters params{.flags = circuit::kPermanentVc};
  params.media.emplace().pvc_name = "new";
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_THAT(second.log, ::testing::Contains("MakeCallComplete SUCCESS 7"));

  EXPECT_EQ(Delete("new"), Status::kSuccess);  // Goes when its user has closed.
  EXPECT_EQ(pvcs.Find("new"), nullptr);
  EXPECT_EQ(Delete("new"), Status::kNotFound);
}

TEST_F(PvcOidsTest, C097_TheOperatorsAreNotAClientsToDelete) {
  EXPECT_EQ(pvcs.Add({.name = "fixed", .adapter = "wire", .labels = {70, 70}}), Status::kSuccess);
  EXPECT_EQ(Delete("fixed"), Status::kNotAccepted);
  EXPECT_EQ(Add(Named("fixed", 90)), Status::kInUse);
  EXPECT_EQ(Add(Named("other", 70)), Status::kInUse);
}

TEST_F(PvcOidsTest, C106_WhatIsWrongIsRefused) {
  EXPECT_EQ(Set(Oid::kAddPvc, {1, 2}), Status::kInvalidLength);
  EXPECT_EQ(Set(Oid::kDeletePvc, {1, 2}), Status::kInvalidLength);
  EXPECT_EQ(Add(Named("", 64)), Status::kInvalidData);
  EXPECT_EQ(Add(Named("a b", 64)), Status::kInvalidData);
  EXPECT_EQ(Add(Named(std::string(63, 'x'), 2)), Status::kInvalidData);  // A label below 16.
  std::vector<uint8_t> bytes = MakePvcOid(Named("x", 64));
  bytes[72] = 2;
  EXPECT_EQ(Set(Oid::kAddPvc, bytes), Status::kInvalidData);
  bytes[72] = 0;
  bytes[kPvcOidBytes - 1] = 1;  // No address has only a last octet.
  EXPECT_EQ(Set(Oid::kAddPvc, bytes), Status::kInvalidData);
  EXPECT_EQ(pvcs.size(), 0u);
}

TEST_F(PvcOidsTest, ClientsHaveSoManyAltogether) {
  for (uint32_t i = 0; i < kMaxPvcsByClients; ++i) {
    ASSERT_EQ(Add(Named("p" + std::to_string(i), 64 + i)), Status::kSuccess);
  }
  EXPECT_EQ(Add(Named("more", 5000)), Status::kResources);
  EXPECT_EQ(Delete("p0"), Status::kSuccess);
  EXPECT_EQ(Add(Named("more", 5000)), Status::kSuccess);
}

}  // namespace
}  // namespace vcp::callmgr
