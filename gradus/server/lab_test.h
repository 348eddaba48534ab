// Routes asked without a socket, and a lab in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "gradus/server/lab.h"
#include "tests/support/test_support.h"

namespace gradus::server {

inline HttpResponse ask(const Routes& routes, std::string method, std::string path, std::string body = "",
                        FieldMap query = {}) {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.query = std::move(query);
  request.body = std::move(body);
  return routes.answer(std::move(request));
}

class LabTest : public testing::Test {
 protected:
  LabTest() : lab_(LabOptions{folder_.path(), {}}), routes_(lab_.routes()) {}

  HttpResponse ask(std::string method, std::string path, FieldMap query = {}, std::string body = "") {
    return server::ask(routes_, std::move(method), std::move(path), std::move(body), std::move(query));
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
