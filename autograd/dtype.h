// The types of a tensor's elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <gradtape/autograd/half.h>

namespace gradtape {

enum class DType : std::uint8_t { float32, float64, int64, int32, uint8, boolean, float16, bfloat16, int8, int16 };
using enum DType;

// What is known of the types: all of it, in a line for each.
enum class NumberKind : std::uint8_t { boolean, integer, floating };
struct TypeFacts {
  DType type;
  const char* name;
  std::size_t bytes;  // of one element
  NumberKind kind;
  int rank;  // of two types that meet in an op, the result has that of the higher one; the next for two of one rank
  int digits;  // integers of so many binary digits are exact
  bool is_signed;
  bool is_half;  // kept in 16 bits and computed with as float32
};
inline constexpr TypeFacts type_facts[] = {
    {DType::float32, "float32", 4, NumberKind::floating, 6, 24, true, false},
    {DType::float64, "float64", 8, NumberKind::floating, 7, 53, true, false},
    {DType::int64, "int64", 8, NumberKind::integer, 4, 63, true, false},
    {DType::int32, "int32", 4, NumberKind::integer, 3, 31, true, false},
    {DType::uint8, "uint8", 1, NumberKind::integer, 1, 8, false, false},
    {DType::boolean, "bool", 1, NumberKind::boolean, 0, 1, false, false},
    {DType::float16, "float16", 2, NumberKind::floating, 5, 11, true, true},
    {DType::bfloat16, "bfloat16", 2, NumberKind::floating, 5, 8, true, true},
    {DType::int8, "int8", 1, NumberKind::integer, 1, 7, true, false},
    {DType::int16, "int16", 2, NumberKind::integer, 2, 15, true, false},
};
constexpr const TypeFacts& facts_of(DType type) { return type_facts[static_cast<int>(type)]; }
static_assert(
    [] {
      for (const TypeFacts& facts : type_facts)
        if (&facts != &facts_of(facts.type)) return false;
      return true;
    }(),
    "each line stands in its type's place");

// A small fact of all types in one number, so many bits for each: no table to be loaded.
template <class Fact>
consteval std::uint64_t packed_facts(int bits, Fact fact) {
  std::uint64_t packed = 0;
  for (const TypeFacts& facts : type_facts)
    packed |= static_cast<std::uint64_t>(fact(facts)) << (bits * static_cast<int>(facts.type));
  return packed;
}

// Bytes of one element.
constexpr std::size_t size_of(DType type) {
  constexpr auto sizes = packed_facts(4, [](const TypeFacts& facts) { return facts.bytes; });
  return sizes >> (4 * static_cast<int>(type)) & 15;
}
constexpr bool is_half(DType type) {
  constexpr std::uint64_t halves = packed_facts(1, [](const TypeFacts& facts) { return facts.is_half; });
  return halves >> static_cast<int>(type) & 1;
}
constexpr bool is_floating(DType type) {
  constexpr std::uint64_t floating =
      packed_facts(1, [](const TypeFacts& facts) { return facts.kind == NumberKind::floating; });
  return floating >> static_cast<int>(type) & 1;
}

// "float32", "int64", "bool", …
const char* name_of(DType type);

// Does the type hold this integer and all between it and 0?
bool holds(DType type, std::int64_t integer);

// The type of the result when both meet in an op: bool < uint8, int8 < int16 < int32 < int64 < float16, bfloat16 <
// float32 < float64; int16 for uint8 with int8, float32 for float16 with bfloat16.
DType promote_types(DType a, DType b);
// May numbers of one type become another, as far as kinds go? bool < integers < floating. Digits may be lost.
bool can_cast(DType from, DType to);

// A C++ type that elements can have: float, double, Float16, BFloat16, bool, std::uint8_t, and signed integers.
template <class T>
concept Element =
    std::is_same_v<T, float> || std::is_same_v<T, double> || is_half_type<T> || std::is_same_v<T, bool> ||
    std::is_same_v<T, std::uint8_t> ||
    (std::is_integral_v<T> && std::is_signed_v<T> && !std::is_same_v<T, char> && !std::is_same_v<T, wchar_t>);

// The element type that holds it.
template <Element T>
constexpr DType dtype_of = [] {
  if constexpr (std::is_same_v<T, bool>) return DType::boolean;
  else if constexpr (is_half_type<T>) return std::is_same_v<T, Float16> ? DType::float16 : DType::bfloat16;
  else if constexpr (std::is_floating_point_v<T>) return sizeof(T) == 4 ? DType::float32 : DType::float64;
  else if constexpr (std::is_unsigned_v<T>) return DType::uint8;
  else
    return sizeof(T) == 1 ? DType::int8 : sizeof(T) == 2 ? DType::int16 : sizeof(T) == 4 ? DType::int32 : DType::int64;
}();

// A number as another type. A cast out of range is undefined: NaN becomes 0, and what is beyond the type its limit.
template <class To, class From>
constexpr To convert(From value) {
  if constexpr (is_half_type<From>) {
    return convert<To>(static_cast<float>(value));
  } else if constexpr (is_half_type<To>) {
    return To(static_cast<float>(value));
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To> && !std::is_same_v<To, bool>) {
    constexpr To low = std::numeric_limits<To>::min(), high = std::numeric_limits<To>::max();
    if (value != value) return To(0);
    if (static_cast<double>(value) <= static_cast<double>(low)) return low;
    if (static_cast<double>(value) >= static_cast<double>(high)) return high;
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

// Calls f with a value-initialised number of the type:
// `visit(x.dtype(), [&](auto zero) { using T = decltype(zero); … })`.
template <class F>
decltype(auto) visit(DType type, F&& f) {
  switch (type) {
    case DType::float32:
      return f(float{});
    case DType::float64:
      return f(double{});
    case DType::int64:
      return f(std::int64_t{});
    case DType::int32:
      return f(std::int32_t{});
    case DType::uint8:
      return f(std::uint8_t{});
    case DType::float16:
      return f(Float16{});
    case DType::bfloat16:
      return f(BFloat16{});
    case DType::boolean:
      return f(bool{});
    case DType::int8:
      return f(std::int8_t{});
    case DType::int16:
      return f(std::int16_t{});
  }
  __builtin_unreachable();
}

}  // namespace gradtape
