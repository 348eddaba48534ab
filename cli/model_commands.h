// The commands of `gradus model`, one file each, and the words that they share.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "gradus/formats/golden.h"
#include "gradus/formats/import_options.h"
#include "gradus/formats/model.h"

namespace gradus::cli {

void add_model_info(Command& group, Outcome& outcome);
void add_model_convert(Command& group, Outcome& outcome);
void add_model_verify(Command& group, Outcome& outcome);

// What a person says about weights of another program.
class ImportFlags {
 public:
  void add_to(Command& command);
  // Throws Error(kBadConfiguration) for an unknown name.
  [[nodiscard]] ImportOptions options() const;
  // A model of any format; what had to be assumed is said on standard error. Throws as read_model() does.
  [[nodiscard]] Model read(const std::string& path) const;

 private:
  std::vector<std::string> activations_;
  std::string loss_;
  std::vector<std::string> classes_;
};

struct ConvertPaths {
  std::string from;
  std::string to;
};

// What a person says about C source.
struct CSourceFlags {
  std::string numbers;  // empty: float or double, as the model is
  std::string calibrate;
  std::string name;
  std::string data_folder;

  void add_to(Command& command);
  [[nodiscard]] bool given() const;
};

// Writes, tries int8 and fixed on the data of the run, and prints what came of it.
void convert_to_c(const Model& model, const ConvertPaths& paths, const CSourceFlags& flags,
                  std::vector<std::string> notes, bool json);

// What golden vectors say, in lines: each stage, and the first that differs.
[[nodiscard]] std::string golden_text(const GoldenCheck& check);

}  // namespace gradus::cli
