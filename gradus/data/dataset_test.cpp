#include "gradus/data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "gradus/core/error.h"
#include "gradus/data/source.h"
#include "gradus/data/table_test_support.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using test::categories;
using test::error_of;
using test::kMissing;
using test::numbers;
using test::set_code;
using test::table_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Preparation prepare_with(const Table& table, const PreparationSpec& spec = {},
                         const Table* validation = nullptr, const Table* test = nullptr,
                         std::uint64_t seed = 12345) {
  Generator split(GeneratorKind::kPcg64, seed);
  Generator labels(GeneratorKind::kPcg64, seed);
  return prepare(table, spec, split, labels, validation, test);
}

PreparationSpec for_target(const std::string& target) {
  PreparationSpec spec;
  spec.target = target;
  return spec;
}

std::ptrdiff_t ones_in(const Dataset& part) {
  return std::ranges::count(part.labels, 1);
}

// A table of two classes, linear in x.
Table two_classes(std::size_t rows) {
  std::vector<double> x;
  std::vector<std::string> y;
  for (std::size_t i = 0; i < rows; ++i) {
    x.push_back(static_cast<double>(i * 37 % 100));
    y.emplace_back(i * 37 % 100 < 50 ? "low" : "high");
  }
  return table_of({numbers("x", x), categories("y", y)});
}

PreparationSpec report_002() {
  PreparationSpec spec;
  spec.positive = {"0", "1", "2", "3", "4"};
  spec.scaling = Scaling::kGlobal;
  spec.fit_on_all = true;
  spec.split.stratify = false;
  spec.split.validation.kind = PartSize::Kind::kNone;
  spec.split.test = {PartSize::Kind::kCount, 0, 899};
  return spec;
}

TEST(DatasetTest, TheDigitsOfReport002AreSplitAndScaledAsPrinted) {
  const Preparation made = prepare_with(load_table("digits"), report_002());
  EXPECT_EQ(made.train.size(), 898U);
  EXPECT_EQ(made.test.size(), 899U);
  EXPECT_TRUE(made.validation.empty());
  EXPECT_EQ(made.train.rows[0], 934U);
  EXPECT_EQ(made.train.rows[1], 193U);
  EXPECT_EQ(ones_in(made.train), 457);
  EXPECT_EQ(ones_in(made.test), 444);
  EXPECT_EQ(made.transform.shift[0], 4.884164579855314);
  EXPECT_EQ(made.transform.scale[0], 6.016787548672236);
  EXPECT_THAT(made.target.classes, ElementsAre("5|6|7|8|9", "0|1|2|3|4"));
  EXPECT_THAT(made.warnings, ElementsAre(HasSubstr("fitted on all rows")));
}

TEST(DatasetTest, DefaultsSplitTheDigitsIntoThreeStratifiedParts) {
  const Preparation made = prepare_with(load_table("digits"));
  EXPECT_EQ(made.train.size(), 1258U);
  EXPECT_EQ(made.validation.size(), 180U);
  EXPECT_EQ(made.test.size(), 359U);
  EXPECT_EQ(made.train.features, made.test.features) << "the parts share the features";
  EXPECT_THAT(made.target.classes, SizeIs(10));
  EXPECT_THAT(
      made.decisions,
      ElementsAre("rows: 1258 train, 180 validation, 359 test, stratified by class",
                  "digit  number       target: classification, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
                  "pixel0..pixel63  64 numbers  standardised"));
  EXPECT_THAT(made.warnings, IsEmpty());
}

TEST(DatasetTest, MnistKeepsItsTestPartAndItsBytes) {
  GRADUS_REQUIRE_FILE(folder, data_path, "mnist");
  const Table table = load_table(folder.string());
  const Preparation made = prepare_with(table);
  EXPECT_EQ(made.train.size(), 54'000U);
  EXPECT_EQ(made.validation.size(), 6'000U);
  EXPECT_EQ(made.test.size(), 10'000U);
  EXPECT_EQ(*std::ranges::min_element(made.test.rows), 60'000U);
  EXPECT_EQ(made.train.features->block, table.block);
}

TEST(DatasetTest, RandomLabelsAreReport000s) {
  PreparationSpec spec;
  spec.random_labels = true;
  spec.split.validation.kind = PartSize::Kind::kNone;
  spec.split.test.kind = PartSize::Kind::kNone;
  const Preparation made = prepare_with(two_classes(128), spec);
  EXPECT_EQ(made.train.size(), 128U);
  EXPECT_EQ(ones_in(made.train), 60) << "default_rng(12345).integers(2) for 128 labels";
}

TEST(DatasetTest, RandomLabelsMayComeFromTheFirstClassesOnly) {
  PreparationSpec spec;
  spec.random_labels = true;
  spec.random_classes = 2;
  spec.split.shuffle = false;
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t i = 0; i < 300; ++i) {
    x.push_back(static_cast<double>(i * 37 % 100));
    y.push_back(static_cast<double>(i % 3));
  }
  const Table table = table_of({numbers("x", x), numbers("y", y)});
  const Preparation made = prepare_with(table, spec);
  EXPECT_EQ(made.target.classes.size(), 3U);
  for (const Dataset* part : {&made.train, &made.validation, &made.test}) {
    EXPECT_EQ(std::set<std::int32_t>(part->labels.begin(), part->labels.end()),
              (std::set<std::int32_t>{0, 1}));
  }
  for (const std::size_t impossible : {1U, 4U}) {
    spec.random_classes = impossible;
    EXPECT_THAT(error_of([&] { prepare_with(table, spec); }), HasSubstr("target 'y' has 3; expected 2 to 3"));
  }
}

TEST(DatasetTest, ScalingAndFillSeeTrainingRowsOnly) {
  Table table = table_of({numbers("x", {1, 3, kMissing, 1000}), numbers("y", {0, 1, 0, 1})});
  PreparationSpec spec;
  spec.split.shuffle = false;
  spec.split.test = {PartSize::Kind::kCount, 0, 1};
  const Preparation made = prepare_with(table, spec);
  EXPECT_EQ(made.transform.inputs[0].fill, 2);
  EXPECT_EQ(made.transform.shift[0], 2) << "of 1, 3 and the filled 2";
}

TEST(DatasetTest, RegressionTargetsAreStandardisedOnTheTrainingPart) {
  const Table table = table_of({numbers("x", {4, 3, 2, 1}), numbers("y", {1.5, 3.5, 1.5, 100})});
  PreparationSpec spec;
  spec.split.shuffle = false;
  spec.split.test = {PartSize::Kind::kCount, 0, 2};
  const Preparation made = prepare_with(table, spec);
  EXPECT_EQ(made.target.task, Task::kRegression);
  EXPECT_EQ(made.target.mean, 2.5);
  EXPECT_EQ(made.target.deviation, 1);
  EXPECT_THAT(made.train.values, ElementsAre(-1, 1));
  EXPECT_THAT(made.test.values, ElementsAre(-1, 97.5));
  EXPECT_THAT(made.train.labels, IsEmpty());
}

TEST(DatasetTest, PartsFromOtherFilesAreEncodedWithTheFittedTransform) {
  const Table train = two_classes(200);
  const Table other = table_of({categories("y", {"high", "low", ""}), numbers("x", {200, 5, 6})});
  const Preparation made = prepare_with(train, {}, &other, &other);
  EXPECT_EQ(made.train.size(), 200U) << "nothing of the first file is set aside";
  EXPECT_THAT(made.validation.labels, ElementsAre(0, 1));
  EXPECT_THAT(made.test.rows, ElementsAre(0, 1)) << "the row without a target is left out";
  EXPECT_EQ(made.test.features->at(0, 0), 200);
}

TEST(DatasetTest, RowsWithoutATargetAreLeftOutWithAWarning) {
  Table table = two_classes(50);
  set_code(table.columns[1], 7, -1);
  table.columns[1].missing = 1;
  const Preparation made = prepare_with(table);
  EXPECT_EQ(made.train.size() + made.test.size(), 49U);
  EXPECT_THAT(made.train.rows, testing::Not(Contains(7U)));
  EXPECT_THAT(made.warnings, Contains(HasSubstr("target 'y' is missing: 1 of 50 rows left out")));
}

TEST(DatasetTest, AClassThatAPartLacksIsAWarning) {
  Table table = two_classes(50);
  table.columns[1].categories.emplace_back("rare");
  set_code(table.columns[1], 3, 2);
  const Preparation made = prepare_with(table);
  EXPECT_THAT(made.warnings, Contains(HasSubstr("row has class 'rare'")));
}

TEST(DatasetTest, ApplyGivesThePartsThatTrainingSaw) {
  const Table table = two_classes(120);
  const Preparation made = prepare_with(table);
  const Dataset all = apply(made.transform, made.target, table, true);
  for (std::size_t i = 0; i < made.test.size(); ++i) {
    const std::uint32_t row = made.test.rows[i];
    EXPECT_EQ(all.labels[row], made.test.labels[i]);
    EXPECT_EQ(all.features->at(row, 0), made.test.features->at(row, 0));
  }
}

TEST(DatasetTest, PredictingNeedsNoTarget) {
  const Preparation made = prepare_with(two_classes(120));
  const Table fresh = table_of({numbers("x", {1, 2})});
  const Dataset all = apply(made.transform, made.target, fresh, false);
  EXPECT_THAT(all.rows, ElementsAre(0, 1));
  EXPECT_THAT(all.labels, IsEmpty());
  EXPECT_THAT(error_of([&] { static_cast<void>(apply(made.transform, made.target, fresh, true)); }),
              HasSubstr("there is no target column 'y'; the columns are x"));
}

TEST(DatasetTest, EvaluatingAnUnknownClassNamesItAndTheKnownOnes) {
  const Preparation made = prepare_with(two_classes(120));
  const Table fresh = table_of({numbers("x", {1, 2}), categories("y", {"low", "medium"})});
  EXPECT_EQ(error_of([&] { static_cast<void>(apply(made.transform, made.target, fresh, true)); }),
            "using test.csv: 'medium' in row 2 of 'y' is none of the known classes: high, low");
}

TEST(DatasetTest, MistakesAreErrors) {
  const Table table = two_classes(50);
  EXPECT_THAT(error_of([&] { prepare_with(table, for_target("z")); }),
              HasSubstr("no column 'z' to be the target"));
  PreparationSpec spec;
  spec.ignore = {"x"};
  EXPECT_THAT(error_of([&] { prepare_with(table, spec); }), HasSubstr("no column is left to learn from"));
  spec = {};
  spec.scaling = Scaling::kDivide;
  spec.divisor = 0;
  EXPECT_THAT(error_of([&] { prepare_with(table, spec); }), HasSubstr("divisor 0"));
  spec = for_target("x");
  spec.random_labels = true;
  EXPECT_THAT(error_of([&] { prepare_with(table, spec); }), HasSubstr("random labels need classes"));
  EXPECT_THAT(error_of([] {
                prepare_with(table_of({numbers("a", {1, 2})}), {});
              }),
              HasSubstr("no column is left"));
}

struct Known {
  const char* file;
  const char* target;
  Task task;
  std::size_t classes;
};

TEST(DatasetTest, TheUsualTablesNeedNoOptionButTheTarget) {
  GRADUS_REQUIRE_FILE(folder, data_path, "tabular");
  const Known tables[] = {{"iris", "species", Task::kClassification, 3},
                          {"wine", "cultivar", Task::kClassification, 3},
                          {"breast_cancer", "diagnosis", Task::kClassification, 2},
                          {"penguins", "species", Task::kClassification, 3},
                          {"titanic", "survived", Task::kClassification, 2},
                          {"diabetes", "progression", Task::kRegression, 0},
                          {"diamonds", "price", Task::kRegression, 0}};
  for (const Known& known : tables) {
    const Table table = load_table((folder / known.file).string() + ".csv");
    const Preparation made = prepare_with(table, for_target(known.target));
    EXPECT_EQ(made.target.task, known.task) << known.file;
    EXPECT_EQ(made.target.classes.size(), known.classes) << known.file;
    EXPECT_EQ(made.train.size() + made.validation.size() + made.test.size(), table.rows) << known.file;
    if (known.file != std::string("titanic")) {
      EXPECT_THAT(made.warnings, IsEmpty()) << known.file;
    }
  }
}

TEST(DatasetTest, TitanicsLeakAndItsRepetitionsAreLeftOut) {
  GRADUS_REQUIRE_FILE(path, data_path, "tabular/titanic.csv");
  const Preparation made = prepare_with(load_table(path.string()), for_target("survived"));
  EXPECT_THAT(made.warnings,
              ElementsAre("column 'alive' repeats the target 'survived': left out; --keep alive keeps it"));
  EXPECT_THAT(made.decisions, Contains("class        category     repeats 'pclass': left out"));
  EXPECT_THAT(made.decisions, Contains("embark_town  category     repeats 'embarked': left out"));
  EXPECT_THAT(made.decisions, Contains("age          number       177 missing -> median 28  standardised"));
}

TEST(BatchOrderTest, WithoutShufflingEveryEpochIsTheSame) {
  Generator generator(GeneratorKind::kPcg64, 1);
  BatchOrder order(4, Order::kAsItStands, generator);
  EXPECT_THAT(order.next_epoch(), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(order.next_epoch(), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(generator, Generator(GeneratorKind::kPcg64, 1));
}

TEST(BatchOrderTest, EachEpochShufflesAFreshOrder) {
  Generator generator(GeneratorKind::kMt19937, 1);
  Generator same(GeneratorKind::kMt19937, 1);
  BatchOrder order(100, Order::kShuffled, generator);
  EXPECT_EQ(order.next_epoch(), same.permutation(100));
  EXPECT_EQ(order.next_epoch(), same.permutation(100));
}

TEST(BatchOrderTest, WithReplacementEveryPlaceIsADrawOfItsOwn) {
  Generator generator(GeneratorKind::kMt19937, 1);
  Generator same(GeneratorKind::kMt19937, 1);
  BatchOrder order(1000, Order::kWithReplacement, generator);
  for (int epoch = 0; epoch < 2; ++epoch) {
    const std::vector<std::uint32_t>& rows = order.next_epoch();
    std::vector<std::uint32_t> expected(1000);
    for (std::uint32_t& row : expected) row = static_cast<std::uint32_t>(same.integers(0, 1000));
    EXPECT_EQ(rows, expected);
    const std::set<std::uint32_t> different(rows.begin(), rows.end());
    EXPECT_NEAR(static_cast<double>(different.size()), 632, 40) << "1 - 1/e of them";
  }
}

}  // namespace
}  // namespace gradus
