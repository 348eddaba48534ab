// A trained network as C99 for programs that have no gradus: constant tables and a function, no allocation, no input
// or output, raw numbers in, probabilities or a value out. One header in the way of the stb libraries, or a header and a
// source. Written, never read: a self-test made of the golden vectors stands in it (docs/models.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "gradus/core/matrix.h"
#include "gradus/formats/model.h"

namespace gradus {

// What the C computes with.
enum class CNumbers {
  kFloat,   // within 1e-6 of the library, but for normalizations of two or three units (docs/models.md)
  kDouble,  // of a double model alone: within 1e-9 of the library
  kInt8,    // weights and inputs of every layer in 8 bits, sums in 32; float between the layers
  kFixed,   // 16 bits, integers alone: for processors without a floating-point unit
};
// float double int8 fixed; an unknown name is Error(kBadConfiguration)
[[nodiscard]] std::string_view name_of(CNumbers numbers);
[[nodiscard]] CNumbers c_numbers_from_name(std::string_view name);
// Float or double, as the model is.
[[nodiscard]] CNumbers c_numbers_of(const Model& model);

// What stands in the files.
struct CSourceText {
  std::string header;
  std::string source;  // empty: the header is all
};

// A model made ready to be written as C.
class CSource {
 public:
  // `rows` (n, features): raw rows of the training part from which int8 and fixed take their ranges; float and double need none. A
  // double model is rounded to float for all but double. Throws Error(kUnsupported) for what these numbers cannot express, kBadData for
  // rows of another width or none where some are needed.
  CSource(const Model& model, CNumbers numbers, MatrixView<const float> rows = {});
  ~CSource();
  CSource(CSource&&) noexcept;
  CSource& operator=(CSource&&) noexcept;

  // What the compiled C gives for raw rows (n, features), computed by the same operations: of int8 and fixed every
  // bit, but for what a C library's exp or tanh rounds otherwise.
  [[nodiscard]] Predictions predictions(MatrixView<const float> rows) const;

  [[nodiscard]] std::size_t flash_bytes() const;  // of the tables
  [[nodiscard]] std::size_t ram_bytes() const;    // of the memory that the caller lends

  // `file` ends in .h, or in .c for a header beside it; `name` begins every identifier. Same model, same bytes.
  [[nodiscard]] CSourceText text(const std::string& file, const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Ends in .h or .c.
[[nodiscard]] bool is_c_source(const std::filesystem::path& path);
// From a file name: "my-net.h" is my_net.
[[nodiscard]] std::string c_name_of(const std::filesystem::path& file);
// Throws Error(kInvalidArgument) unless letters, digits and _ follow a letter, at most 40 in all.
void check_c_name(const std::string& name);
// The command that compiles and runs the self-test of a file that has one; `name` empty: as the file says, which is
// read then. Throws as read_file does.
[[nodiscard]] std::string c_self_test_command(const std::filesystem::path& file, std::string name = {});

// .h alone, or .c and .h, atomically; the name of the identifiers empty: from the file's.
void save_c_source(const std::filesystem::path& path, const CSource& source, const std::string& name = {});

}  // namespace gradus
