#include "daemon/acceptor.h"

#include "base/log.h"

namespace vcp::daemon {
namespace {

constexpr int kAcceptsPerTurn = 16;
constexpr uint64_t kRestNs = 100 * kNsPerMs;

}  // namespace

Acceptor::Acceptor(EventLoop* loop, std::unique_ptr<ListeningSocket> socket,
                   DaemonCounters* counters, OnConnection on_connection)
    : loop_(loop),
      socket_(std::move(socket)),
      counters_(counters),
      on_connection_(std::move(on_connection)),
      rest_(loop),
      watch_(loop->Watch(socket_->fd(), EPOLLIN, [this](uint32_t) { OnReady(); })) {}

Acceptor::~Acceptor() { loop_->Unwatch(watch_); }

void Acceptor::OnReady() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    UniqueFd connection;
    switch (socket_->Accept(&connection)) {
      case ListeningSocket::Accepted::kConnection:
        on_connection_(std::move(connection));
        continue;
      case ListeningSocket::Accepted::kNothing:
        return;
      case ListeningSocket::Accepted::kNoDescriptors:
        counters_->Add(DaemonCounter::kAcceptPauses);
        VCP_LOG(kWarning, "no descriptor left to accept a connection", {"socket", path()});
        loop_->SetEvents(watch_, 0);
        rest_.Start(kRestNs, [this] { loop_->SetEvents(watch_, EPOLLIN); });
        return;
    }
  }
}

}  // namespace vcp::daemon
