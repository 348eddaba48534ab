// Small models behind the routes of `gradus serve`, asked without a socket.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gradus/data/table.h"
#include "gradus/formats/model_fixture.h"
#include "gradus/server/serve.h"
#include "tests/support/test_support.h"

namespace gradus::server {

// A regression of the last column on the others.
[[nodiscard]] Model trained_on(const Table& table, std::int64_t seed = 0);
// "houses": area, colour and garden to price; "digits": 64 pixels to 10 classes.
[[nodiscard]] Model trained_houses(std::int64_t seed = 0);

// Ten rows of a block (x0, x1) beside the column "town", and a price.
[[nodiscard]] Table block_beside_towns();

class ServeTest {
 public:
  // Names of models of which files lie in folder().
  explicit ServeTest(const std::vector<std::string>& names = {"digits", "houses"});
  ServeTest(const std::string& name, const Model& model);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return folder() / (name + ".safetensors");
  }
  [[nodiscard]] Serve& serve() { return *serve_; }
  [[nodiscard]] HttpResponse get(const std::string& path) const;
  [[nodiscard]] HttpResponse post(const std::string& path, const std::string& body,
                                  const FieldMap& headers = {}) const;
  // Of an answer of 200; the test fails for others.
  [[nodiscard]] nlohmann::json get_json(const std::string& path) const;
  [[nodiscard]] nlohmann::json post_json(const std::string& path, const nlohmann::json& body) const;
  // "error" of an answer of that status.
  [[nodiscard]] std::string refusal(const std::string& path, const std::string& body, int status = 400,
                                    const FieldMap& headers = {}) const;

 private:
  void open(const std::vector<std::string>& names);

  test::TemporaryFolder folder_;
  std::unique_ptr<Serve> serve_;
  Routes routes_;
};

}  // namespace gradus::server
