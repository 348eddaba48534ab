// From what a person names to a Table: a built-in set, a .csv, a .npz, a folder of X.npy and
// y.npy, or a folder of IDX files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "gradus/data/table.h"

namespace gradus {

// What a name alone does not say about a source.
struct SourceOptions {
  // Where MNIST lies, in <data folder>/mnist; empty: default_data_folder().
  std::filesystem::path data_folder;
  std::uint64_t seed = 0;   // of the generated sets
  std::size_t samples = 0;  // of the generated sets; 0: their own default
  // Bytes of features that may be in memory at once; 0: all. Those of more stay in their files; CSV is brought into a
  // file of numbers in the cache folder first.
  std::size_t window = 0;
};

// A data set that the program carries, generates or knows where to find.
struct BuiltIn {
  std::string_view name;
  std::string_view description;  // "1,797 pictures of 8x8 digits, 10 classes"
};

// digits mnist synth xor spirals moons circles blobs
[[nodiscard]] std::span<const BuiltIn> built_in_sets();

// A name with a known built-in's is that one, anything with a '/' or a known ending is a path. Throws
// Error(kInvalidArgument) for an unknown name (nearest suggested, and the kinds of path that are understood),
// kNotFound, kFile or kBadData.
[[nodiscard]] Table load_table(const std::string& name, const SourceOptions& options = {});

// Whether load_table would read it as CSV: a file that ends in .csv, .tsv or .txt.
[[nodiscard]] bool is_csv_file(const std::string& name);

// $GRADUS_DATA is read by the command line and given as data_folder; this is the user's cache directory:
// $XDG_CACHE_HOME/gradus, else ~/.cache/gradus.
[[nodiscard]] std::filesystem::path default_data_folder();
// Where files of numbers are kept that were made of CSV files; it may be deleted at any time.
[[nodiscard]] std::filesystem::path table_cache_folder();

}  // namespace gradus
