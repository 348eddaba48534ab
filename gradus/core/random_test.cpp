// Values drawn by NumPy 1.24; numpy_test.cpp compares whole streams where NumPy is installed.
#include "gradus/core/random.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using testing::ElementsAre;
using Call = std::vector<std::string> (*)(std::uint64_t seed, std::size_t count);

template <class Number>
std::string text_of(Number number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

template <class Draw>
std::vector<std::string> texts(std::size_t count, Draw draw) {
  std::vector<std::string> drawn;
  for (std::size_t i = 0; i < count; ++i) drawn.push_back(text_of(draw()));
  return drawn;
}

template <class Number>
std::vector<std::string> texts(const std::vector<Number>& numbers, std::size_t count) {
  return texts(count, [&, i = std::size_t{0}]() mutable { return numbers.at(i++); });
}

Generator pcg64(std::uint64_t seed) {
  return {GeneratorKind::kPcg64, seed};
}
Generator mt19937(std::uint64_t seed) {
  return {GeneratorKind::kMt19937, seed};
}

const std::map<std::string, Call>& calls() {
  static const std::map<std::string, Call> table = {
      {"SeedSequence generate_state(4,uint64)",
       [](std::uint64_t seed, std::size_t count) { return texts(SeedSequence(seed).generate64(4), count); }},
      {"PCG64 next_uint64",
       [](std::uint64_t seed, std::size_t count) {
         return texts(count, [g = Pcg64(seed)]() mutable { return g.next_uint64(); });
       }},
      {"PCG64 uniform(-10,10)",
       [](std::uint64_t seed, std::size_t count) {
         return texts(count, [g = pcg64(seed)]() mutable { return g.uniform(-10, 10); });
       }},
      {"PCG64 permutation(1797)",
       [](std::uint64_t seed, std::size_t count) { return texts(pcg64(seed).permutation(1797), count); }},
      {"PCG64 integers(2)",
       [](std::uint64_t seed, std::size_t count) {
         return texts(count, [g = pcg64(seed)]() mutable { return g.integers(0, 2); });
       }},
      {"PCG64 integers(2,size=5) then uniform()",
       [](std::uint64_t seed, std::size_t count) {
         Generator g = pcg64(seed);
         for (int i = 0; i < 5; ++i) g.integers(0, 2);
         return texts(count, [&] { return g.uniform(); });
       }},
      {"PCG64 normal() (ziggurat)",
       [](std::uint64_t seed, std::size_t count) {
         return texts(count, [g = pcg64(seed)]() mutable { return g.normal(); });
       }},
      {"MT19937 next_uint32",
       [](std::uint64_t seed, std::size_t count) {
         return texts(count,
                      [g = Mt19937(static_cast<std::uint32_t>(seed))]() mutable { return g.next_uint32(); });
       }},
      {"MT19937 uniform(-1,1)",
       [](std::uint64_t seed, std::size_t count) {
         return texts(count, [g = mt19937(seed)]() mutable { return g.uniform(-1, 1); });
       }},
      {"MT19937 normal() (polar)",
       [](std::uint64_t seed, std::size_t count) {
         return texts(count, [g = mt19937(seed)]() mutable { return g.normal(); });
       }},
      {"MT19937 shuffle(list(range(20000)))",
       [](std::uint64_t seed, std::size_t count) { return texts(mt19937(seed).permutation(20000), count); }},
      {"MT19937 randn",
       [](std::uint64_t seed, std::size_t count) {
         return texts(count, [g = mt19937(seed)]() mutable { return g.normal(); });
       }},
  };
  return table;
}

TEST(Random, DrawsTheReferenceVectors) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/rng_vectors.csv");
  const auto rows = test::read_csv_rows(path);
  ASSERT_GT(rows.size(), 1u);
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const std::string call = rows[r][0] + " " + rows[r][2];
    const auto found = calls().find(call);
    ASSERT_NE(found, calls().end()) << "no such call here: " << call;
    const std::size_t index = std::stoul(rows[r][3]);
    EXPECT_EQ(found->second(std::stoull(rows[r][1]), index + 1).at(index), rows[r][4])
        << call << ", value " << index;
  }
}

TEST(SeedSequence, TakesEntropyOf64BitsAndASpawnKey) {
  const std::uint32_t key[] = {1};
  const SeedSequence sequence((std::uint64_t{1} << 63) + 5, key);
  EXPECT_THAT(sequence.generate32(4), ElementsAre(0x70037242u, 0x7d298592u, 0x5eb6a61au, 0x8e273a85u));
  EXPECT_THAT(sequence.generate64(2), ElementsAre(0x7d29859270037242u, 0x8e273a855eb6a61au));
}

TEST(Pcg64, DrawsWhatNumpyDraws) {
  Generator g = pcg64(42);
  for (const double expected :
       {0x1.3807c1104fc6bp-2, -0x1.0a3c65fca9a7ep+0, 0x1.803b239e77350p-1, 0x1.e191b2d157f36p-1}) {
    EXPECT_EQ(g.normal(), expected);
  }
  for (const std::int64_t expected : {199, 91, 525, 975}) EXPECT_EQ(g.integers(-3, 1000), expected);
  EXPECT_EQ(g.uniform(), 0x1.85b41a5f78b48p-1);
  EXPECT_EQ(g.uniform(), 0x1.927705476f592p-1);
  EXPECT_THAT(g.permutation(8), ElementsAre(4, 0, 2, 7, 5, 1, 6, 3));
}

TEST(Mt19937, DrawsWhatNumpyDraws) {
  Generator g = mt19937(42);
  for (const std::int64_t expected : {56422, 15795, 860, 38158, 54343})
    EXPECT_EQ(g.integers(0, 60000), expected);
  for (const std::int64_t expected : {810017303567, 440001501300, 375095422319}) {
    EXPECT_EQ(g.integers(-5, std::int64_t{1} << 40), expected);
  }
  for (const double expected : {0x1.94474a8407408p+0, 0x1.88ed346f0d7f3p-1, -0x1.e0bde4b799e8bp-2}) {
    EXPECT_EQ(g.normal(), expected);
  }
  EXPECT_THAT(g.permutation(8), ElementsAre(5, 2, 1, 6, 0, 4, 3, 7));
}

TEST(Mt19937, TakesTheSeedModulo32Bits) {
  EXPECT_EQ(mt19937((std::uint64_t{7} << 32) + 42), mt19937(42));
}

TEST(Random, StreamsOfASeedAreNumpysSpawnKeys) {
  const std::uint32_t key[] = {3};
  Pcg64 pcg(SeedSequence(42, key));
  for (const std::uint64_t expected : {14092074099048316712u, 17917988523554539185u, 13151982595849757141u}) {
    EXPECT_EQ(pcg.next_uint64(), expected);
  }
  Mt19937 mt(SeedSequence(42, key));
  for (const std::uint32_t expected : {1393141770u, 2769151444u, 2076510077u, 482059391u}) {
    EXPECT_EQ(mt.next_uint32(), expected);
  }
  for (const GeneratorKind kind : {GeneratorKind::kPcg64, GeneratorKind::kMt19937}) {
    EXPECT_FALSE(Generator(kind, 42, 3) == Generator(kind, 42, 4));
    EXPECT_FALSE(Generator(kind, 42, 0) == Generator(kind, 42));
  }
}

TEST(Pcg64, AdvanceSkipsDrawsAndKeepsTheHalfDrawWaiting) {
  for (const std::uint64_t skipped : {0u, 1u, 2u, 3u, 64u, 1000u}) {
    Pcg64 drawn(5);
    drawn.next_uint32();
    Pcg64 advanced = drawn;
    for (std::uint64_t i = 0; i < skipped; ++i) drawn.next_uint64();
    advanced.advance(skipped);
    EXPECT_TRUE(advanced == drawn) << "after " << skipped;
  }
}

TEST(Mt19937, AdvanceSkipsDraws) {
  for (const std::uint64_t skipped : {0u, 1u, 623u, 624u, 625u, 1247u, 1248u, 5000u}) {
    Mt19937 drawn(5);
    drawn.next_uint32();
    Mt19937 advanced = drawn;
    for (std::uint64_t i = 0; i < skipped; ++i) drawn.next_uint32();
    advanced.advance(skipped);
    EXPECT_TRUE(advanced == drawn) << "after " << skipped;
  }
}

class EachGenerator : public testing::TestWithParam<GeneratorKind> {
 protected:
  Generator g{GetParam(), 1234};
};

TEST_P(EachGenerator, SkipUniformsEqualsDrawingThem) {
  Generator skipped = g;
  for (int i = 0; i < 777; ++i) g.uniform();
  skipped.skip_uniforms(777);
  EXPECT_TRUE(skipped == g);
}

TEST_P(EachGenerator, ACopyGoesOnAlikeAndApart) {
  g.normal();
  g.integers(0, 3);
  Generator copy = g;
  EXPECT_EQ(copy.normal(), g.normal());
  EXPECT_TRUE(copy == g);
  copy.uniform();
  EXPECT_FALSE(copy == g);
}

TEST_P(EachGenerator, ReachesBothEndsOfAnIntegerRangeAndNothingBeyond) {
  std::map<std::int64_t, int> seen;
  for (int i = 0; i < 1000; ++i) ++seen[g.integers(-2, 3)];
  EXPECT_EQ(seen.size(), 5u);
  EXPECT_EQ(seen.begin()->first, -2);
  EXPECT_EQ(seen.rbegin()->first, 2);
  EXPECT_EQ(g.integers(9, 10), 9);
  EXPECT_EQ(g.interval(0), 0u);
}

TEST_P(EachGenerator, RefusesAnEmptyRange) {
  EXPECT_THROW(g.integers(3, 3), InternalError);
  EXPECT_THROW(g.integers(3, -3), InternalError);
}

TEST_P(EachGenerator, PermutesEveryNumberOnce) {
  for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
    std::vector<std::uint32_t> order = g.permutation(count);
    std::sort(order.begin(), order.end());
    ASSERT_EQ(order.size(), count);
    for (std::uint32_t i = 0; i < count; ++i) ASSERT_EQ(order[i], i);
  }
}

TEST_P(EachGenerator, NormalDrawsHaveTheMomentsOfTheNormalDistribution) {
  constexpr int kCount = 200'000;
  double first = 0;
  double second = 0;
  double fourth = 0;
  for (int i = 0; i < kCount; ++i) {
    const double x = g.normal();
    first += x;
    second += x * x;
    fourth += x * x * x * x;
  }
  // Five standard errors: 1, sqrt(2) and sqrt(96) over sqrt(count).
  const double error = 5 / std::sqrt(kCount);
  EXPECT_NEAR(first / kCount, 0, error);
  EXPECT_NEAR(second / kCount, 1, error * std::sqrt(2));
  EXPECT_NEAR(fourth / kCount, 3, error * std::sqrt(96));
}

INSTANTIATE_TEST_SUITE_P(Random, EachGenerator,
                         testing::Values(GeneratorKind::kPcg64, GeneratorKind::kMt19937),
                         [](const auto& info) {
                           return info.param == GeneratorKind::kPcg64 ? "Pcg64" : "Mt19937";
                         });

}  // namespace
}  // namespace gradus
