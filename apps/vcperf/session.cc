#include "session.h"

#include <array>
#include <chrono>
#include <span>
#include <utility>

namespace vcp::perf {

volatile std::sig_atomic_t stop_requested = 0;

namespace {

using vcplane::Event;
using vcplane::Status;

// Requests that may wait for their answers at one time; the daemon serves others, too.
constexpr uint32_t kMaxRequests = 256;

std::string Failed(const std::string& what, Status status) {
  return what + ": " + std::string(vcplane::Name(status)) + ", " +
         std::string(vcplane::Meaning(status));
}

std::string CircuitName(const Options& options, uint32_t index) {
  return options.vcs == 1 ? options.pvc : options.pvc + "/" + std::to_string(index);
}

}  // namespace

void CatchStopSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_requested = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

std::string Session::Attach(const Options& options) {
  vcplane::AttachOptions attach;
  attach.socket_path = options.attach_socket;
  attach.name = "vcperf";
  if (options.mode != Mode::kServe) {
    attach.max_sdu_bytes = options.size_bytes;
    attach.send_slots = attach.receive_slots = 2 * options.window;
    attach.reconnect = false;
  }
  Status status = client_.Attach(attach);
  if (status != VCP_SUCCESS) return std::string(vcplane::LastError());
  status = OpenAf(options);
  if (status == VCP_SUCCESS) return "";
  return Failed(options.port.empty() ? "no port takes such calls (see vcctl show ports)"
                                     : "port " + options.port +
                                           " takes no such calls "
                                           "(see vcctl show ports)",
                status);
}

// Who calls an address goes where the daemon's routes lead; without links to the first port that
// takes calls.
Status Session::OpenAf(const Options& options) {
  const bool calls_address = options.mode != Mode::kServe && options.pvc.empty();
  if (calls_address && options.port.empty()) {
    const Status status = OpenAfToward(options);
    if (status != VCP_NOT_FOUND && status != VCP_NOT_SUPPORTED) return status;
  }
  const uint32_t family = options.pvc.empty() ? VCP_AF_Q2931 : VCP_AF_PVC;
  return client_.OpenAfWait(options.port.empty() ? nullptr : options.port.c_str(), family, &af_);
}

Status Session::OpenAfToward(const Options& options) {
  vcplane::Address address;
  Status status = vcp_address_parse(options.address.c_str(), &address);
  if (status != VCP_SUCCESS) return VCP_NOT_FOUND;  // The call itself will say what is wrong.
  status = client_.OpenAfToward(address, VCP_AF_Q2931, 0, &af_);
  while (status == VCP_PENDING) {
    std::array<Event, 8> room;
    for (const Event& event : client_.Poll(room)) {
      if (event.type == VCP_EVENT_OPEN_AF_COMPLETE) status = event.status;
      if (event.type == VCP_EVENT_DISCONNECTED) return VCP_DISCONNECTED;
    }
    if (status == VCP_PENDING && stop_requested) return VCP_REQUEST_ABORTED;
    if (status == VCP_PENDING) static_cast<void>(client_.Wait(std::chrono::milliseconds(20)));
  }
  return status;
}

std::string Session::RegisterSap(const Options& options) {
  vcplane::SapParams params = vcplane::NewSap();
  const Status named = options.pvc.empty() ? vcplane::SetAddress(options.address, &params)
                                           : vcplane::SetPvc(options.pvc, &params);
  if (named != VCP_SUCCESS) return Failed("'" + options.pvc + options.address + "'", named);
  vcplane::Sap sap;
  const Status status = client_.RegisterSapWait(af_, params, &sap);
  if (status == VCP_SUCCESS) return "";
  return Failed(
      options.pvc.empty()
          ? "cannot serve " + options.address + ": does somebody else (see vcctl show saps)?"
          : "cannot serve PVC " + options.pvc +
                ": is it there, and nobody else serves it (see vcctl show pvcs, "
                "vcctl show saps)?",
      status);
}

std::string Session::StartCall(const Options& options, uint32_t index) {
  vcplane::CallParams params = vcplane::NewCall();
  Status status = options.pvc.empty() ? vcplane::SetCalled(options.address, &params)
                                      : vcplane::SetPvc(CircuitName(options, index), &params);
  if (status == VCP_SUCCESS) status = client_.MakeCall(vcs_[index], params, index);
  return status == VCP_PENDING || status == VCP_SUCCESS
             ? ""
             : Failed("call " + std::to_string(index), status);
}

std::string Session::MakeCalls(const Options& options) {
  vcs_.resize(options.vcs);
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(options.patience_seconds);
  uint32_t created = 0;
  while (connected_.size() < options.vcs) {
    while (created < options.vcs && created - connected_.size() < kMaxRequests) {
      const Status status = client_.CreateVc(af_, created, &vcs_[created]);
      if (status != VCP_PENDING) return Failed("create VC", status);
      ++created;
    }
    std::array<Event, 32> room;
    for (const Event& event : client_.Poll(room)) {
      if (event.type == VCP_EVENT_DISCONNECTED || event.type == VCP_EVENT_EVICTED) {
        return "the daemon ended the connection; look at its log";
      }
      const auto index = static_cast<uint32_t>(event.cookie);
      if (event.type == VCP_EVENT_CREATE_VC_COMPLETE) {
        if (event.status != VCP_SUCCESS) return Failed("create VC", event.status);
        if (const std::string error = StartCall(options, index); !error.empty()) return error;
      } else if (event.type == VCP_EVENT_MAKE_CALL_COMPLETE) {
        if (event.status != VCP_SUCCESS) {
          return options.pvc.empty()
                     ? Failed("call to " + options.address + " (is it served?)", event.status)
                     : Failed("PVC " + CircuitName(options, index) +
                                  " (is it there, and free? vcctl show pvcs)",
                              event.status);
        }
        connected_.push_back(vcs_[index]);
      }
    }
    if (connected_.size() == options.vcs) break;
    if (stop_requested || std::chrono::steady_clock::now() > deadline) {
      return "only " + std::to_string(connected_.size()) + " of " + std::to_string(options.vcs) +
             " calls were connected in time";
    }
    static_cast<void>(client_.Wait(std::chrono::milliseconds(20)));
  }
  return "";
}

void Session::CloseCalls() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  std::vector<vcplane::Vc> open = std::move(connected_);
  uint32_t closing = 0;
  while (closing + open.size() != 0 && std::chrono::steady_clock::now() < deadline) {
    std::array<vcplane::Received, 64> late;
    while (const size_t count = client_.Receive(late).size()) {
      client_.Return(std::span(late).first(count));
    }
    std::array<vcplane::Completion, 64> completions;
    while (!client_.Completions(completions).empty()) {
    }
    client_.Flush();
    while (!open.empty() && closing < kMaxRequests) {
      const Status status = client_.CloseCall(open.back(), 0);
      if (status == VCP_INVALID_STATE) break;  // Sends are outstanding (C63).
      closing += status == VCP_PENDING ? 1 : 0;
      open.pop_back();
    }
    std::array<Event, 32> room;
    for (const Event& event : client_.Poll(room)) {
      if (event.type == VCP_EVENT_DISCONNECTED || event.type == VCP_EVENT_EVICTED) return;
      closing -= event.type == VCP_EVENT_CLOSE_CALL_COMPLETE ? 1 : 0;
    }
    if (closing + open.size() != 0) static_cast<void>(client_.Wait(std::chrono::milliseconds(10)));
  }
}

std::string Session::CheckEvents() {
  std::array<Event, 8> room;
  for (const Event& event : client_.Poll(room)) {
    switch (event.type) {
      case VCP_EVENT_DISCONNECTED:
        return "the daemon went away";
      case VCP_EVENT_EVICTED:
        return std::string("the daemon refuses us: ") + event.text;
      case VCP_EVENT_NOTIFY_CLOSE_AF:
        return "the port, or its call manager, is gone";
      case VCP_EVENT_INCOMING_CLOSE_CALL:
        return event.status == VCP_SUCCESS ? "the other side closed a call"
                                           : Failed("the other side closed a call", event.status);
      default:
        break;
    }
  }
  return "";
}

}  // namespace vcp::perf
