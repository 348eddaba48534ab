#include "gradus/c/gradus.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gradus/data/source.h"
#include "gradus/formats/model_fixture.h"
#include "gradus/formats/model_predictor.h"
#include "tests/support/allocation_count.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using Handle = std::unique_ptr<gradus_model, decltype(&gradus_free)>;

// The digits' network, loaded here and there.
class CInterface : public testing::Test {
 protected:
  CInterface()
      : path_(save()),
        c_(gradus_load(path_.c_str()), &gradus_free),
        cpp_(Model::load(path_)),
        rows_(64 * kRows) {
    const Features digits = encode(cpp_.model().transform, load_table("digits"));
    for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i] = static_cast<float>(digits.at(i / 64, i % 64));
  }

  template <class Stored>
  [[nodiscard]] std::vector<double> of_cpp(const std::vector<Stored>& rows) const {
    std::vector<double> result(kRows * 10);
    cpp_.predict(MatrixView<const Stored>(rows.data(), kRows, 64), {result.data(), kRows, 10});
    return result;
  }

  static constexpr std::size_t kRows = 300;
  test::TemporaryFolder folder_;
  std::string path_;
  Handle c_;
  ModelPredictor cpp_;
  std::vector<float> rows_;

 private:
  std::string save() const {
    const std::filesystem::path path = folder_.path() / "digits.safetensors";
    save_model(path, test::trained_digits());
    return path.string();
  }
};

TEST_F(CInterface, GivesTheBitsOfCpp) {
  ASSERT_NE(c_, nullptr) << gradus_last_error();
  std::vector<double> result(kRows * 10);
  ASSERT_EQ(gradus_predict(c_.get(), rows_.data(), kRows, result.data()), 0) << gradus_last_error();
  EXPECT_EQ(result, of_cpp(rows_));
  std::vector<double> doubles(rows_.size());
  for (std::size_t i = 0; i < doubles.size(); ++i) doubles[i] = rows_[i] + 0.1;
  ASSERT_EQ(gradus_predict_double(c_.get(), doubles.data(), kRows, result.data()), 0) << gradus_last_error();
  EXPECT_EQ(result, of_cpp(doubles));
}

TEST_F(CInterface, TellsWhatGoesInAndComesOut) {
  EXPECT_EQ(gradus_feature_count(c_.get()), 64u);
  EXPECT_EQ(gradus_output_count(c_.get()), 10u);
  EXPECT_STREQ(gradus_feature_name(c_.get(), 63), "pixel63");
  EXPECT_EQ(gradus_feature_name(c_.get(), 64), nullptr);
  EXPECT_STREQ(gradus_class_name(c_.get(), 9), "9");
  EXPECT_EQ(gradus_class_name(c_.get(), 10), nullptr);
  EXPECT_STREQ(gradus_target_name(c_.get()), "digit");
}

TEST_F(CInterface, AllocatesNothingOnceWarm) {
  if (!test::counts_allocations()) GTEST_SKIP() << "a sanitizer owns operator new";
  std::vector<double> result(10);
  (void)gradus_predict(c_.get(), rows_.data(), 1, result.data());
  const std::size_t before = test::allocation_count();
  (void)gradus_predict(c_.get(), rows_.data() + 64, 1, result.data());
  EXPECT_EQ(test::allocation_count() - before, 0u);
}

TEST_F(CInterface, KeepsTheLastErrorOfEachThread) {
  std::thread([] { EXPECT_STREQ(gradus_last_error(), ""); }).join();
  EXPECT_EQ(gradus_load("absent.safetensors"), nullptr);
  EXPECT_NE(std::string(gradus_last_error()).find("absent.safetensors"), std::string::npos)
      << gradus_last_error();
  double none = 0;
  EXPECT_EQ(gradus_predict(c_.get(), nullptr, 1, &none), -1);
  EXPECT_NE(std::string(gradus_last_error()).find("null pointer"), std::string::npos) << gradus_last_error();
  std::thread([] { EXPECT_STREQ(gradus_last_error(), ""); }).join();
  EXPECT_EQ(gradus_predict(c_.get(), nullptr, 0, nullptr), 0) << "no rows need no pointers";
}

TEST(CInterfaceAlone, FreesNothing) {
  gradus_free(nullptr);
  EXPECT_EQ(gradus_load(nullptr), nullptr);
  EXPECT_NE(std::string(gradus_version()), "");
}

}  // namespace
}  // namespace gradus
