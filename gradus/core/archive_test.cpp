#include "gradus/core/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <limits>
#include <optional>

#include "gradus/core/error.h"
#include "gradus/core/random.h"
#include "gradus/core/sum.h"

namespace gradus {
namespace {

struct Point {
  double x = 0;
  std::int32_t weight = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

template <class Archive>
void transfer(Archive& archive, Point& point) {
  archive(point.x, point.weight);
}

struct Everything {
  bool yes = false;
  std::uint64_t large = 0;
  double number = 0;
  std::string text;
  std::vector<float> values;
  std::deque<double> window;
  std::array<double, 2> pair{};
  std::vector<Point> points;
  std::optional<Point> maybe;
  std::optional<Point> never;

  template <class Archive>
  void transfer(Archive& archive) {
    archive(yes, large, number, text, values, window, pair, points, maybe, never);
  }
  friend bool operator==(const Everything&, const Everything&) = default;
};

Everything example() {
  return {true,        std::numeric_limits<std::uint64_t>::max(),
          -0.0,        "text",
          {1.5F, 2},   {3, 4},
          {5, 6},      {{1, 2}, {}},
          Point{7, 8}, std::nullopt};
}

template <class T>
std::string bytes_of(T value) {
  ArchiveWriter archive;
  archive(value);
  return archive.take();
}

template <class T>
void read(std::string_view bytes, T& value) {
  ArchiveReader archive(bytes, "the test");
  archive(value);
  archive.finish();
}

TEST(Archive, ReadsWhatItWrote) {
  Everything read_back;
  read_back.points.resize(5);
  read_back.never = Point{};
  read(bytes_of(example()), read_back);
  EXPECT_EQ(read_back, example());
}

TEST(Archive, NumbersAreLittleEndianAndListsCounted) {
  EXPECT_EQ(bytes_of(std::uint32_t{0x01020304}), "\x04\x03\x02\x01");
  EXPECT_EQ(bytes_of(std::string("ab")), std::string("\x02\0\0\0\0\0\0\0ab", 10));
}

TEST(Archive, EveryPrefixAndEveryByteTooManyIsRefused) {
  const std::string bytes = bytes_of(example());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Everything value;
    EXPECT_THROW(read(std::string_view(bytes).substr(0, size), value), Error) << size;
  }
  Everything value;
  EXPECT_THROW(read(bytes + "x", value), Error);
}

TEST(Archive, ACountThatIsALieCostsNoMemory) {
  const std::string lie(8, '\x7f');
  std::vector<double> numbers;
  std::string text;
  std::vector<Point> points;
  EXPECT_THROW(read(lie, numbers), Error);
  EXPECT_THROW(read(lie, text), Error);
  EXPECT_THROW(read(lie, points), Error);
  EXPECT_EQ(numbers.capacity(), 0u);
}

TEST(Archive, SaysWhatAndWhere) {
  double number = 0;
  try {
    read("1234", number);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    EXPECT_STREQ(error.what(),
                 "reading the test: byte 0: its end; the file is damaged, or another program's");
  }
}

TEST(Archive, GeneratorsGoOnWhereTheyWere) {
  for (const GeneratorKind kind : {GeneratorKind::kPcg64, GeneratorKind::kMt19937}) {
    Generator generator(kind, 7);
    for (int draws = 0; draws < 1000; ++draws) {
      Generator other(kind, 8);
      read(bytes_of(generator), other);
      ASSERT_EQ(other, generator) << draws;
      (void)generator.normal();
      (void)generator.interval(5);
    }
  }
}

TEST(Archive, APlaceBehindTheTwistersWordsIsRefused) {
  ArchiveWriter archive;
  Mt19937 generator(1);
  archive(generator);
  std::string bytes = archive.take();
  bytes[std::size_t{624} * 4] = '\x71';  // 625
  Mt19937 other(2);
  EXPECT_THROW(read(bytes, other), Error);
}

// With an even increment the generator may stand still, and shuffling would never end.
TEST(Archive, AnEvenIncrementIsRefused) {
  ArchiveWriter archive;
  Pcg64 generator(1);
  archive(generator);
  std::string bytes = archive.take();
  bytes[16] = static_cast<char>(bytes[16] & ~1);
  Pcg64 other(2);
  EXPECT_THROW(read(bytes, other), Error);
}

TEST(Archive, SumsGoOnWhereTheyWere) {
  NumpySum sum;
  for (int i = 0; i < 20000; ++i) {
    if (i % 777 == 0) {
      NumpySum other;
      other.add(1);
      ArchiveWriter archive;
      archive(sum);
      read(archive.take(), other);
      EXPECT_EQ(other.total(), sum.total());
      sum = std::move(other);
    }
    sum.add(1.0 / (i + 1));
  }
  std::vector<double> all;
  for (int i = 0; i < 20000; ++i) all.push_back(1.0 / (i + 1));
  EXPECT_EQ(sum.total(), numpy_sum(all));
}

}  // namespace
}  // namespace gradus
