// What somebody else's program does with an installed gradus: the public headers, a known draw, a small study with its store
// and its page.
#include <cstdio>
#include <filesystem>
#include <vector>

#include "gradus/gradus.h"

namespace {

bool draws_like_numpy() {
  const double drawn = gradus::Pcg64(42).uniform();
  const double numpy = 0.7739560485559633;  // numpy.random.default_rng(42).random()
  std::printf("drawn %.17g, expected %.17g\n", drawn, numpy);
  return drawn == numpy;
}

bool judges_a_study() {
  constexpr const char* kStudy = R"(
title = "Epochs"
replicates = 3
[base]
data = "digits"
hidden = "none"
[vary]
epochs = [1, 5]
[[claim]]
says = 'train_loss("5") < train_loss("1")'
)";
  const std::filesystem::path folder = std::filesystem::path("consumer-runs");
  std::filesystem::remove_all(folder);
  const gradus::study::Study study = gradus::study::parse_study(kStudy, "main.cpp", ".");
  gradus::RunStore store = gradus::RunStore::open(folder);
  gradus::study::StudyObserver silent;
  const auto result = gradus::study::run_study(study, store, {.name = "epochs"}, silent);
  const auto claims = gradus::study::judge(study, result.measured);
  const gradus::report::StudyOutcome outcome{study, result, claims};
  std::printf("%s", gradus::report::study_text(outcome).c_str());
  const std::string page =
      html_report(gradus::report::study_page(outcome, {.runs = folder, .command = "consumer"}));
  return store.count() == 6 && claims.at(0).verdict == gradus::study::Verdict::kSupported &&
         page.find("<svg") != std::string::npos;
}

}  // namespace

int main() {
  try {
    const bool draws = draws_like_numpy();
    const bool judges = judges_a_study();
    return draws && judges ? 0 : 1;
  } catch (const gradus::Error& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}
