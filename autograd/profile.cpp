#include <gradtape/autograd/profile.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/peaks.h>

namespace gradtape {
namespace {

using Now = std::chrono::steady_clock;
double seconds_since(Now::time_point then) { return std::chrono::duration<double>(Now::now() - then).count(); }

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= ' ') out += c;
  }
  return out + '"';
}

}  // namespace

class Profile::Clock : public Watcher {
 public:
  struct Event {
    std::string op;
    Location line;
    double start, seconds, bytes, flops;
    Device device;
  };

  void see(const Launch& work) override {
    const Now::time_point start = Now::now();
    pass_on(work);
    const Device device = work.device();
    if (device != Device::cpu() && !detail::capturing) device::wait(device);
    const Origin from = origin_of(work);
    events_.push_back({from.op, from.line, std::chrono::duration<double>(start - began_).count(), seconds_since(start),
                       bytes_of(work), flops_of(work), device});
  }
  const std::vector<Event>& events() const { return events_; }

 private:
  const Now::time_point began_ = Now::now();
  std::vector<Event> events_;
  const Watching watching_{*this};
};

Profile::Profile() : clock_(std::make_unique<Clock>()) {}
Profile::~Profile() = default;

std::vector<ProfileRow> Profile::rows() const {
  std::map<std::tuple<std::string, std::string, std::uint32_t, Device::Kind, int>, ProfileRow> sums;
  for (const Clock::Event& event : clock_->events()) {
    const std::tuple key(event.op, event.line.file, event.line.line, event.device.kind, event.device.index);
    ProfileRow& row = sums.try_emplace(key, ProfileRow{event.op, event.line, 0, 0, 0, 0, event.device}).first->second;
    ++row.calls;
    row.seconds += event.seconds;
    row.bytes += event.bytes;
    row.flops += event.flops;
  }
  std::vector<ProfileRow> rows;
  for (auto& [key, row] : sums) rows.push_back(std::move(row));
  std::ranges::stable_sort(rows, std::greater(), &ProfileRow::seconds);
  return rows;
}

std::string Profile::table() const {
  const std::vector<ProfileRow> rows = this->rows();
  double total = 0;
  for (const ProfileRow& row : rows) total += row.seconds;
  std::string text = fmt::format("{:>10} {:>7} {:>8} {:>8} {:>8} {:>11}  {:<24} line\n", "ms", "share", "calls", "GB/s",
                                 "GFLOP/s", "of roofline", "op");
  for (const ProfileRow& row : rows) {
    const detail::Peaks& peaks = detail::peaks_of(row.device);
    const double least = std::max(row.bytes / peaks.bytes, row.flops / peaks.flops);
    const auto in_seconds = [&](double amount) { return row.seconds > 0 ? amount / row.seconds : 0; };
    const std::string line = row.line.line ? fmt::format("{}:{}", row.line.file, row.line.line) : "";
    text += fmt::format("{:>10.3f} {:>6.1f}% {:>8} {:>8.2f} {:>8.2f} {:>10.0f}%  {:<24} {}\n", row.seconds * 1e3,
                        total > 0 ? 100 * row.seconds / total : 0, row.calls, in_seconds(row.bytes) / 1e9,
                        in_seconds(row.flops) / 1e9, 100 * in_seconds(least), row.op, line);
  }
  return text + fmt::format("{:>10.3f} ms in all\n", total * 1e3);
}

void Profile::write_trace(const std::string& path, Location at) const {
  std::string text = "{\"traceEvents\": [";
  bool first = true;
  for (const Clock::Event& event : clock_->events()) {
    text += fmt::format(
        "{}\n{{\"name\": {}, \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": {:.3f}, \"dur\": {:.3f}, \"args\": "
        "{{\"line\": {}, \"bytes\": {:.0f}, \"flops\": {:.0f}}}}}",
        first ? "" : ",", quoted(event.op), event.start * 1e6, event.seconds * 1e6,
        quoted(fmt::format("{}:{}", event.line.file, event.line.line)), event.bytes, event.flops);
    first = false;
  }
  std::ofstream file(path, std::ios::binary);
  file << text << "\n]}\n";
  if (!file.flush()) fail<FileError>(at, "write_trace", fmt::format("{} cannot be written", path));
}

}  // namespace gradtape
