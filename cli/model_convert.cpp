// gradus model convert: a model file of one format as one of another.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/model_commands.h"
#include "gradus/core/error.h"
#include "gradus/formats/model_file.h"

namespace gradus::cli {

namespace {

struct ConvertOptions {
  std::string from;
  std::string to;
  ImportFlags import;
  bool json = false;
};

// Written, read again as others will read it, and held against the golden vectors that it came with.
int convert(const ConvertOptions& options) {
  check_writable_ending(options.to);
  std::vector<std::string> notes;
  Model model = read_model(options.from, options.import.options(), notes);
  const GoldenCheck before = check_golden(model, options.from);
  if (before.first_difference() != nullptr) {
    throw Error(
        ErrorCode::kBadData,
        fmt::format("converting {}: its golden vectors do not hold: {} differs; nothing is written; see "
                    "gradus model verify",
                    options.from, before.first_difference()->name));
  }
  write_model(options.to, model, notes);
  std::vector<std::string> again;
  Model written = read_model(options.to, {}, again);
  if (before.rows > 0) written.golden = std::move(model.golden);
  const GoldenCheck after = check_golden(written, options.to);
  const bool held = after.first_difference() == nullptr;
  if (options.json) {
    const nlohmann::ordered_json line = {{"event", "convert"},        {"from", options.from},
                                         {"to", options.to},          {"notes", notes},
                                         {"golden_rows", after.rows}, {"held", held}};
    print_line(line.dump());
  } else {
    for (const std::string& note : notes) print_line(note);
    print_line(options.to);
    print(golden_text(after));
  }
  return held ? kDone : kCheckFailed;
}

}  // namespace

void add_model_convert(CLI::App& group, Outcome& outcome) {
  CLI::App* command = add_command(
      group, "convert", "A model file as one of another format, by its ending: .safetensors, .npz, .onnx",
      "gradus model convert runs/1/model.safetensors digits.onnx\n"
      "  gradus model convert torch.safetensors mine.safetensors --activation tanh");
  const auto options = std::make_shared<ConvertOptions>();
  command->add_option("IN", options->from, "the file to read: gradus's own, or weights of another program")
      ->required();
  command->add_option("OUT", options->to, "the file to write")->required();
  options->import.add_to(*command);
  command->add_flag("--json", options->json, "JSON on standard output");
  command->callback([options, &outcome] { outcome.status = convert(*options); });
}

}  // namespace gradus::cli
