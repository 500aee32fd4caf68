// What the rows of docs/conventions.md say, against what is computed.
#pragma once

#include <cmath>
#include <iostream>
#include <string>

#include <gradtape/gradtape.h>

namespace gradtape {

const double inf = INFINITY, nan = NAN;
inline bool all_right = true;

inline void compare(const std::string& row, const std::string& got, const std::string& wanted) {
  if (got == wanted) return;
  std::cout << row << "\n  is   " << got << "\n  not  " << wanted << '\n';
  all_right = false;
}

inline std::string show(bool yes) { return yes ? "true" : "false"; }
inline std::string show(DType type) { return name_of(type); }
// Its numbers, with ; between rows; one 0 where there is nothing else.
inline std::string show(const Tensor& x) {
  const auto numbers = x.to_vector<double>();
  const std::size_t columns = x.dim() > 1 ? static_cast<std::size_t>(x.size(-1)) : numbers.size();
  std::string text;
  bool any = false;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    char number[32];
    std::snprintf(number, sizeof number, "%.6g", numbers[i] == 0 ? 0 : numbers[i]);
    text += (i == 0 ? "" : i % columns ? ", " : "; ") + std::string(std::isnan(numbers[i]) ? "nan" : number);
    any = any || numbers[i] != 0;
  }
  return any ? text : "0";
}

// A row of value, gradient and Hessian: of f at x, whose elements are a and b. In both floating types.
inline void at_point(const char* formula, std::initializer_list<double> at, const std::string& wanted,
                     Tensor (*f)(const Tensor& x, const Tensor& a, const Tensor& b)) {
  const auto total = [f](const Tensor& x) { return sum(f(x, select(x, 0, 0), select(x, 0, -1))); };
  for (const DType type : {float32, float64}) {
    const auto x = tensor(at).to(type).requires_grad_();
    Tape tape;
    const Tensor value = total(x), gradient = grad(value, x, {.allow_unused = true});
    compare(formula + (" in " + show(type)),
            show(value) + " | " + (gradient.defined() ? show(gradient) : "0") + " | " + show(hessian(total, x)),
            wanted);
  }
}

// A row of what an expression gives: numbers, a type, or an error by its type.
template <class Text>
void gives(const char* expression, const std::string& wanted, Text text) {
  std::string got;
  try {
    got = text();
  } catch (const Error& error) {
    got = error.what();
    got.resize(got.find(':'));
  }
  compare(expression, got, wanted);
}

}  // namespace gradtape
