#include "gradus/server/micro_batcher.h"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/random.h"
#include "gradus/formats/model_fixture.h"

namespace gradus::server {
namespace {

const ModelPredictor& digits() {
  static const ModelPredictor predictor(test::trained_digits());
  return predictor;
}

std::vector<float> random_rows(std::size_t count) {
  Pcg64 generator(7);
  std::vector<float> rows(count * digits().features());
  for (float& value : rows) value = static_cast<float>(16 * generator.uniform());
  return rows;
}

// Row `index` of `rows`.
MatrixView<const float> row(const std::vector<float>& rows, std::size_t index) {
  return {rows.data() + index * digits().features(), 1, digits().features()};
}

MatrixView<double> prediction(std::vector<double>& predictions, std::size_t index) {
  return {predictions.data() + index * digits().columns(), 1, digits().columns()};
}

TEST(MicroBatcher, AloneNobodyWaits) {
  std::vector<std::size_t> computed;
  MicroBatcher<float> batcher(digits(), 1, [&](std::size_t rows) { computed.push_back(rows); });
  const std::vector<float> rows = random_rows(3);
  std::vector<double> predictions(3 * digits().columns());
  for (std::size_t i = 0; i < 3; ++i) batcher.predict(row(rows, i), prediction(predictions, i));
  EXPECT_EQ(computed, (std::vector<std::size_t>{1, 1, 1}));
}

// The first computation is held up until all others wait.
TEST(MicroBatcher, ThoseWhoWaitAreComputedTogetherWithTheSameBits) {
  constexpr std::size_t kCallers = 60;
  const std::vector<float> rows = random_rows(kCallers);
  std::vector<double> expected(kCallers * digits().columns());
  for (std::size_t i = 0; i < kCallers; ++i) digits().predict(row(rows, i), prediction(expected, i));

  std::latch begun(1);
  std::latch released(1);
  std::atomic<bool> first = true;
  std::vector<std::size_t> computed;
  MicroBatcher<float> batcher(digits(), 1, [&](std::size_t count) {
    computed.push_back(count);  // one processor: one thread at a time
    if (!first.exchange(false)) return;
    begun.count_down();
    released.wait();
  });
  std::vector<double> predictions(kCallers * digits().columns());
  std::vector<std::thread> callers;
  callers.emplace_back([&] { batcher.predict(row(rows, 0), prediction(predictions, 0)); });
  begun.wait();
  for (std::size_t i = 1; i < kCallers; ++i)
    callers.emplace_back([&, i] { batcher.predict(row(rows, i), prediction(predictions, i)); });
  while (batcher.waiting() < kCallers - 1) std::this_thread::yield();
  released.count_down();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(computed, (std::vector<std::size_t>{1, kCallers - 1}));
  EXPECT_EQ(predictions, expected);
}

// 100 rows and 100 more are two computations; the second fails, for its caller alone.
TEST(MicroBatcher, ABatchIsNoLargerThanTheCacheAndFailsAlone) {
  constexpr std::size_t kRows = 100;
  const std::vector<float> rows = random_rows(kRows);
  const MatrixView<const float> all(rows.data(), kRows, digits().features());
  std::latch begun(1);
  std::latch released(1);
  std::vector<std::size_t> computed;
  MicroBatcher<float> batcher(digits(), 1, [&](std::size_t count) {
    computed.push_back(count);
    if (computed.size() == 1) {
      begun.count_down();
      released.wait();
    }
    if (computed.size() == 3) throw Error(ErrorCode::kFile, "counting fails");
  });
  std::atomic<int> failures = 0;
  const auto call = [&] {
    std::vector<double> predictions(kRows * digits().columns());
    try {
      batcher.predict(all, {predictions.data(), kRows, digits().columns()});
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "counting fails");
      ++failures;
    }
  };
  std::vector<std::thread> callers;
  callers.emplace_back(call);
  begun.wait();
  for (int i = 0; i < 2; ++i) callers.emplace_back(call);
  while (batcher.waiting() < 2) std::this_thread::yield();
  released.count_down();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(computed, (std::vector<std::size_t>{kRows, kRows, kRows}));
  EXPECT_EQ(failures, 1);
}

TEST(MicroBatcher, ManyThreadsGetTheBitsOfOneByOne) {
  constexpr std::size_t kThreads = 16;
  constexpr std::size_t kRows = 40;
  const std::vector<float> rows = random_rows(kThreads * kRows);
  std::vector<double> expected(kThreads * kRows * digits().columns());
  for (std::size_t i = 0; i < kThreads * kRows; ++i) digits().predict(row(rows, i), prediction(expected, i));
  std::atomic<std::size_t> computed = 0;
  MicroBatcher<float> batcher(digits(), 2, [&](std::size_t count) { computed += count; });
  std::vector<double> predictions(expected.size());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t * kRows; i < (t + 1) * kRows; ++i)
        batcher.predict(row(rows, i), prediction(predictions, i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(predictions, expected);
  EXPECT_EQ(computed, kThreads * kRows);
}

TEST(MicroBatcher, OthersDoNotPayForAWrongShape) {
  MicroBatcher<float> batcher(digits(), 1, [](std::size_t) {});
  const std::vector<float> rows = random_rows(1);
  std::vector<double> predictions(digits().columns());
  const MatrixView<double> whole(predictions.data(), 1, digits().columns());
  EXPECT_THROW(batcher.predict(MatrixView<const float>(rows.data(), 1, 3), whole), Error);
  EXPECT_THROW(batcher.predict(row(rows, 0), MatrixView<double>(predictions.data(), 1, 3)), Error);
  EXPECT_THROW(batcher.predict(row(rows, 0), MatrixView<double>(predictions.data(), 0, digits().columns())),
               Error);
  EXPECT_NO_THROW(batcher.predict(row(rows, 0), whole));
}

}  // namespace
}  // namespace gradus::server
