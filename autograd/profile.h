// Where time goes: by op and by the line of yours that called it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gradtape/autograd/device.h>
#include <gradtape/autograd/location.h>

namespace gradtape {

// One op's work as called from one line, summed up.
struct ProfileRow {
  std::string op;     // with " backward" behind it where a backward pass did it
  Location line;
  std::int64_t calls;
  double seconds;
  double bytes;  // of all tensors read and written, once a call each
  double flops;  // operations on numbers
  Device device;
};

// A scope: while it lives, what this thread's ops do to elements is timed. Each launch on a device is waited for, so
// that the time is its own. What a captured program does again counts as one op, "program". Costs nothing while none
// lives.
class [[nodiscard]] Profile {
 public:
  Profile();
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  // The longest first.
  std::vector<ProfileRow> rows() const;
  // The same for a person: time, share, calls, GB/s, GFLOP/s and, as a share of the time taken, the least time that the
  // device needs for these bytes or operations (its roofline in float32, measured at the first call). What lies in a
  // cache may be faster. Throws TapeError inside a capture.
  std::string table() const;
  // All calls in order, for chrome://tracing or ui.perfetto.dev. Throws FileError.
  void write_trace(const std::string& path, Location at = Location::current()) const;

 private:
  class Clock;
  std::unique_ptr<Clock> clock_;
};

}  // namespace gradtape
