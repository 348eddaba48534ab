// Printed tables: what is read of them, what is refused, and how cells are counted.
#include "gradus/study/printed_table.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/study/judge.h"
#include "gradus/study/study_file.h"
#include "tests/support/test_support.h"

namespace gradus::study {
namespace {

using testing::ElementsAre;

class PrintedTables : public testing::Test {
 protected:
  // A study of two contenders of ten epochs, with a table and a claim.
  Study study(const std::string& csv, const std::string& more = "") {
    write_file_atomically(folder_.path() / "printed.csv", csv, Durability::kProgram);
    return parse_study(
        "[base]\ndata = \"digits\"\nepochs = 10\ntest = \"0\"\n\n[vary]\nhidden = [16, 32]\n\n"
        "[[table]]\nname = \"printed\"\nfile = \"printed.csv\"\n" +
            more,
        "my.toml", folder_.path());
  }

  std::string refusal(const std::string& csv, const std::string& more = "") {
    try {
      static_cast<void>(study(csv, more));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
      std::string message = error.what();
      const std::string at = fmt::format("reading {}/printed.csv: ", folder_.path().string());
      return message.starts_with(at) ? message.substr(at.size()) : message;
    }
    return "nothing refused";
  }

  test::TemporaryFolder folder_;
};

MeasuredRun run_with_losses(const std::string& contender, const std::vector<double>& losses) {
  MeasuredRun run{.contender = contender};
  for (std::size_t epoch = 0; epoch < losses.size(); ++epoch)
    run.series["train_loss"].push_back({epoch + 1, epoch, 0, losses[epoch]});
  return run;
}

TEST(HalfUnit, IsHalfOfTheLastPrintedDigit) {
  for (const auto& [printed, expected] : std::vector<std::pair<std::string, double>>{{"0.6074", 0.00005},
                                                                                     {"1.5", 0.05},
                                                                                     {"-12", 0.5},
                                                                                     {"3.", 0.5},
                                                                                     {"12e3", 500},
                                                                                     {"1.25e-3", 0.000005},
                                                                                     {"1.25E+3", 5}}) {
    EXPECT_NEAR(half_unit(printed), expected, 1e-12 * expected) << printed;
  }
}

TEST_F(PrintedTables, CellsAreReadWithTheirPlaceAndTolerance) {
  const Study read = study("contender,epoch,train_loss,val_accuracy\n16,0,0.61,\n32,9,0.2,0.9705\n");
  ASSERT_EQ(read.tables.size(), 1U);
  const PrintedTable& table = read.tables.front();
  ASSERT_EQ(table.cells.size(), 3U);
  EXPECT_EQ(table.cells[0].contender, "16");
  EXPECT_EQ(to_text(table.cells[0].measure), "at(train_loss, epoch 0)");
  EXPECT_EQ(table.cells[0].printed, "0.61");
  EXPECT_DOUBLE_EQ(table.cells[0].tolerance, 0.005);
  EXPECT_EQ(to_text(table.cells[2].measure), "at(validation_accuracy, epoch 9)");
  EXPECT_DOUBLE_EQ(table.cells[2].tolerance, 0.00005);
  EXPECT_THAT(table.contenders(), ElementsAre("16", "32"));
  EXPECT_EQ(table.count(), 3U);
  EXPECT_EQ(table.count("32"), 2U);
}

TEST_F(PrintedTables, WithoutAPlaceColumnsAreMeasures) {
  const Study read = study("run,stop_step,best(val_loss)\n16,120,0.5\n", "tolerance = 0.25\n");
  const PrintedTable& table = read.tables.front();
  ASSERT_EQ(table.cells.size(), 2U);
  EXPECT_EQ(to_text(table.cells[0].measure), "stop_step");
  EXPECT_EQ(to_text(table.cells[1].measure), "best(validation_loss)");
  EXPECT_EQ(table.cells[1].tolerance, 0.25);
}

TEST_F(PrintedTables, CellsThatAgreeAreCounted) {
  const Study read = study("contender,epoch,train_loss\n16,0,0.61\n16,1,0.50\n16,2,0.40\n16,3,0.30\n");
  // Half a unit away, more than that away, and an epoch that never came.
  const MeasuredRun run = run_with_losses("16", {0.615, 0.5, 0.4051});
  const TableMatch match = compare(read.tables.front(), "16", run);
  EXPECT_EQ(match.cells, 4U);
  EXPECT_EQ(match.matched, 2U);
  ASSERT_EQ(match.differing.size(), 2U);
  EXPECT_EQ(match.differing[0].cell->printed, "0.40");
  EXPECT_EQ(match.differing[0].measured, 0.4051);
  EXPECT_EQ(match.differing[1].cell->printed, "0.30");
  EXPECT_EQ(match.differing[1].measured, std::nullopt);
}

TEST_F(PrintedTables, ADivergedRunAgreesWithNothing) {
  const Study read = study("contender,epoch,train_loss\n16,0,0.61\n");
  MeasuredRun run = run_with_losses("16", {0.61});
  run.diverged = true;
  EXPECT_EQ(compare(read.tables.front(), "16", run).matched, 0U);
}

constexpr const char* kTwoClaims =
    "[[claim]]\nsays = 'cells_matched(\"printed\") == cells(\"printed\")'\ndeterministic = true\n"
    "[[claim]]\nsays = 'cells_matched(\"printed\", \"16\") == 2'\ndeterministic = true\n";

TEST_F(PrintedTables, ClaimsCountCells) {
  const Study read = study("contender,epoch,train_loss\n16,0,0.61\n16,1,0.50\n32,0,0.7\n", kTwoClaims);
  EXPECT_EQ(to_text(read.claims[0].statement[0]), "cells_matched(\"printed\") == cells(\"printed\")");
  EXPECT_EQ(to_text(read.claims[1].statement[0]), "cells_matched(\"printed\", \"16\") == 2");
  const std::vector<MeasuredRun> runs = {run_with_losses("16", {0.61, 0.5}), run_with_losses("32", {0.8})};
  const std::vector<JudgedClaim> judged = judge(read, runs);
  EXPECT_EQ(judged[0].verdict, Verdict::kRefuted);
  EXPECT_EQ(judged[0].reason, "2 of 3 cells");
  EXPECT_EQ(judged[1].verdict, Verdict::kSupported);
  EXPECT_EQ(judged[1].reason, "2 of 2 cells");
}

TEST_F(PrintedTables, WithoutARunNothingIsToldOfItsCells) {
  const Study read = study("contender,epoch,train_loss\n16,0,0.61\n16,1,0.50\n32,0,0.7\n", kTwoClaims);
  const std::vector<MeasuredRun> runs = {run_with_losses("16", {0.61, 0.5})};
  const std::vector<JudgedClaim> judged = judge(read, runs);
  EXPECT_EQ(judged[0].verdict, Verdict::kCannotTell);
  EXPECT_THAT(judged[0].notes, ElementsAre("\"32\": no run; the pair is left out"));
  EXPECT_EQ(judged[1].verdict, Verdict::kSupported);
}

TEST_F(PrintedTables, BadFilesAreRefusedWithTheirLine) {
  const std::string header = "contender,epoch,train_loss\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "line 1: a table without a printed figure; expected at least one"},
      {header + "16,0,\n", "line 2: a table without a printed figure; expected at least one"},
      {"epoch,train_loss\n0,0.5\n",
       "line 1: no column contender; expected one that names each row's contender"},
      {"run,contender,train_loss\n", "line 1: got a second column contender; expected one"},
      {"run,epoch,step,train_loss\n", "line 1: got a second column epoch or step; expected one"},
      {"run,epoch,train_los\n",
       "line 1: claim 'train_los', column 1: unknown metric 'train_los'; did you mean "
       "'train_loss'?"},
      {"run,epoch,val_loss,validation_loss\n", "line 1: got column validation_loss twice; expected it once"},
      {"run,epoch,steps\n", "line 1: got column steps beside epoch; expected a series such as train_loss"},
      {"run,step,best(val_loss)\n",
       "line 1: got column best(validation_loss) beside step; expected a series"},
      {header + "16,0,0.5\n\n64,0,0.5\n", "line 4: unknown contender '64'; known: 16, 32"},
      {header + "16,0\n", "line 2: got 2 cells; expected 3, as the header has"},
      {header + "16,-1,0.5\n", "line 2: got '-1' as epoch; expected a whole number"},
      {header + "16,init,0.5\n", "line 2: got 'init' as epoch; expected a whole number"},
      {header + "16,10,0.5\n",
       "line 2: got epoch 10 of contender '16', which trains for 10; expected 0 to 9"},
      {header + "16,0,0 5\n",
       "line 2: got '0 5' as train_loss; expected a number, or nothing where it is not "
       "legible"},
      {header + "16,0,nan\n", "line 2: got 'nan' as train_loss; expected a number"},
      {header + "16,0,0.5\n16,0,0.5\n",
       "line 3: got contender '16' a second time at 0; expected every row once"},
      {"run,epoch,test_loss\n16,0,0.5\n",
       "line 2: at(test_loss, epoch 0) is not measured: contender '16' lacks a test part"},
      {header + "16,0,\"0.5\n", "line 2: a quote that opens here is never closed"},
  };
  for (const auto& [csv, expected] : cases) {
    const std::string message = refusal(csv);
    EXPECT_EQ(message.substr(0, expected.size()), expected) << csv << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << csv;
  }
}

TEST_F(PrintedTables, ClaimsAboutOtherTablesAreRefused) {
  const std::string csv = "contender,epoch,train_loss\n16,0,0.61\n";
  const auto claim = [](const std::string& says) { return "[[claim]]\nsays = '" + says + "'\n"; };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"cells_matched(\"prnted\") == 1", "column 1: unknown table 'prnted'; did you mean 'printed'?"},
      {"cells_matched(\"printed\", \"64\") == 1", "column 1: unknown contender '64'; known: 16, 32"},
      {"cells_matched(\"printed\", \"32\") == 1",
       "column 1: got contender '32', of which table 'printed' has no cell; expected one of 16"},
      {"cells(\"printed\") == 1", "column 1: got numbers alone; expected something measured"},
      {"cells_matched(printed) == 1",
       "column 15: got 'printed'; expected a table in quotes: cells(\"printed\")"},
  };
  for (const auto& [says, expected] : cases) {
    const std::string message = refusal(csv, claim(says));
    EXPECT_NE(message.find("reading my.toml: line 13: claim '" + says + "', " + expected), std::string::npos)
        << message;
  }
}

}  // namespace
}  // namespace gradus::study
