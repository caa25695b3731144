#include "client_life.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>

namespace vcp::abuse {
namespace {

using shm::MessageType;
using testing::CallTo;
using testing::NewRequest;
using testing::RawClient;

constexpr uint32_t kCallFamily = 1;
constexpr uint32_t kPvcFamily = 0x1000;
constexpr uint32_t kSlots = 64;
constexpr uint16_t kEndOfList = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList;

bool IsGood(uint32_t status) { return status == static_cast<uint32_t>(Status::kSuccess); }

// Most requests are a header and a handle.
template <typename Request>
bool StartOn(ClientLife& life, MessageType type, uint32_t Request::*field, uint32_t handle) {
  auto request = NewRequest<Request>(type);
  request.*field = handle;
  life.pending = life.client->Start(request);
  return life.pending != 0;
}

bool Finish(ClientLife& life, uint32_t* handle = nullptr) {
  const auto reply = life.client->Finish<shm::SimpleReply>(life.pending);
  if (handle != nullptr) *handle = reply.handle;
  return IsGood(reply.status);
}

bool StartOpenAf(ClientLife& life, uint32_t family) {
  return StartOn(life, MessageType::kOpenAf, &shm::OpenAf::family, family);
}

bool StartRegisterSap(ClientLife& life) {
  auto request = NewRequest<shm::RegisterSap>(MessageType::kRegisterSap);
  request.af = life.call_af;
  request.sap.address = CallTo(life.address).called;
  life.pending = life.client->Start(request);
  return life.pending != 0;
}

uint32_t StartCall(ClientLife& life, uint32_t vc, const std::string& called) {
  auto request = NewRequest<shm::MakeCall>(MessageType::kMakeCall);
  request.vc = vc;
  request.params = CallTo(called);
  return life.client->Start(request);
}

bool FinishCall(ClientLife& life, uint32_t request) {
  return IsGood(life.client->Finish<shm::CallReply>(request).status);
}

bool StartAnswer(ClientLife& life) {
  auto request = NewRequest<shm::AnswerCall>(MessageType::kAnswerCall);
  request.vc = life.callee;
  request.params = CallTo(life.address);
  life.pending = life.client->Start(request);
  return life.pending != 0;
}

bool TakeIncomingCall(ClientLife& life) {
  const auto event = life.client->WaitFor<shm::IncomingCall>(MessageType::kIncomingCall);
  if (event) life.callee = event->vc;
  return event && event->sap == life.sap;
}

template <typename Event>
bool TakeEvent(ClientLife& life, MessageType type) {
  const auto event = life.client->WaitFor<Event>(type);
  return event && event->vc == life.callee;
}

// --- data ----------------------------------------------------------------------------------------

void StageMany(ClientLife& life, uint32_t vc, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) life.client->Stage(vc, "a message", i);
}

void StageSegments(ClientLife& life, uint32_t count, uint16_t last_flags) {
  for (uint32_t i = 0; i < count; ++i) {
    life.client->StageRaw({.channel_vc = life.pvc_vc,
                           .length = 8,
                           .flags = i + 1 == count ? last_flags : uint16_t{0}});
  }
}

bool TakeCompletions(ClientLife& life, size_t count) {
  return life.client->TakeUntil([&] { return life.client->completions.size() >= count; });
}

bool TakeReceived(ClientLife& life, size_t count) {
  RawClient& client = *life.client;
  const bool came = client.TakeUntil([&] { return client.received.size() >= count; });
  client.received.clear();
  client.completions.clear();
  return came;
}

// Sends until every receive slot is held here.
bool HoldEverything(ClientLife& life) {
  RawClient& client = *life.client;
  while (life.held.size() < client.layout().receive_slot_count) {
    StageMany(life, life.pvc_vc, 1);
    client.Publish();
    // Only this client could end the wait, and it may not return anything.
    shm::Reception one;
    while (!client.channel().receive.Read(&one)) {
      if (client.IsEnded()) return false;
    }
    life.held.push_back(one);
    for (shm::Completion done; !client.channel().complete.Read(&done);) {
    }
  }
  return true;
}

// The order they came in, every other one.
void ReturnHeld(ClientLife& life, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const size_t which = i % 2 == 0 ? life.held.size() - 1 : 0;
    life.client->channel().returns.Stage({.slot = life.held[which].slot});
    life.held.erase(life.held.begin() + static_cast<ptrdiff_t>(which));
  }
}

// What was still under way to us keeps the call from closing until it is taken, too.
bool FinishWhileTaking(ClientLife& life) {
  return life.client->TakeUntil([&] { return life.client->HasReply(life.pending); }) &&
         Finish(life);
}

bool Overflow(ClientLife& life) {
  StageMany(life, life.pvc_vc, kSlots / 2);
  life.client->Publish();
  return TakeCompletions(life, kSlots / 2);
}

struct Step {
  const char* name;
  bool (*live)(ClientLife& life);
};

constexpr Step kBeginning[] = {
    {"connect",
     [](ClientLife& l) {
       l.client = std::make_unique<RawClient>(l.attach_socket);
       return true;
     }},
    {"say HELLO",
     [](ClientLife& l) {
       return l.client->SendHello({.send_slots = kSlots, .receive_slots = kSlots}, "life");
     }},
    {"map the regions",
     [](ClientLife& l) { return l.client->ReceiveHelloReply() == Status::kSuccess; }},
    {"ask for the PVC family", [](ClientLife& l) { return StartOpenAf(l, kPvcFamily); }},
    {"open it", [](ClientLife& l) { return Finish(l, &l.pvc_af); }},
    {"ask for the call family", [](ClientLife& l) { return StartOpenAf(l, kCallFamily); }},
    {"open it too", [](ClientLife& l) { return Finish(l, &l.call_af); }},
    {"ask for a SAP", [](ClientLife& l) { return StartRegisterSap(l); }},
    {"register it", [](ClientLife& l) { return Finish(l, &l.sap); }},
    {"ask for a VC",
     [](ClientLife& l) {
       return StartOn(l, MessageType::kCreateVc, &shm::CreateVc::af, l.pvc_af);
     }},
    {"create it", [](ClientLife& l) { return Finish(l, &l.pvc_vc); }},
    {"call on the PVC",
     [](ClientLife& l) {
       l.pending = StartCall(l, l.pvc_vc, l.pvc);
       return l.pending != 0;
     }},
    {"be connected", [](ClientLife& l) { return FinishCall(l, l.pending); }},
    {"create the caller's VC",
     [](ClientLife& l) {
       l.caller = l.client->CreateVc(l.call_af);
       return l.caller != 0;
     }},
    {"call oneself",
     [](ClientLife& l) {
       l.making = StartCall(l, l.caller, l.address);
       return l.making != 0;
     }},
    {"hear of the call", [](ClientLife& l) { return TakeIncomingCall(l); }},
    {"answer it", [](ClientLife& l) { return StartAnswer(l); }},
    {"know that the answer came", [](ClientLife& l) { return Finish(l); }},
    {"be connected as the called",
     [](ClientLife& l) { return TakeEvent<shm::CallConnected>(l, MessageType::kCallConnected); }},
    {"be connected as the caller", [](ClientLife& l) { return FinishCall(l, l.making); }},
};

constexpr Step kMiddle[] = {
    {"write payload",
     [](ClientLife& l) {
       std::fill_n(l.client->channel().send_payload, 64, uint8_t{7});
       return true;
     }},
    {"stage what nobody sees",
     [](ClientLife& l) {
       StageMany(l, l.pvc_vc, 3);
       return true;
     }},
    {"publish without ringing", [](ClientLife& l) { return l.client->channel().submit.Publish(); }},
    {"ring",
     [](ClientLife& l) {
       l.client->Ring();
       return true;
     }},
    {"take completions", [](ClientLife& l) { return TakeCompletions(l, 3); }},
    {"take what came", [](ClientLife& l) { return TakeReceived(l, 3); }},
    {"send both ways of the call",
     [](ClientLife& l) {
       StageMany(l, l.caller, 5);
       StageMany(l, l.callee, 5);
       l.client->Publish();
       return true;
     }},
    {"receive both ways", [](ClientLife& l) { return TakeReceived(l, 10); }},
    {"begin a list",
     [](ClientLife& l) {
       StageSegments(l, 5, 0);
       l.client->Publish();
       return true;
     }},
    {"go on with it",
     [](ClientLife& l) {
       StageSegments(l, 3, shm::kSubmitEndOfBuffer);
       l.client->Publish();
       return true;
     }},
    {"finish it",
     [](ClientLife& l) {
       StageSegments(l, 1, kEndOfList);
       l.client->Publish();
       return TakeReceived(l, 2);
     }},
    {"fill the submit ring",
     [](ClientLife& l) {
       StageMany(l, l.pvc_vc, kSlots);
       l.client->Publish();
       return true;
     }},
    {"take a ring full", [](ClientLife& l) { return TakeReceived(l, kSlots); }},
    {"hold every receive slot", [](ClientLife& l) { return HoldEverything(l); }},
    {"overflow", [](ClientLife& l) { return Overflow(l); }},
    {"stage half of the returns",
     [](ClientLife& l) {
       ReturnHeld(l, kSlots / 2);
       return true;
     }},
    {"publish them", [](ClientLife& l) { return l.client->channel().returns.Publish(); }},
    {"cancel what does not wait",
     [](ClientLife& l) {
       l.client->completions.clear();
       l.client->StageRaw({.offset = 1, .channel_vc = l.pvc_vc, .flags = shm::kSubmitCancel});
       l.client->Publish();
       return TakeCompletions(l, 1);
     }},
    {"say that it sleeps",
     [](ClientLife& l) {
       l.client->channel().SetClientSleeps(true);
       return true;
     }},
};

constexpr Step kEnd[] = {
    {"close the PVC while holding half",
     [](ClientLife& l) {
       return StartOn(l, MessageType::kCloseCall, &shm::CloseCall::vc, l.pvc_vc);
     }},
    {"return the rest",
     [](ClientLife& l) {
       ReturnHeld(l, l.held.size());
       l.client->Publish();
       return true;
     }},
    {"know that it is closed", [](ClientLife& l) { return FinishWhileTaking(l); }},
    {"close the call as the caller",
     [](ClientLife& l) {
       return StartOn(l, MessageType::kCloseCall, &shm::CloseCall::vc, l.caller);
     }},
    {"know that too", [](ClientLife& l) { return Finish(l); }},
    {"hear of it as the called",
     [](ClientLife& l) {
       return TakeEvent<shm::IncomingCloseCall>(l, MessageType::kIncomingCloseCall);
     }},
    {"close as the called",
     [](ClientLife& l) { return l.client->CloseCall(l.callee) == Status::kSuccess; }},
    {"hear that its VC is gone",
     [](ClientLife& l) { return TakeEvent<shm::VcDeleted>(l, MessageType::kVcDeleted); }},
    {"ask to delete the PVC's VC",
     [](ClientLife& l) {
       return StartOn(l, MessageType::kDeleteVc, &shm::DeleteVc::vc, l.pvc_vc);
     }},
    {"delete it", [](ClientLife& l) { return Finish(l); }},
    {"delete the caller's",
     [](ClientLife& l) {
       return StartOn(l, MessageType::kDeleteVc, &shm::DeleteVc::vc, l.caller) && Finish(l);
     }},
    {"ask to deregister the SAP",
     [](ClientLife& l) {
       return StartOn(l, MessageType::kDeregisterSap, &shm::DeregisterSap::sap, l.sap);
     }},
    {"deregister it", [](ClientLife& l) { return Finish(l); }},
    {"ask to close a family",
     [](ClientLife& l) { return StartOn(l, MessageType::kCloseAf, &shm::CloseAf::af, l.call_af); }},
    {"close it", [](ClientLife& l) { return Finish(l); }},
    {"close the other",
     [](ClientLife& l) {
       return StartOn(l, MessageType::kCloseAf, &shm::CloseAf::af, l.pvc_af) && Finish(l);
     }},
};

}  // namespace

size_t ClientLife::StepCount() {
  return std::size(kBeginning) + std::size(kMiddle) + std::size(kEnd);
}

std::string ClientLife::Live(size_t steps) {
  for (const std::span<const Step> part :
       {std::span<const Step>(kBeginning), std::span<const Step>(kMiddle),
        std::span<const Step>(kEnd)}) {
    for (const Step& step : part) {
      if (steps-- == 0) return "";
      if (!step.live(*this)) return step.name;
    }
  }
  return "";
}

}  // namespace vcp::abuse
