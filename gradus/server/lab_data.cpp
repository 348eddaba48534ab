#include "gradus/server/lab_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/data/cells.h"
#include "gradus/data/column_profile.h"
#include "gradus/data/dataset.h"
#include "gradus/train/plan.h"
#include "gradus/train/streams.h"

namespace gradus::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostColumns = 200;
constexpr std::size_t kRows = 12;  // shown

HttpResponse answer(const Json& json) {
  return json_response(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json json_of(const Upload& upload) {
  return {{"id", upload.id}, {"name", upload.name}, {"bytes", upload.bytes}, {"path", upload.path.string()}};
}

HttpResponse list_data(const Uploads& uploads) {
  Json sets = Json::array();
  for (const BuiltIn& set : built_in_sets())
    sets.push_back({{"name", set.name}, {"description", set.description}});
  Json own = Json::array();
  for (const Upload& upload : uploads.all()) own.push_back(json_of(upload));
  return answer({{"sets", sets}, {"uploads", own}});
}

Json cell(const Column& column, std::size_t row) {
  if (column.kind == ColumnKind::kCategory) {
    const std::int32_t code = column.codes[row];
    return code < 0 ? Json() : Json(column.categories[static_cast<std::size_t>(code)]);
  }
  return column.numbers[row];  // a missing one is null
}

// The end of a line of decisions: what becomes of the column.
std::string fate(std::string_view line, const Column& column) {
  for (const std::string_view word :
       {std::string_view(column.name), std::string_view(internal::kind_text(column.kind))}) {
    line.remove_prefix(std::min(word.size(), line.size()));
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  }
  return std::string(line);
}

// Of each column but the target, in their order; Preparation::decisions has the parts, the target and the block before.
std::map<std::string, std::string> fates(const Table& table, const Preparation& made) {
  std::map<std::string, std::string> found;
  std::size_t line = table.block != nullptr ? 3 : 2;
  for (const Column& column : table.columns) {
    if (column.name == made.target.name || line >= made.decisions.size()) continue;
    found[column.name] = fate(made.decisions[line++], column);
  }
  return found;
}

Json columns_json(const Table& table, const Preparation& made) {
  std::map<std::string, std::string> becomes = fates(table, made);
  Json columns = Json::array();
  for (std::size_t i = 0; i < std::min(table.columns.size(), kMostColumns); ++i) {
    const Column& column = table.columns[i];
    const ColumnProfile figures = profile(column);
    Json counts = Json::array();
    for (const auto& [value, count] : figures.counts) counts.push_back({value, count});
    columns.push_back({{"name", column.name},
                       {"kind", internal::kind_text(column.kind)},
                       {"missing", column.missing},
                       {"distinct", figures.distinct},
                       {"mean", figures.mean},
                       {"deviation", figures.deviation},
                       {"low", figures.low},
                       {"high", figures.high},
                       {"histogram", figures.histogram},
                       {"counts", counts},
                       {"becomes", column.name == made.target.name ? "target" : becomes[column.name]}});
  }
  return columns;
}

Json rows_json(const Table& table) {
  Json rows = Json::array();
  for (std::size_t row = 0; row < std::min(table.rows, kRows); ++row) {
    Json cells = Json::array();
    for (std::size_t i = 0; i < std::min(table.columns.size(), kMostColumns); ++i)
      cells.push_back(cell(table.columns[i], row));
    rows.push_back(std::move(cells));
  }
  return rows;
}

// The dense block of features, which has no columns of its own: its first rows as pictures where they are such.
Json block_json(const Table& table) {
  if (table.block == nullptr) return {};
  const FeatureBlock& block = *table.block;
  Json pictures = Json::array();
  const std::size_t shown = block.picture_rows > 0 ? std::min(table.rows, kRows) : 0;
  for (std::size_t row = 0; row < shown; ++row) {
    std::visit(
        [&](const auto& values) {
          const auto* first = values.data() + row * block.cols;
          pictures.push_back(std::vector<double>(first, first + block.cols));
        },
        block.values);
  }
  return {{"prefix", block.prefix},
          {"columns", block.cols},
          {"picture_rows", block.picture_rows},
          {"picture_columns", block.picture_cols},
          {"pictures", pictures}};
}

Json balance_json(const Preparation& made) {
  Json balance = Json::array();
  std::vector<std::size_t> counts(made.target.classes.size());
  for (const Dataset* part : {&made.train, &made.validation, &made.test}) {
    for (const std::int32_t label : part->labels) ++counts[static_cast<std::size_t>(label)];
  }
  for (std::size_t i = 0; i < counts.size(); ++i) balance.push_back({made.target.classes[i], counts[i]});
  return balance;
}

Preparation prepared(const Table& table, const std::string& target) {
  RunConfig config;
  config.target = target;
  Streams streams(config);
  return prepare(table, preparation_spec(config, table), streams.split(), streams.labels());
}

HttpResponse preview(const Table& table, const std::string& target) {
  Preparation made;
  std::string problem;
  try {
    made = prepared(table, target);
  } catch (const Error& error) {  // the columns can be shown all the same
    problem = error.what();
  }
  Json json{{"rows", table.rows},
            {"columns_in_all", table.columns.size()},
            {"problem", problem},
            {"target", made.target.name},
            {"task", problem.empty() ? Json(name_of(made.target.task)) : Json()},
            {"notes", table.notes},
            {"warnings", made.warnings},
            {"columns", columns_json(table, made)},
            {"first_rows", rows_json(table)},
            {"block", block_json(table)}};
  if (problem.empty()) {
    json["parts"] = {
        {"train", made.train.size()}, {"validation", made.validation.size()}, {"test", made.test.size()}};
    json["features"] = made.transform.features();
    json["balance"] = balance_json(made);
  }
  return answer(json);
}

}  // namespace

std::string data_source(const std::string& name, const Uploads& uploads) {
  if (std::ranges::find(built_in_sets(), name, &BuiltIn::name) != built_in_sets().end()) return name;
  if (const std::optional<Upload> upload = uploads.find(name)) return upload->path.string();
  throw Error(
      ErrorCode::kBadConfiguration,
      fmt::format("setting data: got '{}'; expected a built-in set or a table that was uploaded: the lab "
                  "opens no other files, `gradus train` does",
                  name));
}

void add_data_routes(Routes& routes, const Uploads& uploads, const SourceOptions& source) {
  routes.get("/api/data", [&uploads](const HttpRequest&) { return list_data(uploads); });
  routes.post(
      "/api/data",
      [&uploads](const HttpRequest& request) {
        return answer(json_of(uploads.add(request.body, request.query_value("name"))));
      },
      Uploads::kLargest);
  routes.remove("/api/data/{set}", [&uploads](const HttpRequest& request) {
    uploads.remove(request.parameters.at(0));
    return list_data(uploads);
  });
  routes.get("/api/data/{set}/preview", [&uploads, source](const HttpRequest& request) {
    const Table table = load_table(data_source(request.parameters.at(0), uploads), source);
    return preview(table, std::string(request.query_value("target")));
  });
}

}  // namespace gradus::server
