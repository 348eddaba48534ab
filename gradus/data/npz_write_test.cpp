#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/npy.h"
#include "gradus/data/npz.h"
#include "gradus/data/zip.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using testing::ElementsAre;

TEST(NpzWriting, ReadsBackWhatItWrote) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "a.npz";
  const Tensor matrix{.shape = {2, 3}, .values = std::vector<float>{1, 2, 3, 4, 5, 6.5}};
  const Tensor number{.shape = {}, .values = std::vector<double>{0.1}};
  const Tensor nothing{.shape = {0, 4}, .values = std::vector<float>{}};
  const std::vector<std::pair<std::string, std::string>> entries = {{"m.npy", format_npy(matrix)},
                                                                    {"n.npy", format_npy(number)},
                                                                    {"e.npy", format_npy(nothing)},
                                                                    {"t.npy", format_npy("Z\u00fcrich")}};
  write_file_atomically(path, format_zip(entries));
  const auto arrays = read_npz(path);
  EXPECT_THAT(arrays.at("m").shape, ElementsAre(2, 3));
  EXPECT_THAT(std::get<SharedArray<float>>(arrays.at("m").values), ElementsAre(1, 2, 3, 4, 5, 6.5));
  EXPECT_THAT(std::get<SharedArray<double>>(arrays.at("n").values), ElementsAre(0.1));
  EXPECT_THAT(arrays.at("e").shape, ElementsAre(0, 4));
  EXPECT_THAT(std::get<std::vector<std::string>>(arrays.at("t").values), ElementsAre("Z\u00fcrich"));
}

TEST(NpzWriting, ValuesOfAnArrayAreAligned) {
  const std::string array = format_npy(Tensor{.shape = {3}, .values = std::vector<double>{1, 2, 3}});
  EXPECT_EQ((array.size() - 3 * sizeof(double)) % 64, 0u);
  EXPECT_EQ(array[array.size() - 3 * sizeof(double) - 1], '\n');
}

TEST(NpzWriting, MoreEntriesThanTheFormatCountsAreRefused) {
  const std::vector<std::pair<std::string, std::string>> entries(65'536);
  EXPECT_THAT(
      [&] { (void)format_zip(entries); },
      testing::ThrowsMessage<Error>("writing a zip file: 65536 entries of 0 bytes; at most 65,535 of 2 "
                                    "GiB are written; write .safetensors"));
}

TEST(NpzWriting, NumpyReadsIt) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "a.npz";
  const Tensor matrix{.shape = {2, 2}, .values = std::vector<float>{1, 2, 3, 4.5}};
  const std::vector<std::pair<std::string, std::string>> entries = {
      {"0.weight.npy", format_npy(matrix)}, {"metadata.npy", format_npy("{\"a\":1}")}};
  write_file_atomically(path, format_zip(entries));
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "no python3 with NumPy";
  const std::string script =
      "import json, numpy as np, sys\nz = np.load(sys.argv[1])\n"
      "assert z['0.weight'].tolist() == [[1, 2], [3, 4.5]] and z['0.weight'].dtype == 'f4'\n"
      "assert json.loads(z['metadata'].item()) == {'a': 1}\n";
  const std::string program = folder.write("r.py", script).string();
  EXPECT_EQ(std::system(("/usr/bin/python3 " + program + " " + path.string()).c_str()), 0);
}

}  // namespace
}  // namespace gradus
