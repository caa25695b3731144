// Asks a daemon's operator socket (daemon/operator_protocol.h). One thread; every call waits for
// the answer, but no longer than a few seconds.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/unique_fd.h"

namespace vcp::apps {

class OperatorClient {
 public:
  // How far asking got; every kind but kAnswered comes with one line for a person.
  enum class Outcome {
    kAnswered,
    kRefused,     // the daemon said no
    kNoDaemon,    // nobody answers at that socket
    kNotAllowed,  // somebody does, but not us
    kBadAnswer,   // not the protocol we speak
  };

  explicit OperatorClient(std::string socket_path) : path_(std::move(socket_path)) {}

  const std::string& socket_path() const { return path_; }

  // Connects first when not connected yet.
  Outcome Ask(const std::string& request, nlohmann::json* answer, std::string* error);

 private:
  Outcome Connect(std::string* error);
  Outcome ReadLine(std::string* line, std::string* error);
  Outcome Fail(Outcome outcome, std::string why, std::string* error);

  std::string path_;
  UniqueFd fd_;
  std::string received_;  // beyond the last line read
};

}  // namespace vcp::apps
