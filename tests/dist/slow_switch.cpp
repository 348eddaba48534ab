// A switch between network namespaces whose cables are long and thin: a TUN device in each namespace, and this process carries the IPv4
// packets between them, each after the time that its bytes take on the sender's cable and the receiver's, and a latency. For kernels
// without netem. No packet is lost: the window of TCP bounds what is on its way.
//
//     slow_switch SECONDS BYTES_PER_SECOND DEVICE NAMESPACE...
//
// Host number k + 1 of a /24 network (10.0.0.1, 10.0.0.2 ...) is behind the k-th namespace. Prints "ready" once the devices are there; runs
// until it is ended, or its standard input.
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

constexpr std::size_t kLargestPacket = 65536;
constexpr std::size_t kLastByteOfTarget = 19;  // in the header of IPv4

struct Packet {
  Time due;
  std::vector<char> bytes;
};

struct Cable {
  int device = -1;
  Time sender_free;    // when the last packet from here has left
  Time receiver_free;  // when the last packet to here has arrived, but for the latency
  std::deque<Packet> leaving;
  std::deque<Packet> arriving;
};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "slow_switch: %s: %s\n", what.c_str(), std::strerror(errno));
  std::exit(1);
}

int device_in(const std::string& name, const std::string& space) {
  const int place = open(("/run/netns/" + space).c_str(), O_RDONLY | O_CLOEXEC);
  if (place < 0 || setns(place, CLONE_NEWNET) != 0) fail("entering the network namespace " + space);
  close(place);
  const int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (device < 0) fail("/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(device, TUNSETIFF, &request) != 0) fail("making the device " + name + " in " + space);
  return device;
}

class Switch {
 public:
  Switch(double latency, double rate) : latency_(latency), rate_(rate) {}

  void connect(int device) { cables_.emplace_back().device = device; }

  void run() {
    std::vector<pollfd> waits{{STDIN_FILENO, POLLIN, 0}};
    for (const Cable& cable : cables_) waits.push_back({cable.device, POLLIN, 0});
    while (waits[0].revents == 0) {
      for (Cable& cable : cables_) take_in(cable);
      const Time next = hand_over();
      timespec patience{};
      const auto wait = std::max(next - Clock::now(), Clock::duration::zero());
      patience.tv_sec = static_cast<time_t>(wait / std::chrono::seconds(1));
      patience.tv_nsec = static_cast<long>((wait % std::chrono::seconds(1)) / std::chrono::nanoseconds(1));
      if (ppoll(waits.data(), waits.size(), next == Time::max() ? nullptr : &patience, nullptr) < 0 &&
          errno != EINTR)
        fail("waiting for packets");
    }
  }

 private:
  [[nodiscard]] static Clock::duration duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  [[nodiscard]] Clock::duration on_the_cable(std::size_t bytes) const {
    return duration(static_cast<double>(bytes) / rate_);
  }

  void take_in(Cable& cable) {
    for (;;) {
      const ssize_t size = read(cable.device, buffer_.data(), buffer_.size());
      if (size <= 0) return;
      cable.sender_free =
          std::max(cable.sender_free, Clock::now()) + on_the_cable(static_cast<std::size_t>(size));
      cable.leaving.push_back({cable.sender_free, {buffer_.data(), buffer_.data() + size}});
    }
  }

  // Everything that is due; returns when the next packet is.
  Time hand_over() {
    const Time now = Clock::now();
    Time next = Time::max();
    for (Cable& cable : cables_) {
      for (; !cable.leaving.empty() && cable.leaving.front().due <= now; cable.leaving.pop_front())
        pass_on(std::move(cable.leaving.front()));
      if (!cable.leaving.empty()) next = std::min(next, cable.leaving.front().due);
    }
    for (Cable& cable : cables_) {
      for (; !cable.arriving.empty() && cable.arriving.front().due <= now; cable.arriving.pop_front()) {
        const std::vector<char>& bytes = cable.arriving.front().bytes;
        if (write(cable.device, bytes.data(), bytes.size()) < 0 && errno != EIO)
          fail("handing over a packet");
      }
      if (!cable.arriving.empty()) next = std::min(next, cable.arriving.front().due);
    }
    return next;
  }

  // The receiver's cable carries the bytes while the sender's does, unless it is busy with others.
  void pass_on(Packet packet) {
    const std::size_t size = packet.bytes.size();
    const bool version4 = size > kLastByteOfTarget && (packet.bytes[0] >> 4) == 4;
    const std::size_t host = version4 ? static_cast<unsigned char>(packet.bytes[kLastByteOfTarget]) : 0;
    if (host == 0 || host > cables_.size()) return;
    Cable& cable = cables_[host - 1];
    cable.receiver_free = std::max(packet.due, cable.receiver_free + on_the_cable(size));
    cable.arriving.push_back({cable.receiver_free + duration(latency_), std::move(packet.bytes)});
  }

  double latency_;
  double rate_;
  std::vector<Cable> cables_;
  std::vector<char> buffer_ = std::vector<char>(kLargestPacket);
};

}  // namespace

int main(int count, char** words) {
  const double latency = count > 4 ? std::atof(words[1]) : -1;
  const double rate = count > 4 ? std::atof(words[2]) : 0;
  if (latency < 0 || rate <= 0) {
    std::fprintf(stderr, "usage: slow_switch SECONDS BYTES_PER_SECOND DEVICE NAMESPACE...\n");
    return 2;
  }
  Switch all(latency, rate);
  for (int k = 4; k < count; ++k) all.connect(device_in(words[3], words[k]));
  // Before the processes that compute: the cables do not wait for a free core.
  const sched_param first{1};
  if (sched_setscheduler(0, SCHED_FIFO, &first) != 0) fail("asking to run before others");
  std::puts("ready");
  std::fflush(stdout);
  all.run();
}
