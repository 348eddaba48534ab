// Tables beyond the window: the parts are the same whether the rows come from npy, IDX or CSV, and what lies on the disk is
// what would be in memory.
#include "gradus/data/window_encode.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "gradus/core/error.h"
#include "gradus/data/npz_test_support.h"
#include "gradus/data/source.h"
#include "gradus/data/table_test_support.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::size_t kWindow = 1000;  // bytes, far less than the tables here

std::string idx_header(const std::vector<std::uint32_t>& shape) {
  std::string header = {0, 0, 8, static_cast<char>(shape.size())};
  for (const std::uint32_t size : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(size >> shift);
  }
  return header;
}

class WindowEncodeTest : public testing::Test {
 protected:
  WindowEncodeTest() { ::setenv("XDG_CACHE_HOME", (folder_.path() / "xdg").c_str(), 1); }
  ~WindowEncodeTest() override { ::unsetenv("XDG_CACHE_HOME"); }

  [[nodiscard]] static Preparation prepared(const Table& table, std::size_t window,
                                            Scaling scaling = Scaling::kFeature) {
    PreparationSpec spec;
    spec.window = window;
    spec.scaling = scaling;
    Generator split(GeneratorKind::kPcg64, 1);
    Generator labels(GeneratorKind::kPcg64, 2);
    return prepare(table, spec, split, labels);
  }
  [[nodiscard]] static Table load(const fs::path& path, std::size_t window) {
    SourceOptions options;
    options.window = window;
    return load_table(path.string(), options);
  }

  // The rows of a part as the file has them, whatever their order in the part.
  static void expect_same_rows(const Dataset& a, const Dataset& b) {
    ASSERT_EQ(a.size(), b.size());
    std::map<std::uint32_t, std::size_t> places;
    for (std::size_t i = 0; i < b.size(); ++i) places[b.rows[i]] = i;
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_TRUE(places.contains(a.rows[i]));
      const std::size_t other = places[a.rows[i]];
      if (!a.labels.empty()) {
        ASSERT_EQ(a.labels[i], b.labels[other]);
      }
      if (!a.values.empty()) {
        ASSERT_EQ(a.values[i], b.values[other]);
      }
      for (std::size_t f = 0; f < a.features->cols; ++f)
        ASSERT_EQ(a.features->at(a.rows[i], f), b.features->at(b.rows[other], f));
    }
  }

  [[nodiscard]] fs::path write_csv(bool regression) const {
    std::string text = "n,word,m,y\n";
    for (int i = 0; i < 500; ++i) {
      text += fmt::format("{},{},{},{}\n", i * 0.1,
                          i % 7 == 3 ? "" : std::string(1, static_cast<char>('a' + i % 5)),
                          i % 11 == 0 ? "" : std::to_string(i * 31 % 97),
                          regression   ? std::to_string(i * 0.37)
                          : i % 2 == 0 ? "no"
                                       : "maybe");
    }
    return folder_.write("t.csv", text);
  }

  test::TemporaryFolder folder_;
};

TEST_F(WindowEncodeTest, ACsvOnTheDiskHasTheRowsThatItHasInMemory) {
  for (const bool regression : {false, true}) {
    const fs::path path = write_csv(regression);
    const Preparation in_memory = prepared(load(path, 0), 0);
    const Preparation on_disk = prepared(load(path, kWindow), kWindow);
    EXPECT_TRUE(on_disk.train.features->window().active());
    EXPECT_TRUE(std::ranges::is_sorted(on_disk.train.rows));
    EXPECT_EQ(on_disk.target.classes, in_memory.target.classes);
    EXPECT_EQ(on_disk.target.mean, in_memory.target.mean);
    expect_same_rows(on_disk.train, in_memory.train);
    expect_same_rows(on_disk.validation, in_memory.validation);
    expect_same_rows(on_disk.test, in_memory.test);
    ASSERT_EQ(on_disk.transform.feature_names(), in_memory.transform.feature_names());
    for (std::size_t f = 0; f < on_disk.transform.scale.size(); ++f)
      EXPECT_DOUBLE_EQ(on_disk.transform.scale[f], in_memory.transform.scale[f]);
  }
  const fs::path cache = table_cache_folder();
  for (const fs::directory_entry& entry : fs::directory_iterator(cache))
    EXPECT_EQ(entry.path().extension(), ".columns") << "the encoded rows have no name";
}

TEST_F(WindowEncodeTest, AWindowThatHoldsAllRowsChangesNothing) {
  const fs::path path = write_csv(false);
  const Preparation in_memory = prepared(load(path, 0), 0);
  const Preparation within = prepared(load(path, 1'000'000), 1'000'000);
  EXPECT_FALSE(within.train.features->window().active());
  EXPECT_EQ(within.train.rows, in_memory.train.rows);
  EXPECT_EQ(within.transform.scale, in_memory.transform.scale);
  EXPECT_EQ(within.train.features->values, in_memory.train.features->values);
}

TEST_F(WindowEncodeTest, IdxFilesKeepTheirRowsAndTheirOwnTestPart) {
  for (const auto& [part, count] :
       std::vector<std::pair<std::string, std::uint32_t>>{{"train", 300}, {"t10k", 50}}) {
    std::string pixels;
    std::string labels;
    for (std::uint32_t i = 0; i < count; ++i) {
      for (std::uint32_t p = 0; p < 6; ++p) pixels += static_cast<char>((i * 6 + p) * 7 % 251);
      labels += static_cast<char>(i % 3);
    }
    folder_.write(part + "-images-idx3-ubyte", idx_header({count, 2, 3}) + pixels);
    folder_.write(part + "-labels-idx1-ubyte", idx_header({count}) + labels);
  }
  const Preparation in_memory = prepared(load(folder_.path(), 0), 0, Scaling::kGlobal);
  const Preparation on_disk = prepared(load(folder_.path(), kWindow), kWindow, Scaling::kGlobal);
  expect_same_rows(on_disk.train, in_memory.train);
  ASSERT_EQ(on_disk.test.size(), 50u);
  EXPECT_EQ(on_disk.test.labels, in_memory.test.labels);
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t f = 0; f < 6; ++f) {
      ASSERT_EQ(on_disk.test.features->at(on_disk.test.rows[i], f),
                in_memory.test.features->at(in_memory.test.rows[i], f));
    }
  }
}

TEST_F(WindowEncodeTest, CompressedIdxIsRefusedBeyondTheWindow) {
  const std::string pixels = idx_header({300, 2, 3}) + std::string(1800, 'p');
  folder_.write("train-images-idx3-ubyte.gz", test::gzip(pixels));
  folder_.write("train-labels-idx1-ubyte", idx_header({300}) + std::string(300, '\1'));
  const std::string message =
      test::message_of([&] { (void)load(folder_.path(), kWindow); }, folder_.path(), ErrorCode::kUnsupported);
  EXPECT_THAT(message, HasSubstr("unpack it: gunzip -k"));
  EXPECT_EQ(load(folder_.path(), 2000).rows, 300u);
}

TEST_F(WindowEncodeTest, RowsThatAreInMemoryAlreadyAreRefusedBeyondTheWindow) {
  const Table table = test::with_block(test::table_of({test::numbers("y", std::vector<double>(200, 1.0))}),
                                       10, std::vector<float>(2000, 1.0F));
  Transform transform;
  transform.block_features = 10;
  EXPECT_FALSE(internal::beyond_window(transform, table, 0));
  EXPECT_FALSE(internal::beyond_window(transform, table, 8000));
  EXPECT_THAT(test::error_of([&] { (void)internal::beyond_window(transform, table, 7999); }),
              HasSubstr("8000 bytes in memory, more than the window of 7999"));
}

// Killed by its second page, which nobody may read.
TEST_F(WindowEncodeTest, WhoeverIsKilledLeavesNothingInTheCache) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* pages = ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  ASSERT_EQ(::mprotect(static_cast<char*>(pages) + page, page, PROT_NONE), 0);
  Table table;
  table.rows = 2 * page / sizeof(double);
  Column& column = table.columns.emplace_back();
  column.name = "x";
  column.numbers = {nullptr, std::span(static_cast<const double*>(pages), table.rows)};
  Transform transform;
  transform.inputs.emplace_back().name = "x";
  EXPECT_DEATH((void)internal::encode_to_file(transform, table, kWindow), "");
  EXPECT_TRUE(fs::exists(folder_.path() / "xdg/gradus/tables"));
  EXPECT_TRUE(fs::is_empty(folder_.path() / "xdg/gradus/tables"));
  ::munmap(pages, 2 * page);
}

}  // namespace
}  // namespace gradus
