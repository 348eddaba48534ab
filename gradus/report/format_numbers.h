// Numbers as people read them, and one form that loses nothing. Independent of the locale. A value that is
// not finite is "nan", "inf" or "-inf" where it is a number, "-" where it is a time.
#pragma once

#include <cstdint>
#include <string>

namespace gradus::report {

// The shortest decimal text that reads back as the same double: "0.1", "1e-12".
[[nodiscard]] std::string format_exact(double value);

// "0.1235" for decimals = 4; never "-0.0000".
[[nodiscard]] std::string format_fixed(double value, int decimals);

// A number as text with commas between its thousands: "-12,346.5".
[[nodiscard]] std::string grouped_digits(std::string number);

// `digits` significant digits without trailing zeros after the point: "0.1234", "12.35", "1.23e-7", "4.5e12".
// All digits before the point are kept below a million: "12346".
[[nodiscard]] std::string format_significant(double value, int digits = 4);

// "31,200"
[[nodiscard]] std::string format_count(std::uint64_t count);

// "97.5 %" for a share of 0.975.
[[nodiscard]] std::string format_percent(double share, int decimals = 1);

// How long something took: "350 µs", "12 ms", "0.8 s", "12.3 s", "1:05", "2:03:10".
[[nodiscard]] std::string format_duration(double seconds);

// A clock, steady in width while it counts down: "0:12", "1:05", "2:03:10".
[[nodiscard]] std::string format_clock(double seconds);

// "0 B", "999 B", "1.5 kB", "12.3 MB"; a kilobyte is 1,000 bytes.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

}  // namespace gradus::report
