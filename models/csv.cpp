#include <gradtape/models/csv.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/models/file.h>

namespace gradtape {
namespace {

// 0.digits × 10^exponent: digits neither start nor end with 0. The sign is left out.
struct Decimal {
  std::string digits;
  std::int64_t exponent = 0;
  friend auto operator<=>(const Decimal& a, const Decimal& b) {
    const auto by_exponent =
        a.digits.empty() || b.digits.empty() ? a.digits.size() <=> b.digits.size() : a.exponent <=> b.exponent;
    return by_exponent != 0 ? by_exponent : a.digits <=> b.digits;
  }
};

// Of a finite number's text.
Decimal decimal_of(std::string_view text) {
  Decimal decimal;
  bool behind_point = false;
  if (text.starts_with('-')) text.remove_prefix(1);
  for (; !text.empty() && text[0] != 'e' && text[0] != 'E'; text.remove_prefix(1)) {
    const bool leading = decimal.digits.empty() && text[0] == '0';
    if (text[0] == '.') {
      behind_point = true;
      continue;
    }
    if (!leading) decimal.digits += text[0];
    decimal.exponent += behind_point ? -leading : !leading;
  }
  while (decimal.digits.ends_with('0')) decimal.digits.pop_back();
  if (text.empty()) return decimal;
  text.remove_prefix(text.substr(1).starts_with('+') ? 2 : 1);
  std::int64_t power = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), power);
  if (error == std::errc::result_out_of_range) power = text.starts_with('-') ? INT64_MIN / 2 : INT64_MAX / 2;
  decimal.exponent += power;
  return decimal;
}
Decimal decimal_of(float number) {
  char text[256];
  // All digits of the number.
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific, 160);
  return decimal_of(std::string_view(text, end));
}

// Note: rounding once. The nearest float of a text is rounded again on its way to 16 bits, and the text might lie on
// the other side of the middle. So the float taken is the one next to the text on the side of 0, with its last bit set
// when something was cut off: no middle has that bit, and what lies on which side of it is kept.
float towards_zero_marked(float nearest, std::string_view text) {
  const auto side = decimal_of(text) <=> decimal_of(nearest);
  if (side == 0) return nearest;
  const float below = side < 0 ? std::nextafter(nearest, 0.f) : nearest;
  return __builtin_bit_cast(float, __builtin_bit_cast(std::uint32_t, below) | 1);
}

struct Reader {
  const std::string& path;
  CsvOptions options;
  Location at;
  std::vector<std::byte> numbers;  // of the type that is wanted
  std::string text;  // of the cell that is being read, without the blanks before it
  std::int64_t columns = 0, rows = 0, line = 1, column = 0;

  static constexpr std::size_t longest_cell = 4096;

  [[noreturn]] void refuse(const std::string& what) {
    fail<FileError>(at, "read_csv", fmt::format("{}, line {}: {}", path, line, what));
  }
  [[noreturn]] void refuse_number(std::string_view number, const std::string& what) {
    refuse(fmt::format("column {} {}: \"{}\"", column, what, number.substr(0, 40)));
  }
  [[noreturn]] void does_not_fit(std::string_view number) {
    refuse_number(number, fmt::format("does not fit into {}", name_of(options.dtype)));
  }

  // The number that is all of the text. from_chars() knows no locale, and rounds to nearest.
  template <class T> T parsed(std::string_view number, const char* wanted) {
    const bool plus = number.starts_with('+') && !number.starts_with("+-");
    const char *const first = number.data() + plus, *const last = number.data() + number.size();
    T value{};
    const auto [end, error] = std::from_chars(first, last, value);
    if (end != last || error == std::errc::invalid_argument) refuse_number(number, fmt::format("is no {}", wanted));
    if (error != std::errc::result_out_of_range) return value;
    if (std::is_integral_v<T> || decimal_of(std::string_view(first, last)).exponent > 0) does_not_fit(number);
    return *first == '-' ? -T(0) : T(0);  // too small is 0
  }
  template <class T> T number(std::string_view text) {
    if constexpr (std::is_integral_v<T>) {
      const auto value = parsed<std::int64_t>(text, "whole number");
      if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) does_not_fit(text);
      return static_cast<T>(value);
    } else if constexpr (is_half_type<T>) {
      const auto nearest = parsed<float>(text, "number");
      if (!std::isfinite(nearest) || nearest == 0) return T(nearest);
      const T value(towards_zero_marked(nearest, text.substr(text.starts_with('+'))));
      if (std::isinf(static_cast<float>(value))) does_not_fit(text);
      return value;
    } else {
      return parsed<T>(text, "number");
    }
  }

  bool is_blank(char c) const { return c != options.separator && (c == ' ' || c == '\t' || c == '\r'); }
  void end_cell() {
    ++column;
    while (!text.empty() && is_blank(text.back())) text.pop_back();
    if (text.empty()) refuse(fmt::format("column {} is empty", column));
    visit(options.dtype, [&](auto zero) {
      const auto value = number<decltype(zero)>(text);
      const auto* bytes = reinterpret_cast<const std::byte*>(&value);
      numbers.insert(numbers.end(), bytes, bytes + sizeof value);
    });
    text.clear();
  }
  void end_line() {
    if (column > 0 || !text.empty()) {
      end_cell();
      if (rows++ == 0) columns = column;
      if (column != columns) refuse(fmt::format("{} columns, where the first row has {}", column, columns));
    }
    column = 0;
    ++line;
  }
  void character(char c) {
    const bool heading = options.header && line == 1;
    if (c == '\n') return end_line();
    if (heading || (text.empty() && is_blank(c))) return;
    if (c == options.separator) return end_cell();
    if (text.size() == longest_cell)
      refuse(fmt::format("column {} is longer than {} characters", column + 1, longest_cell));
    text += c;
  }
  void all() {
    InputStream file("read_csv", path, at);
    file.unpack();
    std::vector<char> piece(1 << 16);
    bool first = true;
    while (const std::size_t got = file.read(piece.data(), piece.size())) {
      std::string_view characters(piece.data(), got);
      if (std::exchange(first, false) && characters.starts_with("\xEF\xBB\xBF"))
        characters.remove_prefix(3);  // a byte order mark
      for (const char c : characters) character(c);
    }
    end_line();
    if (rows == 0) fail<FileError>(at, "read_csv", fmt::format("{} holds no numbers", path));
  }
};

}  // namespace

Tensor read_csv(const std::string& path, CsvOptions options, Location at) {
  Call call(at);
  Reader reader{path, options, at, {}, {}};
  try {
    reader.all();
  } catch (const std::bad_alloc&) {
    fail<OutOfMemoryError>(at, "read_csv",
                           fmt::format("no memory for the numbers of {} behind line {}", path, reader.line));
  }
  Tensor x = new_tensor("read_csv", {reader.rows, reader.columns}, {.dtype = options.dtype});
  std::memcpy(x.tensor_data()->data, reader.numbers.data(), reader.numbers.size());
  return as_constant(std::move(x));
}

}  // namespace gradtape
