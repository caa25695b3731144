#include "operator_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace vcp::apps {

namespace {

constexpr int kAnswerTimeoutSeconds = 5;
constexpr size_t kMaxAnswerBytes = size_t{64} << 20;  // kMaxRows rows, and nobody's endless stream

}  // namespace

OperatorClient::Outcome OperatorClient::Fail(Outcome outcome, std::string why, std::string* error) {
  fd_.Reset();
  received_.clear();
  *error = std::move(why);
  return outcome;
}

OperatorClient::Outcome OperatorClient::Connect(std::string* error) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.empty() || path_.size() >= sizeof(address.sun_path)) {
    return Fail(Outcome::kNoDaemon,
                "'" + path_ + "' cannot be a socket's path: use 1 to " +
                    std::to_string(sizeof(address.sun_path) - 1) + " characters",
                error);
  }
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  fd_.Reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval timeout{.tv_sec = kAnswerTimeoutSeconds, .tv_usec = 0};
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return Outcome::kAnswered;
  }
  if (errno == EACCES || errno == EPERM) {
    return Fail(Outcome::kNotAllowed,
                "this user may not talk to the daemon at " + path_ +
                    "; be the one that owns it (ls -l " + path_ + "), or use sudo",
                error);
  }
  return Fail(Outcome::kNoDaemon,
              "no daemon answers at " + path_ +
                  "; start one with: vcplaned --dev, or name its socket with --operator SOCKET",
              error);
}

OperatorClient::Outcome OperatorClient::ReadLine(std::string* line, std::string* error) {
  size_t end;
  while ((end = received_.find('\n')) == std::string::npos) {
    char buffer[65536];
    const ssize_t count = recv(fd_.get(), buffer, sizeof(buffer), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return Fail(Outcome::kNoDaemon,
                  "the daemon at " + path_ + " did not answer within " +
                      std::to_string(kAnswerTimeoutSeconds) + " seconds; look at its log",
                  error);
    }
    if (count == 0 || received_.size() > kMaxAnswerBytes) {
      return Fail(Outcome::kNoDaemon, "the daemon at " + path_ + " hung up; look at its log",
                  error);
    }
    received_.append(buffer, static_cast<size_t>(count));
  }
  *line = received_.substr(0, end);
  received_.erase(0, end + 1);
  return Outcome::kAnswered;
}

OperatorClient::Outcome OperatorClient::Ask(const std::string& request, nlohmann::json* answer,
                                            std::string* error) {
  if (!fd_) {
    if (const Outcome outcome = Connect(error); outcome != Outcome::kAnswered) return outcome;
  }
  const std::string line = request + "\n";
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t count = send(fd_.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return Fail(Outcome::kNoDaemon, "the daemon at " + path_ + " hung up; look at its log",
                  error);
    }
    sent += static_cast<size_t>(count);
  }
  std::string text;
  if (const Outcome outcome = ReadLine(&text, error); outcome != Outcome::kAnswered) return outcome;

  *answer = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto ok = answer->is_object() ? answer->find("ok") : answer->end();
  if (!answer->is_object() || ok == answer->end() || !ok->is_boolean()) {
    return Fail(Outcome::kBadAnswer,
                "what answers at " + path_ + " is not a vcplane daemon of this version", error);
  }
  if (ok->get<bool>()) return Outcome::kAnswered;
  const auto reason = answer->find("error");
  *error = reason != answer->end() && reason->is_string() ? reason->get<std::string>()
                                                          : "the daemon refused and gave no reason";
  return Outcome::kRefused;
}

}  // namespace vcp::apps
