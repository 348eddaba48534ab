#include "gradus/server/training_watch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "gradus/core/error.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::size_t kMostRows = 2000;   // of a curve
constexpr std::size_t kMostLayers = 400;  // lines

class TrainingWatchTest : public testing::Test {
 protected:
  void begin() {
    StartEvent event;
    event.epochs = 10;
    event.steps_per_epoch = 3;
    watch_.on_start(event);
  }
  void epoch(std::size_t number) {
    EpochEvent event;
    event.epoch = number;
    event.step = 3 * (number + 1);
    watch_.on_epoch(event);
  }
  void layers(std::uint64_t step) {
    LayersEvent event;
    event.step = step;
    watch_.on_layers(event);
  }
  [[nodiscard]] json state() const { return json::parse(watch_.state()); }
  // All events so far.
  [[nodiscard]] std::string told() const {
    std::uint64_t after = 0;
    bool ended = false;
    return watch_.events()->read(after, std::chrono::milliseconds(0), ended);
  }
  static std::string message_of(const std::function<void()>& act) {
    try {
      act();
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return error.what();
    }
  }

  TrainingWatch watch_{"\"id\":1", "\"config\":{}"};
};

TEST_F(TrainingWatchTest, CurvesHaveTheFiguresOfEveryPart) {
  begin();
  watch_.on_step({1, 0.5});
  watch_.on_validation({2, 0, {0.25, 0.75}});
  EpochEvent event{0, 3, 0, 0, 0.125, {1, 0.5}, std::nullopt, PartFigures{2, 0.25}};
  watch_.on_epoch(event);
  const json curves = state()["curves"];
  EXPECT_EQ(curves["steps"], json::parse("[[1,0.5]]"));
  EXPECT_EQ(curves["validations"], json::parse("[[0,2,0.25,0.75]]"));
  EXPECT_EQ(curves["epochs"], json::parse("[[0,3,0.125,1,0.5,null,null,2,0.25]]"));
  watch_.end("finished", "{}");
  EXPECT_THAT(told(), HasSubstr("event: validations\ndata: [[0,2,0.25,0.75]]\n"));
  EXPECT_EQ(state()["state"], "finished");
}

TEST_F(TrainingWatchTest, LongCurvesAreThinnedAndEndWithTheLastEpoch) {
  begin();
  constexpr std::size_t kEpochs = kMostRows + 2;
  for (std::size_t i = 0; i < kEpochs; ++i) {
    watch_.on_step({i + 1, 1});
    watch_.on_validation({i + 1, i, {}});
    epoch(i);
  }
  EXPECT_EQ(state()["curves"]["epochs"].back()[0], kEpochs - 2);  // the last one is no even one
  watch_.end("finished", "{}");
  const json curves = state()["curves"];
  EXPECT_EQ(curves["epochs"].back()[0], kEpochs - 1);
  EXPECT_EQ(curves["epochs"].size(), kMostRows / 2 + 2);
  EXPECT_EQ(curves["steps"].size(), kMostRows / 2 + 1);
  EXPECT_EQ(curves["validations"].size(), kMostRows / 2 + 1);
  EXPECT_THAT(told(), HasSubstr(fmt::format("[{},", kEpochs - 1)));
}

TEST_F(TrainingWatchTest, OfManyLayersEventsEvenlySpacedOnesAreKept) {
  begin();
  std::uint64_t step = 0;
  while (step < kMostLayers + 2) layers(++step);
  const std::string lines = watch_.layer_lines();
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(lines, '\n')), kMostLayers / 2 + 1);
  EXPECT_THAT(lines, HasSubstr(fmt::format("\"step\":{},", kMostLayers + 1)));
  EXPECT_THAT(lines, testing::Not(HasSubstr(fmt::format("\"step\":{},", kMostLayers + 2))));
}

// What is not kept is told all the same, some ten times a second.
TEST_F(TrainingWatchTest, LayersAreToldAsTheyAreNow) {
  begin();
  const auto last_told = [this] {
    const std::string text = told();
    const std::size_t last = text.rfind("\"step\":");
    return last == std::string::npos ? 0 : std::stoull(text.substr(last + 7));
  };
  std::uint64_t step = 0;
  const auto kept = [&] { return HasSubstr(fmt::format("\"step\":{},", last_told())); };
  while (step < 2 * kMostLayers || testing::Matches(kept())(watch_.layer_lines())) layers(++step);
  EXPECT_GT(last_told(), 1u);
}

TEST_F(TrainingWatchTest, WhoeverLooksWhileItEndsSeesNothing) {
  EXPECT_THAT(message_of([&] { (void)watch_.snapshot(); }),
              HasSubstr("looking at the weights: the training has not begun; it waits for its turn"));
  begin();
  auto look = std::async(std::launch::async, [&] { return watch_.snapshot(); });
  while (!watch_.wants_weights()) std::this_thread::yield();
  watch_.end("finished", "{}");
  EXPECT_EQ(look.get(), nullptr);
  EXPECT_EQ(watch_.snapshot(), nullptr);
  EXPECT_THAT(message_of([&] { watch_.pause(); }), HasSubstr("pausing: the training has ended (finished)"));
}

TEST_F(TrainingWatchTest, WhoeverLooksGetsTheWeightsOfTheNextStep) {
  begin();
  auto look = std::async(std::launch::async, [&] { return watch_.snapshot(); });
  while (!watch_.wants_weights()) std::this_thread::yield();
  constexpr std::array kWeights{1.5F, -2.0F};
  watch_.on_weights({7, 2, std::span<const float>(kWeights)});
  const std::shared_ptr<const Snapshot> seen = look.get();
  ASSERT_NE(seen, nullptr);
  EXPECT_EQ(seen->step, 7u);
  EXPECT_EQ(seen->epoch, 2u);
  const std::span<const float> weights = std::get<AlignedBuffer<float>>(seen->parameters).span();
  EXPECT_TRUE(std::ranges::equal(weights, kWeights));
  EXPECT_FALSE(watch_.wants_weights());
}

}  // namespace
}  // namespace gradus::server
