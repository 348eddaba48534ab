#include "gradus/server/model_repository.h"

#include <gmock/gmock.h>

#include <fstream>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/formats/model_file.h"
#include "gradus/server/serve_test.h"

namespace gradus::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal_of(const std::vector<std::string>& words) {
  try {
    (void)model_files(words);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ModelFiles, AreCalledAsTheirFilesOrAsOneSays) {
  const std::vector<ModelFile> files =
      model_files({"runs/1/model.safetensors", "new=runs/2/model.safetensors", "a.b.onnx"});
  EXPECT_EQ(files[0].name, "model");
  EXPECT_EQ(files[1].name, "new");
  EXPECT_EQ(files[1].path, "runs/2/model.safetensors");
  EXPECT_EQ(files[2].name, "a.b");
  EXPECT_THAT(refusal_of({"1/model.npz", "2/model.npz"}), HasSubstr("'model' already"));
  EXPECT_THAT(refusal_of({"my model.npz"}), HasSubstr("NAME=my model.npz"));
  EXPECT_EQ(refusal_of({"mine=my model.npz"}), "");
}

TEST(ModelFiles, NamesNeedNoEscapes) {
  for (const std::string& name : {std::string("azAZ09._-"), std::string(100, 'n'), std::string("-")}) {
    EXPECT_EQ(model_files({name + "=a b.npz"})[0].name, name);
    EXPECT_EQ(model_files({name + ".npz"})[0].name, name);
  }
  for (const std::string& name :
       {std::string(), std::string(101, 'n'), std::string("a/b"), std::string("a:b"), std::string("a@b"),
        std::string("a[b"), std::string("a`b"), std::string("a{b"), std::string("caf\xc3\xa9"),
        std::string("a\nb"), std::string("a\"b")}) {
    const std::string message = refusal_of({name + "=my model.npz"});
    EXPECT_THAT(message, HasSubstr("is no name for a model; expected letters, digits, '.', '_' and '-'"))
        << name;
  }
}

// One model, "houses", and what is said of it.
class Repository : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "houses.safetensors";
  std::vector<std::string> log_;

  std::unique_ptr<ModelRepository> open() {
    return std::make_unique<ModelRepository>(std::vector<ModelFile>{{"houses", path_}},
                                             [this](const std::string& line) { log_.push_back(line); });
  }
  static double prediction(const ServedModel& model) {
    const std::vector<double> row(model.predictor.features(), 1.0);
    double value = 0;
    model.doubles.predict({row.data(), 1, row.size()}, {&value, 1, 1});
    return value;
  }
};

TEST_F(Repository, TakesAReplacedFile) {
  save_model(path_, trained_houses(1));
  const auto repository = open();
  const auto before = repository->find("houses");
  repository->refresh();
  EXPECT_EQ(repository->find("houses"), before);

  save_model(path_, trained_houses(2));
  repository->refresh();
  const auto after = repository->find("houses");
  EXPECT_EQ(after->version, "2");
  EXPECT_NE(prediction(*after), prediction(*before));  // who holds the old one goes on with it
  EXPECT_EQ(before->version, "1");
  EXPECT_THAT(log_, ElementsAre(HasSubstr("houses: version 2 from ")));
  EXPECT_EQ(repository->metrics()[0].metrics->replaced, 1u);
}

TEST_F(Repository, KeepsTheOldModelWhereTheNewOneIsBad) {
  save_model(path_, trained_houses(1));
  const auto repository = open();
  const auto before = repository->find("houses");
  std::string damaged = read_file(path_);
  damaged[damaged.size() - 1] ^= 0x10;
  write_file_atomically(path_, damaged);
  repository->refresh();
  repository->refresh();  // said once
  EXPECT_EQ(repository->find("houses"), before);
  std::filesystem::remove(path_);
  repository->refresh();
  repository->refresh();
  EXPECT_THAT(log_, ElementsAre(HasSubstr("version 1 is kept: "), HasSubstr("is gone")));
  EXPECT_EQ(repository->metrics()[0].metrics->refused, 1u);

  save_model(path_, trained_houses(2));
  repository->refresh();
  EXPECT_EQ(repository->find("houses")->version, "2");
}

// Weights that are whole and yet not those that the golden vectors were made with.
TEST_F(Repository, RefusesAModelThatFailsItsGoldenVectors) {
  Model model = trained_houses(1);
  save_model(path_, model);
  std::string text = read_file(path_);
  const std::size_t stage = text.find("values");
  ASSERT_NE(stage, std::string::npos);
  const std::size_t digit = text.find_first_of("123456789", text.find('[', stage));
  text[digit] = text[digit] == '9' ? '8' : static_cast<char>(text[digit] + 1);
  write_file_atomically(path_, text);
  try {
    (void)open();
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("golden vectors"));
  }
}

TEST_F(Repository, ServesEveryFormat) {
  const test::TemporaryFolder folder;
  const Model model = trained_houses(1);
  std::vector<ModelFile> files;
  std::vector<std::string> notes;
  for (const char* ending : {"safetensors", "npz", "onnx"}) {
    files.push_back({ending, folder.path() / ("m." + std::string(ending))});
    write_model(files.back().path, model, notes);
  }
  const ModelRepository repository(files, [](const std::string&) {});
  const double expected = prediction(*repository.find("safetensors"));
  for (const auto& served : repository.all()) {
    EXPECT_EQ(served->platform, "gradus_" + served->name);
    EXPECT_EQ(prediction(*served), expected) << served->name;
  }
}

}  // namespace
}  // namespace gradus::server
