// A group of one: nothing to send, nothing to wait for.
#include <cstdlib>

#include "gradus/core/error.h"
#include "gradus/dist/process_group.h"

namespace gradus {

namespace {

class NoMessages : public MessageSet {
 public:
  void send(std::size_t, int, std::span<const std::byte>) override { refuse(); }
  void receive(std::size_t, int, std::span<std::byte>) override { refuse(); }
  bool done() override { return true; }
  void wait() override {}

 private:
  [[noreturn]] static void refuse() {
    throw InternalError("a process that is alone has no other to talk to");
  }
};

class SingleProcess : public ProcessGroup {
 public:
  [[nodiscard]] std::size_t rank() const override { return 0; }
  [[nodiscard]] std::size_t size() const override { return 1; }
  [[nodiscard]] std::string name() const override { return "process 0 of 1"; }
  [[nodiscard]] bool shares_machine() const override { return true; }
  std::unique_ptr<MessageSet> messages() override { return std::make_unique<NoMessages>(); }
  void gather(std::span<std::byte>, std::span<const std::size_t>) override {}
  unsigned bits_of_any(unsigned mine) override { return mine; }
  void abort(int status) override { std::_Exit(status); }
};

}  // namespace

ProcessGroup& alone() {
  static SingleProcess group;
  return group;
}

}  // namespace gradus
