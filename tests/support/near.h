// Tensors compared with numbers, and errors as text.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <gradtape/gradtape.h>

namespace gt = gradtape;

// Element by element; NaN is near NaN. Says the index, what came and what was wanted.
MATCHER_P2(elements_near, wanted, tolerance, "") {
  const auto got = arg.template to_vector<double>();
  if (got.size() != wanted.size()) {
    *result_listener << "has " << got.size() << " elements, wanted " << wanted.size();
    return false;
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] == wanted[i] || (std::isnan(got[i]) && std::isnan(wanted[i]))) continue;
    if (std::abs(got[i] - wanted[i]) <= tolerance * std::max(1.0, std::abs(wanted[i]))) continue;
    *result_listener << "element " << i << " is " << got[i] << ", wanted " << wanted[i];
    return false;
  }
  return true;
}
inline auto near(std::initializer_list<double> wanted, double tolerance = 1e-6) {
  return elements_near(std::vector<double>(wanted), tolerance);
}
inline auto near(const gt::Tensor& wanted, double tolerance = 1e-6) {
  return elements_near(wanted.to_vector<double>(), tolerance);
}

// The statement throws this error, with this text, and names this file and line.
#define EXPECT_ERROR(Kind, statement, text)                                                                            \
  try {                                                                                                                \
    statement;                                                                                                         \
    ADD_FAILURE() << "nothing was thrown";                                                                             \
  } catch (const gt::Kind& error) {                                                                                    \
    EXPECT_EQ(error.what(), std::string(#Kind ": ") + (text) + "\n  at " + __FILE__ + ":" + std::to_string(__LINE__)); \
  }
