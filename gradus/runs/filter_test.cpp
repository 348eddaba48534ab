#include "gradus/runs/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/core/error.h"
#include "gradus/runs/run_store.h"
#include "gradus/runs/run_store_fixture.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Filter : public ::testing::Test {
 protected:
  Filter() : store_(RunStore::open(folder_.path())) {
    add("one", "adam", 0.5);
    add("two", "sgd", 0.25);
    add("three", "adam", 0.75);
    store_.begin(header("four"));
    store_.tag(2, "green");
  }

  // Names of the runs, in their order.
  std::vector<std::string> names(const std::string& filter, const std::string& sort = "",
                                 bool reverse = false) {
    RunQuery query;
    query.filter = filter;
    query.sort = sort;
    query.reverse = reverse;
    std::vector<std::string> found;
    for (const RunRow& row : store_.list(query)) found.push_back(row.run.name);
    return found;
  }

  std::string error(const std::string& filter, const std::string& sort = "") {
    try {
      (void)names(filter, sort);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  static RunHeader header(const std::string& name) { return test::header(name); }

  test::TemporaryFolder folder_;
  RunStore store_;

 private:
  void add(const std::string& name, const std::string& optimizer, double loss) {
    RunHeader run = header(name);
    run.seed = static_cast<std::int64_t>(100 * loss);
    run.configuration.replace(run.configuration.find("adam"), 4, optimizer);
    store_.add_finished(run, test::finished(loss));
  }
};

TEST_F(Filter, NoneIsAllFromTheNewest) {
  EXPECT_THAT(names(""), ElementsAre("four", "three", "two", "one"));
}

TEST_F(Filter, ComparesColumnsFieldsAndFigures) {
  EXPECT_THAT(names("name=one"), ElementsAre("one"));
  EXPECT_THAT(names("name != 'one' and name ~ o"), ElementsAre("four", "two"));
  EXPECT_THAT(names("seed>=50"), ElementsAre("three", "one"));
  EXPECT_THAT(names("status=running"), ElementsAre("four"));
  EXPECT_THAT(names("optimizer=adam and val_accuracy>0.3"), ElementsAre("one"));
  EXPECT_THAT(names("optimizer = sgd"), ElementsAre("two"));
  EXPECT_THAT(names("hidden=64,32 and status=finished"), ElementsAre("three", "two", "one"));
  EXPECT_THAT(names("hidden=64"), IsEmpty());
  EXPECT_THAT(names("shuffle=true and learning_rate<0.01 and id<2"), ElementsAre("one"));
  EXPECT_THAT(names("configuration.epochs=3 and epochs=0"), ElementsAre("four"));
  EXPECT_THAT(names("max:validation_loss<=2.5"), ElementsAre("two", "one"));
  EXPECT_THAT(names("tag=green"), ElementsAre("two"));
  EXPECT_THAT(names("tag!=green and final:validation_loss>0"), ElementsAre("three", "one"));
  EXPECT_THAT(names("name='x; DROP TABLE runs'"), IsEmpty());
  EXPECT_EQ(store_.count(), 4u);
}

TEST_F(Filter, SortsByTheBetterFigureAndPutsMissingOnesLast) {
  EXPECT_THAT(names("", "val_accuracy"), ElementsAre("two", "one", "three", "four"));
  EXPECT_THAT(names("", "best:val_loss"), ElementsAre("two", "one", "three", "four"));
  EXPECT_THAT(names("", "best:val_loss", true), ElementsAre("three", "one", "two", "four"));
  EXPECT_THAT(names("", "name"), ElementsAre("four", "one", "three", "two"));
  EXPECT_THAT(names("", "seed"), ElementsAre("three", "one", "two", "four"));
  EXPECT_THAT(names("", "optimizer"), ElementsAre("four", "three", "one", "two"));
}

TEST_F(Filter, LimitsTagsAndFiguresComeAlong) {
  RunQuery query;
  query.tags = {"red", "green"};
  query.metrics = {"val_loss", "validation_accuracy"};
  const std::vector<RunRow> rows = store_.list(query);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].metrics[0]->last, 0.25);
  EXPECT_EQ(rows[0].metrics[1]->best, 0.875);
  query.tags = {};
  query.limit = 2;
  EXPECT_EQ(store_.list(query).size(), 2u);
  EXPECT_FALSE(store_.list(query)[0].metrics[0]);
}

TEST_F(Filter, MistakesAreNamedWithTheNearestName) {
  EXPECT_THAT(error("statsu=running"), HasSubstr("did you mean status?"));
  EXPECT_THAT(error("optimiser=adam"), HasSubstr("did you mean optimizer?"));
  EXPECT_THAT(error("optimizer=adamm"), HasSubstr("adam"));
  EXPECT_THAT(error("validation_los<1"), HasSubstr("did you mean validation_loss?"));
  EXPECT_THAT(error("zzz<1"), HasSubstr("the series are validation_accuracy, validation_loss"));
  EXPECT_THAT(error("bets:val_loss<1"), HasSubstr("did you mean 'best'"));
  EXPECT_THAT(error("val_loss<abc"), HasSubstr("and a number"));
  EXPECT_THAT(error("name<3"), HasSubstr("it is a text"));
  EXPECT_THAT(error("name"), HasSubstr("behind name stands ''"));
  EXPECT_THAT(error("name="), HasSubstr("the value of name is missing"));
  EXPECT_THAT(error("name='x"), HasSubstr("no closing quote"));
  EXPECT_THAT(error("name=x or name=y"), HasSubstr("'or' stands where and should"));
  EXPECT_THAT(error("=3"), HasSubstr("a name is missing"));
  EXPECT_THAT(error("name=x and"), HasSubstr("a name is missing"));
  EXPECT_THAT(error("tag>x"), HasSubstr("tags are compared by = and !="));
  EXPECT_THAT(error("", "val_los"), HasSubstr("did you mean"));
}

}  // namespace
}  // namespace gradus
