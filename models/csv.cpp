#include <gradtape/models/csv.h>

#include <charconv>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/models/file.h>

namespace gradtape {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

struct Reader {
  const std::string& path;
  CsvOptions options;
  Location where;
  std::vector<double> numbers;
  std::int64_t columns = 0, rows = 0, line = 0;

  [[noreturn]] void refuse(const std::string& what) { fail<FileError>(where, "read_csv", fmt::format("{}, line {}: {}", path, line, what)); }

  void cell(std::string_view text, std::int64_t column) {
    const std::string_view number = trimmed(text);
    if (number.empty()) refuse(fmt::format("column {} is empty", column));
    double value = 0;
    const char* first = number.data() + (number.front() == '+');
    const auto [end, error] = std::from_chars(first, number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size())
      refuse(fmt::format("column {} is no number: \"{}\"", column, number.substr(0, 40)));
    numbers.push_back(value);
  }
  void row(std::string_view text) {
    std::int64_t column = 0;
    for (bool more = true; more;) {
      const std::size_t end = text.find(options.separator);
      more = end != std::string_view::npos;
      cell(text.substr(0, end), ++column);
      if (more) text.remove_prefix(end + 1);
    }
    if (rows++ == 0) columns = column;
    if (column != columns) refuse(fmt::format("{} columns, where the first row has {}", column, columns));
  }
  void all(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view one = trimmed(text.substr(0, end));
      ++line;
      const bool heading = options.header && line == 1;
      if (!heading && !one.empty()) row(one);
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
    if (rows == 0) fail<FileError>(where, "read_csv", fmt::format("{} holds no numbers", path));
  }
};

}  // namespace

Tensor read_csv(const std::string& path, CsvOptions options, Location where) {
  const auto bytes = unpacked("read_csv", read_file("read_csv", path, where), path, where);
  Reader reader{path, options, where, {}};
  reader.all({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return tensor(reader.numbers, {reader.rows, reader.columns}, where).to(options.dtype);
}

}  // namespace gradtape
