#include "daemon/setup_question.h"

#include <algorithm>

#include "base/limits.h"
#include "daemon/request_words.h"

namespace vcp::daemon {
namespace {

using qos::ServiceType;

bool ReadCalled(RequestWords* words, Address* called) {
  std::optional<Address> address;
  if (!words->Has("address")) return words->Fail("give address=+358401234567");
  if (!words->ReadAddress("address", &address)) return false;
  *called = *address;
  return true;
}

// Who names a rate wants it kept.
bool ReadService(RequestWords* words, ServiceType* service) {
  const bool names_rate = words->Has("rate") || words->Has("peak");
  std::string text = names_rate ? "guaranteed" : "best-effort";
  words->Read("service", &text);
  if (text == "best-effort") *service = ServiceType::kBestEffort;
  if (text == "controlled-load") *service = ServiceType::kControlledLoad;
  if (text == "guaranteed") *service = ServiceType::kGuaranteed;
  if (text == "best-effort" || text == "controlled-load" || text == "guaranteed") return true;
  return words->Fail("there is no service \"" + text +
                     "\"; give best-effort, controlled-load or guaranteed");
}

bool ReadFlow(RequestWords* words, qos::FlowSpec* flow) {
  uint32_t burst = 0;
  uint32_t sdu = 0;
  const bool good = words->ReadRate("rate", &flow->token_rate_bytes_per_second) &&
                    words->ReadRate("peak", &flow->peak_bandwidth_bytes_per_second) &&
                    words->ReadNumber("burst", 1, ~uint32_t{0}, &burst) &&
                    words->ReadNumber("sdu", 1, kMaxSduBytes, &sdu) &&
                    ReadService(words, &flow->service_type);
  if (burst != 0) flow->token_bucket_size_bytes = burst;
  if (sdu != 0) flow->max_sdu_size_bytes = sdu;
  return good;
}

bool ReadDirections(RequestWords* words, circuit::CallParameters* params) {
  std::string one_way = "no";
  words->Read("one_way", &one_way);
  if (one_way != "yes" && one_way != "no") return words->Fail("one_way is yes or no");
  params->call_manager->receive = params->call_manager->transmit;
  if (one_way == "no") return true;
  params->media->flags &= ~uint32_t{circuit::kReceiveVc};
  params->call_manager->receive.service_type = ServiceType::kNoTraffic;
  return true;
}

}  // namespace

Status ParseSetupWords(std::span<const std::string_view> words, std::span<const PortConfig> ports,
                       SetupQuestion* question, std::string* error) {
  static const std::set<std::string_view> kKeys = {"address", "port", "rate",    "peak",
                                                   "burst",   "sdu",  "service", "one_way"};
  circuit::CallParameters& params = question->params;
  params.call_manager.emplace();
  params.media.emplace();
  RequestWords split(error);
  const bool good =
      split.Split(words, kKeys, "a set-up") && ReadCalled(&split, &question->called) &&
      ReadFlow(&split, &params.call_manager->transmit) && ReadDirections(&split, &params);
  if (!good) return Status::kInvalidData;
  params.call_manager->called = question->called;
  split.Read("port", &question->port);
  if (!split.Has("port") || std::ranges::count(ports, question->port, &PortConfig::name) != 0) {
    return Status::kSuccess;
  }
  *error = "there is no port \"" + question->port + "\"; see: vcctl show ports";
  return Status::kNoSuchPort;
}

}  // namespace vcp::daemon
