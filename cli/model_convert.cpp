// gradus model convert: a model file of one format as one of another.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/model_commands.h"
#include "gradus/core/error.h"
#include "gradus/formats/c_source.h"
#include "gradus/formats/model_file.h"

namespace gradus::cli {

namespace {

struct ConvertOptions {
  ConvertPaths paths;
  ImportFlags import;
  CSourceFlags c_source;
  bool json = false;
};

// Written, read again as others will read it, and held against the golden vectors that it came with.
int write_and_read_again(Model model, const ConvertOptions& options, std::vector<std::string> notes) {
  const auto& [from, to] = options.paths;
  write_model(to, model, notes);
  std::vector<std::string> again;
  Model written = read_model(to, {}, again);
  if (!model.golden.empty()) written.golden = std::move(model.golden);
  const GoldenCheck after = check_golden(written, to);
  const bool held = after.first_difference() == nullptr;
  if (options.json) {
    const nlohmann::ordered_json line = {
        {"event", "convert"},        {"from", from}, {"to", to}, {"notes", notes},
        {"golden_rows", after.rows}, {"held", held}};
    print_line(line.dump());
  } else {
    for (const std::string& note : notes) print(wrapped(note + "\n", 2));
    print_line(to);
    print(golden_text(after));
  }
  return held ? kDone : kCheckFailed;
}

int convert(const ConvertOptions& options) {
  const auto& [from, to] = options.paths;
  check_writable_ending(to);
  if (options.c_source.given() && !is_c_source(to)) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("converting to {}: --numbers, --calibrate and --name are for C source; expected a "
                    "file that ends in .h or .c",
                    to));
  }
  std::vector<std::string> notes;
  Model model = read_model(from, options.import.options(), notes);
  const GoldenCheck before = check_golden(model, from);
  if (before.first_difference() != nullptr) {
    throw Error(
        ErrorCode::kBadData,
        fmt::format("converting {}: its golden vectors do not hold: {} differs; nothing is written; see "
                    "gradus model verify",
                    from, before.first_difference()->name));
  }
  if (!is_c_source(to)) return write_and_read_again(std::move(model), options, std::move(notes));
  convert_to_c(model, options.paths, options.c_source, std::move(notes), options.json);
  return kDone;
}

}  // namespace

void add_model_convert(Command& group, Outcome& outcome) {
  Command* command = group.add_command(
      "convert",
      "A model file as one of another format, by its ending: .safetensors, .npz, .onnx, and C "
      "source as .h or .c",
      "gradus model convert runs/1/model.safetensors digits.onnx\n"
      "  gradus model convert runs/1/model.safetensors digits.h --numbers int8\n"
      "  gradus model convert torch.safetensors mine.safetensors --activation tanh");
  const auto options = std::make_shared<ConvertOptions>();
  command
      ->add_option("IN", options->paths.from, "the file to read: gradus's own, or weights of another program")
      ->required();
  command->add_option("OUT", options->paths.to, "the file to write")->required();
  options->import.add_to(*command);
  options->c_source.add_to(*command);
  command->add_flag("--json", options->json, "JSON on standard output");
  command->callback([options, &outcome] { outcome.status = convert(*options); });
}

}  // namespace gradus::cli
