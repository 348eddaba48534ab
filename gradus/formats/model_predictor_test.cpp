#include "gradus/formats/model_predictor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/data/csv.h"
#include "gradus/data/dataset.h"
#include "gradus/data/source.h"
#include "gradus/formats/model_file.h"
#include "gradus/formats/model_fixture.h"
#include "tests/support/allocation_count.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

// The features of a table as a program in memory has them.
template <class Stored>
std::vector<Stored> rows_of(const Model& model, const Table& table) {
  const Features features = encode(model.transform, table);
  std::vector<Stored> rows(features.rows * features.cols);
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<Stored>(features.at(i / features.cols, i % features.cols));
  return rows;
}

template <class Stored>
std::vector<double> predicted(const ModelPredictor& predictor, const std::vector<Stored>& rows) {
  const std::size_t count = rows.size() / predictor.features();
  std::vector<double> result(count * predictor.columns());
  predictor.predict(MatrixView<const Stored>(rows.data(), count, predictor.features()),
                    MatrixView<double>(result.data(), count, predictor.columns()));
  return result;
}

TEST(ModelPredictor, GivesTheBitsOfTheCommandLineForPictures) {
  for (const char* precision : {"float", "double"}) {
    RunConfig config;
    config.precision = precision;
    const ModelPredictor predictor(test::trained_digits(config));
    const Table digits = load_table("digits");
    EXPECT_EQ(predicted(predictor, rows_of<float>(predictor.model(), digits)),
              predictor.predict(digits).values)
        << precision;
  }
}

constexpr const char* kHouses = R"(area,colour,price
50.1,red,100.5
71.3,blue,150.25
,green,120.75
33.7,red,80.5
90.9,blue,190.125
44.4,,90.5
61.2,green,130.5
58.8,red,110.5
77.7,blue,160.5
85.5,green,170.5
)";

Model trained_houses(const test::TemporaryFolder& folder) {
  RunConfig config;
  config.data = folder.write("houses.csv", kHouses).string();
  config.epochs = 5;
  config.hidden = {6};
  config.task = "regression";
  Experiment experiment = set_up(config, {});
  Observer nobody;
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, nobody);
  return make_model(experiment, result);
}

TEST(ModelPredictor, GivesTheBitsOfTheCommandLineForTables) {
  const test::TemporaryFolder folder;
  const ModelPredictor predictor(trained_houses(folder));
  const Table houses = parse_csv(kHouses, "houses");
  EXPECT_EQ(predictor.model().transform.feature_names(),
            (std::vector<std::string>{"area", "colour=blue", "colour=green", "colour=red"}));
  const std::vector<double> expected = predictor.predict(houses).values;
  EXPECT_EQ(predicted(predictor, rows_of<double>(predictor.model(), houses)), expected);
  EXPECT_EQ(predicted<double>(predictor, {50.1, 0, 0, 1}), std::vector<double>{expected[0]});
}

TEST(ModelPredictor, OfALoadedFileIsThatOfTheModel) {
  const test::TemporaryFolder folder;
  Model trained = test::trained_digits();
  std::vector<std::string> notes;
  for (const char* name : {"m.safetensors", "m.npz", "m.onnx"}) {
    write_model(folder.path() / name, trained, notes);
  }
  const ModelPredictor predictor(std::move(trained));
  const std::vector<float> rows = rows_of<float>(predictor.model(), load_table("digits"));
  const std::vector<double> expected = predicted(predictor, rows);
  for (const char* name : {"m.safetensors", "m.npz", "m.onnx"}) {
    EXPECT_EQ(predicted(ModelPredictor(Model::load(folder.path() / name)), rows), expected) << name;
  }
}

TEST(ModelPredictor, ManyThreadsAtOnceGetTheBitsOfOne) {
  const ModelPredictor predictor(test::trained_digits());
  const std::vector<float> rows = rows_of<float>(predictor.model(), load_table("digits"));
  const std::vector<double> expected = predicted(predictor, rows);
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kRows = 200;
  std::vector<std::vector<double>> results(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t r = t; r < t + kRows; ++r) {
        double row[10];
        predictor.predict(MatrixView<const float>(rows.data() + r * 64, 1, 64),
                          MatrixView<double>(row, 1, 10));
        results[t].insert(results[t].end(), std::begin(row), std::end(row));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 0; t < kThreads; ++t) {
    EXPECT_TRUE(std::ranges::equal(results[t], std::span(expected).subspan(t * 10, kRows * 10)))
        << "thread " << t;
  }
}

TEST(ModelPredictor, AllocatesNothingOnceWarm) {
  if (!test::counts_allocations()) GTEST_SKIP() << "a sanitizer owns operator new";
  const ModelPredictor predictor(test::trained_digits());
  const std::vector<float> rows = rows_of<float>(predictor.model(), load_table("digits"));
  std::vector<double> result(3000);
  const auto predict = [&](std::size_t count) {
    predictor.predict(MatrixView<const float>(rows.data(), count, 64),
                      MatrixView<double>(result.data(), count, 10));
  };
  predict(1);
  const std::size_t before = test::allocation_count();
  for (const std::size_t count : {1u, 7u, 300u}) predict(count);
  EXPECT_EQ(test::allocation_count() - before, 0u);
}

TEST(ModelPredictor, NamesTheClassOfTheLargestProbability) {
  RunConfig config;
  config.positive = {"5", "6", "7", "8", "9"};
  const ModelPredictor predictor(test::trained_digits(config));
  ASSERT_EQ(predictor.columns(), 2u);
  EXPECT_EQ(predictor.label(std::vector<double>{0.25, 0.75}), "5|6|7|8|9");
  EXPECT_EQ(predictor.label(std::vector<double>{0.5, 0.5}), "0|1|2|3|4");
  EXPECT_THROW((void)predictor.label(std::vector<double>{1.0}), Error);
}

TEST(ModelPredictor, RefusesOtherWidths) {
  const ModelPredictor predictor(test::trained_digits());
  const std::vector<float> rows(189);
  std::vector<double> result(30);
  try {
    predictor.predict(MatrixView<const float>(rows.data(), 3, 63), MatrixView<double>(result.data(), 3, 10));
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find("rows (3, 63) and predictions (3, 10) came; expected (n, 64)"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace gradus
