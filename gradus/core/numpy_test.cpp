// Streams and sums held against the NumPy of this machine, bit for bit; skipped where there is none.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gradus/core/files.h"
#include "gradus/core/random.h"
#include "gradus/core/sum.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

class NumpyTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const std::string python : {"/usr/bin/python3", "python3"}) {
      if (std::system((python + " -c 'import numpy' 2>/dev/null").c_str()) != 0) continue;
      folder_ = std::make_unique<test::TemporaryFolder>();
      const std::string script = test::source_path("gradus/core/random_numpy_check.py").string();
      status_ = std::system((python + " '" + script + "' '" + folder_->path().string() + "'").c_str());
      return;
    }
  }
  static void TearDownTestSuite() { folder_.reset(); }

  void SetUp() override {
    if (folder_ == nullptr) GTEST_SKIP() << "no python3 with NumPy found";
    ASSERT_EQ(status_, 0) << "random_numpy_check.py failed";
  }

  template <class T>
  static std::vector<T> numbers(const std::string& name) {
    const std::string bytes = read_file(folder_->path() / name);
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }

  // Compares with `draw()` for every number in the file of that name.
  template <class T, class Draw>
  static void expect_drawn(const std::string& name, Draw draw) {
    const std::vector<T> expected = numbers<T>(name);
    ASSERT_FALSE(expected.empty()) << name;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const T drawn = draw();
      // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the bits are compared
      ASSERT_EQ(std::memcmp(&drawn, &expected[i], sizeof(T)), 0)
          << name << ", draw " << i << ": " << testing::PrintToString(drawn) << ", NumPy has "
          << testing::PrintToString(expected[i]);
    }
  }

  // One stream through all calls, as the script draws it.
  static void expect_stream(const std::string& prefix, Generator g, bool uniform_between_integers) {
    expect_drawn<double>(prefix + "_normal", [&] { return g.normal(); });
    expect_drawn<double>(prefix + "_uniform", [&] { return g.uniform(); });
    const std::vector<std::int64_t> ranges = numbers<std::int64_t>("ranges");
    for (std::size_t r = 0; r < ranges.size(); r += 2) {
      const std::int64_t low = ranges[r];
      const std::int64_t high = ranges[r + 1];
      bool other = false;
      expect_drawn<std::int64_t>(prefix + "_integers_" + std::to_string(low) + "_" + std::to_string(high),
                                 [&] {
                                   const bool wide = std::exchange(other, uniform_between_integers && !other);
                                   return wide ? g.integers(0, std::int64_t{1} << 53) : g.integers(low, high);
                                 });
    }
    const std::vector<std::uint32_t> order = g.permutation(70'000);
    expect_drawn<std::uint32_t>(prefix + "_permutation",
                                [&, i = std::size_t{0}]() mutable { return order[i++]; });
  }

 private:
  static inline std::unique_ptr<test::TemporaryFolder> folder_;
  static inline int status_ = 0;
};

TEST_F(NumpyTest, Pcg64DrawsTheSameStream) {
  expect_stream("pcg64", {GeneratorKind::kPcg64, 2024}, true);
}

TEST_F(NumpyTest, Mt19937DrawsTheSameStream) {
  expect_stream("mt19937", {GeneratorKind::kMt19937, 2024}, false);
}

TEST_F(NumpyTest, SpawnKeysGiveTheSameStreams) {
  for (const std::uint64_t entropy : numbers<std::uint64_t>("entropies")) {
    for (const std::uint32_t key : numbers<std::uint32_t>("keys")) {
      const std::string suffix = std::to_string(entropy) + "_" + std::to_string(key);
      EXPECT_EQ(SeedSequence(entropy, {&key, 1}).generate64(10), numbers<std::uint64_t>("state_" + suffix))
          << suffix;
      Generator pcg(GeneratorKind::kPcg64, entropy, key);
      expect_drawn<double>("pcg64_stream_" + suffix, [&] { return pcg.uniform(); });
      Generator mt(GeneratorKind::kMt19937, entropy, key);
      expect_drawn<double>("mt19937_stream_" + suffix, [&] { return mt.uniform(); });
    }
  }
}

TEST_F(NumpyTest, SumsHaveTheSameBits) {
  const std::vector<double> values = numbers<double>("values");
  const std::vector<double> sums = numbers<double>("sums");
  ASSERT_EQ(sums.size(), values.size() + 1);
  for (std::size_t n = 0; n < sums.size(); ++n) {
    ASSERT_EQ(numpy_sum(std::span(values).first(n)), sums[n]) << n << " values";
  }
}

TEST_F(NumpyTest, SumsOfConvertedValuesHaveTheSameBits) {
  NumpySum sum;
  for (const float value : numbers<float>("singles")) sum.add(value);
  EXPECT_EQ(sum.total(), numbers<double>("sum_of_singles").at(0));
}

}  // namespace
}  // namespace gradus
