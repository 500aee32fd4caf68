#include <gradtape/cuda/runtime_headers.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace gradtape::cuda {

// Of headers that are there as files: written by the build.
extern const std::span<const HeaderText> formula_headers;

namespace {

constexpr HeaderText stand_ins[] = {
    {"cstddef", R"(#pragma once
namespace std {
using size_t = decltype(sizeof 0);
using ptrdiff_t = decltype(static_cast<char*>(nullptr) - static_cast<char*>(nullptr));
}
using std::size_t;
)"},
    {"cstdint", R"(#pragma once
#include <cstddef>
namespace std {
using int8_t = signed char;
using int16_t = short;
using int32_t = int;
using int64_t = long;
using uint8_t = unsigned char;
using uint16_t = unsigned short;
using uint32_t = unsigned;
using uint64_t = unsigned long;
static_assert(sizeof(int64_t) == 8);
}
)"},
    {"type_traits", R"(#pragma once
namespace std {
template <class T, T V> struct integral_constant { static constexpr T value = V; };
using true_type = integral_constant<bool, true>;
using false_type = integral_constant<bool, false>;
template <class A, class B> inline constexpr bool is_same_v = false;
template <class A> inline constexpr bool is_same_v<A, A> = true;
template <class A, class B> struct is_same : integral_constant<bool, is_same_v<A, B>> {};
template <class T> struct remove_cv { using type = T; };
template <class T> struct remove_cv<const T> { using type = T; };
template <class T> struct remove_cv<volatile T> { using type = T; };
template <class T> struct remove_cv<const volatile T> { using type = T; };
template <class T> using remove_cv_t = typename remove_cv<T>::type;
template <class T> struct remove_reference { using type = T; };
template <class T> struct remove_reference<T&> { using type = T; };
template <class T> struct remove_reference<T&&> { using type = T; };
template <class T> using remove_reference_t = typename remove_reference<T>::type;
template <class T> using remove_cvref_t = remove_cv_t<remove_reference_t<T>>;
template <class T> using decay_t = remove_cvref_t<T>;
template <bool If, class A, class B> struct conditional { using type = A; };
template <class A, class B> struct conditional<false, A, B> { using type = B; };
template <bool If, class A, class B> using conditional_t = typename conditional<If, A, B>::type;
template <bool If, class T = void> struct enable_if {};
template <class T> struct enable_if<true, T> { using type = T; };
template <bool If, class T = void> using enable_if_t = typename enable_if<If, T>::type;
template <class T, class... Any> inline constexpr bool is_any_of = (is_same_v<remove_cv_t<T>, Any> || ...);
template <class T> inline constexpr bool is_floating_point_v = is_any_of<T, float, double>;
template <class T> inline constexpr bool is_integral_v = is_any_of<T, bool, char, signed char, unsigned char, short,
    unsigned short, int, unsigned, long, unsigned long, long long, unsigned long long>;
template <class T> inline constexpr bool is_arithmetic_v = is_integral_v<T> || is_floating_point_v<T>;
template <class T> inline constexpr bool is_signed_v = is_arithmetic_v<T> && T(-1) < T(0);
template <class T> inline constexpr bool is_unsigned_v = is_integral_v<T> && !is_signed_v<T>;
template <class T> inline constexpr bool is_empty_v = __is_empty(T);
template <class T> struct make_unsigned;
template <> struct make_unsigned<int> { using type = unsigned; };
template <> struct make_unsigned<long> { using type = unsigned long; };
template <class T> using make_unsigned_t = typename make_unsigned<T>::type;
}
)"},
    {"utility", R"(#pragma once
#include <cstddef>
#include <type_traits>
namespace std {
template <class T> T&& declval() noexcept;
template <class T, T... I> struct integer_sequence {};
template <size_t... I> using index_sequence = integer_sequence<size_t, I...>;
template <size_t N, size_t... I> struct counted : counted<N - 1, N - 1, I...> {};
template <size_t... I> struct counted<0, I...> { using type = index_sequence<I...>; };
template <size_t N> using make_index_sequence = typename counted<N>::type;
}
)"},
    {"limits", R"(#pragma once
#include <type_traits>
namespace std {
template <class T> struct numeric_limits {  // of integers
  static constexpr bool is_signed = T(-1) < T(0);
  static constexpr int digits = 8 * int(sizeof(T)) - is_signed;
  static constexpr T max() { return is_signed ? T((T(1) << (digits - 1)) - 1 + (T(1) << (digits - 1))) : T(-1); }
  static constexpr T min() { return is_signed ? T(-max() - 1) : T(0); }
  static constexpr T lowest() { return min(); }
  static constexpr T infinity() { return 0; }
  static constexpr T quiet_NaN() { return 0; }
};
template <> struct numeric_limits<float> {
  static constexpr int digits = 24;
  static constexpr float max() { return 0x1.fffffep127f; }
  static constexpr float min() { return 0x1p-126f; }
  static constexpr float lowest() { return -max(); }
  static constexpr float epsilon() { return 0x1p-23f; }
  static constexpr float denorm_min() { return 0x1p-149f; }
  static constexpr float infinity() { return __builtin_inff(); }
  static constexpr float quiet_NaN() { return __builtin_nanf(""); }
};
template <> struct numeric_limits<double> {
  static constexpr int digits = 53;
  static constexpr double max() { return 0x1.fffffffffffffp1023; }
  static constexpr double min() { return 0x1p-1022; }
  static constexpr double lowest() { return -max(); }
  static constexpr double epsilon() { return 0x1p-52; }
  static constexpr double denorm_min() { return 0x1p-1074; }
  static constexpr double infinity() { return __builtin_inf(); }
  static constexpr double quiet_NaN() { return __builtin_nan(""); }
};
}
)"},
    // What an op's header may speak of beside its formula, and words of GCC that NVRTC does not know.
    {"gradtape/ops/pointwise.h", R"(#pragma once
#define __builtin_inf() __builtin_bit_cast(double, 0x7ff0000000000000ull)
#define __builtin_nan(text) __builtin_bit_cast(double, 0x7ff8000000000000ull)
#define __builtin_inff() __builtin_bit_cast(float, 0x7f800000u)
#define __builtin_nanf(text) __builtin_bit_cast(float, 0x7fc00000u)
#define __builtin_convertvector(vector, To) To()
#include <gradtape/ops/pointwise_element.h>
namespace std {
template <class T> struct optional;
struct string_view { const char* text; constexpr string_view(const char* x) : text(x) {} };
}
namespace gradtape {
struct Tensor;
struct Number;
struct Operand;
struct Location;
}
)"},
};

}  // namespace

std::span<const HeaderText> runtime_headers() {
  static const std::vector<HeaderText> all = [] {
    std::vector<HeaderText> both(formula_headers.begin(), formula_headers.end());
    both.insert(both.end(), std::begin(stand_ins), std::end(stand_ins));
    return both;
  }();
  return all;
}
bool is_runtime_header(std::string_view name) {
  return std::ranges::any_of(runtime_headers(), [&](const HeaderText& header) { return name == header.name; });
}

}  // namespace gradtape::cuda
