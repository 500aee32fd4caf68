#include <gradtape/models/csv.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/models/file.h>

namespace gradtape {
namespace {

// Without the blanks around it, but for those that separate cells.
std::string_view trimmed(std::string_view text, char separator) {
  auto blank = [=](char c) { return c != separator && (c == ' ' || c == '\t' || c == '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Appends the number that is all of the text.
template <class T>
bool read(std::string_view text, std::vector<T>& numbers) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return false;
  if (error == std::errc::result_out_of_range) {
    if constexpr (std::is_integral_v<T>) return false;
    else value = std::strtod(std::string(text).c_str(), nullptr);  // too small is 0
    if (std::abs(value) > 1) return false;
  }
  numbers.push_back(value);
  return true;
}

struct Reader {
  const std::string& path;
  CsvOptions options;
  Location where;
  std::vector<double> numbers;
  std::vector<std::int64_t> integers;  // instead, when int64 is wanted
  std::int64_t columns = 0, rows = 0, line = 0;

  [[noreturn]] void refuse(const std::string& what) { fail<FileError>(where, "read_csv", fmt::format("{}, line {}: {}", path, line, what)); }

  void cell(std::string_view text, std::int64_t column) {
    const std::string_view number = trimmed(text, options.separator);
    if (number.empty()) refuse(fmt::format("column {} is empty", column));
    const bool plus = number.front() == '+' && number.size() > 1 && number[1] != '-', whole = options.dtype == DType::int64;
    if (!(whole ? read(number.substr(plus), integers) : read(number.substr(plus), numbers)))
      refuse(fmt::format("column {} is no {}: \"{}\"", column, whole ? "whole number" : "number", number.substr(0, 40)));
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
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view one = trimmed(text.substr(0, end), options.separator);
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
  Reader reader{path, options, where, {}, {}};
  reader.all({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const Shape shape{reader.rows, reader.columns};
  return options.dtype == DType::int64 ? tensor(reader.integers, shape, where) : tensor(reader.numbers, shape, where).to(options.dtype);
}

}  // namespace gradtape
