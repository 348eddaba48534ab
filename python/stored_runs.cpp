// The store of runs: lists, records, series; tags, notes, deletion.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "gradus/runs/run_store.h"
#include "python/bindings.h"
#include "python/figures.h"

namespace gradus::python {
namespace {

nb::dict dict_of(const RunRecord& run) {
  nb::dict record;
  record["id"] = run.id;
  record["name"] = run.name;
  record["study"] = run.study;
  record["contender"] = run.contender;
  record["replicate"] = run.replicate;
  record["seed"] = run.seed;
  record["data"] = run.data;
  record["network"] = run.network;
  record["parameters"] = run.parameters;
  record["status"] = std::string(name_of(run.status));
  record["stop_reason"] = run.stop_reason;
  record["started"] = run.started;
  record["finished"] = run.finished;
  record["epochs"] = run.epochs;
  record["steps"] = run.steps;
  record["seconds"] = run.seconds;
  record["weights_sha256"] = run.weights_sha256;
  record["tags"] = run.tags;
  record["note"] = run.note;
  record["error"] = run.error;
  record["model"] = run.model;
  record["folder"] = run.folder.string();
  return record;
}

// A record with the figures of `metrics` behind it: of the kept weights where they are known, else the last ones.
nb::list list(const RunStore& store, const std::string& filter, const std::vector<std::string>& tags,
              const std::string& sort, bool reverse, std::size_t limit,
              const std::vector<std::string>& metrics) {
  RunQuery query;
  query.filter = filter;
  query.tags = tags;
  query.sort = sort;
  query.reverse = reverse;
  query.limit = limit;
  query.metrics = metrics;
  nb::list rows;
  for (const RunRow& row : store.list(query)) {
    nb::dict record = dict_of(row.run);
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      const std::optional<SeriesFigures>& figures = row.metrics[i];
      record[metrics[i].c_str()] = !figures         ? nb::none()
                                   : figures->final ? nb::cast(*figures->final)
                                                    : nb::cast(figures->last);
    }
    rows.append(record);
  }
  return rows;
}

}  // namespace

void bind_stored_runs(nb::module_& module) {
  nb::class_<RunStore>(module, "RunStore")
      .def_static(
          "open", [](const std::string& folder) { return RunStore::open_existing(folder); },
          nb::arg("folder"))
      .def("select", &list, nb::arg("filter"), nb::arg("tags"), nb::arg("sort"), nb::arg("reverse"),
           nb::arg("limit"), nb::arg("metrics"))
      .def(
          "record", [](const RunStore& store, std::uint64_t id) { return dict_of(store.record(id)); },
          nb::arg("id"))
      .def("configuration", &RunStore::configuration, nb::arg("id"))
      .def(
          "series", [](const RunStore& store, std::uint64_t id) { return dict_of(store.series(id)); },
          nb::arg("id"))
      .def("series_names", &RunStore::series_names)
      .def("tag", &RunStore::tag, nb::arg("id"), nb::arg("tag"))
      .def("untag", &RunStore::untag, nb::arg("id"), nb::arg("tag"))
      .def("set_note", &RunStore::set_note, nb::arg("id"), nb::arg("note"))
      .def("remove", &RunStore::remove, nb::arg("id"));
}

}  // namespace gradus::python
