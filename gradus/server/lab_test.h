// A lab in a folder of its own whose routes are asked without a socket.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "gradus/server/lab.h"
#include "tests/support/test_support.h"

namespace gradus::server {

class LabTest : public testing::Test {
 protected:
  LabTest() : lab_(LabOptions{folder_.path(), {}}), routes_(lab_.routes()) {}

  HttpResponse ask(std::string method, std::string path, FieldMap query = {}, std::string body = "") {
    HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.query = std::move(query);
    request.body = std::move(body);
    return routes_.answer(std::move(request));
  }
  // Of what must be answered.
  nlohmann::json get(std::string path, FieldMap query = {}) {
    const HttpResponse response = ask("GET", std::move(path), std::move(query));
    EXPECT_EQ(response.status, 200) << response.body;
    return nlohmann::json::parse(response.body);
  }

  test::TemporaryFolder folder_;
  Lab lab_;
  Routes routes_;
};

}  // namespace gradus::server
