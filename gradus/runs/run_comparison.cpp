#include "gradus/runs/run_comparison.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "gradus/runs/run_summary.h"
#include "gradus/train/run_config.h"

namespace gradus {

namespace {

using nlohmann::json;

struct Compared {
  RunRecord run;
  json configuration;
  Environment environment;
};

template <class Value>
void add_if_different(std::vector<RunDifference>& found, const std::string& name,
                      const std::vector<Compared>& runs, const Value& value) {
  std::vector<json> values;
  values.reserve(runs.size());
  for (const Compared& run : runs) values.push_back(value(run));
  const auto same = [&](const json& each) { return each == values.front(); };
  if (std::ranges::all_of(values, same)) return;
  RunDifference difference{name, {}};
  for (const json& each : values)
    difference.values.push_back(each.dump(-1, ' ', false, json::error_handler_t::replace));
  found.push_back(std::move(difference));
}

}  // namespace

RunDifferences differences(const RunStore& store, std::span<const std::uint64_t> ids) {
  std::vector<Compared> runs;
  for (const std::uint64_t id : ids) {
    runs.push_back(
        {store.record(id), json::parse(store.configuration(id), nullptr, false), store.environment(id)});
  }
  RunDifferences found;
  if (runs.empty()) return found;
  for (const Field& field : fields()) {
    const std::string name(field.name);
    add_if_different(found.configuration, name, runs, [&](const Compared& each) {
      return each.configuration.is_object() ? each.configuration.value(name, json()) : json();
    });
  }
  add_if_different(found.other, "data_hash", runs, [](const Compared& each) { return each.run.data_hash; });
  add_if_different(found.other, "weights_sha256", runs,
                   [](const Compared& each) { return each.run.weights_sha256; });
  const auto names = environment_fields(runs.front().environment);
  for (std::size_t i = 0; i < names.size(); ++i) {
    add_if_different(found.other, names[i].first, runs,
                     [i](const Compared& each) { return environment_fields(each.environment)[i].second; });
  }
  return found;
}

std::string without_seed(std::string_view configuration) {
  json object = json::parse(configuration, nullptr, false);
  if (!object.is_object()) return std::string(configuration);
  object.erase("seed");
  object.erase("threads");
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace gradus
