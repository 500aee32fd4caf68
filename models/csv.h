// Tables of numbers as text.
#pragma once

#include <string>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct CsvOptions {
  bool header = false;  // the first line is no data
  char separator = ',';
  DType dtype = DType::float32;
};
// [rows, columns] from a file, gzip-compressed or not, each number rounded once to the type; the locale changes
// nothing. Integers are written without a fraction, bools as 0 and 1. Throws FileError naming line and column for a row
// of another length, an empty cell, what is no number, or one that the type cannot hold ("inf" and "nan" are numbers;
// too small is 0), OutOfMemoryError.
Tensor read_csv(const std::string& path, CsvOptions options = {}, Location at = Location::current());

}  // namespace gradtape
