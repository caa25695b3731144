// A data path for tests of miniports: it keeps what it was told and answers when told to.
#pragma once

#include <deque>
#include <map>
#include <utility>

#include "base/check.h"
#include "dataplane/vc_programmer.h"

namespace vcp::testing {

class FakeVcProgrammer final : public dataplane::VcProgrammer {
 public:
  enum class Kind { kActivate, kDeactivate, kStopReceiving };
  struct Command {
    Kind kind;
    dataplane::VcProgram program;  // channel and channel_vc only, but when it activates
    Done done;
  };
  using Key = std::pair<dataplane::ChannelIndex, uint32_t>;

  void ActivateVc(const dataplane::VcProgram& program, Done done) override {
    commands.push_back({Kind::kActivate, program, std::move(done)});
  }
  void DeactivateVc(dataplane::ChannelIndex channel, uint32_t channel_vc, Done done) override {
    Command command{Kind::kDeactivate, Named(channel, channel_vc), std::move(done)};
    (holds_deactivations ? held : commands).push_back(std::move(command));
  }
  void StopReceiving(dataplane::ChannelIndex channel, uint32_t channel_vc, Done done) override {
    commands.push_back({Kind::kStopReceiving, Named(channel, channel_vc), std::move(done)});
  }
  dataplane::VcCounters ReadVcCounters(dataplane::ChannelIndex, uint32_t) const override {
    return {};
  }

  // Answers the oldest command. Like the real one it refuses a receive label that another VC of
  // the port has, unless both share it.
  void Answer(Status status = Status::kSuccess) {
    VCP_CHECK(!commands.empty());
    Command command = std::move(commands.front());
    commands.pop_front();
    const Key key{command.program.channel, command.program.channel_vc};
    if (command.kind == Kind::kStopReceiving) {
      if (active.contains(key)) active[key].receive = false;
    } else if (command.kind == Kind::kDeactivate) {
      active.erase(key);
      ++deactivations;
    } else if (status == Status::kSuccess && refusals > 0) {
      --refusals;
      status = Status::kResources;
    } else if (status == Status::kSuccess && IsLabelTaken(key, command.program)) {
      status = Status::kInUse;
    } else if (status == Status::kSuccess) {
      active[key] = command.program;
    }
    command.done(status);
  }
  // Answers everything, also what the answers cause.
  void AnswerAll() {
    while (!commands.empty()) Answer();
  }

  // What waited because clients kept SDUs is to be answered.
  void LetGo() {
    holds_deactivations = false;
    for (Command& command : held) commands.push_back(std::move(command));
    held.clear();
  }

  std::deque<Command> commands;
  bool holds_deactivations = false;
  std::deque<Command> held;
  std::map<Key, dataplane::VcProgram> active;
  size_t deactivations = 0;
  size_t refusals = 0;  // so many activations are to fail

 private:
  static dataplane::VcProgram Named(dataplane::ChannelIndex channel, uint32_t channel_vc) {
    dataplane::VcProgram program;
    program.channel = channel;
    program.channel_vc = channel_vc;
    return program;
  }
  bool IsLabelTaken(const Key& key, const dataplane::VcProgram& program) const {
    for (const auto& [other, running] : active) {
      const bool shared = running.shares_label && program.shares_label;
      if (other != key && running.port == program.port && running.receive && program.receive &&
          running.receive_label == program.receive_label && !shared) {
        return true;
      }
    }
    return false;
  }
};

}  // namespace vcp::testing
