// The flags of every field of RunConfig, made from its table.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "gradus/data/source.h"
#include "gradus/train/run_config.h"

namespace gradus::cli {

struct RunFlags {
  std::string data;                          // the positional DATA
  std::string config_file;                   // --config
  std::string data_folder;                   // --data-dir
  std::map<std::string, std::string> given;  // field name -> text, of the flags that were given

  // Adds --config, --data-dir and one flag per field.
  void add_to(Command& command);

  // The file first, then the flags. Throws Error(kBadConfiguration).
  [[nodiscard]] RunConfig config() const;
  // --data-dir, else $GRADUS_DATA, else the user's cache directory.
  [[nodiscard]] SourceOptions source() const;
};

// --data-dir alone, for commands that read data but take no configuration.
void add_data_folder(Command& command, std::string& folder);
[[nodiscard]] SourceOptions source_options(const std::string& data_folder);

}  // namespace gradus::cli
