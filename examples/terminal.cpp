#include "terminal.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace gt = gradtape;

namespace {

bool colour_wanted() {
  const char* no = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && !(no && *no);
}

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

std::string bar(double share, int width) {
  const int full = static_cast<int>(std::lround(share * width));
  std::string text;
  for (int i = 0; i < full; ++i) text += "█";
  return text;
}

}  // namespace

Progress::Progress(int epochs) : terminal_(isatty(STDOUT_FILENO)), colour_(colour_wanted()), epochs_(epochs) {}

void Progress::show(int epoch, const Epoch& result) {
  using Seconds = std::chrono::duration<double>;
  const double spent = Seconds(std::chrono::steady_clock::now() - start_).count();
  const double left = spent / (epoch + 1) * (epochs_ - epoch - 1);
  std::string line =
      fmt::format("epoch {:>{}}/{}  loss {:.4f}  accuracy {:5.2f} %", epoch + 1, std::to_string(epochs_).size(),
                  epochs_, result.train_loss, 100 * result.train_accuracy);
  if (terminal_) {  // a line that is longer than the terminal could not be redrawn
    line += fmt::format("  validation {:5.2f} %  {:.0f} s left", 100 * result.validation_accuracy, std::ceil(left));
    const std::size_t room = terminal_columns() - 1;
    const int width = static_cast<int>(std::min<std::size_t>(room - std::min(room, line.size() + 1), 20));
    line = fmt::format("{:<{}}{}{}", bar(static_cast<double>(epoch + 1) / epochs_, width), width, width ? " " : "",
                       line.substr(0, room));
    fmt::print("\r\033[K{}{}{}", colour_ ? "\033[36m" : "", line, colour_ ? "\033[0m" : "");
    drawn_ = true;
  } else if (epoch + 1 == epochs_ || epoch % std::max(1, epochs_ / 10) == 0) {
    fmt::print("{}  validation loss {:.4f}  accuracy {:5.2f} %\n", line, result.validation_loss,
               100 * result.validation_accuracy);
  }
  std::fflush(stdout);
}

void Progress::finish() {
  if (drawn_) fmt::print("\n");
  drawn_ = false;
}

void show_example(const RunLog& log, std::int64_t example) {
  const gt::Tensor image = gt::select(log.images, 0, example);
  const auto p = gt::select(log.probabilities, 0, example).to_vector<double>();
  const auto pixels = image.to_vector<double>();
  const auto rows = static_cast<std::size_t>(image.size(0)), columns = static_cast<std::size_t>(image.size(1));
  const auto label = gt::select(log.labels, 0, example).item<std::int64_t>();
  const auto taken = std::max_element(p.begin(), p.end()) - p.begin();
  constexpr const char* shades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
  fmt::print("\nheld-out digit {}: a {}, read as {}{}\n", example, label, taken, taken == label ? "" : "  (misread)");
  const std::size_t lines = std::max(rows, p.size());
  for (std::size_t line = 0; line < lines; ++line) {
    std::string text = "  ";
    for (std::size_t c = 0; c < columns; ++c)
      text += line < rows ? shades[std::clamp(static_cast<int>(pixels[line * columns + c] * 4.999), 0, 4)] : "  ";
    if (line < p.size()) text += fmt::format("   {} {:>6.2f} % {}", line, 100 * p[line], bar(p[line], 30));
    fmt::print("{}\n", text);
  }
}
