#include "hostile_process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>

#include "base/check.h"

namespace vcp::abuse {

HostileProcess::HostileProcess(const std::vector<std::string>& arguments) {
  const char* program = std::getenv("HOSTILE_CLIENT");
  VCP_CHECK(program != nullptr);
  std::vector<char*> words = {const_cast<char*>(program)};
  for (const std::string& argument : arguments) {
    words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  VCP_CHECK(posix_spawn(&pid_, program, nullptr, nullptr, words.data(), environ) == 0);
}

HostileProcess::~HostileProcess() {
  if (pid_ < 0) return;
  Signal(SIGKILL);
  Wait();
}

void HostileProcess::Signal(int signal) { kill(pid_, signal); }

bool HostileProcess::WaitUntilStopped() {
  int status = 0;
  return waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
}

int HostileProcess::Wait() {
  int status = 0;
  VCP_CHECK(waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace vcp::abuse
