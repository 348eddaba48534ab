#include "gradus/train/run_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration) << error.what();
    return error.what();
  }
  return "no error";
}

RunConfig from_toml(const std::string& text) {
  RunConfig config;
  parse_toml(text, "my.toml", config);
  return config;
}

TEST(RunConfig, EveryFieldIsNamedOnceAndExplained) {
  std::set<std::string_view> names;
  for (const Field& field : fields()) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    EXPECT_FALSE(field.help.empty()) << field.name;
    EXPECT_EQ(find_field(field.name), &field);
  }
}

TEST(RunConfig, TheDefaultsAreWithinTheirRanges) {
  EXPECT_NO_THROW(validate(RunConfig{}));
}

TEST(RunConfig, EveryFieldSurvivesTextAndBack) {
  RunConfig config;
  config.data = "a \"quoted\" name.csv";
  config.hidden = {64, 32};
  config.ignore = {"id", "a,b"};
  config.learning_rate = 0.1 + 0.2;
  config.l2 = 1e-300;
  config.shuffle = false;
  config.seed = 1234567890123;
  EXPECT_EQ(from_toml(to_toml(config)), config);
  RunConfig copied;
  for (const Field& field : fields()) {
    if (field.name == "ignore") continue;  // a comma within a name cannot be typed on a command line
    set_field(copied, field, field_text(config, field));
  }
  copied.ignore = config.ignore;
  EXPECT_EQ(copied, config);
}

TEST(RunConfig, FlagsHaveHyphens) {
  EXPECT_EQ(find_field("learning_rate")->flag(), "--learning-rate");
}

TEST(RunConfig, NoneIsAnEmptyListOfLayers) {
  RunConfig config;
  set_field(config, *find_field("hidden"), "none");
  EXPECT_TRUE(config.hidden.empty());
  EXPECT_EQ(field_text(config, *find_field("hidden")), "none");
}

TEST(RunConfig, AnUnknownKeyIsNamedWithLineAndNeighbour) {
  const std::string error = error_of([] { from_toml("epochs = 3\nlearning_rat = 0.1\n"); });
  EXPECT_NE(error.find("my.toml"), std::string::npos) << error;
  EXPECT_NE(error.find("line 2"), std::string::npos) << error;
  EXPECT_NE(error.find("did you mean 'learning_rate'"), std::string::npos) << error;
}

TEST(RunConfig, BrokenTomlIsNamedWithLine) {
  const std::string error = error_of([] { from_toml("epochs = 3\nhidden = [64,\nseed = \n"); });
  EXPECT_NE(error.find("my.toml: line"), std::string::npos) << error;
}

struct BadValue {
  const char* field;
  const char* text;
  const char* shown = nullptr;  // of a list only the bad entry is shown
};

class BadValues : public testing::TestWithParam<BadValue> {};

TEST_P(BadValues, AreRefusedAndNothingChanges) {
  const BadValue& bad = GetParam();
  RunConfig config;
  const std::string error = error_of([&] { set_field(config, *find_field(bad.field), bad.text); });
  EXPECT_NE(error.find(bad.field), std::string::npos) << error;
  EXPECT_NE(error.find(fmt::format("'{}'", bad.shown == nullptr ? bad.text : bad.shown)), std::string::npos)
      << error;
  EXPECT_EQ(config, RunConfig{});
}

INSTANTIATE_TEST_SUITE_P(Fields, BadValues,
                         testing::Values(BadValue{"learning_rate", "nan"}, BadValue{"learning_rate", "0"},
                                         BadValue{"learning_rate", "-1"}, BadValue{"learning_rate", "fast"},
                                         BadValue{"batch_size", "0"}, BadValue{"batch_size", "-3"},
                                         BadValue{"batch_size", "2.5"}, BadValue{"epochs", "0"},
                                         BadValue{"hidden", "64,0", "0"}, BadValue{"hidden", "64,,32", ""},
                                         BadValue{"activation", "rleu"}, BadValue{"l2", "nan"},
                                         BadValue{"shuffle", "maybe"}, BadValue{"label_smoothing", "1"},
                                         BadValue{"precision", "half"}, BadValue{"l1", "inf "},
                                         BadValue{"seed", "-1"}));

TEST(RunConfig, AWrongTypeInTomlIsNamedWithLine) {
  const std::string error = error_of([] { from_toml("\n\nbatch_size = \"many\"\n"); });
  EXPECT_NE(error.find("line 3"), std::string::npos) << error;
  EXPECT_NE(error.find("batch_size"), std::string::npos) << error;
}

TEST(RunConfig, NamesMayBeAListOrOneText) {
  const std::vector<std::string> names = {"id", "name"};
  EXPECT_EQ(from_toml("ignore = ['id', 'name']").ignore, names);
  EXPECT_EQ(from_toml("ignore = 'id,name'").ignore, names);
}

TEST(RunConfig, MemoryIsNoneOrAtLeastEightMegabytes) {
  RunConfig config;
  for (const char* text : {"0", "8MB", "64MiB", "2GB"}) {
    set_field(config, *find_field("memory"), text);
    EXPECT_NO_THROW(validate(config)) << text;
  }
  for (const char* text : {"1MB", "7999999", "1", "much", ""}) {
    config.memory = text;
    EXPECT_EQ(
        error_of([&] { validate(config); }),
        fmt::format("setting memory: got '{}'; expected 0 for no limit, or a size of at least 8MB, such as "
                    "500MB, 2GB or 64MiB",
                    text));
  }
}

TEST(RunConfig, RangesAreSaidAsTheyAre) {
  const auto range = [](double low, double high, bool above_low) {
    Field field{"", "x", &RunConfig::dropout, ""};
    field.low = low;
    field.high = high;
    field.above_low = above_low;
    return field.range();
  };
  constexpr double kInf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(range(0, 5, false), "in [0, 5]");
  EXPECT_EQ(range(0, 5, true), "in (0, 5]");
  EXPECT_EQ(range(0, kInf, true), "> 0");
  EXPECT_EQ(range(1, kInf, false), ">= 1");
  EXPECT_EQ(range(-kInf, 5, false), "<= 5");
  EXPECT_EQ(range(-kInf, kInf, false), "");
}

TEST(RunConfig, AListInAListIsNoName) {
  const std::string error = error_of([] { from_toml("ignore = [[1]]"); });
  EXPECT_NE(error.find("expected names"), std::string::npos) << error;
}

TEST(RunConfig, RefusesTextThatIsNotUtf8) {
  RunConfig config;
  config.data = "caf\xe9.csv";
  EXPECT_NE(error_of([&] { validate(config); }).find("UTF-8"), std::string::npos);
}

TEST(RunConfig, RefusesSeedsThatNumPysRandomStateRefuses) {
  RunConfig config;
  config.seed = std::int64_t{1} << 32;
  config.generator = "mt19937";
  config.streams = "fresh";
  EXPECT_NE(error_of([&] { validate(config); }).find("2^32"), std::string::npos);
  config.streams = "spawned";
  EXPECT_NO_THROW(validate(config));
}

TEST(RunConfig, RefusesReplacementInAFixedOrder) {
  RunConfig config;
  config.replacement = true;
  EXPECT_NO_THROW(validate(config));
  config.shuffle = false;
  EXPECT_NE(error_of([&] { validate(config); }).find("setting replacement"), std::string::npos);
}

TEST(RunConfig, TomlLeavesWhatItDoesNotName) {
  RunConfig config;
  config.epochs = 7;
  parse_toml("seed = 3", "x", config);
  EXPECT_EQ(config.epochs, 7);
  EXPECT_EQ(config.seed, 3);
}

// With GRADUS_WRITE_DOCS set the page is written instead.
TEST(RunConfig, TheReferencePageIsTheTable) {
  const auto path = test::source_path("docs/configuration.md");
  if (std::getenv("GRADUS_WRITE_DOCS") != nullptr) write_file_atomically(path, reference_page());
  EXPECT_EQ(read_file(path), reference_page())
      << "run this test with GRADUS_WRITE_DOCS=1 to bring the page up to date";
}

}  // namespace
}  // namespace gradus
