// Models: files of every format, predictions, parameters as views, golden vectors.
#include <fmt/format.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/formats/model_content.h"
#include "gradus/formats/model_file.h"
#include "gradus/formats/sequential.h"
#include "python/arrays.h"
#include "python/bindings.h"
#include "python/figures.h"

namespace gradus::python {
namespace {

using Notes = std::vector<std::string>;
using Names = std::vector<std::string>;

ImportOptions options_of(const Names& activations, const std::optional<std::string>& loss,
                         const Names& classes) {
  ImportOptions options;
  for (const std::string& name : activations) options.activations.push_back(activation_from_name(name));
  if (loss) options.loss = loss_from_name(*loss);
  options.classes = classes;
  return options;
}

nb::tuple read(const std::string& path, const Names& activations, const std::optional<std::string>& loss,
               const Names& classes) {
  Notes notes;
  Model model = [&] {
    const nb::gil_scoped_release released;
    return read_model(path, options_of(activations, loss, classes), notes);
  }();
  return nb::make_tuple(std::move(model), notes);
}

template <class T>
using AnyShape = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;

// Tensors under PyTorch's names and with its shapes, as if a file had held them.
template <class T>
nb::tuple from_tensors(const std::vector<std::pair<std::string, AnyShape<T>>>& tensors,
                       const Names& activations, const std::optional<std::string>& loss,
                       const Names& classes) {
  Safetensors content;
  for (const auto& [name, array] : tensors) {
    Tensor& tensor = content.tensors.emplace_back(name, Tensor()).second;
    for (std::size_t i = 0; i < array.ndim(); ++i) tensor.shape.push_back(array.shape(i));
    tensor.values = std::vector<T>(array.data(), array.data() + array.size());
  }
  const std::string source = "the arrays";
  const ImportOptions options = options_of(activations, loss, classes);
  Notes notes;
  Model model = make_model(read_sequential(content, options, source, notes), options, source, notes);
  return nb::make_tuple(std::move(model), notes);
}

Notes write(const Model& model, const std::string& path) {
  Notes notes;
  write_model(path, model, notes);
  return notes;
}

nb::ndarray<nb::numpy, double> predict(const Model& model, const Table& table) {
  Predictions made;
  {
    const nb::gil_scoped_release released;
    made = predictions(model, apply(model.transform, model.target, table, false));
  }
  return array_of(std::move(made.values), {made.rows, made.cols});
}

nb::dict evaluate(const Model& model, const Table& table) {
  Dataset data;
  Predictions made;
  PartFigures loss;
  {
    const nb::gil_scoped_release released;
    data = apply(model.transform, model.target, table, true);
    made = predictions(model, data);
    loss = figures(model, data);
  }
  nb::dict report;
  report["rows"] = data.size();
  report["loss"] = loss.loss;
  report.update(report_of(made, data, model.target));
  return report;
}

// Views that keep the model alive, in PyTorch's shapes: weights (outputs, inputs), although they lie the other way round.
nb::list parameters(nb::handle self) {
  const auto& model = nb::cast<const Model&>(self);
  nb::list views;
  std::visit(
      [&]<class T>(const AlignedBuffer<T>& block) {
        for (const ParameterInfo& info : parameter_table(model.network).tensors) {
          const std::vector<std::size_t> shape = file_shape(info);
          const std::vector<std::int64_t> strides =
              shape.size() == 2 ? std::vector<std::int64_t>{1, static_cast<std::int64_t>(info.cols)}
                                : std::vector<std::int64_t>{1};
          const nb::ndarray<nb::numpy, const T> view(block.span().data() + info.offset, shape.size(),
                                                     shape.data(), self, strides.data());
          views.append(nb::make_tuple(info.name, view, info.is_buffer));
        }
      },
      model.parameters);
  return views;
}

nb::list layers(const Model& model) {
  nb::list list;
  for (const LayerSpec& layer : model.network.layers) {
    nb::dict described;
    described["kind"] = std::string(name_of(layer));
    if (layer.kind == LayerKind::kDense) {
      described["outputs"] = layer.outputs;
      described["bias"] = layer.bias;
    }
    if (layer.kind == LayerKind::kDropout) described["rate"] = layer.rate;
    list.append(described);
  }
  return list;
}

nb::dict dict_of(const GoldenCheck& check) {
  nb::list stages;
  for (const StageCheck& stage : check.stages) {
    nb::dict row;
    row["stage"] = stage.name;
    row["held"] = stage.held;
    row["largest_difference"] = stage.largest_difference;
    row["largest"] = stage.largest;
    row["row"] = stage.row;
    row["unit"] = stage.unit;
    row["expected"] = stage.expected;
    row["actual"] = stage.actual;
    stages.append(row);
  }
  nb::dict result;
  result["rows"] = check.rows;
  result["exact"] = check.exact;
  result["stages"] = stages;
  return result;
}

nb::dict verify(const Model& model, const std::string& source) {
  GoldenCheck check;
  {
    const nb::gil_scoped_release released;
    check = check_golden(model, source);
  }
  return dict_of(check);
}

// With the golden vectors of the model that this one was converted from, where that has some.
nb::dict verify_against(Model& model, const Model& origin, const std::string& source) {
  if (!origin.golden.empty()) model.golden = origin.golden;
  return verify(model, source);
}

nb::bytes to_bytes(const Model& model) {
  const std::string content = format_safetensors(content_of(model));
  return nb::bytes(content.data(), content.size());
}

Model from_bytes(const nb::bytes& content) {
  return model_from(parse_safetensors({content.c_str(), content.size()}, "the pickled network"),
                    "the pickled network");
}

void def_properties(nb::class_<Model>& model) {
  model.def_prop_ro("inputs", [](const Model& m) { return m.network.inputs; })
      .def_prop_ro("task", [](const Model& m) { return std::string(name_of(m.target.task)); })
      .def_prop_ro("target", [](const Model& m) { return m.target.name; })
      .def_prop_ro("classes", [](const Model& m) { return m.target.classes; })
      .def_prop_ro("loss", [](const Model& m) { return std::string(name_of(m.loss.kind)); })
      .def_prop_ro("columns",
                   [](const Model& m) {
                     Names names;
                     for (const InputColumn& column : m.transform.inputs) names.push_back(column.name);
                     return names;
                   })
      .def_prop_ro("block_features", [](const Model& m) { return m.transform.block_features; })
      .def_prop_ro("block_prefix", [](const Model& m) { return m.transform.block_prefix; })
      .def_prop_ro(
          "picture_shape",
          [](const Model& m) { return std::pair(m.transform.picture_rows, m.transform.picture_cols); })
      .def_prop_ro("is_double", [](const Model& m) { return is_double(m); })
      .def_prop_ro("weights_sha256", [](const Model& m) { return weights_sha256(m); })
      .def_ro("data_sha256", &Model::data_sha256)
      .def_ro("config", &Model::config)
      .def_ro("metrics", &Model::metrics)
      .def_ro("numerics_version", &Model::numerics_version)
      .def_prop_ro("summary", [](const Model& m) { return summary(m.network, m.transform.ones_column); });
}

}  // namespace

void bind_models(nb::module_& module) {
  nb::class_<Model> model(module, "Model");
  def_properties(model);
  const auto released = nb::call_guard<nb::gil_scoped_release>();
  model
      .def_static("read", &read, nb::arg("path"), nb::arg("activations"), nb::arg("loss").none(),
                  nb::arg("classes"))
      .def_static("from_floats", &from_tensors<float>, nb::arg("tensors"), nb::arg("activations"),
                  nb::arg("loss").none(), nb::arg("classes"))
      .def_static("from_doubles", &from_tensors<double>, nb::arg("tensors"), nb::arg("activations"),
                  nb::arg("loss").none(), nb::arg("classes"))
      .def("to_bytes", &to_bytes)
      .def_static("from_bytes", &from_bytes, nb::arg("content"))
      .def("write", &write, nb::arg("path"), released)
      .def("predict", &predict, nb::arg("table"))
      .def("evaluate", &evaluate, nb::arg("table"))
      .def("parameters", [](nb::handle_t<Model> self) { return parameters(self); })
      .def("layers", &layers)
      .def("verify", &verify, nb::arg("source"))
      .def("verify_against", &verify_against, nb::arg("origin"), nb::arg("source"));
  module.def(
      "check_writable_ending", [](const std::string& path) { check_writable_ending(path); }, nb::arg("path"));
}

}  // namespace gradus::python
