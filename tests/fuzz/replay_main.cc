// Stands in for libFuzzer where it is not built in: runs a fuzz target over its corpus and over
// mutations of it from a fixed seed, so that every build checks every target the same way.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Input = std::vector<uint8_t>;

constexpr int kMutations = 50'000;

// A part of them where a run costs much.
int MutationCount() {
  const char* divisor = std::getenv("VCP_FUZZ_DIVISOR");
  return divisor == nullptr ? kMutations : kMutations / std::max(1, std::atoi(divisor));
}

std::vector<Input> ReadCorpus(const char* folder) {
  std::set<std::filesystem::path> paths;  // In order, on every machine.
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.insert(entry.path());

  std::vector<Input> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

// Runs on a copy of exactly the input's size, so that a sanitizer sees any step beyond it.
void Run(const Input& input) {
  Input exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void Mutate(std::mt19937& random, Input* input) {
  auto below = [&random](size_t limit) { return random() % limit; };
  for (size_t changes = 1 + below(4); changes > 0; --changes) {
    size_t at = below(input->size() + 1);
    auto value = static_cast<uint8_t>(random());
    switch (below(4)) {
      case 0:
        input->resize(at);
        break;
      case 1:
        input->insert(input->begin() + at, 1 + below(8), value);
        break;
      case 2:
        if (at < input->size()) (*input)[at] = value;
        break;
      default:
        if (at < input->size()) (*input)[at] ^= 1 << below(8);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Input> corpus;
  if (argc == 2) corpus = ReadCorpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER (with at least one file)\n", argv[0]);
    return 2;
  }
  for (const Input& input : corpus) Run(input);

  std::mt19937 random(1);
  const int mutations = MutationCount();
  for (int i = 0; i < mutations; ++i) {
    Input input = corpus[i % corpus.size()];
    Mutate(random, &input);
    Run(input);
  }
  return 0;
}
